"""Which pictures do several runs have? Differences as dots, and ranks with what is alike joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import altair as alt
import pandas as pd
from augbench.reports.charts.marks import fit, signed_axis, verdict_color, verdict_shape
from augbench.reports.charts.svg import described, safe_text, short_label, to_svg
from augbench.reports.formatting import shown
from augbench.reports.multi_run.multi_run import MultiRun
from augbench.reports.statistics.ranks import Ranking

WIDTH = 420
_ROW = 17
_AXIS_Y = 58.0
# How wide a letter of 11 px is at most on average, and how many of them a label may have.
_LETTER = 6.2
_LONGEST = 20
_MOST_POLICIES = 40


def differences(runs: MultiRun, places: Mapping[str, int]) -> str:
    """A dot for each run: how far each policy's test accuracy is from the baseline's.

    Args:
        runs: the runs.
        places: policy → its place, for the page's filter.

    Returns:
        One <svg> element, "" where nothing was compared.
    """
    table = runs.several[runs.several["delta_mean"].notna()]
    order = [p for p in runs.policies["policy"] if p in set(table["policy"])][:_MOST_POLICIES]
    if not order:
        return ""
    labels: dict[str, str] = {}
    for policy in order:
        label = short_label(policy)
        labels[policy] = label + "\u200b" * list(labels.values()).count(label)
    rows = [
        {
            "policy": labels[row["policy"]],
            "delta": 100 * row["delta_mean"],
            "verdict": row["verdict"],
            "description": described(
                places[row["policy"]],
                f"{row['policy']} on {row['run']}: {shown(row['delta_mean'], 'points')} points, "
                f"{row['verdict']}",
            ),
        }
        for row in table.to_dict("records")
        if row["policy"] in labels
    ]
    reach = 1.1 * max(2.0, *(abs(row["delta"]) for row in rows))
    y = alt.Y(
        "policy:N",
        sort=list(labels.values()),
        title=None,
        scale=alt.Scale(domain=list(labels.values()), padding=0.5),
    )
    x = alt.X(
        "delta:Q",
        title="test accuracy against the baseline, in points",
        scale=alt.Scale(domain=[-reach, reach], nice=False),
        axis=signed_axis(7),
    )
    zero = pd.DataFrame([{"zero": 0}])
    layers = [
        alt.Chart(zero).mark_rule(color="var(--rule)").encode(x="zero:Q"),
        alt.Chart(alt.Data(values=rows))
        .mark_point(filled=True, size=80, opacity=0.8)
        .encode(
            x=x,
            y=y,
            color=verdict_color(),
            shape=verdict_shape(),
            description="description:N",
        ),
    ]
    label = f"Differences of {len(order)} policies to the baseline in {len(runs.runs)} runs"
    return to_svg(fit(layers, 60 + 28 * len(order)), label)


def rank_diagram(runs: MultiRun, places: Mapping[str, int]) -> str:
    """The critical-difference diagram of Demšar (2006), figure 1: mean ranks on a line.

    The best stands left; a bar joins policies that are not told apart; the length of the critical
    difference is drawn above.

    Args:
        runs: the runs.
        places: policy → its place, for the page's filter.

    Returns:
        One <svg> element, "" where the ranks are not tested.
    """
    result = runs.ranking
    if not result.tested:
        return ""
    labels = {label: short_label(label, _LONGEST) for label in runs.ranked}
    axis = _Axis(len(labels), _LETTER * max(len(label) for label in labels.values()) + 12)
    left = (axis.count + 1) // 2
    first_y = _AXIS_Y + 22 + 8 * len(result.groups)
    height = first_y + _ROW * left
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height:g}")
    root.set("role", "img")
    root.set(
        "aria-label",
        f"Mean ranks of {axis.count} policies over {result.datasets} data sets, the best on the "
        "left",
    )
    _draw_axis(root, axis)
    _draw_difference(root, axis, result)
    for place, at in enumerate(result.order):
        is_left = place < left
        y = first_y + _ROW * (place if is_left else axis.count - 1 - place)
        label, rank = runs.ranked[at], float(result.mean_ranks[at])
        group = SubElement(root, "g", {"data-policy": str(places[label])})
        words = f"{safe_text(label)}: mean rank {shown(rank, 'number')}"
        SubElement(group, "title").text = words
        _draw_policy(group, axis, rank, labels[label], y, is_left)
    for number, (first, last) in enumerate(result.groups):
        x1, x2 = (axis.x(result.mean_ranks[result.order[at]]) for at in (first, last))
        y = _AXIS_Y + 12 + 8 * number
        names = [safe_text(runs.ranked[result.order[at]]) for at in range(first, last + 1)]
        bar = _line(root, x1 - 4, y, x2 + 4, y, "var(--ink)", 4)
        SubElement(bar, "title").text = f"not told apart: {', '.join(names)}"
    return ElementTree.tostring(root, encoding="unicode")


@dataclass(frozen=True)
class _Axis:
    """Ranks 1 to count, between two margins for the labels."""

    count: int
    margin: float

    def x(self, rank: float) -> float:
        return self.margin + (WIDTH - 2 * self.margin) * (rank - 1) / max(1, self.count - 1)


def _draw_axis(root: Element, axis: _Axis) -> None:
    _line(root, axis.x(1), _AXIS_Y, axis.x(axis.count), _AXIS_Y, "var(--rule)", 1)
    for rank in range(1, axis.count + 1, -(-axis.count // 10)):
        x = axis.x(rank)
        _line(root, x, _AXIS_Y - 5, x, _AXIS_Y, "var(--rule)", 1)
        _text(root, x, _AXIS_Y - 9, str(rank), "middle", "var(--ink-2)")


def _draw_difference(root: Element, axis: _Axis, result: Ranking) -> None:
    """The critical difference as a length, from the left end of the axis."""
    start, end, y = axis.x(1), axis.x(1 + result.critical_difference), _AXIS_Y - 34
    _line(root, start, y, min(end, WIDTH - 4.0), y, "var(--ink-2)", 1.5)
    # Few data sets make it longer than the picture; then it has no right end.
    for x in (start, end):
        if x <= WIDTH - 4:
            _line(root, x, y - 3, x, y + 3, "var(--ink-2)", 1.5)
    words = f"critical difference {shown(result.critical_difference, 'number')}"
    _text(root, start, y - 7, words, "start", "var(--ink-2)")


def _draw_policy(
    group: Element, axis: _Axis, rank: float, label: str, y: float, is_left: bool
) -> None:
    x = axis.x(rank)
    edge = axis.margin - 8 if is_left else WIDTH - axis.margin + 8
    points = f"{x:.1f},{_AXIS_Y:g} {x:.1f},{y:g} {edge:.1f},{y:g}"
    line = SubElement(group, "polyline", points=points, fill="none", stroke="var(--rule)")
    line.set("stroke-width", "1")
    SubElement(group, "circle", cx=f"{x:.1f}", cy=f"{_AXIS_Y:g}", r="3.5", fill="var(--accent)")
    x, anchor = (edge - 4, "end") if is_left else (edge + 4, "start")
    _text(group, x, y + 4, label, anchor, "var(--ink)")


def _line(
    parent: Element, x1: float, y1: float, x2: float, y2: float, color: str, width: float
) -> Element:
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    return SubElement(parent, "line", {**ends, "stroke": color, "stroke-width": f"{width:g}"})


def _text(parent: Element, x: float, y: float, words: str, anchor: str, color: str) -> Element:
    place: dict[str, Any] = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    element = SubElement(parent, "text", {**place, "fill": color, "font-size": "11"})
    element.text = words
    return element
