"""In which forms is what a check found shown? One table for the command line and for Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from augbench.reports.gate.junit import check_junit, tier_one_junit
from augbench.reports.gate.markdown import (
    calibration_markdown,
    check_markdown,
    tier_one_markdown,
)
from augbench.reports.gate.terminal import print_calibration, print_check, print_tier_one
from augbench.reports.run.calibration import Calibration
from augbench.reports.run.check import Check
from augbench.reports.run.tier_one import TierOne

Found: TypeAlias = Check | Calibration | TierOne


@dataclass(frozen=True)
class Forms:
    """How one kind is shown.

    Attributes:
        show: prints it on a console, by default that of the process.
        markdown: returns it as Markdown.
        junit: returns it as JUnit XML; None where there is no verdict.
    """

    show: Callable[..., None]
    markdown: Callable[[Any], str]
    junit: Callable[[Any], str] | None


_FORMS: dict[type, Forms] = {
    Check: Forms(print_check, check_markdown, check_junit),
    Calibration: Forms(print_calibration, calibration_markdown, None),
    TierOne: Forms(print_tier_one, tier_one_markdown, tier_one_junit),
}


def forms_of(result: Found) -> Forms:
    """Return how something that was found is shown."""
    return _FORMS[type(result)]
