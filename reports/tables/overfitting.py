"""Does a policy reduce overfitting, or does the network only learn less? The table overfitting.csv.

Clean training accuracy is that of original images in inference mode. Validation is measured with
the weights of each epoch. All of it is secondary to test accuracy and is read beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.columns import (
    COUNT,
    DIFFERENCE,
    LOSS,
    NUMBER,
    SMALL_SHARE,
    SPREAD,
    VERDICT,
    Column,
    Table,
)
from augbench.reports.run.gated import gap_best
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.effect import (
    SEEDS_FOR_INTERVALS,
    Effect,
    Floats,
    paired_effect,
)
from augbench.reports.statistics.level import Level
from augbench.reports.statistics.verdict import NOTHING, verdict
from augbench.reports.tables.accuracy import (
    shared_images,
    variance_by_all,
    verdict_finding,
)
from augbench.reports.tables.looks import known_before
from augbench.reports.tables.possible import within_possible
from augbench.reports.tables.run_table import Basis, Built, RunTable

from augbench.findings import Finding

OVERFITTING = Table(
    "overfitting",
    "Overfitting",
    "A row a policy: gap between clean training and validation accuracy.",
    (
        Column("policy"),
        Column("trials", COUNT, help="finished trials, one a seed", always=True),
        Column("gap_best", SPREAD, "gap", "clean train − validation accuracy at the best epoch"),
        Column("gap_last", SPREAD, "last gap", "the same gap at the last epoch, in points"),
        Column("loss_gap_last", LOSS, "loss gap", "validation − clean train loss, last epoch"),
        Column("gap_delta", DIFFERENCE, "difference", "of the gap to the baseline's, in points"),
        Column("gap_delta_low", DIFFERENCE, "interval", "in points", high="gap_delta_high"),
        Column("gap_delta_high", DIFFERENCE),
        Column("divergence_epoch", COUNT, "diverges at", "epoch from which the loss keeps rising"),
        Column("validation_loss_rise", NUMBER, "loss rise", "last validation loss ÷ its minimum"),
        Column("curve_area", SMALL_SHARE, "curve area", "mean gap over the epochs, in points"),
        Column(
            "calibration_error",
            SMALL_SHARE,
            "calibration",
            "its error on test, 15 bins, in points",
        ),
        Column(
            "verdict",
            VERDICT,
            values=("baseline", "less", "more", "same", "underfit", "inconclusive"),
        ),
    ),
    order=(
        "policy",
        "gap_best",
        "gap_delta",
        "gap_delta_low",
        "verdict",
        "gap_last",
        "loss_gap_last",
        "validation_loss_rise",
        "divergence_epoch",
        "curve_area",
        "calibration_error",
        "trials",
    ),
)
MEASURES = (
    "gap_best",
    "gap_last",
    "loss_gap_last",
    "validation_loss_rise",
    "curve_area",
    "calibration_error",
)
UNDERFIT = 0.05
BINS = 15
WORDS = {"better": "more", "worse": "less", "equivalent": "same", "inconclusive": "inconclusive"}


def overfitting_table(
    run: Run, level: Level, margin: float, accuracy_high: Mapping[str, float]
) -> tuple[pd.DataFrame, list[Finding]]:
    """A row for each policy, in grid order: means over its finished trials.

    Args:
        run: the run.
        level: the level that all comparisons with the baseline share.
        margin: differences of the gap up to this fraction do not matter.
        accuracy_high: the upper end of the interval of each policy's difference of test accuracy;
            a policy that learns less underfits only where that stays below the margin.

    Returns:
        The table, and findings on its rows.
    """
    rows, findings = [], []
    before = known_before(run, level, gap_effects)
    effects = gap_effects(run)
    for label in run.policies:
        trials = run.done(label)
        row: dict[str, Any] = {"policy": label, "trials": len(trials)}
        row |= _means([measures(trial) for trial in trials])
        row["divergence_epoch"] = _typical_epoch([divergence_epoch(trial) for trial in trials])
        if label == run.baseline:
            rows.append(row | {"verdict": "baseline"})
            continue
        effect, earlier = effects[label], before.get(label, NOTHING)
        word, reason = verdict(effect, level, margin, earlier)
        of_baseline = [gap_best(y) for _, y in run.pairs(label, run.baseline)]
        bounds = earlier.narrowed(effect, level).bounds
        low, high = within_possible(bounds, of_baseline, least=-1.0)
        row |= {"gap_delta": effect.mean, "gap_delta_low": low, "gap_delta_high": high}
        row["verdict"] = WORDS[word]
        # NaN, where the accuracy has no interval, is below nothing.
        no_gain = accuracy_high.get(label, math.nan) < margin
        if effect.blocks >= SEEDS_FOR_INTERVALS and _underfits(run, label) and no_gain:
            row["verdict"] = "underfit"
        elif trials and not effect.blocks:
            findings.append(Finding("no-validation-curve", {}, label, "overfitting"))
        elif reason:
            findings.append(verdict_finding(reason, label, "overfitting"))
        rows.append(row)
    return OVERFITTING.frame(rows), findings


def gap_effects(run: Run) -> dict[str, Effect]:
    """The headline gap of every policy less the baseline's, their spread moderated by all."""
    shared = variance_by_all(run, gap_best)
    return {label: gap_effect(run, label, shared) for label in run.challengers}


