"""Data sets by their Keras names: files that Keras keeps are read, others fetched, or one line."""

from __future__ import annotations

import gzip
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import load
from augbench.bench.data.sources import keras_sets

from augbench.errors import InputError

RNG = np.random.default_rng(0)
TRAIN = RNG.integers(0, 256, (40, 28, 28)).astype(np.uint8)
TEST = RNG.integers(0, 256, (10, 28, 28)).astype(np.uint8)
LABELS = (np.arange(40) % 10).astype(np.uint8)


@pytest.fixture
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Keras folder of this test, on a machine that reaches nothing."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise AssertionError("nothing has to be fetched")

    monkeypatch.setattr(keras_sets, "_fetch", refuse)


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


def write_fashion(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, images, labels in (("train", TRAIN, LABELS), ("t10k", TEST, LABELS[:10])):
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(images))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(labels))


@pytest.mark.usefixtures("never_fetched")
def test_mnist_is_read_from_where_keras_keeps_it(keras_home: Path, tmp_path: Path) -> None:
    np.savez(
        keras_home / "mnist.npz", x_train=TRAIN, y_train=LABELS, x_test=TEST, y_test=LABELS[:10]
    )
    dataset = load("mnist", cache=tmp_path / "cache")
    assert (dataset.name, dataset.shape, len(dataset)) == ("mnist", (28, 28, 1), 50)
    assert dataset.classes == tuple("0123456789")
    np.testing.assert_array_equal(dataset.images[:40, ..., 0], TRAIN)
    assert dataset.split_origins["test"] == "given"


@pytest.mark.usefixtures("never_fetched")
def test_fashion_mnist_is_read_from_kerass_four_files(keras_home: Path, tmp_path: Path) -> None:
    write_fashion(keras_home / "fashion-mnist")
    dataset = load("fashion_mnist", cache=tmp_path / "cache")
    np.testing.assert_array_equal(dataset.images[40:, ..., 0], TEST)
    np.testing.assert_array_equal(dataset.labels[:40], LABELS)
    assert dataset.classes[0] == "T-shirt/top"
    assert dataset.classes[9] == "Ankle boot"


@pytest.mark.usefixtures("never_fetched")
def test_a_damaged_file_is_named(keras_home: Path, tmp_path: Path) -> None:
    write_fashion(keras_home / "fashion-mnist")
    file = keras_home / "fashion-mnist" / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(InputError, match=r"train-images.* is damaged .*delete it"):
        load("fashion_mnist", cache=tmp_path / "cache")


@pytest.mark.real_images
@pytest.mark.usefixtures("never_fetched")
def test_the_real_fashion_mnist_has_60000_and_10000_images(
    fashion_mnist: Path, keras_home: Path, tmp_path: Path
) -> None:
    (keras_home / "fashion-mnist").symlink_to(fashion_mnist)
    dataset = load("fashion_mnist", jobs=2, cache=tmp_path / "cache")
    assert np.bincount(dataset.split).tolist() == [60000, 0, 10000]
    assert np.bincount(dataset.labels).tolist() == [7000] * 10
    # the mean pixel that the data set's own users divide by: 0.2860 of 1
    assert abs(dataset.images[:60000].mean() / 255 - 0.2860) < 1e-4


def test_what_keras_fetches_is_kept_and_read_once(
    keras_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    colour = RNG.integers(0, 256, (50, 32, 32, 3)).astype(np.uint8)
    labels = (np.arange(50) % 10)[:, None]

    def fetch(name: str, target: Path) -> None:
        fetched.append(name)
        with target.open("wb") as file:
            np.savez(
                file, x_train=colour[:40], y_train=labels[:40], x_test=colour[40:],
                y_test=labels[40:],
            )  # fmt: skip

    monkeypatch.setattr(keras_sets, "_fetch", fetch)
    seen: list[str] = []
    for _ in range(2):
        dataset = load(
            "cifar10",
            cache=tmp_path / "cache",
            progress=lambda done, total, what: seen.append(what),
        )
    assert fetched == ["cifar10"]
    assert "Keras downloads cifar10" in seen
    assert dataset.classes[:3] == ("airplane", "automobile", "bird")
    np.testing.assert_array_equal(dataset.labels, labels[:, 0])
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_a_class_number_beyond_the_names_is_an_error(keras_home: Path, tmp_path: Path) -> None:
    np.savez(keras_home / "mnist.npz", x_train=TRAIN, y_train=LABELS + 1)
    with pytest.raises(InputError, match=r"labels beyond 0…9: 10"):
        load("mnist", cache=tmp_path / "cache")


def test_a_class_without_images_is_named(keras_home: Path, tmp_path: Path) -> None:
    np.savez(keras_home / "mnist.npz", x_train=TRAIN, y_train=LABELS % 9)
    with pytest.raises(InputError, match="class '9' has no readable training image"):
        load("mnist", cache=tmp_path / "cache")


def test_a_download_that_is_impossible_is_one_line(keras_home: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="could not download mnist") as caught:
        load("mnist", cache=tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert "--data digits" in str(caught.value)
    assert not list((tmp_path / "cache").rglob("*.part"))
    assert not list((tmp_path / "cache").rglob("*.npz"))


def test_keras_is_asked_in_a_process_of_its_own(
    keras_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        asked.append((command[-2:], options["env"]["CUDA_VISIBLE_DEVICES"]))
        return subprocess.CompletedProcess(command, 1, "", "Traceback …\nException: no network\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(InputError, match=r"cifar100 \(Exception: no network\)"):
        load("cifar100", cache=tmp_path / "cache")
    (((name, target), devices),) = asked
    assert (name, devices) == ("cifar100", "-1")
    assert Path(target).parent == tmp_path / "cache" / "keras"


def test_the_names_are_those_of_keras_in_its_order() -> None:
    assert [len(names) for names in keras_sets.CLASSES.values()] == [10, 10, 10, 100]
    for names in keras_sets.CLASSES.values():
        assert len(set(names)) == len(names)
    assert list(keras_sets.CLASSES["cifar100"]) == sorted(keras_sets.CLASSES["cifar100"])
