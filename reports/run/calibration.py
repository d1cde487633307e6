"""What can a check of some data afford? The content of `augbench check --calibrate --json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from augbench.reports.statistics.gate import Measure
from pydantic import TypeAdapter

CALIBRATION_SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Row:
    """What checks of so many seeds can do, margins and drops as fractions.

    Attributes:
        seeds: a check trains at most so many; the baseline has as many or more.
        margin: the smallest at which 95 % of the checks of an unchanged build pass.
        floor: the smallest at which half of them pass; below it a check is refused.
        catches: by measure, the drop that is caught in 80 % of the checks at that margin; a measure
            that does not vary at all is left out.
        alarms: the part of unchanged builds in which it cries wolf.
        passes: the part in which it passes; the rest is left open.
        usual_seeds: how many seeds such a check takes on average.
    """

    seeds: int
    margin: float
    floor: float
    catches: Mapping[Measure, float]
    alarms: float
    passes: float
    usual_seeds: float


@dataclass(frozen=True)
class Calibration:
    """What can be afforded.

    Attributes:
        schema_version: of this description.
        dataset: the name of the data.
        run: the run folder, as given.
        baseline_seeds: the seeds of the run, which its baseline would have.
        noise: by measure and policy, the standard deviation of a lift from seed to seed.
        planned: the standard deviation of accuracy that is planned with: where that of the
            noisiest policy lies below with 80 % confidence.
        rows: rising by seeds.
    """

    schema_version: int
    dataset: str
    run: str
    baseline_seeds: int
    noise: Mapping[Measure, Mapping[str, float]]
    planned: float
    rows: tuple[Row, ...]

    def text(self) -> str:
        """Return it as JSON, ended by a line feed."""
        return calibration_adapter().dump_json(self, indent=1).decode() + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return calibration_adapter().dump_python(self, mode="json")


@cache
def calibration_adapter() -> TypeAdapter[Calibration]:
    """What writes a calibration."""
    return TypeAdapter(Calibration)
