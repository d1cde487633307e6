"""Is what a policy returns checked where it comes back, and said in words with class and place?"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from augbench.policies import returned
from augbench.policies.augment.mixing import MixUp
from augbench.policies.base import Batch, Context, Policy
from augbench.policies.chain import Chain
from augbench.policies.training_set import ImageStack, TrainingSet

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])
BATCH = Batch(IMAGES, np.eye(3, dtype=np.float32)[LABELS], np.arange(6), seed=0, epoch=2, step=7)
TRAIN = TrainingSet(ImageStack([(IMAGES, None)]), LABELS, ("a", "b", "c"))


class Gives(Policy):
    """Returns what it is told to, whatever it gets."""

    def __init__(self, made: Any = None, lines: Any = ()) -> None:
        self.made, self.lines = made, lines

    def change(self, batch: Batch) -> Any:
        return self.made

    def enlarge(self, train: TrainingSet, context: Context) -> Any:
        return self.made

    def describe(self, batch: Batch) -> Any:
        return self.lines


def batch(**values: Any) -> Batch:
    return dataclasses.replace(BATCH, **values)


NAN = np.where(BATCH.labels > 0, np.nan, BATCH.labels)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (None, "of type NoneType"),
        (IMAGES, "must return a Batch"),
        (batch(images=IMAGES.astype(np.float32)), "not float32 6×5×4×3"),
        (batch(images=np.full(IMAGES.shape, np.nan)), "not float64"),
        (batch(images=IMAGES[:5]), "keep images at 6×5×4×3, not make them 5×5×4×3"),
        (batch(images=IMAGES[..., 0]), "not make them 6×5×4"),
        (batch(images=IMAGES.tolist()), "type list"),
        (batch(labels=LABELS), "labels float32 6×3, not int64 6"),
        (batch(labels=NAN.astype(np.float32)), "labels that are not finite"),
        (batch(labels=BATCH.labels * 9), "the sum 1"),
    ],
)
def test_a_changed_batch_that_does_not_fit_is_named_with_class_epoch_and_step(
    made: Any, words: str
) -> None:
    for policy in (Gives(made), Chain([Policy(), Gives(made)])):
        with pytest.raises(returned.PolicyError) as told:
            returned.changed(policy, BATCH)
        assert words in str(told.value)
        assert str(told.value).startswith("policy Gives, in epoch 3, step 8: change ")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (None, "enlarge returned a NoneType"),
        (dataclasses.replace(TRAIN, labels=LABELS[:5]), "labels of shape (5,) for 6 images"),
        (dataclasses.replace(TRAIN, labels=LABELS + 1), "labels 1…3; 0…2 is wanted"),
        (dataclasses.replace(TRAIN, labels=LABELS * 0.5), "labels of float64"),
        (dataclasses.replace(TRAIN, source=np.arange(6) + 1), "source 1…6"),
        (dataclasses.replace(TRAIN, origin=np.full(6, 9, np.uint8)), "origin 9…9"),
        (dataclasses.replace(TRAIN, classes=("a", "b")), "other classes"),
        (
            dataclasses.replace(TRAIN, images=ImageStack([(IMAGES[:, :3], None)])),
            "images 3×4×3; 5×4×3 is wanted",
        ),
    ],
)
def test_an_enlarged_set_that_does_not_fit_is_named(made: Any, words: str) -> None:
    with pytest.raises(returned.PolicyError, match="policy Gives: enlarge returned") as told:
        returned.enlarged(Gives(made), TRAIN, Context(0))
    assert words in str(told.value)


def test_images_of_a_set_are_bytes_from_the_start() -> None:
    with pytest.raises(ValueError, match="must be uint8; found float64"):
        TRAIN.followed_by(IMAGES / 255, LABELS, "generated")


def test_pictures_and_captions_are_what_a_report_can_show() -> None:
    context = Context(0, pictures={"sheet": np.full((4, 4, 3), np.nan)})
    with pytest.raises(returned.PolicyError, match=r"picture 'sheet' of float64"):
        returned.enlarged(Policy(), TRAIN, context)
    assert returned.described(Gives(), BATCH) == [""] * 6
    assert returned.described(Gives(lines=range(6)), BATCH) == list("012345")
    with pytest.raises(returned.PolicyError, match="2 texts"):
        returned.described(Gives(lines=["a", "b"]), BATCH)


def test_what_fits_comes_back_as_it_is() -> None:
    assert returned.changed(Policy(), BATCH) is BATCH
    assert returned.enlarged(Policy(), TRAIN, Context(0)) is TRAIN
    mixed = returned.changed(MixUp(), BATCH)
    assert mixed.labels.dtype.kind == "f" and not np.array_equal(mixed.labels, BATCH.labels)
