"""Is a set enlarged by copies as large as it says, of real images, each as often as the others?"""

from __future__ import annotations

import math
from collections import Counter, namedtuple

import numpy as np
import pytest
from augbench.policies.base import Batch, Context, Policy
from augbench.policies.enlarge import copies as stored
from augbench.policies.enlarge.copies import Expand, Repeat, augmented, class_order, copies
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.training_set import ImageStack, TrainingSet
from scipy import ndimage

from augbench.errors import InputError

COUNTS = (30, 12, 3)


@pytest.fixture
def train() -> TrainingSet:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(3), COUNTS))
    images = rng.integers(0, 256, (len(labels), 15, 15, 1), np.uint8)
    return TrainingSet(ImageStack([(images, None)]), labels, ("a", "b", "c"))


@pytest.mark.parametrize("factor", [1, 1.5, 2, 3.2, 7])
def test_the_set_is_factor_times_as_large_and_every_image_copied_equally_often(
    train: TrainingSet, factor: float
) -> None:
    rows, numbers = copies(train, factor, seed=1)
    assert len(rows) == round((factor - 1) * 45)
    often = Counter(rows.tolist())
    assert not often or max(often.values()) - min(often.get(row, 0) for row in range(45)) <= 1
    for row, count in often.items():
        assert sorted(numbers[rows == row]) == list(range(1, count + 1))
    spread = np.bincount(train.labels[rows], minlength=3) / (len(rows) or 1)
    if len(rows):
        np.testing.assert_allclose(spread, np.array(COUNTS) / 45, atol=1 / len(rows) + 0.01)


def test_every_beginning_of_the_class_order_holds_the_classes_in_proportion(
    train: TrainingSet,
) -> None:
    order = class_order(train.labels, np.random.default_rng(0))
    assert sorted(order) == list(range(45))
    for end in range(1, 46):
        found = np.bincount(train.labels[order[:end]], minlength=3)
        assert np.abs(found - end * np.array(COUNTS) / 45).max() <= 1


def test_repeat_adds_rows_but_no_pixel_and_no_synthetic_image(train: TrainingSet) -> None:
    enlarged = Repeat(2.5).enlarge(train, Context(seed=0))
    assert (len(enlarged), enlarged.real, enlarged.synthetic) == (45 + 68, 45, 0)
    np.testing.assert_array_equal(
        np.asarray(enlarged.images), np.asarray(train.images)[enlarged.source]
    )
    np.testing.assert_array_equal(enlarged.labels, train.labels[enlarged.source])


def test_expand_stores_copies_beside_the_real_images(train: TrainingSet) -> None:
    policy = Expand(3, spec={"rotation_range": 90, "fill_mode": "constant"})
    enlarged = policy.enlarge(train, Context(seed=0))
    assert (len(enlarged), enlarged.real, enlarged.synthetic) == (135, 45, 90)
    np.testing.assert_array_equal(enlarged.images[:45], np.asarray(train.images))
    np.testing.assert_array_equal(enlarged.labels, train.labels[enlarged.source])
    first, second = enlarged.images[45:90], enlarged.images[90:]
    for copy in (first, second):
        assert (copy != np.asarray(train.images)).any((1, 2, 3)).all()
    assert (first != second).any((1, 2, 3)).all()
    again = policy.enlarge(train, Context(seed=0))
    np.testing.assert_array_equal(np.asarray(again.images), np.asarray(enlarged.images))


def test_a_stored_copy_is_what_scipy_makes_of_the_draw_it_says(train: TrainingSet) -> None:
    policy = build(parse("albumentations"), {"rotation_range": 40, "fill_mode": "constant"})
    rows, numbers = copies(train, 2, 0)
    made = np.concatenate(list(augmented(policy, train, rows, numbers, 0)))
    batch = Batch(train.images[rows], np.eye(3)[train.labels[rows]], rows, 0, 1, 0, stored.STAGE)
    for copy, row, said in zip(made, rows, policy.describe(batch), strict=True):
        degrees = float(said.removeprefix("turn ").removesuffix("°"))
        turned = ndimage.rotate(
            train.images[int(row)][:, :, 0].astype(float), degrees, reshape=False, order=1
        )
        # the caption rounds to a tenth of a degree, and these images are noise
        assert np.abs(turned - copy[:, :, 0]).mean() < 4


def test_copies_are_drawn_apart_from_any_training_epoch(train: TrainingSet) -> None:
    policy = build(parse("albumentations"), {"rotation_range": 40})
    rows, numbers = copies(train, 2, 0)
    (made,) = augmented(policy, train, rows, numbers, 0)
    batch = Batch(train.images[rows], np.eye(3)[train.labels[rows]], rows, 0, 1, 0)
    assert (policy.change(batch).images != made).any((1, 2, 3)).mean() > 0.9


def test_a_factor_counts_distinct_images_after_repeating_too(train: TrainingSet) -> None:
    repeated = Repeat(3).enlarge(train, Context(1))
    assert len(repeated) == 3 * len(train) and repeated.real == len(train)
    assert repeated.real_rows.tolist() == list(range(len(train)))
    assert len(Repeat(2).enlarge(repeated, Context(1))) == 4 * len(train)


def test_only_real_images_are_copied(train: TrainingSet) -> None:
    generated = train.followed_by(train.images[:10], train.labels[:10], "generated")
    rows, _ = copies(generated, 3, 0)
    assert rows.max() < 45 and len(rows) == 90
    chained = build(parse("gaussian(factor=2) + expand(factor=2)"), "flip")
    chained.learn(train, Context(seed=0))
    enlarged = chained.enlarge(train, Context(seed=0))
    assert np.bincount(enlarged.origin).tolist() == [45, 45, 45]


class Mixing(Policy):
    def change(self, batch: Batch) -> Batch:
        return batch.replace(labels=batch.labels[::-1])


class Cropping(Policy):
    def change(self, batch: Batch) -> Batch:
        return batch.replace(images=batch.images[:, 1:])


@pytest.mark.parametrize(
    ("policy", "words"), [(Mixing(), "mixes labels"), (Cropping(), "keep images")]
)
def test_what_a_copy_cannot_hold_is_refused(train: TrainingSet, policy: Policy, words: str) -> None:
    rows, numbers = copies(train, 2, 0)
    with pytest.raises(InputError, match=words):
        list(augmented(policy, train, rows, numbers, 0))


@pytest.mark.parametrize("factor", [0.9, -1, math.inf, math.nan, True, "2", None])
@pytest.mark.parametrize("make", [Repeat, Expand])
def test_an_impossible_factor_is_refused(make: type[Policy], factor: object) -> None:
    with pytest.raises(InputError, match="factor"):
        make(factor)  # type: ignore[call-arg]


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(InputError, match="albumentations"):
        Expand(engine="opencv")


def test_many_new_images_live_on_disk_and_too_many_nowhere(
    train: TrainingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory = np.asarray(Expand(2, spec="flip").enlarge(train, Context(seed=0)).images)
    monkeypatch.setattr(stored, "IN_MEMORY", 100)
    assert isinstance(stored.empty_images((45, 15, 15, 1)), np.memmap)
    on_disk = Expand(2, spec="flip").enlarge(train, Context(seed=0)).images
    np.testing.assert_array_equal(np.asarray(on_disk), in_memory)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(stored.shutil, "disk_usage", lambda folder: usage(10**9, 10**9, 10**3))
    with pytest.raises(InputError, match="GB free"):
        stored.empty_images((45, 15, 15, 1))
