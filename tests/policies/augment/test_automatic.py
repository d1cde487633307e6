"""Are the automatic policies' operations those of the papers, and their draws as described?"""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest
import scipy.ndimage
from augbench.policies.augment import automatic
from augbench.policies.augment.automatic import RandAugment, TrivialAugment
from augbench.policies.base import Batch
from PIL import Image, ImageEnhance, ImageOps
from scipy import stats

from augbench.errors import InputError

NAMES = {
    "identity", "autocontrast", "equalize", "rotate", "solarize", "color", "posterize",
    "contrast", "brightness", "sharpness", "shear-x", "shear-y", "translate-x", "translate-y",
}  # fmt: skip


def batch_of(images: np.ndarray, step: int = 0) -> Batch:
    count = len(images)
    return Batch(images, np.ones((count, 1), np.float32), np.arange(count), 2, 0, step)


@pytest.fixture(params=[1, 3])
def image(request: pytest.FixtureRequest) -> np.ndarray:
    rng = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (40, 31, request.param)), (0, 0), 4)
    levels = 128 + 60 * smooth.reshape(40, 31, request.param) / smooth.std()
    return np.clip(levels, 20, 230).astype(np.uint8)


def pillow(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)


def array(picture: Image.Image, like: np.ndarray) -> np.ndarray:
    return np.asarray(picture).reshape(like.shape)


@pytest.mark.parametrize("factor", [0.1, 0.5, 1.0, 1.4, 1.9])
def test_enhancements_are_pillows(image: np.ndarray, factor: float) -> None:
    bright = array(ImageEnhance.Brightness(pillow(image)).enhance(factor), image)
    np.testing.assert_array_equal(automatic.blend(image, 0.0, factor), bright)
    pairs = [
        (automatic.contrast(image, factor), ImageEnhance.Contrast(pillow(image)).enhance(factor)),
        (automatic.sharpness(image, factor), ImageEnhance.Sharpness(pillow(image)).enhance(factor)),
    ]
    if image.shape[2] == 3:
        colour = ImageEnhance.Color(pillow(image)).enhance(factor)
        pairs.append((automatic.saturation(image, factor), colour))
    for ours, theirs in pairs:  # Pillow and OpenCV round grey levels differently
        assert np.abs(ours.astype(int) - array(theirs, image)).max() <= 2


def test_histogram_operations_are_pillows(image: np.ndarray) -> None:
    np.testing.assert_array_equal(
        automatic.equalize(image), array(ImageOps.equalize(pillow(image)), image)
    )
    np.testing.assert_array_equal(
        automatic.autocontrast(image), array(ImageOps.autocontrast(pillow(image)), image)
    )
    for bits in (2, 4, 7, 8):
        np.testing.assert_array_equal(
            automatic.posterize(image, bits), array(ImageOps.posterize(pillow(image), bits), image)
        )
    for threshold in (0, 77, 128, 255):
        np.testing.assert_array_equal(
            automatic.solarize(image, threshold),
            array(ImageOps.solarize(pillow(image), threshold), image),
        )


def test_warps_are_scipys(image: np.ndarray) -> None:
    backward, shift = automatic.turn(25) @ [[1, 0.2], [0, 1]], (3.5, -2.0)
    ours = automatic.warp(image, backward, cv2.BORDER_REPLICATE, shift)
    swap = np.array([[0, 1], [1, 0]])
    linear = swap @ backward @ swap
    centre = (np.array(image.shape[:2]) - 1) / 2
    offset = centre - linear @ centre + np.array(shift)[::-1]
    for channel in range(image.shape[2]):
        theirs = scipy.ndimage.affine_transform(
            image[:, :, channel].astype(float), linear, offset, order=1, mode="nearest"
        )
        assert np.abs(ours[:, :, channel] - theirs).max() <= 1.5


def test_a_turn_is_counter_clockwise() -> None:
    image = np.zeros((9, 9, 1), np.uint8)
    image[4, 8] = 200
    assert automatic.warp(image, automatic.turn(90), cv2.BORDER_CONSTANT)[0, 4] == 200