def gap_effect(run: Run, label: str, shared: float = math.nan) -> Effect:
    """The headline gap of a policy less the baseline's, over the blocks where both have one.

    Where all blocks share a validation folder its images count as a source of chance as the test
    images do for accuracy; where each block has its own split they are part of the blocks' noise.
    """
    pairs, differences = [], []
    for x, y in run.pairs(label, run.baseline):
        difference = gap_best(x) - gap_best(y)
        if not math.isnan(difference):
            pairs.append((x, y))
            differences.append(difference)
    equal = bool(pairs) and all(_same_validation(x, y) for x, y in pairs)
    splits = (run.environment.get("data") or {}).get("splits") or {}
    if "folder" not in str(splits.get("validation", "")):
        return paired_effect(differences, equal=equal, shared=shared)
    images = shared_images([x.validation for x, _ in pairs], [y.validation for _, y in pairs])
    if images is None:
        return paired_effect(differences, equal=equal, shared=shared)
    return paired_effect(differences, *images, equal, shared)


def learns_less(run: Run, label: str) -> float:
    """How far the clean training accuracy at the end lies under the baseline's, a fraction.

    NaN where no block has both figures.
    """
    less = [
        y.number("train_accuracy") - x.number("train_accuracy")
        for x, y in run.pairs(label, run.baseline)
    ]
    return _mean(less)


def _underfits(run: Run, label: str) -> bool:
    # Accuracies are counts divided by n: 5 points stay 5 points after rounding.
    return learns_less(run, label) >= UNDERFIT - 1e-9


def measures(trial: Trial) -> dict[str, float]:
    """The figures of one finished trial; NaN where its curves or predictions are missing."""
    figures = dict.fromkeys(MEASURES, math.nan)
    figures["calibration_error"] = _calibration(trial)
    train = _column(trial, "train_accuracy")
    validation = _column(trial, "validation_accuracy")
    train_loss, loss = _column(trial, "train_loss"), _column(trial, "validation_loss")
    if not len(train) or np.isnan(validation).any():
        return figures
    lowest = float(np.min(loss))
    return figures | {
        "gap_best": gap_best(trial),
        "gap_last": float(train[-1] - validation[-1]),
        "loss_gap_last": float(loss[-1] - train_loss[-1]),
        "validation_loss_rise": float(loss[-1] / lowest) if lowest > 0 else math.nan,
        "curve_area": float(np.mean(np.maximum(0.0, train - validation))),
    }


def divergence_epoch(trial: Trial) -> int | None:
    """The trial's epoch of `diverges_at`."""
    return diverges_at(_column(trial, "validation_loss"))


def diverges_at(loss: Floats, rise: float = 0.02, epochs: int = 3) -> int | None:
    """From which epoch (from 1) the smoothed validation loss stays above its minimum.

    Args:
        loss: validation losses in nats, (epochs,); smoothed by the mean of an epoch and its two
            neighbours, as far as there are any.
        rise: how far above, as a fraction of the minimum.
        epochs: for how many epochs in a row.

    Returns:
        The first such epoch after the minimum, or None if there is none.
    """
    if len(loss) < epochs:
        return None
    weights = np.convolve(np.ones(len(loss)), np.ones(3), mode="same")
    smooth = np.convolve(loss, np.ones(3), mode="same") / weights
    at = int(np.argmin(smooth))
    above = smooth > (1 + rise) * smooth[at]
    for first in range(at + 1, len(loss) - epochs + 1):
        if above[first : first + epochs].all():
            return first + 1
    return None


def calibration_error(outcome: Predictions, bins: int = BINS) -> float:
    """The expected calibration error of Guo et al. (2017), arXiv 1706.04599, equation 3.

    Predictions by the last step's weights fall into `bins` bins of equal width by confidence,
    (0, 1/bins], ...; the error is the mean over images of |share right - mean confidence| of
    their bin, 0 to 1.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    which = np.searchsorted(edges, outcome.confidence, side="left")
    right = outcome.last == outcome.labels
    sums = np.bincount(which, right - outcome.confidence, minlength=bins)
    return float(np.abs(sums).sum() / len(outcome.confidence))


def _calibration(trial: Trial) -> float:
    return math.nan if trial.test is None else calibration_error(trial.test)


def _column(trial: Trial, name: str) -> Floats:
    return np.asarray(trial.curves[name], dtype=np.float64)


def _means(figures: list[dict[str, float]]) -> dict[str, float]:
    return {name: _mean([figure[name] for figure in figures]) for name in MEASURES}


def _mean(values: list[float]) -> float:
    """The mean of the known values, NaN where none is known."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _typical_epoch(epochs: list[int | None]) -> int | None:
    """The epoch by which more than half of the trials have diverged, None if they never do."""
    if not epochs:
        return None
    typical = sorted(math.inf if epoch is None else epoch for epoch in epochs)[len(epochs) // 2]
    return None if math.isinf(typical) else int(typical)


def _same_validation(x: Trial, y: Trial) -> bool:
    return (
        x.validation is not None
        and y.validation is not None
        and x.curves.tobytes() == y.curves.tobytes()
        and np.array_equal(x.validation.last, y.validation.last)
    )


def _build(basis: Basis) -> Built:
    accuracy = basis.before["accuracy"]
    assert accuracy is not None
    high = dict(zip(accuracy["policy"], accuracy["delta_high"], strict=True))
    return overfitting_table(basis.run, basis.level, basis.margin, high)


TABLE = RunTable(OVERFITTING, _build)
