"""What is answered, by what the race believes and fresh seeds say?"""

from __future__ import annotations

import math
import tomllib
from types import SimpleNamespace

import numpy as np
import pytest
from augbench.bench.search.answer import answer_of, chosen_toml
from augbench.bench.search.candidates.candidate import Candidate
from augbench.bench.search.confirming import Confirmed, confirmed
from augbench.bench.search.race import Estimate
from augbench.bench.search.standing import Standing


def searched(gain: float, fresh: Confirmed | None, winner: str = "flip") -> SimpleNamespace:
    known = {"flip": Estimate(gain, 0.006, 4)}
    said = {} if fresh is None else {"none": fresh}
    standing = Standing("done", known, winner, said)
    return SimpleNamespace(standing=standing, settings=SimpleNamespace(margin=1.0))


@pytest.mark.parametrize(
    ("fresh", "kind"),
    [
        ([0.03, 0.031, 0.029, 0.03], "better"),
        ([0.05, -0.01, 0.04, 0.02], "likely"),
        ([0.05, -0.03, 0.04, 0.01], "nothing"),  # such a mean comes by chance, too
        ([-0.05, 0.03, -0.04, 0.01], "nothing"),  # fresh seeds speak against it
        ([0.0, 0.001, -0.001, 0.0], "nothing"),
    ],
)
def test_the_answer_is_what_fresh_seeds_do_not_speak_against(fresh: list[float], kind: str) -> None:
    answer = answer_of(searched(0.02, confirmed(fresh)))  # type: ignore[arg-type]
    assert (answer.kind, answer.policy) == (kind, "none" if kind == "nothing" else "flip")


def test_of_gains_that_are_none_one_in_ten_is_likely() -> None:
    rng = np.random.default_rng(0)
    kinds = [
        answer_of(searched(0.02, confirmed(rng.normal(0, 0.012, 5)))).kind  # type: ignore[arg-type]
        for _ in range(400)
    ]
    assert kinds.count("nothing") > 0.86 * 400


def test_without_fresh_seeds_the_race_alone_makes_it_likely() -> None:
    assert answer_of(searched(0.02, None)).kind == "likely"  # type: ignore[arg-type]
    assert answer_of(searched(0.001, None)).kind == "nothing"  # type: ignore[arg-type]
    assert math.isnan(answer_of(searched(0.02, None, "none")).within)  # type: ignore[arg-type]


def test_the_file_of_the_answer_enlarges_first_and_mixes_last() -> None:
    words = {"rotation_range": 15.0}
    before, beside = "gan(factor=2, steps=1900)", "gaussiannoise(std=0.05) + mixup(alpha=0.2)"
    one = Candidate("all", ("gan",), words, beside, before=before)
    settings = SimpleNamespace(
        data="digits", epochs=3, batch_size=32, model="reference", train_size=None
    )
    field = SimpleNamespace(candidates={"all": one})
    search = SimpleNamespace(settings=settings, field=field, own_size=(8, 8))
    content = tomllib.loads(chosen_toml(search, "all"))  # type: ignore[arg-type]
    assert content["policies"] == ["none", f"all={before} + albumentations + {beside}"]
    assert content["spec"] == words
