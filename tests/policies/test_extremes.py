"""Are the ends of a policy's ranges those that its own draws come near to and never pass?"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from augbench.policies.base import Batch
from augbench.policies.expression import parse
from augbench.policies.extremes import ends, extremes
from augbench.policies.registry import build
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.spec import AugmentationSpec

SHAPE = (20, 30)


def columns(tables: list[Draws]) -> dict[str, tuple[float, float]]:
    found = {}
    for column in fields(Draws):
        values = np.concatenate([getattr(table, column.name) for table in tables]).astype(float)
        values = values[~np.isnan(values)]
        found[column.name] = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    return found


@pytest.mark.filterwarnings("ignore::augbench.errors.AugbenchWarning")
@pytest.mark.parametrize(
    "words",
    [
        {"rotation_range": 20, "shear_range": 5, "zoom_range": 0.3},
        {"width_shift_range": 0.2, "height_shift_range": 3.0, "vertical_flip": True},
        {"width_shift_range": 4, "height_shift_range": [1, 5, 2], "zoom_range": [0.5, 0.9]},
        {"brightness_range": [0.4, 1.3], "channel_shift_range": 30, "horizontal_flip": True},
        {"width_shift_range": 0.2, "height_shift_range": 0.1, "quirks": "keras"},
    ],
)
def test_many_draws_come_near_the_ends_and_never_pass_them(words: dict[str, object]) -> None:
    spec = AugmentationSpec(**words)
    drawn = columns([draw(spec, 0, epoch, 4000, SHAPE) for epoch in range(2)])
    at_ends = columns([table for _, table in extremes(spec, SHAPE)])
    neutral = {"zx": 1.0, "zy": 1.0}
    for name, (low, high) in drawn.items():
        lowest, highest = at_ends[name]
        if name in neutral:  # rows of other words leave it alone
            low, high = min(low, 1.0), max(high, 1.0)
        near = 0.01 * (high - low) + 1e-9
        assert lowest - 1e-9 <= low <= lowest + near, name
        assert highest - near <= high <= highest + 1e-9, name


def test_each_word_stands_alone_and_all_together_at_last() -> None:
    spec = AugmentationSpec(rotation_range=20, horizontal_flip=True)
    found = extremes(spec, SHAPE)
    assert [name for name, _ in found] == [
        "rotation_range",
        "rotation_range",
        "horizontal_flip",
        "all words",
        "all words",
    ]
    assert [float(table.theta[0]) for _, table in found] == pytest.approx([-20, 20, 0, -20, 20])


def test_engines_agree_at_the_ends() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 21, 21, 3), np.uint8)
    spec = {"rotation_range": 30, "brightness_range": [0.5, 1.5], "zoom_range": 0.2}
    one = ends(build(parse("keras"), spec), images)
    other = ends(build(parse("albumentations"), spec), images)
    assert [(end.name, end.caption) for end in one] == [(end.name, end.caption) for end in other]
    assert len(one) == 8
    for a, b in zip(one, other, strict=True):
        assert np.abs(a.images.astype(int) - b.images).max() <= 2
        assert not np.array_equal(a.images, images)


def test_a_turn_by_180_degrees_at_both_ends_is_a_picture_upside_down() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 1), np.uint8)
    for end in ends(build(parse("albumentations"), {"rotation_range": 180}), images):
        np.testing.assert_array_equal(end.images, images[:, ::-1, ::-1])


def test_automatic_operations_are_shown_at_their_largest_levels() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 1), np.uint8)
    found = ends(build(parse("randaugment(magnitude=15)")), images)
    assert ("rotate", "-15") in [(end.name, end.caption) for end in found]
    assert "identity" not in {end.name for end in found} and "color" not in {e.name for e in found}
    (posterized,) = [end.images for end in found if end.name == "posterize"]
    np.testing.assert_array_equal(posterized, images & 0b11111100)


def test_a_chain_has_the_ends_of_its_members_and_a_mix_has_none() -> None:
    images = np.zeros((2, 12, 12, 1), np.uint8)
    chain = build(parse("expand(factor=2) + albumentations"), "flip")
    assert [end.name for end in ends(chain, images)] == ["horizontal_flip"] * 2
    assert ends(build(parse("mixup")), images) == []
    assert ends(build(parse("albumentations(draws='native')"), "flip"), images) == []


def test_the_images_given_stay_as_they_were() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8)
    before = images.copy()
    policy = build(parse("trivialaugment"))
    ends(policy, images)
    policy.change(Batch(images, np.ones((2, 2), np.float32), np.arange(2), 0, 0, 0))
    np.testing.assert_array_equal(images, before)
