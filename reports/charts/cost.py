"""How long did every trial take?"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
from augbench.reports.charts.marks import axis_labels, fit
from augbench.reports.charts.svg import described, to_svg
from augbench.reports.formatting import is_missing, shown


def seconds(trials: pd.DataFrame, policies: Sequence[str]) -> str:
    """Seconds of trials, a dot each.

    Args:
        trials: the table of trials.csv.
        policies: those to draw, from top to bottom.
    """
    names = axis_labels(policies)
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
    label = f"Seconds of trials under {len(known)} policies; see the table."
    return to_svg(fit([chart], 60 + 24 * max(len(known), 1)), label)
