"""Which pictures does a comparison have, as static SVG?

Each function takes tables with the columns of the CSV files and returns one <svg> element. Colours
are CSS variables that stand for verdicts and kinds of curves, never for a policy: forty policies
have no forty colours that anybody could tell apart.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from augbench.reports.charts.svg import described, short_label, to_svg
from augbench.reports.formatting import interval, is_missing, shown

WIDTH = 420
SHAPES = {
    "baseline": "diamond",
    "better": "triangle-up",
    "worse": "triangle-down",
    "equivalent": "square",
    "inconclusive": "circle",
}
SERIES = {"clean train": "train", "augmented train": "augmented", "validation": "validation"}
# More points a curve than this cannot be seen on 300 pixels.
_POINTS_A_CURVE = 60


def verdict_color() -> alt.Color:
    verdicts = list(SHAPES)
    colors = [f"var(--{verdict})" for verdict in verdicts]
    return alt.Color("verdict:N", scale=alt.Scale(domain=verdicts, range=colors), legend=None)


def verdict_shape() -> alt.Shape:
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    return alt.Shape("verdict:N", scale=scale, legend=None)


def fit(layers: list[Any], height: float, width: float = WIDTH) -> alt.TopLevelMixin:
    return alt.layer(*layers).properties(
        width=width,
        height=height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
    )


def _names(policies: Sequence[str]) -> dict[str, str]:
    """Policy → a label for an axis; two long names may not become the same label."""
    labels = _told_apart([short_label(policy) for policy in policies])
    return dict(zip(policies, labels, strict=True))


def _told_apart(labels: Sequence[str]) -> list[str]:
    """The labels, equal ones made different by spaces of no width."""
    seen: Counter[str] = Counter()
    told = []
    for label in labels:
        told.append(label + "\u200b" * seen[label])
        seen[label] += 1
    return told


def signed_axis(ticks: int, grid: bool = True) -> alt.Axis:
    """An axis of differences: "+5", "0", "−5"."""
    label = "(datum.value > 0 ? '+' : '') + datum.label"
    return alt.Axis(format="f", tickCount=ticks, labelExpr=label, grid=grid, labelOverlap=False)


def effect(accuracy: pd.DataFrame, margin: float, baseline: str, places: Mapping[str, int]) -> str:
    """How far each policy's test accuracy is from the baseline's, with its interval.

    Args:
        accuracy: the table of accuracy.csv, in the order of the rows wanted.
        margin: the smallest difference that matters, as a fraction; drawn as a band.
        baseline: its label, for the words.
        places: policy → its place in the run, for the page's filter.
    """
    names = _names(accuracy["policy"].tolist())
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
    reach = _reach(rows, 200 * margin)
    known = [row["policy"] for row in rows]
    x = alt.X(
        "mean:Q",
        title=f"test accuracy against {short_label(baseline)}, in points",
        scale=alt.Scale(domain=[-reach, reach], nice=False, clamp=True),
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
    ]
    label = f"Difference of test accuracy to {baseline} for {len(rows)} policies; see the table."
    return to_svg(fit(layers, 60 + 26 * max(len(rows), 1)), label)


def seeds(
    trials: pd.DataFrame, policies: Sequence[str], baseline: str, places: Mapping[str, int]
) -> str:
    """Each seed's test accuracy under each policy, joined to the baseline's of the same seed.

    Args:
        trials: the table of trials.csv.
        policies: those to draw, from top to bottom.
        baseline: label of the policy where every line starts.
        places: policy → its place in the run, for the page's filter.
    """
    done = trials[trials["status"] == "done"]
    start = done[done["policy"] == baseline].set_index("seed")["test_accuracy"]
    names = _names(policies)
    rows = []
    for row in done[done["policy"].isin(names)].to_dict("records"):
        before, after = start.get(row["seed"], math.nan), row["test_accuracy"]
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


def curves(
    table: pd.DataFrame, policy: str, place: int, what: str, domain: tuple[float, float]
) -> str:
    """The learning curves of one policy: mean over the seeds, and a band from least to most.

    Args:
        table: the table of curves.csv.
        policy: its label.
        place: the policy's place in the run, for the page's filter.
        what: `accuracy` or `loss`.
        domain: lowest and highest value of the axis, the same for every policy of a run.
    """
    mine = table[table["policy"] == policy]
    factor = 100 if what == "accuracy" else 1
    epochs = np.sort(mine["epoch"].unique())
    if len(epochs) > _POINTS_A_CURVE:
        places = np.linspace(0, len(epochs) - 1, _POINTS_A_CURVE).round().astype(int)
        epochs = epochs[places]
    rows = []
    for series, start in SERIES.items():
        column = f"{start}_{what}"
        grouped = mine[mine["epoch"].isin(epochs)].groupby("epoch")[column]
        summary = grouped.agg(["mean", "min", "max"]).dropna() * factor
        rows += [
            {"epoch": int(epoch), "mean": mean, "low": low, "high": high, "series": series}
            for epoch, mean, low, high in summary.itertuples()
        ]
    scale = alt.Scale(
        domain=list(SERIES), range=["var(--clean)", "var(--augmented)", "var(--validation)"]
    )
    dash = alt.Scale(domain=list(SERIES), range=[[1, 0], [5, 3], [1, 0]])
    color = alt.Color("series:N", scale=scale, legend=None)
    x = alt.X(
        "epoch:Q",
        title="epoch",
        axis=alt.Axis(grid=False, tickMinStep=1, tickCount=6, format="d", labelOverlap=False),
    )
    y = alt.Y(
        "mean:Q",
        title=f"{what}, per cent" if what == "accuracy" else what,
        scale=alt.Scale(domain=[factor * domain[0], factor * domain[1]], clamp=True),
        axis=alt.Axis(grid=True, tickCount=5),
    )
    data = alt.Data(values=rows)
    layers = [
        alt.Chart(data)
        .mark_area(opacity=0.16)
        .encode(x=x, y=y.copy(), y2="high:Q", color=color)
        .encode(y="low:Q"),
        alt.Chart(data)
        .mark_line(strokeWidth=2)
        .encode(
            x=x, y=y, color=color, strokeDash=alt.StrokeDash("series:N", scale=dash, legend=None)
        ),
    ]
    label = f"{what.capitalize()} by epoch under {policy}: clean train, augmented train, validation"
    return to_svg(fit(layers, 190, 320), label)


def _reach(rows: Sequence[Mapping[str, Any]], least: float) -> float:
    """How far from zero an axis goes: to the ends of intervals, but not so far that means merge.

    With few seeds and many comparisons intervals go beyond all possible differences.
    """
    ends = [abs(row[key]) for row in rows for key in ("low", "high") if row[key] is not None]
    means = [abs(row["mean"]) for row in rows]
    most = max(5 * max(means, default=0.0), 10 * least, 10.0)
    return 1.06 * min(max([*ends, *means, least, 1.0]), most)


def domain_of(table: pd.DataFrame, what: str) -> tuple[float, float]:
    """The range that an axis for every curve of a run needs; losses are cut at the 98th per cent.

    Args:
        table: the table of curves.csv.
        what: `accuracy` or `loss`.
    """
    values = table[[f"{start}_{what}" for start in SERIES.values()]].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    if what == "loss":
        return 0.0, float(np.quantile(values, 0.98)) * 1.05 + 1e-6
    low = float(np.floor(10 * values.min()) / 10)
    return low, max(low + 0.1, float(np.ceil(20 * values.max()) / 20))


def classes(table: pd.DataFrame, places: Mapping[str, int]) -> str:
    """The changes of recall of some policies and classes, with their intervals.

    Args:
        table: rows of per_class.csv, in the order wanted.
        places: policy → its place in the run.
    """
    labels = _told_apart(
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
    known = [row["row"] for row in rows]
    reach = _reach(rows, 2.0)
    low = 1.06 * min([row["mean"] if row["low"] is None else row["low"] for row in rows] + [-1.0])
    high = 1.06 * max([row["mean"] if row["high"] is None else row["high"] for row in rows] + [1.0])
    y = alt.Y(
        "row:N",
        sort=known,
        title=None,
        scale=alt.Scale(domain=known, padding=0.5),
    )
    x = alt.X(
        "mean:Q",
        title="change of recall, in points",
        scale=alt.Scale(domain=[max(-reach, low), min(reach, high)], nice=False, clamp=True),
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
    ]
    label = f"The {len(rows)} largest changes of recall by class and policy; see the table."
    return to_svg(fit(layers, 60 + 20 * max(len(rows), 1)), label)


def seconds(trials: pd.DataFrame, policies: Sequence[str]) -> str:
    """Seconds of every trial, a dot each.

    Args:
        trials: the table of trials.csv.
        policies: those to draw, from top to bottom.
    """
    names = _names(policies)
    place = {policy: number for number, policy in enumerate(policies)}
    rows = [
        {
            "policy": names[row["policy"]],
            "seconds": row["seconds"],
            "description": described(
                place[row["policy"]],
                f"{row['policy']}, seed {row['seed']}: {shown(row['seconds'], 'seconds')} s",
            ),
        }
        for row in trials.to_dict("records")
        if row["policy"] in place and not is_missing(row["seconds"])
    ]
    known = list(names.values())
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(size=60, opacity=0.75, color="var(--equivalent)")
        .encode(
            x=alt.X(
                "seconds:Q",
                title="seconds a trial",
                scale=alt.Scale(zero=True),
                axis=alt.Axis(tickCount=6, labelOverlap=False),
            ),
            y=alt.Y("policy:N", sort=known, title=None, scale=alt.Scale(domain=known, padding=0.5)),
            description="description:N",
        )
    )
    label = f"Seconds of every trial under {len(known)} policies; see the table."
    return to_svg(fit([chart], 60 + 24 * max(len(known), 1)), label)
