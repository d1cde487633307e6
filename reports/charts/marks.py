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


def verdict_color(field: str = "verdict") -> alt.Color:
    """The colour of a mark, by the verdict in this field, which may be underfit too."""
    verdicts = [*SHAPES, "underfit"]
    colors = [f"var(--{verdict})" for verdict in verdicts]
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=verdicts, range=colors), legend=None)


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
    """How far from zero an axis goes: past all means, and as far as most intervals reach.

    A single wide interval would squeeze all others; `cut_ends` marks where it goes on.
    """
    ends = sorted(max(abs(row["low"]), abs(row["high"])) for row in rows if row["low"] is not None)
    means = [abs(row["mean"]) for row in rows]
    typical = ends[(len(ends) - 1) // 2] if ends else 0.0
    most = max(1.25 * max(means, default=0.0), 2.0 * typical, least)
    return 1.06 * max([min([*ends[-1:], most]), *means, least, 1.0])


def axis_ends(rows: Sequence[Mapping[str, Any]], reach: float, least: float) -> tuple[float, float]:
    """Left and right end of an axis of differences: no further than `reach`, nor than needed."""
    low = min([row["mean"] if row["low"] is None else row["low"] for row in rows] + [-least])
    high = max([row["mean"] if row["high"] is None else row["high"] for row in rows] + [least])
    return max(-reach, 1.06 * low), min(reach, 1.06 * high)


def cut_ends(
    rows: Sequence[Mapping[str, Any]], left: float, right: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows with intervals cut to an axis, and an arrow for each end that was cut off.

    Args:
        rows: with `mean`, `low` and `high`, None where there is no interval.
        left: where the axis begins.
        right: where it ends.

    Returns:
        The rows, and rows with `at` and `way` ("left" or "right") beside all that they had.
    """
    cut, arrows = [], []
    for row in rows:
        if row["low"] is None or row["high"] is None:
            cut.append(dict(row))
            continue
        cut.append({**row, "low": max(row["low"], left), "high": min(row["high"], right)})
        arrows += [{**row, "at": left, "way": "left"}] if row["low"] < left else []
        arrows += [{**row, "at": right, "way": "right"}] if row["high"] > right else []
    return cut, arrows


def arrow_marks(arrows: list[dict[str, Any]], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """The arrows of `cut_ends` as marks, none where nothing was cut."""
    if not arrows:
        return []
    shape = alt.Scale(domain=["left", "right"], range=["triangle-left", "triangle-right"])
    across = x.copy()
    across.shorthand = "at:Q"
    return [
        alt.Chart(alt.Data(values=arrows))
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=across,
            y=y,
            color=verdict_color(),
            shape=alt.Shape("way:N", scale=shape, legend=None),
            description="description:N",
        )
    ]
