"""Kills by hand are many; here are a few, and that a judge of them sees what is wrong."""

from __future__ import annotations

import random
import sys
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.killed_commands import PHASES, Strike, differences
from benchmarks.kills import MOST_KILLS, SIGNALS, killed, lives, strikes, table


def test_kills_are_of_each_phase_target_and_signal_and_of_one_worker_a_life() -> None:
    several = list(islice(strikes(random.Random(0), list(PHASES)), 600))
    every = {(name, who) for name, phase in PHASES.items() for who in phase.targets}
    assert {(one.phase, one.target) for one in several} == every
    assert {" ".join(one.signals) for one in several} == set(SIGNALS)
    groups = lives(several, random.Random(0))
    assert sorted(map(id, several)) == sorted(id(one) for group in groups for one in group)
    for group in groups:
        assert len(group) <= MOST_KILLS and len({PHASES[one.phase].command for one in group}) == 1
        assert sum(one.target == "worker" for one in group) <= 1


def test_what_a_killed_command_leaves_is_held_against_an_undisturbed_one(tmp_path: Path) -> None:
    for name in ("killed", "undisturbed"):
        (tmp_path / name / "results").mkdir(parents=True)
        (tmp_path / name / "results" / "accuracy.csv").write_text("policy\nnone\n")
        (tmp_path / name / "results" / "trials.csv").write_text(
            f"policy,test_accuracy,seconds,images_per_second\nnone,0.5,{len(name)},1\n"
        )
    both = tmp_path / "killed", tmp_path / "undisturbed"
    assert differences("compare", *both, hard=False) == []
    run = tmp_path / "killed" / "results"
    (run / "accuracy.csv").write_text("policy\nkeras\n")
    (run / "trials.csv").write_text(
        "policy,test_accuracy,seconds,images_per_second\nnone,0.4,1,1\n"
    )
    (run / ".half.part").touch()
    (tmp_path / "undisturbed" / "results" / "pairs.csv").touch()
    assert differences("compare", *both, hard=False) == [
        "results/.half.part is left",
        "results/pairs.csv is missing",
        "results/accuracy.csv differs",
        "results/trials.csv differs",
    ]


def test_the_table_counts_kills_and_those_that_went_wrong() -> None:
    kills = [Strike("keeping", "worker", ("KILL",)) for _ in range(3)]
    kills[0].problems.append("lost")
    row = table(kills).splitlines()[-1]
    assert row == f"| keeping | worker |{'  |' * (len(SIGNALS) - 1)} 3 (1 wrong) |"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into processes as Linux shows them")
def test_commands_that_are_killed_and_run_again_end_like_undisturbed_ones() -> None:
    with TemporaryDirectory() as place:  # sockets among temporary files want a short path
        kills = killed(3, 1, ["keeping", "report", "expanding"], Path(place))
    assert len(kills) == 3
    assert [problem for strike in kills for problem in strike.problems] == []
