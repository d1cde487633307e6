"""Trackers, the real packages: each trial is a run of theirs, whole, and never there twice."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from augbench.bench import trackers
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trackers import Trackers
from augbench.bench.trackers.records import StoredRun
from augbench.reports import write

from augbench.errors import InputError
from tests.bench.running import run_here
from tests.exact_tables import exact_table
from tests.reports.making_runs import make_run

SMALL = ["--data", "digits", "--train-size", "150", "--epochs", "2", "--model", "small"]
CURVES = ["train_accuracy", "train_loss", "augmented_accuracy", "augmented_loss"]
CURVES += ["validation_accuracy", "validation_loss"]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as MLflow makes it, which takes it seconds."""
    from mlflow import MlflowClient

    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def store(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty store of this test, where MLflow finds it."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    address = f"sqlite:///{tmp_path / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    monkeypatch.chdir(tmp_path)
    return address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished run with reports: 2 policies, 3 seeds, one failed trial."""
    place = make_run(tmp_path / "run", {"flips": 0.05}, seeds=3, epochs=4, failed=[("flips", 2)])
    write(place)
    return place


def logged(address: str, experiment: str = "augbench") -> dict[str, Any]:
    """Return MLflow's runs by their names; a name that is there twice fails."""
    from mlflow import MlflowClient

    client = MlflowClient(address)
    number = client.get_experiment_by_name(experiment).experiment_id
    runs = client.search_runs([number])
    names = [run.info.run_name for run in runs]
    assert len(names) == len(set(names)), names
    return dict(zip(names, runs, strict=True))


def events(run: Path) -> dict[str, Any]:
    """Return TensorBoard's runs by their folders, as TensorBoard reads them."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = {}
    for place in sorted((run / "tensorboard").iterdir()):
        assert len(list(place.iterdir())) == 1
        found[place.name] = EventAccumulator(str(place)).Reload()
    return found


def test_mlflow_has_a_run_for_each_trial_with_curves_options_and_figures(
    folder: Path, store: str
) -> None:
    from mlflow import MlflowClient

    Trackers(["mlflow"], RunFolder(folder)).finish()
    runs = logged(store)
    assert set(runs) == {"run", *(f"{p}, seed {s}" for p in ("none", "flips") for s in range(3))}
    one = runs["flips, seed 1"]
    assert one.data.tags["mlflow.parentRunId"] == runs["run"].info.run_id
    assert one.info.status == "FINISHED"
    curves = exact_table(folder / "curves.csv").query("policy == 'flips' and seed == 1")
    for name in CURVES:
        history = MlflowClient(store).get_metric_history(one.info.run_id, name)
        points = sorted((point.step, point.value) for point in history)
        assert points == list(zip(curves["epoch"], curves[name], strict=True)), name
    table = exact_table(folder / "trials.csv").set_index(["policy", "seed"])
    assert one.data.metrics["test_accuracy"] == table.loc[("flips", 1), "test_accuracy"]
    options = {"policy": "flips", "seed": "1", "batch_size": "32", "spec.rotation_range": "20"}
    assert options.items() <= one.data.params.items()
    failed = runs["flips, seed 2"]
    assert failed.info.status == "FAILED"
    assert "loss became NaN" in failed.data.tags["mlflow.note.content"]


def test_mlflow_has_the_reports_as_artifacts(folder: Path, store: str, tmp_path: Path) -> None:
    from mlflow import MlflowClient

    Trackers(["mlflow"], RunFolder(folder)).finish()
    run = logged(store)["run"]
    sentence = json.loads((folder / "summary.json").read_text())["conclusion"]["sentence"]
    assert run.data.tags["mlflow.note.content"] == sentence
    client = MlflowClient(store)
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "report.md", "accuracy.csv", "trials.csv", "summary.json"} <= names
    copy = client.download_artifacts(run.info.run_id, "report.html", str(tmp_path))
    assert Path(copy).read_bytes() == (folder / "report.html").read_bytes()


def test_mlflow_is_told_once_however_often_and_wherever_it_stopped(
    folder: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    stopped_at = {"count": 0}
    terminate = MlflowClient.set_terminated

    def killed(self: Any, *arguments: Any, **options: Any) -> None:
        stopped_at["count"] += 1
        if stopped_at["count"] == 3:
            raise KeyboardInterrupt
        terminate(self, *arguments, **options)

    monkeypatch.setattr(MlflowClient, "set_terminated", killed)
    with pytest.raises(KeyboardInterrupt):
        Trackers(["mlflow"], RunFolder(folder)).finish()
    monkeypatch.undo()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    Trackers(["mlflow"], RunFolder(folder)).finish()
    first = logged(store)
    assert len(first) == 7
    assert {run.info.status for run in first.values()} == {"FINISHED", "FAILED"}
    again = Trackers(["mlflow"], RunFolder(folder))
    again.finish()
    again.finish()
    assert {n: r.info.run_id for n, r in logged(store).items()} == {
        name: run.info.run_id for name, run in first.items()
    }


@pytest.mark.parametrize("tracker", ["mlflow", "tensorboard"])
def test_a_failed_trial_that_works_at_last_takes_the_place_of_the_failure(
    folder: Path, store: str, tracker: str
) -> None:
    Trackers([tracker], RunFolder(folder)).finish()
    key = json.loads((folder / "grid.json").read_text())["keys"]["flips"]
    shutil.rmtree(folder / "trials" / key["2"])
    shutil.copytree(folder / "trials" / key["1"], folder / "trials" / key["2"])
    record = folder / "trials" / key["2"] / "result.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"seed": 2}))
    write(folder)
    Trackers([tracker], RunFolder(folder)).finish()
    if tracker == "mlflow":
        runs = logged(store)
        assert len(runs) == 7 and runs["flips, seed 2"].info.status == "FINISHED"
    else:
        runs = events(folder)
        assert len(runs) == 7
        (name,) = [name for name in runs if name.startswith("flips-seed-2-")]
        assert "test_accuracy" in runs[name].Tags()["scalars"]


def test_another_folder_is_another_run_of_mlflow(folder: Path, store: str, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", {"flips": 0.05}, seeds=3)
    for place in (folder, other):
        Trackers(["mlflow"], RunFolder(place)).trial_ended("00000000" + "0000")
    runs = StoredRun(RunFolder(folder)).identity, StoredRun(RunFolder(other)).identity
    assert runs[0] != runs[1]
    from mlflow import MlflowClient

    found = MlflowClient(store).search_runs(["1"])
    assert sorted(run.data.tags["augbench.run"] for run in found) == sorted(runs * 2)


def test_mlflow_uses_the_experiment_that_is_set(
    folder: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "flowers")
    (where,) = Trackers(["mlflow"], RunFolder(folder)).finish()
    assert "'flowers'" in where and store in where
    assert len(logged(store, "flowers")) == 7


def test_tensorboard_has_a_run_for_each_trial_with_curves_options_and_figures(
    folder: Path,
) -> None:
    from tensorboard.plugins.hparams import metadata

    (where,) = Trackers(["tensorboard"], RunFolder(folder)).finish()
    assert where == f"tensorboard --logdir {folder / 'tensorboard'}"
    runs = events(folder)
    assert len(runs) == 7
    (name,) = [name for name in runs if name.startswith("flips-seed-1-")]
    curves = exact_table(folder / "curves.csv").query("policy == 'flips' and seed == 1")
    for column in CURVES:
        points = runs[name].Scalars(column)
        assert [point.step for point in points] == curves["epoch"].tolist()
        assert [point.value for point in points] == pytest.approx(curves[column].tolist()), column
    table = exact_table(folder / "trials.csv").set_index(["policy", "seed"])
    (final,) = runs[name].Scalars("test_accuracy")
    assert final.value == pytest.approx(table.loc[("flips", 1), "test_accuracy"])
    start = runs[name].summary_metadata[metadata.SESSION_START_INFO_TAG].plugin_data.content
    options = metadata.parse_session_start_info_plugin_data(start).hparams
    assert options["policy"].string_value == "flips"
    assert options["spec.rotation_range"].number_value == 20


def test_tensorboard_shows_the_report_and_the_reason_of_a_failure(folder: Path) -> None:
    Trackers(["tensorboard"], RunFolder(folder)).finish()
    runs = events(folder)

    def text(run: str, tag: str) -> str:
        (point,) = runs[run].Tensors(tag)
        assert runs[run].summary_metadata[tag].plugin_data.plugin_name == "text"
        return point.tensor_proto.string_val[0].decode()

    assert text("report", "report") == (folder / "report.md").read_text(encoding="utf-8")
    (failed,) = [name for name in runs if name.startswith("flips-seed-2-")]
    assert "loss became NaN" in text(failed, "error")


def test_tensorboard_files_are_written_once(folder: Path) -> None:
    def files() -> dict[Path, tuple[int, bytes]]:
        found = (path for path in (folder / "tensorboard").rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in found}

    Trackers(["tensorboard"], RunFolder(folder)).finish()
    before = files()
    Trackers(["tensorboard"], RunFolder(folder)).finish()
    assert files() == before
    (folder / "report.md").write_text("another look\n")
    Trackers(["tensorboard"], RunFolder(folder)).finish()
    changed = {path.parent.name for path in before.keys() ^ files().keys()}
    assert changed == {"report"} and len(files()) == len(before)


@pytest.mark.slow
def test_a_run_that_grows_is_logged_as_it_goes(store: str, tmp_path: Path) -> None:
    words = ["compare", "none", *SMALL, "--jobs", "1", "--log", "mlflow", "--log", "tensorboard"]
    run_here(*words, "--seeds", "1", folder=tmp_path)
    before = logged(store)
    assert set(before) == {"results", "none, seed 0"}
    _, err = run_here(*words, "--seeds", "2", folder=tmp_path)
    assert "tensorboard --logdir results/tensorboard" in err and store in err
    after = logged(store)
    assert set(after) == {"results", "none, seed 0", "none, seed 1"}
    for name, run in before.items():
        assert after[name].info.run_id == run.info.run_id
    assert len(events(tmp_path / "results")) == 3


def test_a_tracker_that_does_not_answer_stops_no_trial_and_is_said_at_the_end(
    folder: Path, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    opened = Trackers(["mlflow"], RunFolder(folder))

    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError("the server\nis away")

    monkeypatch.setattr(MlflowClient, "create_run", away)
    opened.trial_ended(json.loads((folder / "grid.json").read_text())["keys"]["none"]["0"])
    with pytest.raises(InputError, match="--log mlflow: the server is away"):
        opened.finish()
    monkeypatch.undo()
    opened.finish()
    assert len(logged(store)) == 7


@pytest.mark.parametrize("name", trackers.TRACKERS)
def test_a_missing_package_names_the_extra_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        trackers, "find_spec", lambda module: None if module == name else find_spec(module)
    )
    with pytest.raises(InputError, match=rf"pip install \"augbench\[{name}\]\""):
        trackers.check([name])


def test_an_unknown_tracker_is_one_line_with_the_nearest_name(tmp_path: Path) -> None:
    _, err = run_here("compare", "--log", "tensorbord", folder=tmp_path, code=2)
    assert err.strip().count("\n") == 0 and "did you mean 'tensorboard'?" in err
    with pytest.raises(InputError, match="there are mlflow and tensorboard"):
        trackers.check(["zzz"])
