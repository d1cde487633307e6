"""Is a baseline small, readable and complete, and is anything else refused with its place?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from augbench.reports.run.baseline import (
    Conditions,
    MadeWith,
    baseline_of,
    differences,
    portable,
    read_baseline,
    software_changes,
)
from augbench.reports.run.reader import load
from augbench.reports.schema import baseline_schema

from augbench.errors import InputError, NotComparable, ReportError
from tests.reports.making_runs import make_run


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = make_run(tmp_path_factory.mktemp("runs") / "run", {"flips": 0.05, "light": 0.0})
    return json.loads(baseline_of(load(run), 0.02).text())


def write(folder: Path, content: Any) -> Path:
    file = folder / "b.json"
    file.write_text(json.dumps(content))
    return file


def test_it_holds_the_lift_of_every_seed(tmp_path: Path) -> None:
    run = load(make_run(tmp_path / "run", {"flips": 0.05}, seeds=4))
    baseline = baseline_of(run, 0.02)
    for seed in range(4):
        policy, none = run.trials["flips", seed], run.trials["none", seed]
        lift = policy.accuracy - none.accuracy
        assert baseline.policies["flips"].lifts["accuracy"][seed] == pytest.approx(lift, abs=1e-6)
        assert baseline.none["accuracy"][seed] == pytest.approx(none.accuracy, abs=1e-6)
    assert set(baseline.policies["flips"].lifts) == {
        "accuracy",
        "overfitting_gap",
        "worst_class_recall",
    }


def test_what_is_written_is_read_again_and_fits_its_schema(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    jsonschema.Draft202012Validator.check_schema(baseline_schema())
    jsonschema.validate(content, baseline_schema())
    baseline = read_baseline(write(tmp_path, content))
    assert json.loads(baseline.text()) == content
    assert baseline.text().count("\n") > 40  # a line a figure, so that a diff shows it
    assert len(baseline.text()) < 4000


def test_absolute_paths_are_left_out() -> None:
    assert portable("albumentations(spec='/home/me/mine.toml')") == (
        "albumentations(spec='mine.toml')"
    )
    assert portable('a(p="C:\\data\\x.yaml") + b("~/y/z")') == 'a(p="x.yaml") + b("z")'
    assert portable("keras(spec='specs/mine.toml')") == "keras(spec='specs/mine.toml')"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"margin": 0}, "margin"),
        ({"margin": "wide"}, "margin"),
        ({"policies": {}}, "policies"),
        ({"none": {"accuracy": {"0": 7.0}}}, "none.accuracy.0"),
        ({"none": {"speed": {"0": 0.5}}}, "none.speed"),
        ({"further": 1}, "further"),
        ({"made_with": None}, "made_with"),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_place(
    tmp_path: Path, content: dict[str, Any], change: dict[str, Any], place: str
) -> None:
    with pytest.raises(InputError, match=place):
        read_baseline(write(tmp_path, content | change))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | change, baseline_schema())


@pytest.mark.parametrize("text", ["", "[1, 2]", "{", '{"schema_version": "x"}', "[" * 10_000])
def test_other_texts_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"b\.json"):
        read_baseline(file)


def test_an_absent_file_or_another_version_leaves_nothing_to_compare_with(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    with pytest.raises(NotComparable, match="augbench accept"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(NotComparable, match="schema_version 2"):
        read_baseline(write(tmp_path, content | {"schema_version": 2}))


@pytest.mark.parametrize(
    ("policies", "seeds"), [({"flips": 0.1}, 2), ({}, 5)], ids=["two seeds", "only none"]
)
def test_a_run_without_three_lifts_of_each_policy_has_no_baseline(
    tmp_path: Path, policies: dict[str, float], seeds: int
) -> None:
    run = load(make_run(tmp_path / "run", policies, seeds=seeds))
    with pytest.raises(ReportError):
        baseline_of(run, 0.01)


def test_differences_are_named_one_by_one(tmp_path: Path) -> None:
    run = load(make_run(tmp_path / "run", {"flips": 0.05}))
    experiment = {**run.experiment, "epochs": 7}
    environment = {**run.environment, "spec": {"words": {"zoom_range": 0.1}}}
    then = Conditions.of(run.experiment, run.environment)
    found = differences(then, Conditions.of(experiment, environment))
    assert [(one.name, one.then, one.now) for one in found] == [
        ("spec: rotation_range", 20, None),
        ("spec: zoom_range", None, 0.1),
        ("epochs", 5, 7),
    ]


def test_other_software_is_told_and_compared_all_the_same() -> None:
    then = MadeWith("0.1", "3.11", 1, {"keras": "3.1", "numpy": "2"})
    now = MadeWith("0.1", "3.11", 2, {"keras": "3.2", "scipy": "1"})
    assert [(one.name, one.then, one.now) for one in software_changes(then, now)] == [
        ("threads", 1, 2),
        ("keras", "3.1", "3.2"),
        ("numpy", "2", None),
        ("scipy", None, "1"),
    ]
