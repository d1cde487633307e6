"""Does a search say what to use, how much that brings, how sure it is and what to avoid?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from augbench.reports.choice.choice import Choice
from augbench.reports.choice.reader import read
from augbench.reports.choice.wording import avoid, headline, next_step, sentence

from tests.reports.choice.making_choices import EFFECTS, make_choice

GAIN = (0.021, 0.004, 0.038)
ON_TEST = "on 5 fresh seeds and 168 test images that nothing was chosen on"


def made(folder: Path, *args: Any, **more: Any) -> Choice:
    return read(make_choice(folder, *args, **more))


def test_a_proven_gain_is_said_with_its_interval_and_on_what(tmp_path: Path) -> None:
    assert sentence(made(tmp_path, gain=GAIN)) == (
        "Use flip + rotation 15°: +2.1 points (0.4 to 3.8) over no augmentation, " + ON_TEST + "."
    )


def test_a_likely_gain_says_that_it_is_not_proven(tmp_path: Path) -> None:
    first, rest = headline(made(tmp_path, gain=(0.009, -0.008, 0.026), kind="likely"))
    assert first == (
        "Probably flip + rotation 15°: +0.9 points (-0.8 to +2.6) over no augmentation, not proven"
    )
    assert rest == ON_TEST


def test_nothing_says_under_what_differences_stay(tmp_path: Path) -> None:
    choice = made(
        tmp_path, kind="nothing", within=0.012, winner="none", gain=(-0.001, -0.012, 0.01)
    )
    first, rest = headline(choice)
    assert first == "No augmentation: differences are under 1.2 points."
    assert rest.endswith(f"-0.1 points (-1.2 to +1.0) {ON_TEST}")


def test_a_bound_that_says_nothing_is_no_bound(tmp_path: Path) -> None:
    first, _ = headline(made(tmp_path, kind="nothing", within=0.19, gain=(-0.09, -0.19, 0.01)))
    assert first == "No augmentation: nothing tried is shown to be better."


def test_a_search_on_its_way_says_so_far_and_how_far(tmp_path: Path) -> None:
    first, rest = headline(made(tmp_path, sizes=(100, 5), fresh=0, kind="likely", state="racing"))
    assert first.startswith("So far: flip + rotation 15° is ahead, not proven: +")
    assert rest == (
        "on the validation images by which it is chosen; the search goes on, "
        "7.2 of 30 minutes are spent"
    )
    first, rest = headline(made(tmp_path, gain=GAIN, state="confirming"))
    assert first.startswith("So far: use flip + rotation 15°: +2.1 points")
    _, rest = headline(made(tmp_path, gain=GAIN, state="interrupted"))
    assert "; stopped early, " in rest


def test_the_letters_of_a_policy_that_leads_stay_as_they_are(tmp_path: Path) -> None:
    choice = made(tmp_path, {"Flip": 0.05}, {}, {}, sizes=(1,), fresh=0, kind="likely", state="x")
    assert headline(choice)[0].startswith("So far: Flip is ahead")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": "racing"}, "So far: nothing is known yet: no block of the race has ended"),
        ({}, "No augmentation: the budget was too small to try one."),
        ({"effects": {}, "new": {}}, "No augmentation: every candidate turns classes"),
    ],
)
def test_a_race_without_blocks_promises_nothing(
    tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    choice = made(tmp_path, **{"sizes": (), "fresh": 0, "kind": "nothing", **more})
    assert sentence(choice).startswith(said)


def test_trials_that_all_failed_say_why(tmp_path: Path) -> None:
    failed = [("flip", 0), ("none", 0)]
    choice = made(
        tmp_path, {"flip": 0.0}, {}, {}, sizes=(1,), fresh=0, kind="nothing", failed=failed
    )
    assert sentence(choice) == (
        "Nothing can be concluded: all 2 trials failed "
        "(RuntimeError: the loss became NaN in epoch 3)."
    )
    assert next_step(choice).startswith("Mend what failed")


def test_what_breaks_labels_is_said_in_shares_of_images(tmp_path: Path) -> None:
    first, *_ = avoid(made(tmp_path))
    assert first == "vertical flip turns b into p: 61% of b are taken for p, 2% of clean ones"


def test_several_pairs_and_many_candidates_are_counted(tmp_path: Path) -> None:
    pair = ("6", "9", 0.0, 0.5)
    struck = {f"turn {n}": [pair, ("9", "6", 0.0, 0.4), ("b", "q", 0.0, 0.3)] for n in range(5)}
    texts = avoid(made(tmp_path, struck=struck))
    assert texts[0].endswith("0% of clean ones; and 1 more pair")
    assert "turn 3 and turn 4 break labels too" in texts


def test_what_loses_is_to_be_avoided_too(tmp_path: Path) -> None:
    assert avoid(made(tmp_path, struck={}))[-1].startswith("lost in the race: cutmix (-")


def test_what_was_asked_for_races_though_it_breaks_labels(tmp_path: Path) -> None:
    choice = made(tmp_path, struck={"flip": [("b", "d", 0.0, 0.5)]})
    assert not any("turns b into d" in text for text in avoid(choice))


def test_long_names_of_classes_lose_their_middle_on_top(tmp_path: Path) -> None:
    long = "Sanssouci-Palais, Gartenseite und Weinbergterrassen"
    (text, *_) = avoid(
        made(tmp_path, struck={"flip": [(long, "b", 0.0, 0.5)]}, effects={"a": 0.01})
    )
    assert long not in text
    assert "Sanssouci" in text


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ("balanced_accuracy", "+2.1 points of balanced accuracy (0.4 to 3.8)"),
        ("worst_class", "+2.1 points of the worst class's recall (0.4 to 3.8)"),
        ("loss", "+0.021 nats less loss (0.004 to 0.038)"),
    ],
)
def test_gains_are_said_in_the_unit_of_the_objective(
    tmp_path: Path, objective: str, said: str
) -> None:
    assert said in sentence(made(tmp_path, EFFECTS, gain=GAIN, objective=objective))
