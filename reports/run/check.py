"""What did a check of a baseline find? The content of check.json and of `augbench check --json`.

All figures are fractions; a difference is that of the lift now to the lift then, as measured: a
gap that grew has one above 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from augbench.reports.run.baseline import Difference
from augbench.reports.statistics.gate import Measure
from pydantic import TypeAdapter

CHECK = "check.json"
CHECK_SCHEMA_VERSION = 1
Verdict = Literal["passed", "regressed", "inconclusive"]


@dataclass(frozen=True)
class MeasureCheck:
    """One measure of a policy.

    Attributes:
        measure: which.
        verdict: of this measure alone.
        then: the baseline's mean lift; None where it has none.
        now: the mean lift now; None where there is none.
        difference: of both, as the gate weighs seeds; None where there is none.
        low: its lower bound, surely below it; None with fewer than 3 seeds.
        high: its upper bound, surely above it.
    """

    measure: Measure
    verdict: Verdict
    then: float | None
    now: float | None
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class PolicyCheck:
    """One policy.

    Attributes:
        policy: its label.
        verdict: regressed where a measure is, else that of its accuracy.
        seeds: how many the verdict is of.
        seeds_then: how many the baseline has.
        seeds_needed: how many in all would settle it, should the estimate be the truth; None where
            it is settled or no number is known to.
        unchanged: every figure is that of the baseline.
        measures: accuracy first.
    """

    policy: str
    verdict: Verdict
    seeds: int
    seeds_then: int
    seeds_needed: int | None
    unchanged: bool
    measures: tuple[MeasureCheck, ...]

    @property
    def accuracy(self) -> MeasureCheck:
        """The measure that alone can pass it."""
        return self.measures[0]


@dataclass(frozen=True)
class Check:
    """What a check found.

    Attributes:
        schema_version: of this description.
        verdict: regressed where a policy is, inconclusive where one is and none regressed.
        dataset: the name of the data.
        baseline: the baseline's file, as given.
        run: the run folder, as given.
        margin: how far a lift may fall, a fraction.
        noise_floor: the margin below which an unchanged build would often not pass, a fraction;
            None where the noise is not known.
        confidence: how sure all bounds together are, on each side.
        none_then: the mean accuracy of `none` in the baseline.
        none_now: that of the run.
        policies: in the order of the run.
        failed: trials that failed, as (policy, seed).
        software: what was another version then.
        grows: the run adds seeds by itself, up to --max-seeds.
        most_seeds: how many seeds it has, or may have.
    """

    schema_version: int
    verdict: Verdict
    dataset: str
    baseline: str
    run: str
    margin: float
    noise_floor: float | None
    confidence: float
    none_then: float | None
    none_now: float | None
    policies: tuple[PolicyCheck, ...]
    failed: tuple[tuple[str, int], ...]
    software: tuple[Difference, ...]
    grows: bool
    most_seeds: int

    def text(self) -> str:
        """Return it as JSON, ended by a line feed."""
        return check_adapter().dump_json(self, indent=1).decode() + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return check_adapter().dump_python(self, mode="json")


@cache
def check_adapter() -> TypeAdapter[Check]:
    """What writes a check."""
    return TypeAdapter(Check)
