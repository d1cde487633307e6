"""Options: validated, merged with a file, written so that a run can be repeated."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from augbench.bench.options.model import EMBEDDED
from augbench.bench.options.settings import settings, to_toml

from augbench.errors import InputError


def test_without_any_argument_the_embedded_run_is_meant() -> None:
    effective = settings({})
    assert effective.data == "digits" and effective.spec == "digits" and effective.max_seeds == 8
    assert effective.policies == EMBEDDED["policies"]


def test_with_an_argument_the_documented_defaults_hold() -> None:
    effective = settings({"epochs": 4})
    assert effective.policies == ("none", "keras", "albumentations")
    assert (effective.seeds, effective.spec, effective.batch_size) == ("auto", "light", 32)


def test_jobs_and_threads_do_not_change_what_is_meant() -> None:
    assert settings({"jobs": 1}).epochs == EMBEDDED["epochs"]


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('epochs = 7\nseeds = 2\npolicies = ["none", "mixup"]\n')
    effective = settings({"epochs": 3}, file)
    assert (effective.epochs, effective.seeds) == (3, 2)
    assert effective.policies == ("none", "mixup")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seeds": 0}, "--seeds"),
        ({"image_size": "sixty"}, "64 or 48x64"),
        ({"image_size": "0"}, "at least 1 pixel"),
        ({"margin": -1.0}, "--margin"),
    ],
)
def test_an_impossible_value_is_one_line_that_names_the_option(
    given: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        settings({"data": "digits"} | given)
    assert "\n" not in str(caught.value)


def test_an_unknown_option_in_a_file_offers_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text("epoch = 7\n")
    with pytest.raises(InputError, match="did you mean 'epochs'"):
        settings({}, file)


@pytest.mark.parametrize("text", ["= 3", "\x00"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"run\.toml"):
        settings({}, file)


def test_what_is_written_gives_the_same_settings_when_read(tmp_path: Path) -> None:
    effective = settings({"image_size": "48x64", "policies": ("none", "a=keras()"), "seeds": 4})
    file = tmp_path / "experiment.toml"
    effective = replace(effective, spec={"rotation_range": 20.0})
    file.write_text(to_toml(effective))
    assert settings({}, file) == effective
    assert tomllib.loads(file.read_text())["spec"] == {"rotation_range": 20}


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("20m", 1200), ("1h30m", 5400), ("90s", 90), ("1h 1m 1s", 3661), (2.5, 2.5), (60, 60)],
)
def test_a_budget_is_read_as_seconds(typed: object, seconds: float) -> None:
    effective = settings({"budget": typed, "max_seeds": 4})
    assert effective.budget == seconds
    assert settings({"budget": effective.budget}).budget == seconds, "as experiment.toml has it"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"budget": "soon"}, "--budget"),
        ({"budget": "0s"}, "--budget"),
        ({"budget": ""}, "--budget"),
        ({"budget": -3}, "--budget"),
        ({"budget": "20m", "seeds": 3}, "--budget goes with --seeds auto"),
        ({"folds": 3, "fixed_test": True}, "--folds 3 goes without --fixed-test"),
        ({"seeds": "many"}, "--seeds: give auto or a number"),
        ({"seeds": 1001}, "--seeds"),
        ({"seeds": True}, "--seeds"),
        ({"max_seeds": 2}, "--max-seeds"),
    ],
)
def test_seeds_and_budgets_that_cannot_be_are_refused(asked: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        settings(asked)


def test_seeds_are_a_number_or_as_many_as_it_takes() -> None:
    assert settings({"seeds": "3"}).seed_list == [0, 1, 2]
    grows = settings({"seeds": "auto", "max_seeds": 4, "first_seed": 7})
    assert grows.seeds == "auto" and grows.seed_list == [7, 8, 9, 10]
    assert settings({"epochs": 1}).seeds == "auto"


def test_the_budget_of_a_file_ends_with_its_seeds_auto(tmp_path: Path) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(to_toml(settings({"budget": "20m", "fixed_test": True})))
    assert settings({"seeds": 6}, file).budget is None
    assert settings({"max_seeds": 12}, file).budget == 1200
    with pytest.raises(InputError, match="--budget goes with --seeds auto"):
        settings({"seeds": 6, "budget": "5m"}, file)
    file.write_text("seeds = 3\nbudget = 90\n")
    with pytest.raises(InputError, match="--budget goes with --seeds auto"):
        settings({}, file)


@pytest.mark.parametrize("name", ["ray_address", "cpus_per_trial", "gpus_per_trial"])
def test_options_of_ray_go_with_ray_alone(name: str, tmp_path: Path) -> None:
    given = {name: "a:1" if name == "ray_address" else 0.5}
    with pytest.raises(InputError, match=f"--{name.replace('_', '-')} goes with --executor ray"):
        settings({"epochs": 2, **given})
    assert getattr(settings({"executor": "ray", **given}), name) == given[name]
    config = tmp_path / "experiment.toml"
    config.write_text(to_toml(settings({"executor": "ray", **given})))
    assert not getattr(settings({"executor": "local"}, config), name)


@pytest.mark.parametrize(
    ("asked", "device", "gpus"),
    [
        ({}, "cpu", 0),
        ({"device": "gpu"}, "gpu", 1),
        ({"device": "cpu"}, "cpu", 0),
        ({"gpus_per_trial": 0.5}, "gpu", 0.5),
        ({"gpus_per_trial": 2, "device": "gpu"}, "gpu", 2),
        ({"gpus_per_trial": 0, "device": "cpu"}, "cpu", 0),
    ],
)
def test_on_ray_a_trial_computes_on_the_gpus_that_are_set_aside_for_it(
    asked: dict[str, object], device: str, gpus: float
) -> None:
    effective = settings({"executor": "ray", **asked})
    assert (effective.device, effective.gpus_per_trial) == (device, gpus)


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0.5), ("gpu", 0)])
def test_a_device_and_gpus_that_contradict_each_other_are_refused_unless_one_is_a_files(
    device: str, gpus: float, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"--gpus-per-trial {gpus:g} goes with --device .pu, not"):
        settings({"executor": "ray", "device": device, "gpus_per_trial": gpus})
    config = tmp_path / "experiment.toml"
    config.write_text(to_toml(settings({"executor": "ray", "device": device})))
    won = settings({"gpus_per_trial": gpus}, config)
    assert (won.device, won.gpus_per_trial) == ("gpu" if gpus else "cpu", gpus)
    config.write_text(f'executor = "ray"\ngpus_per_trial = {gpus}\n')
    won = settings({"device": device}, config)
    assert (won.device, won.gpus_per_trial) == (device, float(device == "gpu"))
