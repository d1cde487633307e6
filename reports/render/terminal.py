"""What does a run say, in a terminal? The conclusion and the table of accuracy."""

from __future__ import annotations

from augbench.reports.findings.actions import actions
from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.wording import words
from augbench.reports.tables.accuracy import ACCURACY
from augbench.reports.tables.class_measures import unbalanced
from augbench.reports.views import (
    VERDICT_SIGNS,
    ShownValue,
    View,
    balanced_columns,
    best_first,
    settled_first,
    view,
)
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

STYLES = {
    "better": "green",
    "worse": "red",
    "equivalent": "blue",
    "inconclusive": "dim",
    "baseline": "bold",
}
# What can go first where the terminal is narrow: the page and the CSV files have it all.
SPARE = (
    "macro_f1_delta",
    "macro_f1_mean",
    "balanced_accuracy_mean",
    "balanced_accuracy_delta",
    "p_value",
    "test_accuracy_sd",
    "seeds_needed_low",
    "trials",
    "test_accuracy_mean",
    "delta_low",
)


def print_tables(tables: Tables, console: Console | None = None) -> None:
    """Print the conclusion and the accuracy table.

    Args:
        tables: the run's tables.
        console: where to; standard output by default. Names are never read as markup.
    """
    console = console or Console()
    console.print()
    console.print(Text(printable(tables.conclusion.sentence), style="bold"))
    acting = actions(tables)
    if acting is not None:
        console.print(Text(printable(f"Next: {words(acting.next)}.")))
        if acting.command:
            console.print(Text(printable(f"  {acting.command}"), style="cyan"))
        if acting.code:
            console.print("As code:")
        for line in acting.code.splitlines():
            console.print(Text(printable(f"  {line}"), style="cyan"))
    for remark in tables.conclusion.remarks:
        console.print(Text(printable(remark)))
    console.print()
    console.print(_fitting(tables, console))
    for text in tables.remarks("accuracy"):
        console.print(Text(printable(text), style="dim"))


def _fitting(tables: Tables, console: Console) -> Table:
    """The table with as many columns as the terminal has room for."""
    ranked = settled_first(best_first(tables.accuracy))
    same_size = balanced_columns(not unbalanced(tables.run))
    endless = console.options.update(width=100_000)
    for count in range(len(SPARE) + 1):
        table = table_of(view(ACCURACY, ranked, drop=(*SPARE[:count], *same_size)))
        if console.measure(table, options=endless).maximum <= console.width:
            break
    return table


def table_of(shown: View) -> Table:
    """A view as a table for a terminal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(shown.columns):
        if column.is_text and any(row[place].rounding == "verdict" for row in shown.rows):
            table.add_column(column.title, no_wrap=True)
        elif column.is_text:
            # A long name is folded where nothing else can make room.
            table.add_column(column.title, overflow="fold", min_width=8)
        else:
            table.add_column(column.title, justify="right", no_wrap=True)
    for row in shown.rows:
        table.add_row(*(text_of(value) for value in row))
    return table


def text_of(value: ShownValue) -> Text:
    """A value for a terminal: verdicts have their sign and colour, nothing is read as markup."""
    text = printable(value.text)
    if value.rounding != "verdict":
        return Text(text)
    sign = VERDICT_SIGNS.get(text, "")
    return Text(f"{sign} {text}".strip(), style=STYLES.get(text, ""))


def printable(text: str) -> str:
    """The text without control characters: a name must not steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
