"""Does a smaller gap come with a gain in accuracy, or with underfitting?

The picture: the gap against accuracy, both against the baseline, in four named regions.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from augbench.reports.charts.marks import WIDTH, signed_axis, verdict_color, verdict_shape
from augbench.reports.charts.svg import described, short_label, to_svg
from augbench.reports.formatting import is_missing, shown


def gap_against_accuracy(table: pd.DataFrame, margin: float, baseline: str) -> str:
    """Gap against accuracy: does a smaller gap come with a gain, or with underfitting?

    Args:
        table: a row a policy with `policy`, `gap_delta`, `delta_mean` (fractions) and the
            `verdict` on accuracy; where it has `overfitting`, the verdict of that table, points
            of policies that underfit have that colour.
        margin: the smallest difference that matters, as a fraction.
        baseline: its label; it stands at the origin.
    """
    points = []
    for place, row in enumerate(table.to_dict("records")):
        is_baseline = row["verdict"] == "baseline"
        x, y = (0.0, 0.0) if is_baseline else (row["gap_delta"], row["delta_mean"])
        if is_missing(x) or is_missing(y):
            continue
        words = f"{row['policy']}: accuracy {shown(y, 'points')}, gap {shown(x, 'points')} points"
        points.append(
            {
                "policy": short_label(row["policy"], 24),
                "x": 100 * x,
                "y": 100 * y,
                "verdict": row["verdict"],
                "color": "underfit" if row.get("overfitting") == "underfit" else row["verdict"],
                "description": described(place, words),
            }
        )
    m = 100 * margin
    left_x, right_x = _reach([p["x"] for p in points], m)
    low_y = min([p["y"] for p in points] + [-4 * m])
    high_y = max([p["y"] for p in points] + [4 * m])
    room = 0.12 * (high_y - low_y)
    low_y, high_y = low_y - room, high_y + room
    areas = alt.Data(
        values=[
            {"x": left_x, "x2": right_x, "y": m, "y2": high_y, "area": "better"},
            {"x": left_x, "x2": 0, "y": -m, "y2": m, "area": "equivalent"},
            {"x": left_x, "x2": 0, "y": low_y, "y2": -m, "area": "underfit"},
            {"x": 0, "x2": right_x, "y": low_y, "y2": m, "area": "worse"},
        ]
    )
    names: list[tuple[float, float, str, Any, Any]] = [
        (left_x, high_y, "helps", "left", "top"),
        (left_x, 0.0, "overfits less but no gain", "left", "middle"),
        (left_x, low_y, "learns less", "left", "bottom"),
        (right_x, low_y, "harmful", "right", "bottom"),
    ]
    colors = ["better", "equivalent", "underfit", "worse"]
    scale = alt.Scale(domain=colors, range=[f"var(--area-{color})" for color in colors])
    x = alt.X(
        "x:Q",
        title=f"gap against {short_label(baseline)}, in points (right: overfits more)",
        scale=alt.Scale(domain=[left_x, right_x], nice=False),
        axis=signed_axis(7, grid=False),
    )
    y = alt.Y(
        "y:Q",
        title=f"test accuracy against {short_label(baseline)}, in points",
        scale=alt.Scale(domain=[low_y, high_y], nice=False),
        axis=signed_axis(7, grid=False),
    )
    layers = [
        alt.Chart(areas)
        .mark_rect()
        .encode(x=x, x2="x2", y=y, y2="y2", color=alt.Color("area:N", scale=scale, legend=None))
    ]
    for at_x, at_y, text, align, side in names:
        layers.append(
            alt.Chart(alt.Data(values=[{"x": at_x, "y": at_y, "text": text}]))
            .mark_text(
                align=align,
                baseline=side,
                dx=5 if align == "left" else -5,
                dy={"top": 5, "middle": 0, "bottom": -5}[side],
                color="var(--ink-2)",
                fontStyle="italic",
            )
            .encode(x=x, y=y, text="text:N")
        )
    layers.append(
        alt.Chart(alt.Data(values=points))
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=x,
            y=y,
            color=verdict_color("color"),
            shape=verdict_shape(),
            description="description:N",
        )
    )
    height = 380
    layers += _point_labels(points, (left_x, right_x), (low_y, high_y), x, y, height)
    label = f"Gap against accuracy of {len(points)} policies, in four regions; see the table."
    return to_svg(
        alt.layer(*layers)
        .resolve_scale(color="independent")
        .properties(
            width=WIDTH, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding")
        ),
        label,
    )


def _reach(gaps: list[float], margin: float) -> tuple[float, float]:
    """Where the axis of gaps ends: room for all points, and on both sides for a region's name."""
    left = 1.2 * max([-gap for gap in gaps] + [2 * margin, 1])
    right = 1.2 * max([*gaps, 2 * margin, 1])
    return -max(left, 0.8 * right), max(right, 0.35 * left)


def _point_labels(
    points: list[dict[str, Any]],
    across: tuple[float, float],
    up: tuple[float, float],
    x: alt.X,
    y: alt.Y,
    height: float,
    most: int = 12,
) -> list[alt.Chart]:
    """Names beside the points furthest from the origin, moved apart where they would touch."""
    wide, high = across[1] - across[0], up[1] - up[0]
    chosen = sorted(points, key=lambda p: -np.hypot(p["x"] / wide, p["y"] / high))
    layers: list[alt.Chart] = []
    taken: list[tuple[float, tuple[float, float]]] = []
    for point in chosen[:most]:
        place_x = (point["x"] - across[0]) / wide * WIDTH
        left = place_x > 0.6 * WIDTH
        span = (place_x - 140, place_x) if left else (place_x, place_x + 140)
        top = (up[1] - point["y"]) / high * height
        for shift in (0, 13, -13, 26, -26, 39, -39):
            place = top + shift
            if all(abs(place - t) > 12 or span[1] < s[0] or span[0] > s[1] for t, s in taken):
                break
        else:
            # No room: the point itself still says its name to those who point at it.
            continue
        taken.append((top + shift, span))
        layers.append(
            alt.Chart(alt.Data(values=[point]))
            .mark_text(align="right" if left else "left", dx=-9 if left else 9, dy=shift)
            .encode(x=x, y=y, text="policy:N", description="description:N")
        )
    return layers
