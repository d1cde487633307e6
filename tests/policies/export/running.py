"""How do tests run exported scripts where augbench cannot be imported, and see what they draw?"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

#: what runs scripts in one process: augbench refused, ``fit`` left out where it is not asked for
RUNNER = """
import contextlib, importlib.abc, json, runpy, sys, warnings

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] == "augbench":
            raise ImportError("augbench is not installed here")

sys.meta_path.insert(0, Refuse())
import keras, numpy as np

fit = keras.Model.fit
for job in json.loads(sys.argv[1]):
    keras.Model.fit = fit if job["fits"] else lambda *a, **k: None
    with contextlib.redirect_stdout(sys.stderr):
        names = runpy.run_path(job["script"], run_name="__main__")
    augmentation = names["augmentation"]
    made = {"standardized": np.zeros(0)}
    for name, file in job["pictures"].items():
        images = np.load(file)
        if job["target"] == "keras":
            np.random.seed(1)
            changed = [augmentation.random_transform(image.astype("float32")) for image in images]
        elif job["target"] == "albumentations":
            changed = [augmentation(image=image)["image"] for image in images]
        else:
            changed = augmentation(images.astype("float32"), training=True)
        made[name] = np.asarray(changed)
    for part in ("training", "validation"):
        batches = names[part]
        if not hasattr(batches, "__getitem__"):
            batches = list(batches)
        pairs = [batches[n] for n in range(len(batches))]
        made[part] = np.concatenate([np.asarray(images) for images, _ in pairs])
        made[f"{part}_labels"] = np.concatenate([np.asarray(labels) for _, labels in pairs])
    front = [
        layer
        for layer in names["model"].layers
        if type(layer).__name__ in ("Rescaling", "Normalization", "LayerNormalization", "Lambda")
    ]
    standardized = made["validation"]
    for layer in front:
        standardized = np.asarray(layer(standardized))
    made["standardized"] = standardized
    np.savez(job["made"], **made)
"""


@dataclass
class Job:
    """A script to run, and what its augmentation is shown.

    Attributes:
        script: the file.
        target: whose script it is.
        made: the .npz that holds what came of it.
        pictures: name -> an .npy of images that the augmentation is applied to.
        fits: whether the model is trained.
    """

    script: str
    target: str
    made: str
    pictures: dict[str, str] = field(default_factory=dict)
    fits: bool = False


def run(jobs: list[Job]) -> None:
    """Run scripts one after the other in one process; an error of one is shown."""
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps([asdict(job) for job in jobs])],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def class_folders(folder: Path, shape: tuple[int, int], each: int = 10) -> Path:
    """Write two classes of smooth colour photographs as PNG."""
    rng = np.random.default_rng(0)
    for name in ("left", "right"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            coarse = Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8))
            picture = coarse.resize(shape[::-1], Image.Resampling.BICUBIC)
            picture.save(folder / name / f"{number}.png")
    return folder


def points(shape: tuple[int, int]) -> np.ndarray:
    """Return three points (x, y) of an image: its centre, one beside it and one below it."""
    height, width = shape
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    reach = min(shape) / 8
    return middle + np.array([[0, 0], [reach, 0], [0, reach]])


def dots(shape: tuple[int, int], count: int) -> np.ndarray:
    """Return ``count`` black images, uint8, with a soft dot at each of `points` in one channel."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    radius = min(shape) / 24
    channels = [
        200 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2))
        for x, y in points(shape)
    ]
    image = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return np.repeat(image[None], count, axis=0)


def seen(images: Any) -> dict[str, np.ndarray]:
    """Return where the dots of images N×H×W×3 are, as `movement` has it."""
    images = np.asarray(images, np.float64)
    images = images - np.median(images, axis=(1, 2), keepdims=True)
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    mass = images.sum(axis=(1, 2))
    x = (images * columns[None, :, :, None]).sum(axis=(1, 2)) / mass
    y = (images * rows[None, :, :, None]).sum(axis=(1, 2)) / mass
    return movement(np.stack([x, y], axis=-1), images.shape[1:3])


def movement(where: np.ndarray, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return how three points N×3×2 were moved: the centre's shift, turn, sizes and mirroring."""
    start = points((shape[0], shape[1]))
    across, down = where[:, 1] - where[:, 0], where[:, 2] - where[:, 0]
    mirrored = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0] < 0
    across = np.where(mirrored[:, None], across * [-1, 1], across)
    reach = min(shape) / 8
    return {
        "shift_x": where[:, 0, 0] - start[0, 0],
        "shift_y": where[:, 0, 1] - start[0, 1],
        "turn": np.degrees(np.arctan2(across[:, 1], across[:, 0])),
        "lean": np.degrees(np.arctan2(-down[:, 0], down[:, 1])),
        "width": np.hypot(*across.T) / reach,
        "height": np.hypot(*down.T) / reach,
        "mirrored": mirrored.astype(float),
    }
