"""Which margin and how many seeds can a check on these data afford, and what will it catch?"""

from __future__ import annotations

import math
from pathlib import Path

from augbench.reports.run.calibration import CALIBRATION_SCHEMA_VERSION, Calibration, Row
from augbench.reports.run.gated import lifts_of
from augbench.reports.run.run import Run
from augbench.reports.statistics.affordable import SEEDS, affordable, noise_of, points_up
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.gate import ACCURACY

from augbench.errors import InputError


def calibrate(run: Run) -> Calibration:
    """Measure how lifts of a run vary, and simulate checks with a baseline of its seeds.

    Raises:
        InputError: there are fewer than three seeds, or lifts do not vary at all.
    """
    noise = noise_of(lifts_of(run))
    if not noise.sd or noise.seeds < SEEDS_FOR_INTERVALS:
        raise InputError(
            f"{run.folder}: the noise is measured from at least {SEEDS_FOR_INTERVALS} seeds in "
            "which every policy and none finished; augbench compare with more --seeds adds them"
        )
    if not any(value > 0 for value in noise.sd[ACCURACY].values()):
        raise InputError(
            f"{run.folder}: lifts are the same in all {noise.seeds} seeds, so there is no noise to "
            "measure: the test part is too small, or the policies do nothing"
        )
    likely = noise.at_most()
    rows = []
    for seeds in sorted({*SEEDS, noise.seeds}):
        afforded = affordable(likely, max(noise.seeds, seeds), seeds)
        if math.isfinite(afforded.margin):
            rows.append(
                Row(
                    seeds,
                    afforded.margin,
                    afforded.floor / noise.slack,
                    {name: drop for name, drop in afforded.catches.items() if math.isfinite(drop)},
                    afforded.alarms,
                    afforded.passes,
                    afforded.usual,
                )
            )
    return Calibration(
        CALIBRATION_SCHEMA_VERSION,
        Path(run.dataset).name,
        str(run.folder),
        noise.seeds,
        {measure: dict(of_policy) for measure, of_policy in noise.sd.items()},
        max(likely.sd[ACCURACY].values()),
        tuple(rows),
    )


def require_affordable(calibration: Calibration, margin: float) -> None:
    """Raise `InputError` for a margin that no number of seeds in the table affords.

    Args:
        calibration: what can be afforded.
        margin: a fraction.
    """
    least = min(row.floor for row in calibration.rows)
    if margin < least:
        raise InputError(
            f"--margin {100 * margin:g} is below the noise floor: even with "
            f"{calibration.rows[-1].seeds} seeds an unchanged build would not pass every other "
            f"check under {points_up(least):g} points, since lifts vary by "
            f"{100 * max(calibration.noise[ACCURACY].values()):.1f} points from seed to seed; "
            "more test images, more epochs or a baseline of more seeds make it calmer"
        )
