"""What does a run say, as Markdown? The file report.md, for a repository or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
from augbench.reports.columns import Table
from augbench.reports.findings import run_facts
from augbench.reports.findings.actions import actions
from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.summary_cards import typical_cost
from augbench.reports.findings.typical_trial import TYPICAL_TRIAL, typical_trials
from augbench.reports.findings.wording import remarks, words
from augbench.reports.render.extracts import other_tables, settled_classes
from augbench.reports.tables.accuracy import ACCURACY
from augbench.reports.tables.class_measures import unbalanced
from augbench.reports.tables.confusion import CONFUSION
from augbench.reports.tables.overfitting import OVERFITTING
from augbench.reports.tables.pairs import PAIRS
from augbench.reports.tables.per_class import PER_CLASS
from augbench.reports.tables.seed_variance import SEED_VARIANCE
from augbench.reports.tables.synthetic import SYNTHETIC
from augbench.reports.views import (
    VERDICT_SIGNS,
    ShownValue,
    View,
    balanced_columns,
    best_first,
    settled_first,
    view,
)

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
    yield _actions(tables)
    yield _list([escaped(text) for text in tables.conclusion.remarks])
    yield " ".join(escaped(words(finding)) for finding in typical_cost(tables))
    yield escaped(f"{', '.join(run_facts.facts(tables))}; baseline {run.baseline}")
    yield "## Accuracy"
    same_size = balanced_columns(not unbalanced(run))
    yield markdown_table(view(ACCURACY, settled_first(best_first(tables.accuracy)), drop=same_size))
    yield _notes(tables, ACCURACY)
    yield "## Overfitting"
    yield markdown_table(view(OVERFITTING, settled_first(tables.overfitting)))
    yield _notes(tables, OVERFITTING)
    if not tables.pairs.empty:
        yield "## Every pair of policies"
        yield _cut(view(PAIRS, settled_first(tables.pairs), _ROWS))
        yield _notes(tables, PAIRS)
    yield from _classes(tables)
    yield "## Cost"
    yield "The trial of median time of each policy, on this machine:"
    yield markdown_table(view(TYPICAL_TRIAL, typical_trials(tables)))
    if tables.synthetic is not None:
        yield from _section(tables, SYNTHETIC, tables.synthetic)
    if not tables.seed_variance.empty:
        yield "## Seed-to-seed noise"
        yield " ".join(escaped(words(finding)) for finding in tables.findings_of("noise"))
        yield markdown_table(view(SEED_VARIANCE, tables.seed_variance))
    for table, frame in other_tables(tables):
        yield from _section(tables, table, frame)
    yield "## Warnings"
    yield _list([escaped(text) for text in run_facts.warnings_of(tables)]) or "None."
    yield "## Settings"
    yield _facts(run_facts.settings(tables))
    yield "## Environment"
    yield _facts(run_facts.environment(tables))


def _actions(tables: Tables) -> str:
    acting = actions(tables)
    if acting is None:
        return ""
    code = "".join(f"; `{line}`" for line in acting.code.splitlines())
    lines = [f"**Keep** {escaped('; '.join(words(item) for item in acting.keep))}{code}"]
    if acting.drop:
        lines.append(f"**Drop** what {escaped('; '.join(words(item) for item in acting.drop))}")
    command = f": `{acting.command}`" if acting.command else ""
    lines.append(f"**Next** {escaped(words(acting.next))}{command}")
    return _list(lines)


def _classes(tables: Tables) -> Iterator[str]:
    if tables.per_class.empty:
        return
    yield "## Classes"
    settled = settled_classes(tables.per_class)
    if not settled.empty:
        yield _cut(view(PER_CLASS, settled, _CLASSES))
    yield _notes(tables, PER_CLASS)
    if not tables.confusion.empty:
        yield "Wrong answers that a policy gives more often than the baseline:"
        yield _cut(view(CONFUSION, tables.confusion, _ROWS))


def _section(tables: Tables, table: Table, frame: pd.DataFrame) -> Iterator[str]:
    """A section with nothing but the table and what must be said of it."""
    yield f"## {escaped(table.title)}"
    yield _cut(view(table, frame, _ROWS))
    yield _notes(tables, table)


def markdown_table(shown: View) -> str:
    """A view as a Markdown table."""
    heads = [escaped(column.title) for column in shown.columns]
    rules = ["---" if column.is_text else "---:" for column in shown.columns]
    rows = [[_text(value) for value in row] for row in shown.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, rules, *rows))


def _cut(shown: View) -> str:
    """A table, with a line on what it leaves out."""
    more = (
        f"\n\n{shown.left_out} more rows stand in {shown.table.name}.csv." if shown.left_out else ""
    )
    return markdown_table(shown) + more


def _text(value: ShownValue) -> str:
    text = escaped(value.text)
    sign = VERDICT_SIGNS.get(value.text, "") if value.rounding == "verdict" else ""
    return f"{sign} {text}".strip()


def _notes(tables: Tables, table: Table) -> str:
    notes = remarks(tables.findings_of(table.name))
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
