"""What tells trials apart: everything that makes their numbers, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from augbench.bench.data import Dataset, load
from augbench.bench.options.model import Settings, deciding
from augbench.bench.run.plans import plans_of, repeatable, study_of
from augbench.policies.expression import parse_grid
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec

SETTINGS = Settings(policies=("mixup",), seeds=2, jobs=1)
#: another value for each option that makes a trial's numbers
OTHER: dict[str, Any] = {
    "epochs": 11,
    "batch_size": 33,
    "train_size": 100,
    "folds": 4,
    "fixed_test": True,
    "model": "small",
    "threads": 2,
    "device": "gpu",
}
#: another value for each one that does not
SAME: dict[str, Any] = {
    "jobs": 3,
    "margin": 2.0,
    "log": ("tensorboard",),
    "follow_links": True,
    "trial_timeout": 60.0,
    "executor": "another",
    "ray_address": "a:1",
    "cpus_per_trial": 2.0,
    "gpus_per_trial": 0.5,
    "max_seeds": 12,
    "budget": 60.0,
}


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load("digits", cache=tmp_path_factory.mktemp("cache"))


def keys(
    settings: Settings, dataset: Dataset, spec: str | dict[str, Any] | AugmentationSpec = "light"
) -> list[str]:
    plans = plans_of(settings, dataset, load_spec(spec), parse_grid(settings.policies))
    return [plan.key for plan in plans]


def test_a_plan_holds_the_options_that_repeat_the_run(digits: Dataset) -> None:
    spec, policies = load_spec({"rotation_range": 20}), parse_grid(SETTINGS.policies)
    plans = plans_of(SETTINGS, digits, spec, policies)
    assert [(plan.seed, plan.label) for plan in plans] == [
        (0, "none"),
        (0, "mixup"),
        (1, "none"),
        (1, "mixup"),
    ]
    expected = replace(SETTINGS, policies=("none", "mixup"), spec={"rotation_range": 20.0})
    assert {id(plan.settings) for plan in plans} == {id(plans[0].settings)}
    assert plans[0].settings == expected == repeatable(SETTINGS, spec, policies)


@pytest.mark.parametrize("name", OTHER)
def test_an_option_that_makes_numbers_changes_every_key(name: str, digits: Dataset) -> None:
    other = replace(SETTINGS, **{name: OTHER[name]})
    assert not set(keys(SETTINGS, digits)) & set(keys(other, digits))


def test_data_and_spec_count_by_their_content(digits: Dataset) -> None:
    before = keys(SETTINGS, digits)
    assert not set(before) & set(keys(SETTINGS, digits, "tutorial"))
    assert not set(before) & set(keys(SETTINGS, replace(digits, fingerprint="another")))
    renamed = replace(SETTINGS, data="elsewhere/digits", spec={"unread": "its words count"})
    assert keys(renamed, digits) == before
    assert set(OTHER) | {"data", "spec", "image_size"} == set(deciding("trial"))


def test_how_fast_and_how_many_changes_no_key(digits: Dataset) -> None:
    before = keys(SETTINGS, digits)
    assert keys(replace(SETTINGS, **SAME), digits) == before
    assert keys(replace(SETTINGS, seeds=3), digits)[:4] == before
    assert set(SAME) | {"seeds", "first_seed"} == set(deciding("run"))


def test_a_study_is_one_whatever_its_seeds_and_another_with_other_policies(
    digits: Dataset,
) -> None:
    spec = load_spec("light")
    study = study_of(SETTINGS, digits, spec)
    assert study_of(replace(SETTINGS, seeds=9, first_seed=4, **SAME), digits, spec) == study
    others = [
        study_of(replace(SETTINGS, policies=("keras",)), digits, spec),
        study_of(replace(SETTINGS, epochs=3), digits, spec),
        study_of(SETTINGS, digits, load_spec("flip")),
    ]
    assert len({study, *others}) == 4
