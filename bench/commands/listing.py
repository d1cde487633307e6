"""How does what can be named look in a terminal? As tables, or as lines where it is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from augbench.policies.engines import PLACES
from augbench.policies.engines.base import Drawing
from augbench.policies.registry.describing import RESEED, OptionInfo, PolicyInfo
from augbench.policies.registry.words import Ability, WordInfo
from rich.console import Console
from rich.table import Table
from rich.text import Text

#: columns that a table needs, by how many it has; lines are printed where there are fewer
_TWO, _MANY = 60, 100

_STYLES = {"✓": "green", "–": "red"}


@dataclass(frozen=True)
class _Row:
    """A name and what is to say of it: a text, what is secondary, and short cells of their own.

    ``between`` stands between the text and what is secondary.
    """

    name: str
    text: str
    secondary: str = ""
    cells: tuple[str, ...] = ()
    between: str = "\n"
    wrong: bool = False


def console() -> Console:
    """Return a console for standard output; plain where that is no terminal."""
    return Console(highlight=False)


def print_listing(
    policies: Sequence[PolicyInfo],
    words: Sequence[WordInfo],
    presets: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, str],
    to: Console,
) -> None:
    """Print everything that can be named."""
    _print_rows("Policies", map(_policy_row, policies), to)
    _print_note(
        f"Every policy takes {RESEED.name}=K ({RESEED.help}). label=a(…) + b(…) is a chain with a "
        "label, package.module:Class(…) a policy of your own. In full: augbench policies NAME",
        to,
    )
    _print_words(words, to)
    _print_rows(
        "Presets: --spec NAME, or spec='NAME'",
        (_Row(name, _written(given) or "nothing") for name, given in presets.items()),
        to,
    )
    _print_rows("Models: --model NAME", (_Row(name, text) for name, text in models.items()), to)
    _print_note(
        "Also a name of keras.applications, and package.module:build for a model of your own.", to
    )


def print_policy(forms: Iterable[PolicyInfo], to: Console) -> None:
    """Print a policy in full, each form that it has."""
    for info in forms:
        to.print(Text(info.signature, style="bold"))
        to.print(Text(info.summary))
        for paragraph in info.about:
            to.print()
            to.print(Text(paragraph))
        rows = [_option_row(option) for option in (*info.options, RESEED)]
        _print_rows("Options", rows, to, ("option", "what it does", "default", "takes"))
        to.print()


def _policy_row(info: PolicyInfo) -> _Row:
    if info.problem:
        return _Row(info.name, f"cannot be used: {info.problem}", wrong=True)
    return _Row(info.name, info.summary, info.signature.partition("(")[2].removesuffix(")"))


def _option_row(option: OptionInfo) -> _Row:
    default = "(required)" if option.required else _short(option.default)
    return _Row(option.name, option.help, cells=(default, option.takes))


def _print_words(words: Sequence[WordInfo], to: Console) -> None:
    applied = [word for word in words if word.engines]
    _print_rows(
        "Words of a spec, and the engines that can express them",
        map(_word_row, applied),
        to,
        ("word", "what it does; what it takes", *PLACES),
    )
    _print_note(
        "✓ with matched and with native draws; native, matched: with these draws alone; some: not "
        "all values, or not for all images; – not at all",
        to,
    )
    for refused in _refusals(applied):
        _print_note(refused, to)
    _print_rows(
        "Words that the run applies to every image, whatever the policy",
        (_word_row(word) for word in words if word.kind == "standardizing"),
        to,
    )
    fixed = ", ".join(f"{word.name} ({word.help})" for word in words if word.kind == "fixed")
    _print_note(f"Words of one value alone: {fixed}", to)


def _word_row(word: WordInfo) -> _Row:
    cells = tuple(_mark(of) for of in word.engines.values())
    takes = f"{word.takes}; {_short(word.default)} by default"
    return _Row(word.name, word.help, takes, cells, between="; ")


def _mark(abilities: Mapping[Drawing, Ability]) -> str:
    """Return how far an engine can express a word, in a sign or a word."""
    extents = {draws: ability.extent for draws, ability in abilities.items()}
    if set(extents.values()) == {"all"}:
        return "✓"
    if set(extents.values()) == {"none"}:
        return "–"
    if set(extents.values()) == {"all", "none"}:
        return next(draws for draws, extent in extents.items() if extent == "all")
    return "some"


def _refusals(words: Sequence[WordInfo]) -> list[str]:
    """Return a line an engine and kind of draws with what it refuses, an example a word."""
    lines: dict[tuple[str, str], list[str]] = {}
    for word in words:
        for engine, abilities in word.engines.items():
            for draws, ability in abilities.items():
                for reason in ability.refusals[:1]:
                    lines.setdefault((engine, draws), []).append(reason)
    return [
        f"{engine}, {draws} draws: cannot express "
        + "; ".join(reason.removeprefix("cannot express ") for reason in reasons)
        for (engine, draws), reasons in sorted(lines.items())
    ]


def _print_rows(
    title: str, rows: Iterable[_Row], to: Console, columns: tuple[str, ...] = ("", "")
) -> None:
    to.print()
    to.print(Text(title, style="bold"))
    if to.width < (_TWO if len(columns) == 2 else _MANY):
        for row in rows:
            _print_lines(row, to, columns)
        return
    table = Table(show_header=any(columns), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = (Text(cell, style=_STYLES.get(cell, "")) for cell in row.cells)
        table.add_row(Text(row.name, style="cyan"), _said(row), *cells)
    to.print(table)


def _print_lines(row: _Row, to: Console, columns: tuple[str, ...]) -> None:
    """Print what a table would have in a row as lines, with the heads of the short cells."""
    to.print(Text(row.name, style="cyan"))
    text = _said(row)
    if row.cells:
        cells = (f"{head} {cell}" for head, cell in zip(columns[2:], row.cells, strict=True))
        text.append("\n" if text else "").append("; ".join(cells))
    for line in text.wrap(to, to.width - 2):
        line.rstrip()
        to.print(Text("  ").append_text(line))


def _said(row: _Row) -> Text:
    text = Text(row.text, style="red" if row.wrong else "")
    if row.secondary:
        text.append(row.between if text else "").append(row.secondary, style="dim")
    return text


def _print_note(text: str, to: Console) -> None:
    to.print(Text(text, style="dim"))


def _written(words: Mapping[str, Any]) -> str:
    return ", ".join(f"{word}={_short(value)}" for word, value in words.items())


def _short(value: Any) -> str:
    """Return a value as typed, on one line, a long number shortened."""
    if isinstance(value, float) and len(repr(value)) > 8:
        return f"{value:.4g}"
    return " ".join(repr(value).split())
