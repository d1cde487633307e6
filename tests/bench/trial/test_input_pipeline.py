"""What the pipeline hands to a model: every batch once, in order, whatever the chunking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from augbench.bench.trial import input_pipeline as pipeline_module
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.policies.base import Batch, Policy
from augbench.policies.chain import Chain
from augbench.policies.enlarge.copies import Repeat
from augbench.policies.training_set import ImageStack, TrainingSet


class Noted(Policy):
    """Adds a random grey level and notes which batches it saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int, int]] = []

    def change(self, batch: Batch) -> Batch:
        self.seen.append((batch.epoch, batch.step, len(batch.rows)))
        level = batch.rng.integers(100, size=(len(batch.rows), 1, 1, 1), dtype=np.uint8)
        return batch.replace(images=batch.images + level)


class Broken(Policy):
    def change(self, batch: Batch) -> Batch:
        raise ZeroDivisionError("a policy of the user's")


def make_pipeline(policy: Policy, count: int = 70, epochs: int = 2) -> InputPipeline:
    images = np.arange(count, dtype=np.uint8)[:, None, None, None].repeat(4, 1)
    train = TrainingSet(ImageStack([(images, None)]), np.arange(count) % 3, ("a", "b", "c"))
    return InputPipeline(
        train=train,
        policy=policy,
        standardize=lambda pixels: pixels.astype(np.float32),
        rows_of=lambda epoch: np.arange(count)[::-1] if epoch else np.arange(count),
        batch_size=8,
        epochs=epochs,
        seed=3,
    )


def all_of(pipeline: InputPipeline) -> tuple[np.ndarray, np.ndarray]:
    with ThreadPoolExecutor(1) as thread:
        chunks = [chunk for epoch in pipeline.epoch_chunks(thread) for chunk in epoch]
    return np.concatenate([x for x, _ in chunks]), np.concatenate([y for _, y in chunks])


def test_every_batch_is_changed_once_in_order_with_its_own_step() -> None:
    policy = Noted()
    all_of(make_pipeline(policy))
    expected = [(epoch, step, min(8, 70 - 8 * step)) for epoch in range(2) for step in range(9)]
    assert policy.seen == expected


def test_images_and_labels_stay_together_in_the_order_of_the_rows() -> None:
    images, labels = all_of(make_pipeline(Policy()))
    order = np.concatenate([np.arange(70), np.arange(70)[::-1]])
    assert (images[:, 0, 0, 0] == order).all()
    assert (labels.argmax(1) == order % 3).all()
    assert images.dtype == labels.dtype == np.float32


@pytest.mark.parametrize(("chunk", "together"), [(1, 1), (300, 2), (2**20, 4)])
def test_neither_chunks_nor_calls_change_a_batch(
    monkeypatch: pytest.MonkeyPatch, chunk: int, together: int
) -> None:
    single = make_pipeline(Noted())
    assert single.batches_per_chunk == 1
    expected = all_of(single)
    monkeypatch.setattr(pipeline_module, "CHUNK_BYTES", chunk)
    monkeypatch.setattr(pipeline_module, "steps_in_a_call", lambda steps: 4)
    pipeline = make_pipeline(Noted())
    assert pipeline.batches_per_chunk == together
    for ours, theirs in zip(all_of(pipeline), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_error_of_a_policy_reaches_the_one_who_trains() -> None:
    with pytest.raises(ZeroDivisionError, match="of the user's"):
        all_of(make_pipeline(Broken()))


def test_policies_that_change_no_batch_pay_for_no_copy_and_have_no_speed() -> None:
    pipeline = make_pipeline(Chain([Repeat(2), Repeat(2)]))
    images, _ = all_of(pipeline)
    assert len(images) == 140
    assert pipeline.changed_images == 0 and pipeline.change_seconds == 0.0
