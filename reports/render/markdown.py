"""What does a run say, as Markdown? The file report.md, for a repository or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from augbench.reports.findings import summary_cards as answer
from augbench.reports.findings.analysis import Tables
from augbench.reports.render.extracts import telling_classes
from augbench.reports.tables.views import VERDICT_SIGNS, Cell, View, best_first, view

# What Markdown or the HTML inside it would take for more than a character.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")
_CLASSES = 40
_ROWS = 200


def markdown(tables: Tables) -> str:
    """The report as GitHub-flavoured Markdown, ended by a line feed.

    Args:
        tables: the run's tables; names in them stay text whatever they contain.
    """
    return "\n\n".join(part for part in _parts(tables) if part) + "\n"


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    line = " ".join(text.split())
    return _SPECIAL.sub(r"\\\1", line)


def _parts(tables: Tables) -> Iterator[str]:
    run = tables.run
    yield f"# {escaped(run.dataset) or 'Run'}: which augmentation?"
    yield f"**{escaped(tables.conclusion.sentence)}**"
    yield _list([escaped(text) for text in tables.conclusion.remarks])
    yield escaped(answer.cost_words(tables))
    yield escaped(f"{', '.join(answer.facts(tables))}; baseline {run.baseline}")
    yield "## Accuracy"
    yield table(view("accuracy", best_first(tables.accuracy)))
    yield _notes(tables, "accuracy")
    yield "## Overfitting"
    yield table(view("overfitting", tables.overfitting))
    yield _notes(tables, "overfitting")
    if not tables.pairs.empty:
        yield "## Every pair of policies"
        yield _cut(view("pairs", tables.pairs, _ROWS))
        yield _notes(tables, "pairs")
    yield from _classes(tables)
    yield "## Cost"
    yield "The trial of median time of each policy, on this machine:"
    yield table(view("typical", answer.typical(tables)))
    yield from _synthetic(tables)
    yield from _noise(tables)
    yield "## Warnings"
    yield _list([escaped(text) for text in answer.warnings_of(tables)]) or "None."
    yield "## Settings"
    yield _facts(answer.settings(tables))
    yield "## Environment"
    yield _facts(answer.environment(tables))


def _classes(tables: Tables) -> Iterator[str]:
    if tables.per_class.empty:
        return
    yield "## Classes"
    chosen = telling_classes(tables.per_class)
    yield _cut(view("per_class", chosen, _CLASSES))
    yield _notes(tables, "per_class")
    if not tables.confusion.empty:
        yield "Wrong answers that a policy gives more often than the baseline:"
        yield _cut(view("confusion", tables.confusion, _ROWS))


def _synthetic(tables: Tables) -> Iterator[str]:
    if tables.synthetic is not None:
        yield "## Generated images"
        yield _cut(view("synthetic", tables.synthetic, _ROWS))
        yield _notes(tables, "synthetic")


def _noise(tables: Tables) -> Iterator[str]:
    if not tables.noise.empty:
        yield "## Seed-to-seed noise"
        yield " ".join(escaped(text) for text in answer.noise_sentences(tables))
        yield table(view("noise", tables.noise))


def table(shown: View) -> str:
    """A view as a Markdown table."""
    heads = [escaped(column.heading) for column in shown.columns]
    rules = ["---" if column.is_text else "---:" for column in shown.columns]
    rows = [[_text(cell) for cell in row] for row in shown.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, rules, *rows))


def _cut(shown: View) -> str:
    """A table, with a line on what it leaves out."""
    more = f"\n\n{shown.left_out} more rows stand in {shown.name}.csv." if shown.left_out else ""
    return table(shown) + more


def _text(cell: Cell) -> str:
    text = escaped(cell.text)
    sign = VERDICT_SIGNS.get(cell.text, "") if cell.kind == "verdict" else ""
    return f"{sign} {text}".strip()


def _notes(tables: Tables, name: str) -> str:
    notes = answer.merged(note for note in tables.notes if note.table == name)
    return _list(
        [
            f"**{escaped(note.policy)}**: {escaped(note.text)}"
            if note.policy
            else escaped(note.text)
            for note in notes
        ]
    )


def _list(texts: list[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _facts(facts: list[tuple[str, str]]) -> str:
    if not facts:
        return "Not recorded."
    rows = [f"| {escaped(name)} | {escaped(value)} |" for name, value in facts]
    return "\n".join(("| | |", "|---|---|", *rows))
