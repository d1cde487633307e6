"""Is the sentence at the top of a report right, whatever happened?

The runs are made with known effects. The whole text is compared, since a user reads all of it; its
figures are those of the tables, written by this file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from augbench.reports.findings.analysis import Tables, tables
from augbench.reports.run.reader import load

from tests.reports.making_runs import make_run

LARGE: Mapping[str, Any] = {"n_test": 1000, "pictures": False}
DIGITS = tuple("0123456789")


def made(folder: Path, policies: dict[str, float], **options: Any) -> Tables:
    return tables(load(make_run(folder, policies, **{**LARGE, **options})))


def row(found: Tables, label: str) -> dict[str, Any]:
    return found.accuracy[found.accuracy["policy"] == label].to_dict("records")[0]


def amount(found: Tables, label: str, factor: int, of_mean: str, of_bounds: str) -> str:
    r = row(found, label)
    low, high = sorted(factor * r[key] for key in ("delta_low", "delta_high"))
    mean_ = format(factor * r["delta_mean"], of_mean)
    return f"{mean_} points ({low:{of_bounds}} to {high:{of_bounds}})"


def gain(found: Tables, label: str) -> str:
    return amount(found, label, 100, "+.1f", ".1f")


def doubt(found: Tables, label: str) -> str:
    return amount(found, label, 100, "+.1f", "+.1f")


def loss(found: Tables, label: str) -> str:
    return amount(found, label, -100, ".1f", ".1f")


def mean(found: Tables, label: str) -> str:
    return f"{100 * row(found, label)['delta_mean']:+.1f} points"


def gap(found: Tables, label: str, column: str = "gap_best") -> float:
    return 100 * float(found.overfitting.set_index("policy")[column][label])


def test_a_clear_win(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.05}, train_accuracy={"none": 0.95, "flips": 1.0})
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds."
    )
    assert found.conclusion.recommended == ("flips",)
    assert row(found, "flips")["delta_mean"] == pytest.approx(0.05, abs=0.01)


def test_a_clear_win_that_reduces_overfitting_too(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.05})
    low, high = (-gap(found, "flips", f"gap_delta_{end}") for end in ("high", "low"))
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds. flips overfits less: "
        "the gap between training and validation accuracy is "
        f"{-gap(found, 'flips', 'gap_delta'):.1f} points ({low:.1f} to {high:.1f}) smaller."
    )
    assert 0 < low < high


def test_a_clear_win_that_overfits_more(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.05}, train_accuracy={"none": 0.75, "flips": 0.99})
    low, high = (gap(found, "flips", f"gap_delta_{end}") for end in ("low", "high"))
    assert found.conclusion.remarks[0] == (
        "But flips overfits more: the gap between training and validation accuracy is "
        f"{gap(found, 'flips', 'gap_delta'):.1f} points ({low:.1f} to {high:.1f}) larger."
    )


def test_a_clear_loss(tmp_path: Path) -> None:
    found = made(tmp_path, {"strong": -0.05})
    assert found.conclusion.text == (
        f"Use no augmentation: on 5 seeds strong costs {loss(found, 'strong')}."
    )
    assert found.conclusion.recommended == ("none",)


def test_everything_loses(tmp_path: Path) -> None:
    found = made(tmp_path, {"crop": -0.03, "strong": -0.05, "wild": -0.04})
    assert found.conclusion.text == (
        f"Use no augmentation: on 5 seeds strong costs {loss(found, 'strong')}, and wild and crop "
        "lose too."
    )


def test_a_tie(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.0}, seeds=10, seed_sd=0.002, image_sd=0.002, n_test=2000)
    assert row(found, "flips")["verdict"] == "equivalent"
    assert found.conclusion.text == (
        "It makes no difference that matters: flips is within ± 1 point of no augmentation on 10 "
        "seeds."
    )
    assert found.conclusion.recommended == ("none",)


def test_noise(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.015}, seeds=3, seed_sd=0.005, image_sd=0.005)
    r = row(found, "flips")
    assert found.conclusion.text == (
        f"Nothing is settled on 3 seeds: flips differs from no augmentation by "
        f"{doubt(found, 'flips')}, which cannot be told from chance; about "
        f"{r['seeds_needed_low']} to {r['seeds_needed_high']} seeds should settle it."
    )
    assert found.conclusion.recommended == ()


def test_noise_with_several_policies(tmp_path: Path) -> None:
    found = made(tmp_path, {"crop": 0.0, "flips": 0.004, "turn": -0.01}, seed_sd=0.02)
    in_order = sorted(["crop", "flips", "turn"], key=lambda p: -row(found, p)["delta_mean"])
    r = row(found, in_order[0])
    assert found.conclusion.text == (
        f"Nothing is settled on 5 seeds: {in_order[0]}, {in_order[1]} and {in_order[2]} may each "
        f"gain or lose; the best, {in_order[0]}, differs from no augmentation by "
        f"{doubt(found, in_order[0])}, which cannot be told from chance; about "
        f"{r['seeds_needed_low']} to {r['seeds_needed_high']} seeds should settle it."
    )


def test_doubt_that_no_seed_can_remove(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.0}, image_sd=0.5, n_test=120, seeds=6)
    assert found.conclusion.text == (
        "Nothing is settled on 6 seeds: flips differs from no augmentation by "
        f"{doubt(found, 'flips')}, which cannot be told from chance; more seeds alone would not "
        "settle it, more test images would."
    )


def test_an_underfitting_policy_has_the_smallest_gap(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"flips": 0.05, "strong": -0.05},
        train_accuracy={"none": 0.95, "flips": 1.0, "strong": 0.78},
    )
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds; strong costs "
        f"{loss(found, 'strong')} because the network underfits. strong has the smallest gap "
        f"between training and validation accuracy ({gap(found, 'strong'):.1f} points), which is "
        "no merit: the network underfits."
    )


def test_the_tutorial_harms_while_flips_win(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"keras": -0.09, "flips": 0.05, "albumentations": -0.08},
        train_accuracy={"none": 0.95, "flips": 1.0, "keras": 0.85, "albumentations": 0.86},
    )
    assert found.conclusion.sentence == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds; keras costs "
        f"{loss(found, 'keras')} because the network underfits, and albumentations loses too."
    )


def test_one_seed(tmp_path: Path) -> None:
    found = made(tmp_path, {"flips": 0.05}, seeds=1)
    assert found.conclusion.text == (
        f"Nothing is settled on 1 seed: flips differs from no augmentation by "
        f"{mean(found, 'flips')}, which 1 seed cannot tell from chance; run at least 5 seeds "
        "(--seeds 5)."
    )


def test_two_policies_that_are_equal_win(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"a": 0.05, "b": 0.05},
        equal={"b": "a"},
        train_accuracy={"none": 0.95, "a": 1.0, "b": 1.0},
    )
    assert found.conclusion.text == (
        f"Use a or b, whose predictions are equal: {gain(found, 'a')} over no augmentation on 5 "
        "seeds."
    )
    assert found.conclusion.recommended == ("a", "b")


@pytest.mark.parametrize(
    ("labels", "say"), [(["copy"], "copy predicts"), (["a", "b"], "a and b predict")]
)
def test_policies_that_equal_the_baseline(tmp_path: Path, labels: list[str], say: str) -> None:
    found = made(tmp_path, dict.fromkeys(labels, 0.0), equal=dict.fromkeys(labels, "none"))
    assert found.conclusion.text == (
        f"It makes no difference: {say} the same as no augmentation for every test image on 5 "
        "seeds."
    )
    assert found.conclusion.recommended == ("none",)


def test_a_gan_is_refused(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"gan": 0.0, "flips": 0.05},
        equal={"gan": "none"},
        findings={"gan": [{"kind": "pool-judged", "figures": {"used": False}}]},
        train_accuracy={"none": 0.95, "flips": 1.0, "gan": 0.95},
    )
    assert found.conclusion.text == (
        f"Use flips: {gain(found, 'flips')} over no augmentation on 5 seeds. gan made no "
        "expansion: its generated images were refused, so its figures are those of training "
        "without them."
    )


def test_the_winner_harms_a_class(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"turn": 0.08},
        classes=DIGITS,
        n_test=3000,
        class_effects={"turn": {"6": -0.2}},
        train_accuracy={"none": 0.85, "turn": 0.9},
    )
    six = found.per_class[(found.per_class["policy"] == "turn") & (found.per_class["class"] == "6")]
    assert found.conclusion.text == (
        f"Use turn: {gain(found, 'turn')} over no augmentation on 5 seeds. But turn harms the "
        f"class 6 ({100 * six['delta_mean'].iloc[0]:+.1f} points)."
    )


def test_the_winner_harms_many_classes_the_worst_first(tmp_path: Path) -> None:
    harmed = {"1": -0.2, "3": -0.25, "6": -0.4, "7": -0.3, "9": -0.35}
    found = made(
        tmp_path,
        {"turn": 0.14},
        classes=DIGITS,
        n_test=3000,
        accuracy=0.7,
        class_effects={"turn": {**harmed, **dict.fromkeys("02458", 0.12)}},
        train_accuracy={"none": 0.85, "turn": 0.9},
    )
    first = found.conclusion.remarks[0]
    assert first.startswith("But turn harms 5 classes: 6 (-")
    assert first.index("9 (-") < first.index("7 (-")
    assert first.endswith(" points) and 2 more.")


def test_a_gain_that_is_sure_but_small(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"flips": 0.006},
        seeds=10,
        seed_sd=0.0005,
        image_sd=0.001,
        n_test=4000,
        train_accuracy={"none": 0.95, "flips": 0.956},
    )
    assert found.conclusion.text == (
        f"Use flips, but expect little: {gain(found, 'flips')} over no augmentation on 10 seeds is "
        "sure, and less than the 1 point that matters."
    )


def test_rivals_of_the_winner(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"b": 0.03, "a": 0.10, "c": 0.098, "d": 0.031},
        train_accuracy=dict.fromkeys("abcd", 1.0) | {"none": 0.9, "b": 0.95, "d": 0.95},
        n_test=4000,
        seed_sd=0.003,
    )
    first, second = sorted("ac", key=lambda p: -row(found, p)["delta_mean"])
    third, fourth = sorted("bd", key=lambda p: -row(found, p)["delta_mean"])
    assert found.conclusion.text == (
        f"Use {first}: {gain(found, first)} over no augmentation on 5 seeds. "
        f"{second} ({mean(found, second)}) gains too and may be as good. "
        f"{third} ({mean(found, third)}) and {fourth} ({mean(found, fourth)}) gain less."
    )


def test_one_is_open_and_one_is_settled(tmp_path: Path) -> None:
    found = made(tmp_path, {"a": 0.02, "b": 0.0}, equal={"b": "none"}, seed_sd=0.02)
    r = row(found, "a")
    assert found.conclusion.text == (
        f"No gain is proven on 5 seeds: a differs from no augmentation by {doubt(found, 'a')}, "
        f"which cannot be told from chance; about {r['seeds_needed_low']} to "
        f"{r['seeds_needed_high']} seeds should settle it; b made no difference that matters."
    )


def test_one_is_open_and_one_harms(tmp_path: Path) -> None:
    found = made(tmp_path, {"a": 0.002, "b": -0.1}, seed_sd=0.01, image_sd=0.5, n_test=400)
    assert found.conclusion.text == (
        f"No gain is proven on 5 seeds: a differs from no augmentation by {doubt(found, 'a')}, "
        "which cannot be told from chance; more seeds alone would not settle it, more test images "
        f"would; b costs {loss(found, 'b')}."
    )


def test_a_baseline_of_another_name_is_called_by_it(tmp_path: Path) -> None:
    found = made(
        tmp_path,
        {"plain": 0.0, "flips": 0.05},
        baseline="plain",
        train_accuracy={"plain": 0.95, "flips": 1.0},
    )
    assert found.conclusion.text == f"Use flips: {gain(found, 'flips')} over plain on 5 seeds."


def test_a_sentence_names_three_of_forty_policies(tmp_path: Path) -> None:
    policies = {f"p{n}": 0.0 for n in range(39)}
    found = made(tmp_path, policies, seeds=3, n_test=40, epochs=1, seed_sd=0.05, pictures=False)
    text = found.conclusion.text
    assert re.search(r"p\d+, p\d+, p\d+ and \d+ more may each gain or lose", text)
    assert len(set(re.findall(r"p\d+", text))) <= 8
