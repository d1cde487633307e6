"""How do the gains look that a search believes in, and what fresh seeds say of the winner's?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
from augbench.reports.charts.marks import (
    SHAPES,
    arrow_marks,
    axis_ends,
    axis_labels,
    axis_reach,
    cut_ends,
    fit,
    signed_axis,
    verdict_color,
    verdict_shape,
)
from augbench.reports.charts.svg import described, to_svg
from augbench.reports.choice.choice import Choice
from augbench.reports.choice.unit import of_estimate, of_result, unit
from augbench.reports.formatting import is_missing

#: rows at most; the table has them all
MOST_ROWS = 40


def gains(choice: Choice) -> str:
    """What is believed of each candidate's gain: mean and two standard deviations either way.

    What fresh seeds say of the winner stands above, filled: the others are of the images by which
    they were chosen.

    Returns:
        One <svg> element, "" where nothing raced.
    """
    rows = _gain_rows(choice)
    if not rows:
        return ""
    measure, margin = unit(choice), unit(choice).scale * choice.margin
    left, right = _axis(rows, 2 * margin)
    rows, arrows = cut_ends(rows, left, right)
    for row in rows:
        row["beyond"] = row["mean"] < left
    known = [row["policy"] for row in rows]
    x = alt.X(
        "mean:Q",
        title=f"gain in {measure.name}",
        scale=alt.Scale(domain=[left, right], nice=False, clamp=True),
        axis=signed_axis(7),
    )
    y = alt.Y("policy:N", sort=known, title=None, scale=alt.Scale(domain=known, padding=0.5))
    band = pd.DataFrame([{"from": -margin, "to": margin, "zero": 0}])
    shared = {"y": y, "color": verdict_color(), "description": "description:N"}
    with_interval = [row for row in rows if row["low"] is not None]
    layers = [
        alt.Chart(band).mark_rect(color="var(--band)").encode(x="from:Q", x2="to:Q"),
        alt.Chart(band).mark_rule(color="var(--rule)").encode(x="zero:Q"),
    ]
    for fresh in (True, False):
        mine = [row for row in with_interval if row["fresh"] is fresh and not row["beyond"]]
        if mine:
            width = 4 if fresh else 1.5
            layers.append(
                alt.Chart(alt.Data(values=mine))
                .mark_rule(strokeWidth=width, strokeCap="round")
                .encode(x="low:Q", x2="high:Q", **shared)
            )
        marks = [row for row in rows if row["fresh"] is fresh and not row["beyond"]]
        if marks:
            layers.append(
                alt.Chart(alt.Data(values=marks))
                .mark_point(filled=True, size=120 if fresh else 60, opacity=1)
                .encode(x=x, shape=verdict_shape(), **shared)
            )
    layers += [*arrow_marks(arrows, x, y), *_beyond(rows, left, y)]
    chart = fit(layers, 60 + 22 * len(rows)).resolve_scale(shape="independent")  # type: ignore[attr-defined]
    return to_svg(chart, f"What is believed of the gains of {len(rows)} candidates; see the table.")


def _axis(rows: Sequence[dict[str, Any]], least: float) -> tuple[float, float]:
    """Left and right end: what loses by far would squeeze all others, and is told in figures."""
    near = [row for row in rows if row["fresh"] or row["verdict"] != "worse"]
    farthest = max((abs(row["mean"]) for row in near), default=0.0)
    near += [row for row in rows if row not in near and -row["mean"] <= 2 * farthest + least]
    return axis_ends(near, axis_reach(near, least), least)


def _beyond(rows: Sequence[dict[str, Any]], left: float, y: alt.Y) -> list[alt.Chart]:
    """The figures of means that lie left of the axis, beside their arrows."""
    far = [{**row, "at": left, "text": f"{row['mean']:+.1f}"} for row in rows if row["beyond"]]
    if not far:
        return []
    text = alt.Chart(alt.Data(values=far)).mark_text(align="left", dx=10)
    return [text.encode(x="at:Q", y=y, text="text:N", description="description:N")]


def _gain_rows(choice: Choice) -> list[dict[str, Any]]:
    scale, result = unit(choice).scale, choice.result
    rows: list[dict[str, Any]] = []
    if result is not None and not is_missing(result.mean):
        known = not is_missing(result.low) and not is_missing(result.high)
        rows.append(
            {
                "policy": "on fresh test images",
                "mean": scale * result.mean,
                "low": scale * result.low if known else None,
                "high": scale * result.high if known else None,
                "verdict": result.verdict if result.verdict in SHAPES else "inconclusive",
                "fresh": True,
                "description": described(
                    0, f"{result.policy} on fresh seeds: {of_result(choice, result)}"
                ),
            }
        )
    believed = [estimate for estimate in choice.estimates if not is_missing(estimate.mean)][
        :MOST_ROWS
    ]
    names = axis_labels([estimate.policy for estimate in believed])
    for estimate in believed:
        low, high = estimate.mean - 2 * estimate.sd, estimate.mean + 2 * estimate.sd
        known = not is_missing(estimate.sd)
        rows.append(
            {
                "policy": names[estimate.policy],
                "mean": scale * estimate.mean,
                "low": scale * low if known else None,
                "high": scale * high if known else None,
                "verdict": "better" if low > 0 else "worse" if high < 0 else "inconclusive",
                "fresh": False,
                "description": described(0, f"{estimate.policy}: {of_estimate(choice, estimate)}"),
            }
        )
    return rows
