"""Are a GAN's options checked, completed by size, and minutes turned into steps?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from augbench.policies.expression import parse
from augbench.policies.gan import Gan
from augbench.policies.gan import time_budget as plan
from augbench.policies.gan.training.options import TrainingOptions, augments
from augbench.policies.registry import build

from augbench.errors import InputError, Refusal


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"loss": "hing"}, "did you mean 'hinge'"),
        ({"architecture": "biggan"}, "'dcgan' or 'stylegan'.*cyclegan"),
        ({"optimizer": "sgd"}, "'adam' or 'rmsprop'"),
        ({"augment": "colors"}, "did you mean 'colour'"),
        ({"steps": 10, "minutes": 1}, "steps or minutes, not both"),
        ({"minutes": 0}, "above 0 and at most 10,000, or None"),
        ({"share": 0.6}, "at most 0.5"),
        ({"factor": 0.5}, "from 1 to 1,000"),
        ({"mode": "both"}, "'mix' or 'pretrain'"),
        ({"insist": 1}, "True or False, not 1"),
        ({"width": 2}, "4 to 256"),
        ({"learning_rate": (1e-3, 1e-3, 1e-3)}, "a list of 2 numbers above 0"),
        ({"learning_rate": 0.0}, "above 0"),
        ({"beta_1": 1.0}, "from 0 on and below 1"),
        ({"steps": 1.5}, "whole number"),
    ],
)
def test_an_impossible_option_is_an_error_that_says_what_would_be_right(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        Gan(**options)


def test_gan_is_a_built_in_policy_and_takes_its_options_from_the_command_line() -> None:
    policy = build(parse("gan(factor=3, loss='relativistic', learning_rate=[1e-4, 4e-4])"))
    assert isinstance(policy, Gan)
    assert policy.factor == 3 and policy.options.rates(1.0) == (1e-4, 4e-4)


def test_sizes_from_8_to_128_pixels_are_possible_and_others_are_refused_early() -> None:
    for shape in ((8, 8, 1), (128, 128, 3), (9, 100, 3)):
        Gan().check(shape, 5)
    for shape in ((7, 8, 1), (129, 64, 3)):
        with pytest.raises(InputError, match="8×8 to 128×128"):
            Gan().check(shape, 5)
    with pytest.raises(InputError, match="needs colour images"):
        Gan(augment="colour").check((28, 28, 1), 10)


def test_augmentation_fits_the_images_by_itself() -> None:
    assert augments("auto", (28, 28, 1)) == ("translation",)
    assert augments("auto", (32, 32, 3)) == ("translation", "colour")
    assert augments("auto", (16, 16, 1)) == ()
    assert augments("none", (32, 32, 3)) == ()
    assert augments("cutout, translation", (32, 32, 3)) == ("translation", "cutout")


def test_completed_options_are_fixed_points_and_their_key_knows_every_option() -> None:
    complete = TrainingOptions().complete((28, 28, 1))
    assert complete.complete((28, 28, 1)) == complete
    keys = {
        TrainingOptions(**given).complete((28, 28, 1)).key(data="d")  # type: ignore[arg-type]
        for given in ({}, {"width": 8}, {"steps": 7}, {"loss": "relativistic"}, {"beta_2": 0.99})
    }
    assert len(keys) == 5
    assert complete.key(data="d") == TrainingOptions().complete((28, 28, 1)).key(data="d")
    assert complete.key(data="d") != complete.key(data="e")


def seconds(options: TrainingOptions) -> float:
    return {8: 0.02, 16: 0.05, 32: 0.2, 64: 1.0}[int(options.width or 0)]


def test_minutes_choose_the_widest_network_that_gets_enough_steps() -> None:
    assert plan.chosen(10, TrainingOptions(), seconds) == (16, 12_000)
    assert plan.chosen(21, TrainingOptions(), seconds) == (16, 25_000)
    assert plan.chosen(42, TrainingOptions(), seconds) == (32, 12_000)
    assert plan.chosen(2.5, TrainingOptions(), seconds) == (16, 3_000)
    assert plan.chosen(2.4, TrainingOptions(), seconds) == (8, 7_200)
    assert plan.chosen(1, TrainingOptions(), seconds) == (8, 3_000)
    assert plan.chosen(10, TrainingOptions(width=32), seconds) == (32, 3_000)


def test_too_few_minutes_are_refused_with_the_time_that_would_do() -> None:
    with pytest.raises(Refusal, match=r"give it 0\.5 minutes"):
        plan.chosen(0.4, TrainingOptions(), seconds)
    with pytest.raises(Refusal, match=r"600 steps at width 64 here.*give it 25\.0 minutes"):
        plan.chosen(10, TrainingOptions(width=64), seconds)


def test_minutes_mean_the_same_steps_from_the_first_time_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "seconds_a_step", lambda options, *_: seconds(options))
    policy = Gan(minutes=10)
    first = policy.resolve_budget((28, 28, 1), 10, tmp_path, 1)
    assert first == {"minutes": None, "width": 16, "steps": 12_000}
    monkeypatch.setattr(plan, "seconds_a_step", lambda options, *_: 9 * seconds(options))
    assert policy.resolve_budget((28, 28, 1), 10, tmp_path, 1) == first
    assert policy.resolve_budget((28, 28, 1), 10, tmp_path, 2) != first
    assert Gan().resolve_budget((28, 28, 1), 10, tmp_path, 1) == {}


def test_a_step_can_be_timed_on_this_machine() -> None:
    each = plan.seconds_a_step(TrainingOptions(width=4, batch=4), (8, 8, 1), 3)
    assert 0 < each < 5


def test_naming_the_policy_imports_neither_tensorflow_nor_keras() -> None:
    code = "import sys, augbench.policies.gan; print(*{'tensorflow', 'keras'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
