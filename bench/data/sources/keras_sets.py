"""Where do the data sets that Keras downloads come from, without TensorFlow in this process?"""

from __future__ import annotations

import dataclasses
import gzip
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
from augbench.bench.data.sources.arrays import npz, table
from augbench.bench.data.sources.files import file_digest
from augbench.bench.data.sources.source import Progress, Source, Table

from augbench.errors import InputError
from augbench.files import locked, placed_whole

_FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_CIFAR10 = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
_CIFAR100 = tuple(
    """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
    butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab
    crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
    lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm""".split()  # noqa: SIM905
)
#: class names in Keras's own numbering
CLASSES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": _FASHION,
    "cifar10": _CIFAR10,
    "cifar100": _CIFAR100,
}
_FASHION_FILES = [
    f"{part}-{kind}-ubyte.gz"
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
]
_FETCH = """
import socket
import sys
socket.setdefaulttimeout(60)
import numpy as np
import keras
name, target = sys.argv[1:]
(x, y), (u, v) = getattr(keras.datasets, name).load_data()
with open(target, "wb") as file:
    np.savez(file, x_train=x, y_train=y, x_test=u, y_test=v)
"""


def keras_set(name: str, cache: Path, progress: Progress) -> Source:
    """Return ``mnist``, ``fashion_mnist``, ``cifar10`` or ``cifar100``, downloaded where missing.

    Files that Keras keeps already are read as they are; otherwise Keras fetches them in a process
    of its own, once. Raises `InputError` where that fails.
    """
    file = cache / "keras" / f"{name}.npz"
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
    if not file.is_file():
        fashion = [folder / "fashion-mnist" / part for part in _FASHION_FILES]
        if name == "fashion_mnist" and all(part.is_file() for part in fashion):
            return _fashion(fashion, cache)
        if name == "mnist" and (folder / "mnist.npz").is_file():
            file = folder / "mnist.npz"
        else:
            _download(name, file, progress)
    return dataclasses.replace(npz(file, cache, CLASSES[name]), name=name)


def _fashion(files: list[Path], cache: Path) -> Source:
    def load() -> Table:
        x, y, u, v = (_idx(file) for file in files)
        arrays_of = {"train": (x, y.astype(np.int64)), "test": (u, v.astype(np.int64))}
        return table(arrays_of, "fashion_mnist", _FASHION)

    key = " ".join(file_digest(file, cache) for file in files)
    return Source("fashion_mnist", key, (28, 28), 1, load)


def _idx(file: Path) -> np.ndarray:
    """Return the array of an IDX file (http://yann.lecun.com/exdb/mnist: magic, sizes, bytes)."""
    try:
        content = gzip.decompress(file.read_bytes())
        axes = content[3]
        shape = np.frombuffer(content, ">u4", axes, 4).astype(int)
        return np.frombuffer(content, np.uint8, -1, 4 + 4 * axes).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError, zlib.error) as error:
        raise InputError(f"{file} is damaged ({error}); delete it and run again") from error


def _download(name: str, file: Path, progress: Progress) -> None:
    """Let Keras fetch a data set into ``file``; one process at a time, whole or not at all."""

    def wait() -> None:
        progress(0, 0, f"another process downloads {name}")

    with locked(file.with_suffix(".lock"), wait):
        if file.is_file():
            return
        progress(0, 0, f"Keras downloads {name}")
        with placed_whole(file) as part:
            _fetch(name, part)


def _fetch(name: str, target: Path) -> None:
    command = [sys.executable, "-P", "-c", _FETCH, name, str(target)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise InputError(
            f"Keras could not download {name} ({lines[-1][:300]}); connect this machine, or use "
            "data that is here already: --data digits, a folder, an .npz or a .csv"
        )
