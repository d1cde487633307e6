"""Does a spec work as a transform among others in an Albumentations pipeline, masks included?"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import albumentations as A
import numpy as np
import pytest
from augbench.policies.engines.pixels import warp_labels
from augbench.policies.engines.rows import Sampling
from augbench.policies.engines.transform import SpecTransform
from augbench.policies.spec.draws import draw
from augbench.policies.spec.geometry import backward_matrices
from augbench.policies.spec.spec import AugmentationSpec
from scipy import ndimage, stats

from tests.policies.pictures import pictures

WORDS: dict[str, Any] = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": [2, 5],
    "shear_range": 10,
    "zoom_range": [0.8, 1.2],
    "horizontal_flip": True,
}


def seeded(pipeline: A.Compose, seed: int = 0) -> A.Compose:
    pipeline.set_random_state(np.random.default_rng(seed), random.Random(seed))
    return pipeline


def test_it_draws_anew_for_each_image_and_repeats_with_the_seed(clothing: Path) -> None:
    image = pictures(clothing, 1, (40, 56, 3))[0]
    pipeline = seeded(A.Compose([SpecTransform(WORDS)]))
    made = [pipeline(image=image)["image"] for _ in range(4)]
    assert all(one.dtype == np.uint8 and one.shape == image.shape for one in made)
    assert len({one.tobytes() for one in made}) == 4
    again = seeded(A.Compose([SpecTransform(WORDS)]))
    for one in made:
        np.testing.assert_array_equal(again(image=image)["image"], one)


def test_it_travels_through_json_with_its_spec(clothing: Path) -> None:
    image = pictures(clothing, 1, (40, 56, 3))[0]
    pipeline = A.Compose([SpecTransform(WORDS, p=1.0), A.CoarseDropout(p=1)])
    described = json.loads(json.dumps(A.to_dict(pipeline)))
    read = A.from_dict(described)
    assert read.transforms[0].spec == AugmentationSpec(**WORDS).to_dict()
    np.testing.assert_array_equal(
        seeded(read)(image=image)["image"], seeded(pipeline)(image=image)["image"]
    )


def test_a_file_with_it_is_a_policy(tmp_path: Path, clothing: Path) -> None:
    from augbench.policies.augment.pipeline import AlbumentationsPipeline
    from augbench.policies.base import Batch

    path = tmp_path / "mine.json"
    path.write_text(json.dumps(A.to_dict(A.Compose([SpecTransform(WORDS), A.ToGray(p=0.5)]))))
    images = pictures(clothing, 4, (24, 24, 3))
    policy = AlbumentationsPipeline(str(path))
    policy.check((24, 24, 3), 2)
    made = policy.change(Batch(images, np.ones((4, 1), np.float32), np.arange(4), 0, 0, 0)).images
    assert (made != images).any(axis=(1, 2, 3)).all()


def test_probability_zero_does_nothing(clothing: Path) -> None:
    image = pictures(clothing, 1, (40, 56, 3))[0]
    pipeline = A.Compose([SpecTransform(WORDS, p=0.0)])
    np.testing.assert_array_equal(pipeline(image=image)["image"], image)


@pytest.mark.parametrize("words", [WORDS, {"brightness_range": [0.5, 1.0]}], ids=["warp", "levels"])
def test_images_in_0_to_1_and_without_a_channel_axis_keep_their_form(
    clothing: Path, words: dict[str, Any]
) -> None:
    image = pictures(clothing, 1, (40, 56, 1))[0, ..., 0]
    levels = seeded(A.Compose([SpecTransform(words)]))(image=image)["image"]
    shares = seeded(A.Compose([SpecTransform(words)]))(image=image.astype(np.float32) / 255)
    assert levels.shape == shares["image"].shape == (40, 56)
    assert shares["image"].dtype == np.float32
    assert np.abs(shares["image"] * 255 - levels).max() <= 0.51


@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "grid-wrap", "wrap", "constant"])
def test_the_mask_of_a_drawing_moves_with_it(letters: Path, fill_mode: str) -> None:
    pipeline = seeded(A.Compose([SpecTransform({**WORDS, "fill_mode": fill_mode})]))
    for image in pictures(letters, 10, (60, 44, 1)):
        ink = (image[..., 0] > 127).astype(np.uint8)
        made = pipeline(image=255 * ink[..., None], mask=ink)
        assert set(np.unique(made["mask"])) <= {0, 1}
        agree = (made["image"][..., 0] > 127) == (made["mask"] == 1)
        assert agree.mean() > 0.995


@pytest.mark.parametrize("fill_mode", ["nearest", "reflect", "mirror", "wrap", "grid-wrap"])
def test_labels_are_scipys_of_order_zero_away_from_half_pixels(fill_mode: str) -> None:
    mask = np.random.default_rng(0).integers(0, 9, (20, 31))
    maps = backward_matrices(draw(AugmentationSpec(**WORDS), 0, 0, 10, (20, 31)), (20, 31))
    for backward in maps[:, :2]:
        ours = warp_labels(mask, backward, Sampling(fill_mode))
        assert ours.dtype == mask.dtype
        scipy = ndimage.affine_transform(
            mask, backward[::-1, 1::-1], backward[::-1, 2], order=0, mode=fill_mode
        )
        assert (ours == scipy).mean() > 0.98


def test_boolean_masks_stay_boolean() -> None:
    mask = np.zeros((20, 31), bool)
    mask[5:9] = True
    moved = warp_labels(mask, np.array([[1.0, 0, 0], [0, 1, 3]]), Sampling("nearest"))
    assert moved.dtype == bool
    np.testing.assert_array_equal(np.flatnonzero(moved[:, 0]), [2, 3, 4, 5])


def test_its_draws_are_uniform_over_the_range_of_the_spec() -> None:
    ramp = np.broadcast_to(5 * np.arange(41, dtype=np.uint8)[None, :, None], (41, 41, 1)).copy()
    pipeline = seeded(A.Compose([SpecTransform({"width_shift_range": 8.0})]))
    moved = [(float(pipeline(image=ramp)["image"][20, 20, 0]) - 100) / 5 for _ in range(600)]
    assert stats.kstest(moved, stats.uniform(-8, 16).cdf).pvalue > 1e-3
