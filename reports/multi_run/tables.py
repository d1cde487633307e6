"""Which tables does a comparison of several runs have, with which columns?"""

from __future__ import annotations

from augbench.reports.columns import (
    COUNT,
    DIFFERENCE,
    NUMBER,
    P_VALUE,
    SHARE,
    VERDICT,
    Column,
    Table,
)

#: the verdicts of accuracy.csv that are counted over runs
VERDICTS = ("better", "worse", "equivalent", "inconclusive")
_SEEDS = "seeds, over all runs"
_RUNS_HIGHER = "share of runs with a higher mean, tie half"

SEVERAL = Table(
    "several",
    "Every policy in every run",
    "A row a run and policy: its row of accuracy.csv, and its rank in its data set.",
    (
        Column("run"),
        Column("dataset"),
        Column("policy"),
        Column("trials", COUNT),
        Column("test_accuracy_mean", SHARE, "test accuracy", "mean over the seeds"),
        Column("delta_mean", DIFFERENCE, "difference", "to the baseline of that run, in points"),
        Column(
            "delta_low",
            DIFFERENCE,
            "interval",
            "in points, that of its own run",
            high="delta_high",
        ),
        Column("delta_high", DIFFERENCE),
        Column("p_value", P_VALUE, "p"),
        Column("verdict", VERDICT, help="of that run", values=("baseline", *VERDICTS)),
        Column("rank", NUMBER, help="among the ranked policies on that data set"),
    ),
    order=(
        "policy",
        "run",
        "trials",
        "test_accuracy_mean",
        "delta_mean",
        "delta_low",
        "verdict",
        "p_value",
        "rank",
    ),
    most_rows=600,
)
POLICIES = Table(
    "policies",
    "Each policy against the baseline of its run",
    "A row a policy, over all runs.",
    (
        Column("policy"),
        Column("runs", COUNT, help="in which it finished a trial"),
        *(Column(verdict, COUNT, help="runs with this verdict") for verdict in VERDICTS),
        Column(
            "delta_mean",
            DIFFERENCE,
            "difference",
            "to the baseline, mean over the runs, in points",
        ),
        Column("blocks", COUNT, help=_SEEDS),
        Column("wins", COUNT, help=_SEEDS),
        Column("ties", COUNT, help=_SEEDS),
        Column("losses", COUNT, help=_SEEDS),
        Column("win_rate", SHARE, help="share of seeds above the baseline, a tie is half"),
        Column("runs_higher", SHARE, help=_RUNS_HIGHER),
        Column(
            "mean_rank", NUMBER, "rank", "mean over data sets, 1 is best; equal ones share ranks"
        ),
        Column("p_value", P_VALUE, "p", "that it ranks like the baseline, Holm's correction"),
    ),
    order=(
        "policy",
        "delta_mean",
        *VERDICTS,
        "win_rate",
        "mean_rank",
        "p_value",
        "runs_higher",
        "wins",
        "ties",
        "losses",
        "runs",
    ),
)
WINS = Table(
    "wins",
    "Every two policies",
    "A row a pair of policies that met: in how many blocks the first was above the second.",
    (
        Column("policy_a", heading="policy"),
        Column("policy_b", heading="against"),
        Column("blocks", COUNT, help=_SEEDS),
        Column("wins", COUNT, help=_SEEDS),
        Column("ties", COUNT, help=_SEEDS),
        Column("losses", COUNT, help=_SEEDS),
        Column("win_rate", SHARE, help="share of seeds in which the first is higher, tie half"),
        Column("runs_higher", SHARE, help=_RUNS_HIGHER),
    ),
    order=("policy_a", "policy_b", "win_rate", "wins", "ties", "losses", "runs_higher"),
    most_rows=600,
)
