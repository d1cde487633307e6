"""Does a comparison with Keras on JAX do what one on TensorFlow does? `tox -e jax` runs this."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.bench.running import TIMES, run_augbench

pytest.importorskip("jax", reason="needs the extra 'jax'")
pytestmark = pytest.mark.slow

ASKED = ["none", "keras", "mixup", "--train-size", "400", "--epochs", "8", "--seeds", "2"]
ON_JAX = {"KERAS_BACKEND": "jax"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    run_augbench("compare", *ASKED, "--out", "jax", folder=folder, environment=ON_JAX)
    on_tensorflow = {"KERAS_BACKEND": "tensorflow"}
    run_augbench("compare", *ASKED, "--out", "tf", folder=folder, environment=on_tensorflow)
    return folder


def trials(run: Path) -> pd.DataFrame:
    return pd.read_csv(run / "trials.csv").drop(columns=TIMES)


def records(run: Path) -> dict[tuple[str, int], Path]:
    found = {}
    for record in run.glob("trials/*/result.json"):
        content = json.loads(record.read_text())
        found[content["policy"], content["seed"]] = record.parent
    return found


def test_the_same_command_gives_the_same_bits(folder: Path) -> None:
    words = [*ASKED, "--jobs", "1", "--out", "again"]
    run_augbench("compare", *words, folder=folder, environment=ON_JAX)
    pd.testing.assert_frame_equal(
        trials(folder / "jax"), trials(folder / "again"), check_exact=True
    )
    for name, place in records(folder / "jax").items():
        other = records(folder / "again")[name]
        assert other.name == place.name
        assert (other / "curves.csv").read_bytes() == (place / "curves.csv").read_bytes()


def test_draws_and_augmented_pictures_are_those_of_tensorflow(folder: Path) -> None:
    ours, theirs = records(folder / "jax"), records(folder / "tf")
    assert ours.keys() == theirs.keys() and len(ours) == 6
    moved = 0
    for name in ours:
        with np.load(ours[name] / "pictures.npz") as a, np.load(theirs[name] / "pictures.npz") as b:
            for array in ("originals", "labels", "augmented", "captions"):
                np.testing.assert_array_equal(a[array], b[array])
            moved += bool((a["originals"] != a["augmented"]).any())
    assert moved == 4, "keras and mixup change images"


def test_it_learns_what_it_learns_on_tensorflow(folder: Path) -> None:
    """Five standard errors of a mean over so many test images."""
    ours, theirs = trials(folder / "jax"), trials(folder / "tf")
    tested = json.loads((folder / "jax" / "environment.json").read_text())["data"]["images_tested"]
    for measure in ("test_accuracy", "train_accuracy"):
        mean = theirs[measure].mean()
        assert mean > 0.7
        noise = np.sqrt(mean * (1 - mean) / tested)
        assert abs(ours[measure].mean() - mean) < 5 * noise


def test_the_backend_belongs_to_trials_and_stands_in_the_report(folder: Path) -> None:
    ours, theirs = records(folder / "jax"), records(folder / "tf")
    assert not {place.name for place in ours.values()} & {place.name for place in theirs.values()}
    said = json.loads((folder / "jax" / "environment.json").read_text())
    assert said["backend"] == "jax" and {"jax", "jaxlib"} <= said["versions"].keys()
    assert "jaxlib" in (folder / "jax" / "report.html").read_text()
    other = json.loads((folder / "tf" / "environment.json").read_text())
    assert other["backend"] == "tensorflow" and "jax" not in other["versions"]


def test_whole_batches_on_jax_have_the_pixels_of_the_other_engines(tmp_path: Path) -> None:
    for spec in ("tutorial", "photos"):
        said, _ = run_augbench(
            *("parity", "--data", "digits", "--spec", spec, "--json"),
            folder=tmp_path,
            environment=ON_JAX,
        )
        pairs = {(pair["engine_a"], pair["engine_b"]): pair for pair in json.loads(said)["pairs"]}
        assert pairs["keras", "keras-ops"]["largest"] <= 1
        assert pairs["keras", "keras-ops"]["share"] < 1e-3


def test_what_learns_on_tensorflow_alone_is_refused_in_a_line(tmp_path: Path) -> None:
    _, said = run_augbench(
        "compare", "gan", "--out", "run", folder=tmp_path, code=2, environment=ON_JAX
    )
    assert "gan learns with TensorFlow alone, and KERAS_BACKEND is jax" in said
    assert "\n" not in said.strip() and not (tmp_path / "run").exists()
