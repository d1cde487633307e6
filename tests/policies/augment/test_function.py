"""A function of the user's own is a policy: what it gets, what it may return, what it is called."""

import numpy as np
import pytest
from augbench.policies.augment.function import BatchFunction, is_batch_function
from augbench.policies.base import Batch
from augbench.policies.registry.building import finished_policy

from augbench.errors import InputError

IMAGES = np.full((4, 6, 8, 3), 200, np.uint8)
LABELS = np.eye(4, dtype=np.float32)


def batch(**more):
    return Batch(IMAGES.copy(), LABELS.copy(), np.arange(4), seed=3, epoch=1, step=2, **more)


def noisy(images, labels, rng):
    return images // 2 + rng.integers(0, 20, images.shape, dtype=np.uint8), labels[::-1].copy()


def test_it_gets_images_labels_and_the_generator_of_the_batch() -> None:
    changed = BatchFunction(noisy).change(batch())
    noise = batch().rng.integers(0, 20, IMAGES.shape, dtype=np.uint8)
    assert (changed.images == 100 + noise).all()
    assert (changed.labels == LABELS[::-1]).all()


def test_a_call_does_not_hang_on_the_one_before() -> None:
    policy, one = BatchFunction(noisy), batch()
    assert (policy.change(one).images == policy.change(one).images).all()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda images, labels, rng: images, "returns ndarray, not"),
        (lambda images, labels, rng: (images / 255, labels), "must return uint8 images"),
        (lambda images, labels, rng: (images[:2], labels), "must keep images at 4×6×8×3"),
        (lambda images, labels, rng: (images, labels[:, :2]), "must return labels float32 4×4"),
    ],
)
def test_what_it_returns_is_checked_under_its_own_name(function, said: str) -> None:
    with pytest.raises(InputError, match=said) as failed:
        BatchFunction(function).change(batch())
    assert "lambda" in str(failed.value)


def test_three_arguments_make_a_function_of_batches() -> None:
    assert is_batch_function(noisy) and isinstance(finished_policy(noisy), BatchFunction)
    for other in (len, lambda images, labels: 0, BatchFunction, 3):
        assert not is_batch_function(other)


def test_its_definition_names_it() -> None:
    assert BatchFunction(noisy).definition == {"function": f"{__name__}:noisy"}
