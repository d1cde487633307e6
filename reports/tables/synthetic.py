"""How good are the images that a policy generated? The table synthetic.csv, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from augbench.reports.columns import COUNT, NUMBER, SHARE, Column, Table
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.level import ALPHA
from augbench.reports.tables.run_table import Basis, Built, RunTable
from scipy import stats

from augbench.findings import Finding

SYNTHETIC = Table(
    "synthetic",
    "Generated images",
    "A row a policy and seed that generated images: quality of the pool beside its floor; null "
    "where no policy generates.",
    (
        Column("policy"),
        Column("seed", COUNT, always=True),
        Column(
            "used",
            COUNT,
            help="1: the images were judged worth using, or insisted on",
            recorded=True,
        ),
        Column(
            "gan_test",
            SHARE,
            "labels right",
            "by a classifier of real images (GAN-test)",
            recorded=True,
        ),
        Column(
            "gan_test_floor",
            SHARE,
            "of real",
            "the same of real images kept from the GAN",
            recorded=True,
        ),
        Column(
            "cas",
            SHARE,
            "CAS",
            "a classifier trained on them alone, on real images",
            recorded=True,
        ),
        Column("cas_real", SHARE, "CAS of real", "the same after the real images", recorded=True),
        Column(
            "cas_gaussian",
            SHARE,
            "CAS of Gaussians",
            "the same after the Gaussian control",
            recorded=True,
        ),
        Column("kid", NUMBER, "KID", "kernel distance to real images; 0 is equal", recorded=True),
        Column(
            "kid_floor",
            NUMBER,
            "KID floor",
            "that of real images kept from the GAN",
            recorded=True,
        ),
        Column("precision", NUMBER, help="share of them among real images", recorded=True),
        Column("recall", NUMBER, help="share of real images among them", recorded=True),
        Column("density", NUMBER, recorded=True),
        Column(
            "coverage", NUMBER, help="share of real images with one of them near", recorded=True
        ),
        Column("copies", SHARE, help="equal to a training image, nearly", recorded=True),
    ),
    further="in files",
    optional=True,
)


def synthetic_table(run: Run) -> pd.DataFrame | None:
    """A row for each policy and seed that generated images, in grid order; None without any.

    The columns after `policy` and `seed` are those of the records, in their order: a measure
    beside its floor. A measure with parts gets a column for each part, joined by "_".
    """
    rows: list[dict[str, Any]] = []
    for trial in run.stored():
        measures = trial.record.get("synthetic")
        if isinstance(measures, Mapping) and measures:
            own = {"policy": trial.policy, "seed": trial.seed}
            rows.append(own | _flat(measures) | own)
    if not rows:
        return None
    rows = _alike(rows)
    table = pd.DataFrame(rows)
    for name in table.columns:
        values: list[Any] = [row.get(name) for row in rows]
        if all(v is None or (isinstance(v, int) and not isinstance(v, bool)) for v in values):
            table[name] = pd.array(values, dtype="Int64")
    return table


def synthetic_findings(table: pd.DataFrame | None) -> list[Finding]:
    """Whether each policy's images are more useful than those of the Gaussian control.

    A trial has too few held-out images to tell; here its seeds speak together: a paired t-test of
    CAS, two-sided at 5 %, from three seeds on. Exploratory, as all of this table.
    """
    if table is None or not {"cas", "cas_gaussian"} <= set(table.columns):
        return []
    findings = []
    for policy, rows in table.groupby("policy", sort=False):
        lead = (rows["cas"] - rows["cas_gaussian"]).dropna().astype(float)
        if len(lead) < SEEDS_FOR_INTERVALS:
            continue
        told_apart = lead.std() > 0 and stats.ttest_1samp(lead, 0.0).pvalue <= ALPHA
        control = ("better" if lead.mean() > 0 else "worse") if told_apart else "level"
        figures = {"above": int((lead > 0).sum()), "seeds": len(lead), "control": control}
        findings.append(Finding("compared-with-control", figures, str(policy), "synthetic"))
    return findings


def _alike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows where a text that stands among numbers is none: one policy's own mistake."""
    names = {name: None for row in rows for name in row if name != "policy"}
    numbers = {
        name for name in names if any(isinstance(row.get(name), int | float) for row in rows)
    }
    return [
        {
            name: None if name in numbers and isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def _flat(measures: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in measures.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{before}{name}_")
        elif value is None or isinstance(value, str | int | float):
            if isinstance(value, int) and abs(value) >= 2**63:
                value = float(value)
            flat[f"{before}{name}"] = value
    return flat


def _build(basis: Basis) -> Built:
    frame = synthetic_table(basis.run)
    return frame, synthetic_findings(frame)


TABLE = RunTable(SYNTHETIC, _build)
