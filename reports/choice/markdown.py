"""What does a search say, as Markdown? The file report.md, for a repository or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from augbench.reports.choice import wording
from augbench.reports.choice.choice import Choice
from augbench.reports.choice.facts import data_facts, effort, facts, ideas, settings, warnings
from augbench.reports.choice.page import scripts
from augbench.reports.choice.table import tried_view
from augbench.reports.render.markdown import escaped, markdown_table

_TICKS = re.compile("`+")


def markdown(choice: Choice) -> str:
    """The report as GitHub-flavoured Markdown, ended by a line feed.

    Args:
        choice: the search; names in it stay text whatever they contain.
    """
    return "\n\n".join(part for part in _parts(choice) if part) + "\n"


def _parts(choice: Choice) -> Iterator[str]:
    yield f"# {escaped(choice.dataset) or 'Search'}: which augmentation?"
    yield f"**{escaped(wording.sentence(choice))}**"
    lines = [f"**{word}** {escaped(text)}" for word, text in wording.in_short(choice)]
    if choice.command:
        lines[-1] += f" {_inline(choice.command)}"
    yield _list(lines)
    yield escaped(
        ", ".join([*facts(choice), *[clock for clock in (wording.clock(choice),) if clock]])
    )
    code = scripts(choice)
    if code:
        yield "## Code"
        for name, text in code:
            yield f"<details><summary>{escaped(name)}</summary>"
            yield _fenced(text)
            yield "</details>"
    broken = [*wording.struck(choice), *wording.insisted(choice)]
    if broken:
        yield "## What breaks labels"
        yield _list(
            [
                escaped(wording.turned_sentence(screened.label, pair))
                for screened in broken
                for pair in screened.turned
            ]
        )
    yield "## Everything tried"
    yield (
        "Gains are of the validation images by which candidates were chosen, so those of the best "
        "are optimistic."
    )
    yield markdown_table(tried_view(choice, drop=("idea",)))
    if ideas(choice):
        yield "## Why each is worth trying"
        yield _facts(ideas(choice))
    yield "## What it cost"
    yield _facts(effort(choice))
    yield "## Data"
    yield _facts(data_facts(choice))
    yield "## Settings"
    yield _facts(settings(choice))
    yield "## Warnings"
    yield _list([escaped(text) for text in warnings(choice)]) or "None."


def _list(texts: list[str]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _facts(facts: list[tuple[str, str]]) -> str:
    rows = [f"| {escaped(name)} | {escaped(value)} |" for name, value in facts]
    return "\n".join(("| | |", "|---|---|", *rows)) if rows else "Not recorded."


def _inline(text: str) -> str:
    """A text as code within a line, whatever backticks it has."""
    line = " ".join(text.split())
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(line)), default=0))
    space = " " if "`" in line else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _fenced(text: str) -> str:
    """A text as a block of Python, whatever backticks it has."""
    ticks = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    return f"{ticks}python\n{text.rstrip()}\n{ticks}"
