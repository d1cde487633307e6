"""What do the charts share: colours and shapes of verdicts, labels and ends of axes?

Each function of this folder that draws takes tables with the columns of the CSV files and returns
one <svg> element. Colours are CSS variables that stand for verdicts and kinds of curves, never for
a policy: forty policies have no forty colours that anybody could tell apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
from augbench.reports.charts.svg import short_label

WIDTH = 420
SHAPES = {
    "baseline": "diamond",
    "better": "triangle-up",
    "worse": "triangle-down",
    "equivalent": "square",
    "inconclusive": "circle",
}


def verdict_color() -> alt.Color:
    """The colour of a mark, by its verdict."""
    verdicts = list(SHAPES)
    colors = [f"var(--{verdict})" for verdict in verdicts]
    return alt.Color("verdict:N", scale=alt.Scale(domain=verdicts, range=colors), legend=None)


def verdict_shape() -> alt.Shape:
    """The shape of a mark, by its verdict."""
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    return alt.Shape("verdict:N", scale=scale, legend=None)


def fit(layers: list[Any], height: float, width: float = WIDTH) -> alt.TopLevelMixin:
    """Layers as one chart of this size in pixels, axes included."""
    return alt.layer(*layers).properties(
        width=width,
        height=height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )


def axis_labels(policies: Sequence[str]) -> dict[str, str]:
    """Policy → a label for an axis; two long names may not become the same label."""
    labels = told_apart([short_label(policy) for policy in policies])
    return dict(zip(policies, labels, strict=True))


def told_apart(labels: Sequence[str]) -> list[str]:
    """The labels, equal ones made different by spaces of no width."""
    seen: Counter[str] = Counter()
    different = []
    for label in labels:
        different.append(label + "\u200b" * seen[label])
        seen[label] += 1
    return different


def signed_axis(ticks: int, grid: bool = True) -> alt.Axis:
    """An axis of differences: "+5", "0", "−5"."""
    label = "(datum.value > 0 ? '+' : '') + datum.label"
    return alt.Axis(format="f", tickCount=ticks, labelExpr=label, grid=grid, labelOverlap=False)


def axis_reach(rows: Sequence[Mapping[str, Any]], least: float) -> float:
    """How far from zero an axis goes: to the ends of intervals, but not so far that means merge.

    With few seeds and many comparisons intervals go beyond all possible differences.
    """
    ends = [abs(row[key]) for row in rows for key in ("low", "high") if row[key] is not None]
    means = [abs(row["mean"]) for row in rows]
    most = max(5 * max(means, default=0.0), 10 * least, 10.0)
    return 1.06 * min(max([*ends, *means, least, 1.0]), most)
