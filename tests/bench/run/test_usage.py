"""Is the code to use a policy without augbench right? Run as a person would run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from augbench.bench.options.model import Settings
from augbench.bench.run.usage import code_to_use
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec

PROGRAM = """
import sys
import keras
import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator

image = np.zeros((9, 9, 1), np.float32)
image[4, 4] = 255.0
generator = {code}
places = []
for draw in range(40):
    np.random.seed(draw)
    moved = generator.random_transform(image)
    places.append(np.argwhere(moved[..., 0] > 128).tolist())
np.savez(sys.argv[1], rows=[y for draw in places for y, _ in draw],
         columns=[x for draw in places for _, x in draw])
"""


def code(text: str, spec: object = "light") -> str:
    typed, loaded = parse(text), load_spec(spec)
    return code_to_use(typed, build(typed, loaded), Settings(data="photos/"))


def test_the_generator_moves_pictures_sideways_as_the_spec_says(tmp_path: Path) -> None:
    spec = {"width_shift_range": 3, "fill_mode": "constant"}
    text = code("keras", spec)
    assert text == code("albumentations", spec) == code("keras-layers", spec)
    run = [sys.executable, "-c", PROGRAM.format(code=text), str(tmp_path / "moved.npz")]
    subprocess.run(run, check=True, capture_output=True, timeout=300)
    with np.load(tmp_path / "moved.npz") as moved:
        assert set(moved["rows"]) == {4}
        assert set(moved["columns"]) == {2, 3, 4, 5, 6}


def test_quirks_that_are_asked_for_are_left_to_keras() -> None:
    text = code("keras", {"width_shift_range": 0.1, "quirks": "keras"})
    assert text == "ImageDataGenerator(width_shift_range=0.1, rescale=1 / 255)"


def test_what_enlarges_is_written_to_disk_and_what_mixes_is_a_layer() -> None:
    pool, words = code("gan(steps=9) + keras", "flip").splitlines()
    assert pool == "augbench.expand('gan(steps=9)', data='photos/', out='enlarged')"
    assert words == "ImageDataGenerator(horizontal_flip=True, rescale=1 / 255)"
    assert code("mixup(alpha=0.3)") == "keras.layers.MixUp(alpha=0.3)"


def test_there_is_none_where_it_would_say_something_else() -> None:
    assert code("cutmix") == code("keras + cutmix") == code("none") == ""
