"""Which classes gain and which lose?"""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
from augbench.reports.charts.marks import (
    arrow_marks,
    axis_ends,
    axis_reach,
    cut_ends,
    fit,
    signed_axis,
    told_apart,
    verdict_color,
    verdict_shape,
)
from augbench.reports.charts.svg import described, short_label, to_svg
from augbench.reports.formatting import interval, is_missing, shown


def classes(table: pd.DataFrame, places: Mapping[str, int]) -> str:
    """The changes of recall of some policies and classes, with their intervals.

    Args:
        table: rows of per_class.csv, in the order wanted.
        places: policy → its place in the run.
    """
    labels = told_apart(
        [
            f"{short_label(name, 20)} · {short_label(policy, 20)}"
            for name, policy in zip(table["class"], table["policy"], strict=True)
        ]
    )
    rows = []
    for label, row in zip(labels, table.to_dict("records"), strict=True):
        low, high = row["delta_low"], row["delta_high"]
        words = (
            f"{row['class']} under {row['policy']}: {shown(row['delta_mean'], 'points')} points "
            f"({interval(low, high)}), {row['verdict']}"
        )
        rows.append(
            {
                "row": label,
                "mean": 100 * row["delta_mean"],
                "low": None if is_missing(low) else 100 * low,
                "high": None if is_missing(high) else 100 * high,
                "verdict": row["verdict"],
                "description": described(places.get(row["policy"], -1), words),
            }
        )
    reach = axis_reach(rows, 2.0)
    low, high = axis_ends(rows, reach, 1.0)
    rows, arrows = cut_ends(rows, low, high)
    known = [row["row"] for row in rows]
    y = alt.Y(
        "row:N",
        sort=known,
        title=None,
        scale=alt.Scale(domain=known, padding=0.5),
    )
    x = alt.X(
        "mean:Q",
        title="change of recall, in points",
        scale=alt.Scale(domain=[low, high], nice=False, clamp=True),
        axis=signed_axis(6),
    )
    zero = alt.Data(values=[{"zero": 0}])
    with_interval = alt.Data(values=[row for row in rows if row["low"] is not None])
    layers = [
        alt.Chart(zero).mark_rule(color="var(--rule)").encode(x="zero:Q"),
        alt.Chart(with_interval)
        .mark_rule(strokeWidth=2, opacity=0.6)
        .encode(x="low:Q", x2="high:Q", y=y, color=verdict_color()),
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=x, y=y, color=verdict_color(), shape=verdict_shape(), description="description:N"
        ),
        *arrow_marks(arrows, x, y),
    ]
    chart = fit(layers, 60 + 20 * max(len(rows), 1)).resolve_scale(shape="independent")
    label = f"The {len(rows)} largest changes of recall by class and policy; see the table."
    return to_svg(chart, label)
