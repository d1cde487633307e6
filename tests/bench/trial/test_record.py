"""Is what a trained trial leaves in the run folder what the layout says, and read as it was?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.data import load
from augbench.bench.options.model import Settings
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import Bench, TrialPlan
from augbench.reports.run import layout
from augbench.reports.run.files import read_arrays, read_curves, read_record


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a trained trial of a policy that changes images."""
    run = tmp_path_factory.mktemp("run")
    cache = pytest.MonkeyPatch()
    cache.setenv("AUGBENCH_CACHE", str(tmp_path_factory.getbasetemp() / "augbench-cache"))
    try:
        plan = TrialPlan(
            key="k",
            policy="mixup",
            label="mine",
            seed=1,
            data=load("digits").reference,
            dataset="digits",
            settings=Settings(spec="digits", model="small", epochs=4, train_size=60),
        )
        RunFolder(run).keep(plan, Bench().run(plan))
    finally:
        cache.undo()
    return run / layout.TRIALS / "k"


def fit(arrays: Mapping[str, np.ndarray], name: str, array: layout.Array) -> None:
    kind = arrays[name].dtype.kind if array.dtype == "str" else arrays[name].dtype.name
    assert (kind, arrays[name].ndim) == (
        "U" if array.dtype == "str" else array.dtype,
        len(array.axes),
    ), name


def test_the_record_has_the_fields_of_the_layout_and_no_others(trial: Path) -> None:
    record = json.loads((trial / layout.RECORD).read_text(encoding="utf-8"))
    others = {"schema_version", "key", "seed", "cost", "findings", "files", "digest"}
    assert set(record) == {*layout.RECORD_TEXTS, *layout.FIGURES, *others}
    assert all(isinstance(record[name], str) for name in layout.RECORD_TEXTS)
    for name, kind in layout.FIGURES.items():
        assert isinstance(record[name], kind), name
    assert set(record["cost"]) == set(layout.COSTS) - {"attempts"}  # the worker counts those
    assert read_record(trial / layout.RECORD) == record


def test_curves_and_arrays_are_those_of_the_layout(trial: Path) -> None:
    curves = read_curves(trial / layout.CURVES)
    assert curves["epoch"].tolist() == [1, 2, 3, 4]
    assert all(np.isfinite(curves[name]).all() for name in layout.CURVE_COLUMNS)
    header = (trial / layout.CURVES).read_text(encoding="utf-8").splitlines()[0]
    assert tuple(header.split(",")) == layout.CURVE_COLUMNS
    predictions = read_arrays(trial / layout.PREDICTIONS)
    names = {
        f"{split}_{n}": n for split in layout.MEASURED_SPLITS for n in layout.PREDICTION_ARRAYS
    }
    of_test_alone = ("paths", "end_predicted", "averaged_predicted")
    assert set(predictions) == set(names) - {f"validation_{name}" for name in of_test_alone}
    for name in predictions:
        fit(predictions, name, layout.PREDICTION_ARRAYS[names[name]])
    pictures = read_arrays(trial / layout.PICTURES)
    assert set(layout.PICTURE_ARRAYS) <= set(pictures)
    for name, values in pictures.items():
        fit(pictures, name, layout.PICTURE_ARRAYS.get(name, layout.Array("uint8", ("h", "w", "c"))))
        assert values.size


def test_figures_are_those_of_the_curves_and_predictions_over_the_end_of_training(
    trial: Path,
) -> None:
    record = read_record(trial / layout.RECORD)
    curves = read_curves(trial / layout.CURVES)[-2:]  # three tenths of 4 epochs, rounded up
    for name in ("train_accuracy", "train_loss", "validation_accuracy", "validation_loss"):
        assert record[name] == pytest.approx(curves[name].mean(), rel=1e-12)
    stored = read_arrays(trial / layout.PREDICTIONS)
    labels, last = stored["test_labels"], stored["test_probabilities"]
    # 60 images are few to train on beside 359 to predict: each of those is measured once.
    at_end = stored["test_end_predicted"]
    assert at_end.shape == (2, len(labels))
    assert ((at_end != layout.NOT_MEASURED).sum(axis=0) == 1).all()
    of_last = at_end[-1] != layout.NOT_MEASURED
    np.testing.assert_array_equal(at_end[-1][of_last], last.argmax(1)[of_last])
    assert record["last_test_accuracy"] == (last.argmax(1) == labels).mean()
    assert record["test_accuracy"] == pytest.approx((at_end == labels).sum() / len(labels))
    assert record["averaged_test_accuracy"] == (stored["test_averaged_predicted"] == labels).mean()
    losses = -np.log(last[np.arange(len(labels)), labels].astype(float))
    assert record["last_test_loss"] == pytest.approx(losses.mean())
