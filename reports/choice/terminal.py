"""What does a search say, in a terminal? The answer, and what became of the candidates."""

from __future__ import annotations

from augbench.reports.choice import wording
from augbench.reports.choice.choice import Choice
from augbench.reports.choice.facts import leaks
from augbench.reports.choice.table import TRIED, frame, tried_view
from augbench.reports.render.terminal import printable, table_of
from augbench.reports.views import View
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Rows at most; what is left out stands in choose.csv.
_ROWS = 12
# What can go first where the terminal is narrow.
_SPARE = ("idea", "kind", "affinity", "seconds", "first_block", "last_block", "gain_sd", "trials")


def plain(choice: Choice) -> str:
    """The answer in a few lines, without colours."""
    lines = [wording.sentence(choice)]
    *parts, last = wording.in_short(choice)
    parts += [("Data", text) for text in leaks(choice.summary)]
    lines += [f"{word}: {text}" for word, text in (*parts, last)]
    if choice.command:
        lines.append(f"  {choice.command}")
    return "\n".join(printable(line) for line in lines)


def print_choice(choice: Choice, console: Console | None = None) -> None:
    """Print the answer, then the candidates that matter most.

    Args:
        choice: the search; names are never read as markup.
        console: where to; standard output by default.
    """
    console = console or Console()
    first, *others = plain(choice).splitlines()
    console.print()
    console.print(Text(first, style="bold"))
    for line in others:
        console.print(Text(line, style="cyan" if line.startswith("  ") else ""))
    if len(frame(choice)):
        console.print()
        console.print(_fitting(choice, console))
    left_out = len(frame(choice)) - _ROWS
    if left_out > 0:
        more = f"{left_out} more rows stand in {choice.folder / (TRIED.name + '.csv')}"
        console.print(Text(printable(more), style="dim"))


def _fitting(choice: Choice, console: Console) -> Table:
    """The table with as many columns as the terminal has room for."""
    endless = console.options.update(width=100_000)
    for count in range(len(_SPARE) + 1):
        shown = tried_view(choice, drop=_SPARE[:count])
        table = table_of(View(shown.table, shown.columns, shown.rows[:_ROWS]))
        if console.measure(table, options=endless).maximum <= console.width:
            break
    return table
