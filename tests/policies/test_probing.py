"""Is a plug-in that returns something else than a batch found before any training?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from augbench.policies.base import Batch, Context, Policy
from augbench.policies.chain import Chain
from augbench.policies.probing import probe
from augbench.policies.training_set import TrainingSet

from augbench.errors import InputError


class Given(Policy):
    """Changes batches by a function."""

    def __init__(self, change: Callable[[Batch], Any]) -> None:
        self.by = change

    def change(self, batch: Batch) -> Batch:
        return self.by(batch)


class Learning(Given):
    """Cannot change anything before it has learnt."""

    def learn(self, train: TrainingSet, context: Context) -> None:
        self.by = lambda batch: batch


def fails(batch: Batch) -> Any:
    raise KeyError("lost")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b.images, "must return a Batch"),
        (lambda b: None, "NoneType"),
        (lambda b: b.replace(images=b.images / 255.0), r"uint8 images.*float64 32×8×9×3"),
        (lambda b: b.replace(images=b.images[:, ::2]), "32×8×9×3, not make them 32×4×9×3"),
        (lambda b: b.replace(images=b.images[1:], labels=b.labels[1:]), "32×8×9×3"),
        (lambda b: b.replace(images=list(b.images)), "type list"),
        (lambda b: b.replace(labels=b.labels.argmax(1)), "labels float32 32×5"),
        (lambda b: b.replace(labels=b.labels * 2), "the sum 1"),
        (lambda b: b.replace(labels=b.labels * np.float32(np.nan)), "not finite"),
        (lambda b: b.replace(labels=3 * b.labels - np.float32(0.4)), "from 0 to 1"),
        (fails, "32 images of 8×9×3: KeyError: 'lost'"),
    ],
)
def test_a_fault_is_one_line_with_the_policy(change: Callable[[Batch], Any], words: str) -> None:
    for policy in (Given(change), Chain([Policy(), Given(change)])):
        with pytest.raises(InputError, match=words) as error:
            probe(policy, (8, 9, 3), 5, "mine")
        assert str(error.value).startswith("policy 'mine': ")
        assert "\n" not in str(error.value)


def test_what_keeps_to_the_rules_passes() -> None:
    def mixed(batch: Batch) -> Batch:
        order = batch.rng.permutation(len(batch.images))
        labels = 0.3 * batch.labels + 0.7 * batch.labels[order]
        return batch.replace(images=255 - batch.images, labels=labels.astype(np.float32))

    probe(Given(mixed), (8, 9, 3), 5, "mine")
    probe(Policy(), (8, 9, 3), 5, "none")


def test_what_learns_first_is_not_asked_before() -> None:
    probe(Learning(fails), (8, 9, 3), 5, "mine")
