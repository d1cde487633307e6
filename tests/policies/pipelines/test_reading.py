"""Is a file's fault told with its transform and argument, in words of ours, JSON and YAML alike?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from augbench.policies.augment.pipeline import AlbumentationsPipeline
from augbench.policies.base import Batch
from augbench.policies.pipelines.reading import read_pipeline

from augbench.errors import AugbenchWarning, InputError


def written(path: Path, *transforms: dict[str, Any], version: str = "1.3.1") -> Path:
    compose = {"__class_fullname__": "Compose", "p": 1.0, "transforms": list(transforms)}
    described = {"__version__": version, "transform": compose}
    text = json.dumps(described) if path.suffix == ".json" else yaml.safe_dump(described)
    path.write_text(text)
    return path


def leaf(name: str, **arguments: Any) -> dict[str, Any]:
    return {"__class_fullname__": name, "always_apply": False, "p": 1.0, **arguments}


def changed(path: Path, images: np.ndarray) -> np.ndarray:
    rows = np.arange(len(images))
    batch = Batch(images, np.ones((len(images), 1), np.float32), rows, 0, 0, 0)
    policy = AlbumentationsPipeline(str(path))
    policy.check(images.shape[1:], 1)
    return policy.change(batch).images


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".yml"])
def test_holes_of_1_3_are_as_large_as_they_were(tmp_path: Path, suffix: str) -> None:
    sizes = {"max_holes": 1, "max_height": 2, "max_width": 2, "min_height": 1, "min_width": 1}
    path = written(tmp_path / f"p{suffix}", leaf("CoarseDropout", **sizes, fill_value=0))
    white = np.full((40, 16, 16, 1), 255, np.uint8)
    with pytest.warns(AugbenchWarning, match=r"written by Albumentations 1\.3\.1.*num_holes_range"):
        black = (changed(path, white) == 0).sum(axis=(1, 2, 3))
    assert set(black) == {1, 2, 4}


def test_noise_of_1_3_is_as_strong_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", leaf("GaussNoise", var_limit=[10.0, 50.0], mean=0))
    grey = np.full((20, 64, 64, 1), 128, np.uint8)
    with pytest.warns(AugbenchWarning, match="std_range"):
        deviations = (changed(path, grey) - 128.0).std(axis=(1, 2, 3))
    assert 2.5 < deviations.min() < deviations.max() < 7.2  # √10 and √50 levels


def test_borders_of_1_3_have_the_colour_of_the_file(tmp_path: Path) -> None:
    turn = leaf("Rotate", limit=[45, 45], border_mode=0, value=[255, 255, 255], mask_value=None)
    grey = np.full((1, 32, 32, 3), 100, np.uint8)
    assert changed(written(tmp_path / "p.yaml", turn), grey)[0, 0, 0].tolist() == [255] * 3


def test_always_apply_flips_every_image(tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", leaf("HorizontalFlip") | {"always_apply": True, "p": 0.5})
    images = np.random.default_rng(0).integers(0, 256, (32, 6, 6, 1), dtype=np.uint8)
    with pytest.warns(AugbenchWarning, match="always_apply is p=1"):
        np.testing.assert_array_equal(changed(path, images), images[:, :, ::-1])


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (leaf("GaussNoise", std_range=[5, 9]), r"GaussNoise: std_range=\[5, 9\]: .*1"),
        (leaf("GaussNoise", std_range="wide"), "std_range='wide': it must be a list"),
        (leaf("ImageCompression", quality_range=[200, 300]), r"quality_range=\[200, 300\]"),
        (leaf("ImageCompression", quality_lower=70.5, quality_upper=90), "whole number"),
        (
            leaf("RandomResizedCrop", scale=[0.1, 1]),
            "RandomResizedCrop: .*size",
        ),
        (leaf("Rotate", interpolation=77), "interpolation=77: "),
        (leaf("Affine", scale="big"), "Affine: scale='big'"),
        (leaf("Blur", blur_limit="strong"), "Blur: blur_limit='strong'"),
    ],
)
def test_a_value_that_no_transform_takes_is_told_without_the_words_of_the_checker(
    tmp_path: Path, transform: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as error:
        read_pipeline(written(tmp_path / "p.json", transform))
    text = str(error.value)
    assert text.startswith(f"pipeline {tmp_path / 'p.json'}: ")
    assert not any(word in text for word in ("validation error", "InitSchema", "pydantic", "\n"))


def test_a_file_that_is_deeper_than_the_stack_is_refused(tmp_path: Path) -> None:
    inner: dict[str, Any] = leaf("NoOp")
    for _ in range(400):
        inner = {"__class_fullname__": "Sequential", "p": 1.0, "transforms": [inner]}
    with pytest.raises(InputError, match="deep"):
        read_pipeline(written(tmp_path / "p.json", inner))
