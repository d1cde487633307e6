"""Run folders, whole and broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.run.reader import load
from augbench.reports.run.run import Predictions

from augbench.errors import ReportError
from augbench.findings import Finding
from tests.reports.making_runs import make_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", seeds=3, n_test=40, pictures=False)


def change(path: Path, **values: Any) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | values), encoding="utf-8")


def first_trial(folder: Path) -> Path:
    return sorted((folder / "trials").iterdir())[0]


def says(folder: Path, *words: str) -> None:
    with pytest.raises(ReportError) as caught:
        tables(load(folder))
    text = str(caught.value)
    assert "\n" not in text
    assert all(word in text for word in words), text


def leaves_out(folder: Path, *words: str) -> None:
    """The first trial is named with these words, counts as missing, and costs no other."""
    run = load(folder)
    ((place, text),) = run.damaged.items()
    assert run.missing == (place,) and len(run.trials) == 5
    assert "\n" not in text
    assert all(word in text for word in words), text
    (finding,) = (one for one in tables(run).findings_of("trials") if one.kind == "damaged")
    assert finding.figures["reason"] == text and finding.seeds == (place[1],)


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = load(
        make_run(
            tmp_path,
            {"flips": 0.05, "gan": 0.0},
            seeds=[3, 4],
            failed=[("gan", 3)],
            missing=[("gan", 4)],
            looks=[[3], [3, 4]],
            margin=0.02,
            findings={"flips": [{"kind": "remark", "figures": {"text": "slow"}}]},
        )
    )
    assert run.policies == ("none", "flips", "gan")
    assert run.challengers == ("flips", "gan")
    assert run.seeds == (3, 4)
    assert run.looks == ((3,), (3, 4))
    assert run.margin == 0.02
    assert run.missing == (("gan", 4),)
    assert run.classes == ("dress", "hat", "shirt", "shoe")
    assert [trial.seed for trial in run.done("flips")] == [3, 4]
    assert run.done("gan") == []
    assert not run.trials["gan", 3].done
    assert run.trials["flips", 3].findings == (Finding("remark", {"text": "slow"}),)
    assert run.experiment["epochs"] == 5
    trial = run.trials["flips", 3]
    assert trial.test is not None
    assert trial.test.right.mean() == trial.accuracy == trial.number("test_accuracy")
    assert trial.test.confidence.max() <= 1
    assert len(trial.curves) == 5
    assert trial.pictures()["originals"].dtype == np.uint8
    assert run.pairs("flips", "none")[0][0].policy == "flips"


@pytest.mark.parametrize("shared_out", [False, True])
@pytest.mark.parametrize("measure", ["end", "last", "averaged"])
def test_predictions_are_those_of_the_figure_that_verdicts_are_of(
    tmp_path: Path, measure: str, shared_out: bool
) -> None:
    how = {"flicker": 0.2, "shared_out": shared_out, "averaged": {"flips": 0.05}}
    run = load(make_run(tmp_path, seeds=2, epochs=8, measure=measure, **how))
    figure = {"end": "test_accuracy"}.get(measure, f"{measure}_test_accuracy")
    accuracies = set()
    for trial in run.done("flips"):
        assert trial.test is not None
        assert trial.accuracy == trial.number(figure)
        assert trial.test.right.mean() == pytest.approx(trial.accuracy, abs=1e-12)
        accuracies.add(trial.accuracy)
        assert len(trial.test.predicted) == (3 if measure == "end" else 1)
    assert tables(run).accuracy["test_accuracy_mean"][1] == pytest.approx(np.mean([*accuracies]))


def test_an_image_is_right_at_the_share_of_its_points_at_which_it_was() -> None:
    predicted = np.array([[0, 1, -1], [0, 0, 2], [0, 0, 1]])
    last = predicted[-1]
    outcome = Predictions(np.array([0, 1, 2]), predicted, last, np.ones(3))
    assert outcome.right.tolist() == pytest.approx([1, 1 / 3, 1 / 2])
    other = Predictions(
        np.array([0, 1, 2]), np.array([[0, 1, -1], [0, 0, 2], [0, 1, 1]]), last, last
    )
    assert outcome.same_as(other).tolist() == [True, False, True]


def test_trials_of_the_same_images_share_them(folder: Path) -> None:
    parts = [trial.test for trial in load(folder).stored()]
    assert len({id(part.paths) for part in parts if part}) == 1
    assert len({id(part.labels) for part in parts if part}) == 1


def test_policies_may_be_called_anything(tmp_path: Path) -> None:
    name = "../../etc/<script>alert(1)</script>, \"x\" | 'y'"
    run = load(make_run(tmp_path, {name: 0.0}, seeds=2, n_test=40))
    assert run.challengers == (name,)
    assert len(run.done(name)) == 2


def test_classes_without_names_are_numbered(folder: Path) -> None:
    (folder / "environment.json").unlink()
    assert load(folder).classes == ("0", "1", "2", "3")


def test_a_run_that_has_just_begun_is_a_run(folder: Path) -> None:
    for place in list((folder / "trials").iterdir()):
        for file in place.iterdir():
            file.unlink()
        place.rmdir()
    (folder / "trials").rmdir()
    (folder / "experiment.toml").unlink()
    run = load(folder)
    assert run.trials == {}
    assert len(run.missing) == 6
    assert "no trial has finished" in tables(run).conclusion.text


def test_a_trial_without_predictions_and_curves_still_has_its_accuracy(folder: Path) -> None:
    for place in (folder / "trials").iterdir():
        (place / "predictions.npz").unlink()
        (place / "curves.csv").unlink()
    found = tables(load(folder))
    assert found.accuracy["trials"].tolist() == [3, 3]
    assert found.accuracy["delta_low"].notna().tolist() == [False, True]
    assert found.overfitting["gap_best"].isna().all()
    assert found.overfitting["verdict"].tolist() == ["baseline", "inconclusive"]
    assert [(f.kind, f.policy) for f in found.findings_of("overfitting")] == [
        ("no-validation-curve", "flips")
    ]
    assert not len(found.curves)


def test_what_is_no_run_folder_is_said_in_a_line(tmp_path: Path) -> None:
    says(tmp_path / "absent", "is not a folder", "compare --out")
    says(tmp_path, "no grid.json")


@pytest.mark.parametrize("text", ["", "{", "[1]", "{}", "\xff\xfe", "[" * 100_000])
def test_a_grid_that_is_none_is_said_in_a_line(folder: Path, text: str) -> None:
    (folder / "grid.json").write_text(text, encoding="latin-1")
    says(folder, "grid.json")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"policies": "none"}, ("policies cannot be 'none'",)),
        ({"policies": ["none", "none"]}, ("names a policy or a seed twice",)),
        ({"seeds": "012"}, ("seeds cannot be",)),
        ({"seeds": ["x"]}, ("seeds cannot be",)),
        ({"seeds": [True]}, ("seeds cannot be",)),
        ({"seeds": [1e999]}, ("seeds cannot be",)),
        ({"keys": []}, ("keys cannot be",)),
        ({"keys": {"none": 3}}, ("keys cannot be",)),
        ({"keys": {"none": {"0": 3}}}, ("keys cannot be",)),
        ({"studies": {"a": [3]}}, ("studies cannot be",)),
        ({"studies": {"a": [["x"]]}}, ("studies cannot be",)),
        ({"margin": "x"}, ("margin cannot be 'x'",)),
        ({"margin": float("nan")}, ("margin is no fraction",)),
        ({"margin": 3}, ("margin is no fraction: 3",)),
        ({"margin": 0.0}, ("margin is no fraction: 0.0",)),
        ({"margin": -0.01}, ("margin is no fraction: -0.01",)),
        ({"settled": {"gan": 3}}, ("settled cannot be",)),
        ({"measure": "best"}, ("measure is none of end, last, averaged: 'best'",)),
        ({"schema_version": 1}, ("schema_version is 1", "the same compare command")),
    ],
)
def test_a_broken_grid_is_said_with_what_is_wrong(
    folder: Path, values: dict[str, Any], words: tuple[str, ...]
) -> None:
    change(folder / "grid.json", **values)
    says(folder, "grid.json is not a grid", *words)


@pytest.mark.parametrize("name", ["dataset", "policies", "baseline", "seeds", "keys", "studies"])
def test_a_grid_that_lacks_something_is_said_with_its_name(folder: Path, name: str) -> None:
    content = json.loads((folder / "grid.json").read_text(encoding="utf-8"))
    del content[name]
    (folder / "grid.json").write_text(json.dumps(content), encoding="utf-8")
    says(folder, f"it has no {name}")


@pytest.mark.parametrize(
    "key", ["..", ".", "../secret", "/etc", "a/b", "a\\b", "a\0b", "x" * 5000, "../trials/000"]
)
def test_a_key_cannot_lead_out_of_the_folder(folder: Path, key: str) -> None:
    secret = folder / "secret"
    secret.mkdir()
    (secret / "result.json").write_text('{"status": "failed", "error": "seen"}', encoding="utf-8")
    change(folder / "grid.json", keys={"none": {"0": key}})
    says(folder, "grid.json", "names a trial that is none")


def test_a_link_cannot_lead_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    place = first_trial(folder)
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    says(folder, "names a trial that is none")


def test_a_run_behind_a_link_is_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert len(load(tmp_path / "link").trials) == 6


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"test_accuracy": "high"}, ("test_accuracy is no number", "'high'")),
        ({"train_loss": [1]}, ("train_loss is no number",)),
        ({"test_accuracy": True}, ("test_accuracy is no number",)),
        ({"test_loss": float("nan")}, ("test_loss is no number",)),
        ({"test_accuracy": 2.0}, ("test_accuracy cannot be 2.0",)),
        ({"validation_accuracy": -1e-9}, ("validation_accuracy cannot be",)),
        ({"test_loss": -0.1}, ("test_loss cannot be",)),
        ({"epochs": 0}, ("epochs cannot be 0",)),
        ({"epochs": 2.5}, ("epochs is no count: 2.5",)),
        ({"steps": 2**63}, ("steps is no count",)),
        ({"cost": {"cpu_seconds": "x"}}, ("cpu_seconds is no number",)),
        ({"cost": {"attempts": 1e308}}, ("attempts is no count",)),
        ({"seconds": 10**400}, ("result.json",)),
        ({"error": [1]}, ("error is no text",)),
        ({"schema_version": 99}, ("schema_version is 99",)),
        ({"key": "another"}, ("is of the trial 'another'",)),
        ({"seed": [[1]]}, ("with seed [[1]]",)),
        ({"cost": 3}, ("cost is no object",)),
        ({"findings": "text"}, ("findings is no list",)),
        ({"findings": ["text"]}, ("a finding has no kind with figures", "text")),
        ({"findings": [{"kind": "remark"}]}, ("a finding has no kind with figures",)),
        ({"seed": 4}, ("with seed 4", "grid.json has 'none' with seed 0")),
        ({"policy": "flips"}, ("is of 'flips'", "grid.json has 'none'")),
    ],
)
def test_a_broken_record_is_said_with_its_place(
    folder: Path, values: dict[str, Any], words: tuple[str, ...]
) -> None:
    change(first_trial(folder) / "result.json", **values)
    leaves_out(folder, "result.json", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("cannot be read", "no column epoch")),
        ("epoch,train_accuracy\n1,0.5\n", ("has no column train_loss",)),
        ("epoch,train_accuracy\n1\n", ("not of one length",)),
        (
            "epoch,train_accuracy,train_loss,augmented_accuracy,augmented_loss,"
            "validation_accuracy,validation_loss\n1,x,0,0,0,0,0\n",
            ("cannot be read",),
        ),
    ],
)
def test_broken_curves_are_said_with_their_place(
    folder: Path, text: str, words: tuple[str, ...]
) -> None:
    (first_trial(folder) / "curves.csv").write_text(text, encoding="utf-8")
    leaves_out(folder, "curves.csv", *words)


def predictions(**changes: Any) -> dict[str, Any]:
    whole = {
        "test_probabilities": np.eye(4, dtype=np.float32),
        "test_labels": np.arange(4),
        "test_paths": np.array(list("abcd")),
        "test_end_predicted": np.tile(np.arange(4, dtype=np.int32), (2, 1)),
        "test_averaged_predicted": np.arange(4, dtype=np.int32),
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"test_labels": np.arange(3)}, ("3 labels for 4 predictions",)),
        ({"test_labels": None}, ("test_labels",)),
        ({"test_labels": np.array(list("abcd"))}, ("invalid literal",)),
        ({"test_labels": np.arange(4) - 1}, ("not among its 4 classes",)),
        ({"test_labels": np.arange(4) + 1}, ("not among its 4 classes",)),
        ({"test_probabilities": np.ones(4)}, ("axis",)),
        ({"test_probabilities": np.full((4, 4), np.nan)}, ("not finite",)),
        ({"test_paths": np.array(["a"])}, ("1 paths for 4 predictions",)),
        ({"test_end_predicted": None}, ("test_end_predicted",)),
        ({"test_end_predicted": np.zeros((2, 3), int)}, ("measure 'end' do not fit",)),
        ({"test_end_predicted": np.full((2, 4), 4)}, ("measure 'end' do not fit",)),
        ({"test_end_predicted": np.ones((2, 4))}, ("holds no classes",)),
        ({"test_end_predicted": np.zeros((2, 2, 4), int)}, ("holds no classes",)),
        ({"test_end_predicted": np.full((2, 4), -2)}, ("leaves out images",)),
        ({"test_end_predicted": np.array([[0, 1, 2, -1]] * 2)}, ("leaves out images",)),
    ],
)
def test_predictions_that_do_not_fit_are_said_with_their_place(
    folder: Path, changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    np.savez(first_trial(folder) / "predictions.npz", **predictions(**changes))
    leaves_out(folder, "predictions.npz does not fit together", *words)


def test_more_classes_than_names_are_said(folder: Path) -> None:
    wide = np.eye(6, dtype=np.float32)
    np.savez(
        first_trial(folder) / "predictions.npz",
        **predictions(
            test_probabilities=wide,
            test_labels=np.arange(6),
            test_paths=None,
            test_end_predicted=np.arange(6)[None],
        ),
    )
    says(folder, "environment.json", "names 4 classes, predictions have 6")


class Boom:
    def __reduce__(self) -> Any:
        return (Path("/nowhere").write_text, ("executed",))


def test_nothing_pickled_is_ever_loaded(folder: Path) -> None:
    objects = np.array([Boom()], dtype=object)
    np.savez(first_trial(folder) / "predictions.npz", test_probabilities=objects)
    leaves_out(folder, "predictions.npz", "cannot be read as plain arrays")


def test_files_with_broken_bytes_are_said_in_a_line(folder: Path) -> None:
    rng = np.random.default_rng(0)
    path = first_trial(folder) / "predictions.npz"
    np.savez_compressed(path, **predictions(test_probabilities=rng.random((4, 4))))
    whole = path.read_bytes()
    refused = 0
    for _ in range(150):
        broken = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for at in rng.integers(0, len(broken), 3):
            broken[at] = rng.integers(256)
        path.write_bytes(bytes(broken))
        damaged = load(folder).damaged.values()
        refused += len(damaged)
        assert not any("\n" in reason for reason in damaged)
    assert refused > 100


@pytest.mark.parametrize("name", ["environment.json", "experiment.toml"])
@pytest.mark.parametrize("text", ["{", "\xff", "[1, 2"])
def test_other_broken_files_are_said_in_a_line(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="latin-1")
    says(folder, name, "cannot be read as")


@pytest.mark.parametrize(
    "data",
    [[1], "x", {"classes": "abc"}, {"folds": "5"}, {"duplicates": 2}, {"train": -1}, {"splits": 1}],
)
def test_an_environment_of_another_shape_is_said_in_a_line(folder: Path, data: Any) -> None:
    change(folder / "environment.json", data=data)
    says(folder, "environment.json")


def test_pictures_are_read_on_demand_and_as_plain_arrays_only(folder: Path) -> None:
    trial = load(folder).trials["none", 0]
    assert trial.pictures() == {}
    (trial.folder / "pictures.npz").write_bytes(b"no archive")
    with pytest.raises(ReportError, match=r"pictures\.npz"):
        trial.pictures()
