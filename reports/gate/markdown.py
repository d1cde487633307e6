"""What does a check say in Markdown, such as the summary of a job on GitHub?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from augbench.reports.gate import tier_one
from augbench.reports.gate.wording import (
    CALIBRATION_COLUMNS,
    COLUMNS,
    SIGNS,
    calibration_rows,
    calibration_sentences,
    heading,
    next_steps,
    remarks,
    rows,
    sentences,
)
from augbench.reports.render.markdown import escaped
from augbench.reports.run.calibration import Calibration
from augbench.reports.run.check import Check
from augbench.reports.run.tier_one import FAILING, TierOne

from augbench.errors import InputError

#: where a job on GitHub expects Markdown
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def check_markdown(check: Check) -> str:
    """A check as Markdown, ended by a line feed."""
    lines = [f"## {SIGNS[check.verdict]} {escaped(heading(check))}", ""]
    lines += [f"- {escaped(text)}" for text in sentences(check)]
    lines += ["", *_table(COLUMNS, rows(check)), ""]
    lines += [escaped(text) for text in remarks(check)]
    for text, command in next_steps(check):
        lines += ["", f"{escaped(text)}:", "", "```sh", *command.splitlines(), "```"]
    return "\n".join(lines) + "\n"


def calibration_markdown(calibration: Calibration) -> str:
    """What can be afforded as Markdown, ended by a line feed."""
    lines = [escaped(text) for text in calibration_sentences(calibration)]
    return "\n".join([*lines, "", *_table(CALIBRATION_COLUMNS, calibration_rows(calibration)), ""])


def tier_one_markdown(check: TierOne) -> str:
    """A check without training as Markdown, ended by a line feed."""
    sign = SIGNS[check.verdict]
    lines = [f"## {sign} {escaped(tier_one.heading(check))}", ""]
    for subject in tier_one.ranked(check):
        name = f"{tier_one.SIGNS[subject.verdict]} **{escaped(subject.policy)}**"
        if subject.verdict in FAILING:
            lines.append(f"- {name}")
            lines += [f"  - {escaped(text)}" for text in tier_one.sentences(subject)]
        else:
            lines.append(f"- {name}: {escaped(tier_one.summary(subject))}")
    for text in tier_one.remarks(check):
        lines += ["", escaped(text)]
    for text, command in tier_one.next_steps(check):
        lines += ["", f"{escaped(text)}:", "", "```sh", command, "```"]
    return "\n".join(lines) + "\n"


def append_step_summary(text: str) -> None:
    """Append to the file that `STEP_SUMMARY` names, if any.

    Raises:
        InputError: it cannot be written.
    """
    named = os.environ.get(STEP_SUMMARY)
    if not named:
        return
    try:
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{STEP_SUMMARY} names {named}: {error.strerror or error}") from None


def _table(columns: Sequence[str], content: Sequence[Sequence[str]]) -> list[str]:
    ruler = "|".join(["---"] * len(columns))
    body = ["| " + " | ".join(escaped(text) for text in row) + " |" for row in content]
    return ["| " + " | ".join(columns) + " |", f"|{ruler}|", *body]
