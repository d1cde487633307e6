"""Which classes does a policy confuse more than the baseline does, as 6 and 9 under turning?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from augbench.reports.columns import DIFFERENCE, SHARE, Column, Table
from augbench.reports.run.run import Predictions, Run
from augbench.reports.tables.run_table import RunTable
from numpy.typing import NDArray

CONFUSION = Table(
    "confusion",
    "Who is taken for whom",
    "The wrong answers that a policy gives more often than the baseline.",
    (
        Column("policy"),
        Column("true_class", heading="class"),
        Column("predicted_class", heading="taken for"),
        Column("share_mean", SHARE, "share", "of the true class's test images, mean over seeds"),
        Column("baseline_share_mean", SHARE, "baseline", "the same share under the baseline"),
        Column("delta_mean", DIFFERENCE, "more by", "in points; exploratory, not tested"),
    ),
    most_rows=240,
)


def confusion_table(run: Run, most: int = 5) -> pd.DataFrame:
    """The wrong answers that a policy gives more often than the baseline, the worst first.

    Args:
        run: the run.
        most: how many rows for each policy, at most.

    Returns:
        The table: the shares are of the true class's test images, means over the
        blocks that both finished. Exploratory: no tests, so no verdicts.
    """
    rows = []
    classes = len(run.classes)
    for label in run.challengers:
        pairs = [(x.test, y.test) for x, y in run.pairs(label, run.baseline) if x.test and y.test]
        own_codes, own_shares = _wrong_shares([x for x, _ in pairs], classes)
        base_codes, base_shares = _wrong_shares([y for _, y in pairs], classes)
        codes, where = np.unique(np.concatenate([own_codes, base_codes]), return_inverse=True)
        own = np.bincount(where[: len(own_codes)], own_shares, minlength=len(codes))
        base = np.bincount(where[len(own_codes) :], base_shares, minlength=len(codes))
        more = own - base
        for at in np.argsort(-more, kind="stable")[:most]:
            if more[at] <= 1e-12:
                break
            true, predicted = divmod(int(codes[at]), classes)
            rows.append(
                {
                    "policy": label,
                    "true_class": run.classes[true],
                    "predicted_class": run.classes[predicted],
                    "share_mean": own[at],
                    "baseline_share_mean": base[at],
                    "delta_mean": more[at],
                }
            )
    return CONFUSION.frame(rows)


def _wrong_shares(
    outcomes: list[Predictions], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The wrong answers that occur, as true class * classes + predicted class, ascending.

    With each the share of the true class's images that got it, a mean over the outcomes. Only
    what occurs is kept: of 1,000 classes there are a million pairs.
    """
    if not outcomes:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    codes, weights = [], []
    for outcome in outcomes:
        # Every answer of every point, and what it counts; a share is a mean over the points.
        wrong = (outcome.predicted != outcome.labels) & (outcome.weights > 0)
        labels = np.broadcast_to(outcome.labels, wrong.shape)[wrong]
        of_class = np.bincount(outcome.labels, minlength=classes)
        codes.append(labels * classes + outcome.predicted[wrong])
        weights.append(outcome.weights[wrong] / of_class[labels])
    occurring, where = np.unique(np.concatenate(codes), return_inverse=True)
    shares = np.bincount(where, np.concatenate(weights), minlength=len(occurring))
    return occurring, shares / len(outcomes)


TABLE = RunTable(CONFUSION, lambda basis: (confusion_table(basis.run), []))
