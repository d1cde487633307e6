"""How far is each policy's test accuracy from the baseline's, in all seeds and in each?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd
from augbench.reports.charts.marks import (
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
from augbench.reports.charts.svg import described, short_label, to_svg
from augbench.reports.formatting import interval, is_missing, shown


def effects(accuracy: pd.DataFrame, margin: float, baseline: str, places: Mapping[str, int]) -> str:
    """How far each policy's test accuracy is from the baseline's, with its interval.

    Args:
        accuracy: the table of accuracy.csv, in the order of the rows wanted.
        margin: the smallest difference that matters, as a fraction; drawn as a band.
        baseline: its label, for the words.
        places: policy → its place in the run, for the page's filter.
    """
    names = axis_labels(accuracy["policy"].tolist())
    rows = []
    for row in accuracy.to_dict("records"):
        place = places[row["policy"]]
        verdict, low, high = row["verdict"], row["delta_low"], row["delta_high"]
        is_baseline = verdict == "baseline"
        mean = 0.0 if is_baseline else row["delta_mean"]
        if is_missing(mean):
            continue
        words = (
            f"{row['policy']}: the baseline"
            if is_baseline
            else f"{row['policy']}: {shown(mean, 'points')} points "
            f"({interval(low, high)}), {verdict}"
        )
        rows.append(
            {
                "policy": names[row["policy"]],
                "mean": 100 * mean,
                "low": None if is_baseline or is_missing(low) else 100 * low,
                "high": None if is_baseline or is_missing(high) else 100 * high,
                "verdict": verdict,
                "description": described(place, words),
            }
        )
    # accuracies differ by 100 points at most
    reach = min(axis_reach(rows, 200 * margin), 100.0)
    left, right = axis_ends(rows, reach, 200 * margin)
    rows, arrows = cut_ends(rows, left, right)
    known = [row["policy"] for row in rows]
    x = alt.X(
        "mean:Q",
        title=f"test accuracy against {short_label(baseline)}, in points",
        scale=alt.Scale(domain=[left, right], nice=False, clamp=True),
        axis=signed_axis(7),
    )
    y = alt.Y("policy:N", sort=known, title=None, scale=alt.Scale(domain=known, padding=0.5))
    band = pd.DataFrame([{"from": -100 * margin, "to": 100 * margin, "zero": 0}])
    data = alt.Data(values=rows)
    with_interval = alt.Data(values=[row for row in rows if row["low"] is not None])
    layers = [
        alt.Chart(band).mark_rect(color="var(--band)").encode(x="from:Q", x2="to:Q"),
        alt.Chart(band).mark_rule(color="var(--rule)").encode(x="zero:Q"),
        alt.Chart(with_interval)
        .mark_rule(strokeWidth=3, strokeCap="round")
        .encode(x=x.copy(), y=y, color=verdict_color(), description="description:N")
        .encode(x="low:Q", x2="high:Q"),
        alt.Chart(data)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=x, y=y, color=verdict_color(), shape=verdict_shape(), description="description:N"
        ),
        *arrow_marks(arrows, x, y),
    ]
    chart = fit(layers, 60 + 26 * max(len(rows), 1)).resolve_scale(shape="independent")
    label = f"Difference of test accuracy to {baseline} for {len(rows)} policies; see the table."
    return to_svg(chart, label)


def seeds(
    trials: pd.DataFrame,
    policies: Sequence[str],
    baseline: str,
    places: Mapping[str, int],
    figure: str = "test_accuracy",
) -> str:
    """Each seed's test accuracy under each policy, joined to the baseline's of the same seed.

    Args:
        trials: the table of trials.csv.
        policies: those to draw, from top to bottom.
        baseline: label of the policy where every line starts.
        places: policy → its place in the run, for the page's filter.
        figure: the column that verdicts are of.
    """
    done = trials[trials["status"] == "done"]
    start = done[done["policy"] == baseline].set_index("seed")[figure]
    names = axis_labels(policies)
    rows = []
    for row in done[done["policy"].isin(names)].to_dict("records"):
        before, after = start.get(row["seed"], math.nan), row[figure]
        paired = not is_missing(before) and row["policy"] != baseline
        way = "inconclusive" if not paired or before == after else "better"
        if paired and after < before:
            way = "worse"
        words = f"{row['policy']}, seed {row['seed']}: {shown(after, 'percent')}"
        if paired:
            words += f" ({baseline}: {shown(before, 'percent')})"
        rows.append(
            {
                "policy": names[row["policy"]],
                "seed": str(row["seed"]),
                "before": 100 * before if paired else 100 * after,
                "after": 100 * after,
                "verdict": "baseline" if row["policy"] == baseline else way,
                "description": described(places[row["policy"]], words),
            }
        )
    known = [names[policy] for policy in policies]
    order = [str(seed) for seed in sorted(done["seed"].unique())]
    data = alt.Data(values=rows)
    y = alt.Y("policy:N", sort=known, title=None, scale=alt.Scale(domain=known, paddingInner=0.35))
    offset = alt.YOffset("seed:N", sort=order, scale=alt.Scale(domain=order))
    x = alt.X(
        "after:Q",
        title="test accuracy, per cent",
        scale=alt.Scale(zero=False, nice=True, padding=8),
        axis=alt.Axis(tickCount=7, labelOverlap=False),
    )
    shared = {"y": y, "yOffset": offset, "color": verdict_color()}
    layers = [
        alt.Chart(data)
        .mark_rule(strokeWidth=1.6)
        .encode(x=x, x2="before:Q", description="description:N", **shared),
        alt.Chart(data)
        .mark_tick(thickness=1.6, height=7, color="var(--baseline)")
        .encode(x="before:Q", y=y, yOffset=offset),
        alt.Chart(data)
        .mark_circle(size=34, opacity=1)
        .encode(x=x, description="description:N", **shared),
    ]
    height = 60 + len(known) * max(24, 8 * len(order) + 8)
    label = f"Test accuracy of every seed under {len(known)} policies; see the table of trials."
    return to_svg(fit(layers, height), label)
