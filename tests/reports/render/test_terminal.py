"""Does the terminal end with the table of the CSV file, at any width, whatever the names are?"""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from rich.console import Console

from augbench import reports


def printed(written: reports.Written, width: int, colour: bool = False) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None
    )
    reports.print_terminal(written, console)
    return stream.getvalue()


def test_the_numbers_are_those_of_the_csv_file(written: reports.Written) -> None:
    text = printed(written, 160)
    for row in pd.read_csv(written.folder / "accuracy.csv").to_dict("records"):
        line = next(line for line in text.splitlines() if line.startswith(f" {row['policy']} "))
        if not pd.isna(row["test_accuracy_mean"]):
            assert f"{100 * row['test_accuracy_mean']:.1f}%" in line
        if not pd.isna(row["delta_low"]):
            numbers = [float(n) for n in re.findall(r"(?<= )[+-]?\d+\.\d(?= )", line)]
            for key in ("delta_mean", "delta_low", "delta_high"):
                assert any(abs(100 * row[key] - n) <= 0.0501 for n in numbers), (key, line)
        assert row["verdict"] in line


def test_the_conclusion_comes_first(written: reports.Written) -> None:
    text = " ".join(printed(written, 100).split())
    assert text.startswith(" ".join(written.tables.conclusion.sentence.split()))


@pytest.mark.parametrize("width", [40, 50, 60, 80, 120])
def test_policy_difference_and_verdict_stay_readable_when_narrow(
    written: reports.Written, width: int
) -> None:
    lines = printed(written, width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert any("flips" in line and "▲" in line and "better" in line for line in lines)
    assert any("broken" in line and "? inconclusive" in line for line in lines)


def test_names_are_neither_markup_nor_commands_to_the_terminal(evil: reports.Written) -> None:
    text = printed(evil, 200, colour=True)
    assert "[red]markup[/red]" in text
    assert "\x1b[31m[" not in text
    assert "\ufffd[31m" in text
