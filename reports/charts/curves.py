"""How does a policy learn, epoch by epoch?"""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd
from augbench.reports.charts.marks import fit
from augbench.reports.charts.svg import to_svg

SERIES = {"clean train": "train", "augmented train": "augmented", "validation": "validation"}
# More points a curve than this cannot be seen on 300 pixels.
_POINTS_A_CURVE = 60


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
    of_policy = table[table["policy"] == policy]
    factor = 100 if what == "accuracy" else 1
    epochs = np.sort(of_policy["epoch"].unique())
    if len(epochs) > _POINTS_A_CURVE:
        places = np.linspace(0, len(epochs) - 1, _POINTS_A_CURVE).round().astype(int)
        epochs = epochs[places]
    rows = []
    for series, start in SERIES.items():
        column = f"{start}_{what}"
        grouped = of_policy[of_policy["epoch"].isin(epochs)].groupby("epoch")[column]
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
