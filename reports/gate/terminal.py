"""What does a check say in a terminal?"""

from __future__ import annotations

from collections.abc import Sequence

from augbench.reports.gate import tier_one
from augbench.reports.gate.wording import (
    CALIBRATION_COLUMNS,
    COLUMNS,
    calibration_rows,
    calibration_sentences,
    heading,
    next_steps,
    remarks,
    rows,
    sentences,
)
from augbench.reports.render.terminal import printable
from augbench.reports.run.calibration import Calibration
from augbench.reports.run.check import Check
from augbench.reports.run.tier_one import FAILING, TierOne
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

STYLES = {"passed": "green", "regressed": "red", "inconclusive": "yellow"}
#: columns of texts; all others hold numbers
_TEXTS = ("policy", "measure", "verdict")


def print_check(check: Check, console: Console | None = None) -> None:
    """Print the verdict, a sentence a policy, the table and what to do next."""
    console = console or Console()
    console.print()
    console.print(Text(printable(heading(check)), style=f"bold {STYLES[check.verdict]}"))
    for text in sentences(check):
        console.print(Text(printable(text)))
    console.print(_table(COLUMNS, rows(check)))
    for text in remarks(check):
        console.print(Text(printable(text), style="dim"))
    for text, command in next_steps(check):
        console.print(Text(printable(f"{text}:")))
        console.print(Text(printable(f"  {command}"), style="cyan"), soft_wrap=True)


def print_calibration(calibration: Calibration, console: Console | None = None) -> None:
    """Print what can be afforded."""
    console = console or Console()
    console.print()
    for text in calibration_sentences(calibration):
        console.print(Text(printable(text)))
    console.print(_table(CALIBRATION_COLUMNS, calibration_rows(calibration)))


def print_tier_one(check: TierOne, console: Console | None = None) -> None:
    """Print the verdict, what was found of each policy, and what to do next."""
    console = console or Console()
    console.print()
    style = STYLES[check.verdict]
    console.print(Text(printable(tier_one.heading(check)), style=f"bold {style}"))
    for subject in tier_one.ranked(check):
        sign = tier_one.SIGNS[subject.verdict]
        if subject.verdict in FAILING:
            console.print(Text(printable(f"{sign} {subject.policy}"), style="bold"))
            for text in tier_one.sentences(subject):
                console.print(Padding(Text(printable(text)), (0, 0, 0, 4)))
        else:
            console.print(Text(printable(f"{sign} {subject.policy}: {tier_one.summary(subject)}")))
    for text in tier_one.remarks(check):
        console.print(Text(printable(text), style="dim"), soft_wrap=text.endswith(".png"))
    for text, command in tier_one.next_steps(check):
        console.print(Text(printable(f"{text}:")))
        console.print(Text(printable(f"  {command}"), style="cyan"), soft_wrap=True)


def _table(columns: Sequence[str], content: Sequence[Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        if name in _TEXTS:
            table.add_column(name, overflow="fold", no_wrap=name == "verdict")
        else:
            table.add_column(name, justify="right", min_width=5)
    above = ""
    for first, *others in content:
        # A policy has a row a measure; it is named once.
        shown = "" if first == above else first
        table.add_row(*(Text(printable(text)) for text in (shown, *others)))
        above = first
    return table