@pytest.mark.parametrize("wide", [False, True])
def test_the_space_is_the_papers(wide: bool) -> None:
    space = {operation.name: operation for operation in automatic.space(wide)}
    assert set(space) == NAMES
    most = {name: op.level(1.0, (64, 331)) for name, op in space.items() if op.level is not None}
    expected = (
        {"shear-x": 0.99, "rotate": 135, "translate-x": 32, "color": 0.99, "posterize": 2}
        if wide
        else {"shear-x": 0.3, "rotate": 30, "translate-x": 150, "color": 0.9, "posterize": 4}
    )
    assert {name: most[name] for name in expected} == pytest.approx(expected)
    assert most["solarize"] == 0
    nothing = {name: op.level(0.0, (64, 64)) for name, op in space.items() if op.level}
    assert nothing["posterize"] == 8 and nothing["solarize"] == 255 and nothing["rotate"] == 0


def test_operations_are_drawn_equally_often_and_signs_evenly() -> None:
    policy = RandAugment(n=2, magnitude=9)
    names: Counter[str] = Counter()
    turns = []
    for step in range(100):
        for chosen in policy._plan(batch_of(np.zeros((32, 8, 8, 3), np.uint8), step)):
            assert len(chosen) == 2
            names.update(operation.name for operation, _ in chosen)
            turns += [level for operation, level in chosen if operation.name == "rotate"]
    assert set(names) == NAMES
    assert stats.chisquare(list(names.values())).pvalue > 0.01
    assert set(np.round(turns, 9)) == {-9.0, 9.0}
    assert stats.binomtest(int(np.sum(np.array(turns) > 0)), len(turns)).pvalue > 0.01


def test_trivial_augment_draws_one_operation_and_all_magnitudes() -> None:
    levels = []
    for step in range(300):
        for chosen in TrivialAugment()._plan(batch_of(np.zeros((32, 8, 8, 3), np.uint8), step)):
            assert len(chosen) == 1
            levels += [abs(level) for op, level in chosen if op.name == "rotate"]
    drawn = Counter(round(level / 4.5) for level in levels)
    assert set(drawn) == set(range(31))
    assert stats.chisquare(list(drawn.values())).pvalue > 0.01


def test_grey_images_stay_grey_and_are_never_given_a_colour_operation() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 10, 13, 1), dtype=np.uint8)
    policy = RandAugment(n=3, magnitude=20)
    assert policy.change(batch_of(images)).images.shape == images.shape
    assert not any("color" in line for line in policy.describe(batch_of(images)))


def test_the_same_batch_is_changed_the_same_way_and_not_in_place() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 16, 16, 3), dtype=np.uint8)
    batch = batch_of(images.copy())
    first = TrivialAugment().change(batch)
    np.testing.assert_array_equal(TrivialAugment().change(batch).images, first.images)
    np.testing.assert_array_equal(batch.images, images)
    assert first.images.dtype == np.uint8
    assert (TrivialAugment().change(batch_of(images, step=1)).images != first.images).any()


def test_the_border_is_black_unless_chosen_otherwise() -> None:
    white = np.full((200, 12, 12, 1), 255, np.uint8)
    plain = RandAugment(n=1, magnitude=30).describe(batch_of(white))
    moved = [number for number, line in enumerate(plain) if line.startswith("translate")]
    assert moved
    dark = RandAugment(n=1, magnitude=30).change(batch_of(white)).images[moved]
    light = RandAugment(n=1, magnitude=30, fill_mode="nearest").change(batch_of(white)).images
    assert dark.min() == 0 and light[moved].min() == 255


@pytest.mark.parametrize(
    "options", [{"n": 0}, {"n": 1.5}, {"magnitude": 31}, {"magnitude": "9"}, {"fill_mode": "wrap"}]
)
def test_impossible_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        RandAugment(**options)  # type: ignore[arg-type]


def test_two_channels_are_refused() -> None:
    with pytest.raises(InputError, match="channels"):
        RandAugment().check((8, 8, 2), 3)


def test_automatic_operations_are_shown_at_their_largest_levels() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 1), np.uint8)
    extremes = RandAugment(magnitude=15).extremes(images)
    assert ("rotate", "-15") in [(end.name, end.caption) for end in extremes]
    assert "identity" not in {end.name for end in extremes} and "color" not in {
        end.name for end in extremes
    }
    (posterized,) = [end.images for end in extremes if end.name == "posterize"]
    np.testing.assert_array_equal(posterized, images & 0b11111100)


def test_images_shown_at_the_ends_stay_as_they_were() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8)
    before = images.copy()
    policy = TrivialAugment()
    policy.extremes(images)
    policy.change(Batch(images, np.ones((2, 2), np.float32), np.arange(2), 0, 0, 0))
    np.testing.assert_array_equal(images, before)
