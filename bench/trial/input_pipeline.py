"""How augmented batches reach the model without making it wait: chunks of batches, made ahead."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from augbench.policies import returned
from augbench.policies.base import Batch, Policy
from augbench.policies.training_set import TrainingSet

#: batches computed in one call of TensorFlow, at most; the weights do not depend on it
STEPS_IN_A_CALL = 16
#: calls that an epoch has at least, where it has as many steps; weights are averaged as often or
#: a little less
CALLS_AN_EPOCH = 8
CHUNK_BYTES = 32 * 2**20
#: chunks, and batches in them, that are made ahead of the model
CHUNKS_AHEAD, BATCHES_AHEAD = 2, 32


def steps_in_a_call(steps: int) -> int:
    """Return how many of an epoch's ``steps`` are computed in one call."""
    return max(1, min(STEPS_IN_A_CALL, steps // CALLS_AN_EPOCH))


@dataclass
class InputPipeline:
    """Batches of all epochs in order, prepared by one thread while the model computes.

    A chunk is several batches in one array, which the model takes in one call, or a part of them
    where images are large; a policy still sees one training batch at a time. What a batch holds
    depends on the block, the epoch and the step alone, never on the chunking.

    Attributes:
        train: the (enlarged) training set.
        policy: changes each batch, uint8 to uint8.
        standardize: uint8 B×H×W×C to float32, the same for all policies of a run.
        rows_of: the rows of an epoch in training order.
        batch_size: images in a batch.
        epochs: how many epochs there are.
        seed: the block.
        steps: batches in an epoch.
        steps_in_a_call: batches that a model takes together; no chunk has parts of two calls.
        error: what a policy raised, if it did.
    """

    train: TrainingSet
    policy: Policy
    standardize: Callable[[np.ndarray], np.ndarray]
    rows_of: Callable[[int], np.ndarray]
    batch_size: int
    epochs: int
    seed: int

    def __post_init__(self) -> None:
        self.steps = -(-len(self.rows_of(0)) // self.batch_size)
        self.steps_in_a_call = steps_in_a_call(self.steps)
        batch_bytes = 4 * int(np.prod(self.train.images.shape[1:])) * self.batch_size
        self.batches_per_chunk = max(1, min(CHUNK_BYTES // batch_bytes, self.steps_in_a_call))
        most = CHUNKS_AHEAD * CHUNK_BYTES // batch_bytes
        self._ahead = max(CHUNKS_AHEAD, min(most, BATCHES_AHEAD) // self.batches_per_chunk)
        self.one_hot = np.eye(len(self.train.classes), dtype=np.float32)
        self.change_seconds = 0.0
        self.changed_images = 0
        self.error: Exception | None = None

    def epoch_chunks(self, thread: Executor) -> Iterator[Iterator[tuple[np.ndarray, np.ndarray]]]:
        """Yield an iterator over (images float32, labels float32) chunks for each epoch.

        Args:
            thread: where chunks are made. It belongs to the caller, who ends it: what is left of
                this generator after a failure is closed whenever the garbage collector comes by,
                in whichever thread, and must not have to wait for another one then.
        """
        jobs = self._jobs()
        ahead = deque(thread.submit(self._chunk, *job) for job in islice(jobs, self._ahead))

        def chunks(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for _ in range(count):
                try:
                    chunk = ahead.popleft().result()
                except Exception as error:
                    self.error = error  # generators and backends make others of it
                    raise
                if (job := next(jobs, None)) is not None:
                    ahead.append(thread.submit(self._chunk, *job))
                yield chunk

        for _ in range(self.epochs):
            yield chunks(len(self._cuts()))

    def _cuts(self) -> list[tuple[int, int]]:
        """Return the first step of each chunk of an epoch, and that after its last."""
        of_calls = range(0, self.steps, self.steps_in_a_call)
        return [
            (start, min(start + self.batches_per_chunk, end))
            for call in of_calls
            for end in [min(call + self.steps_in_a_call, self.steps)]
            for start in range(call, end, self.batches_per_chunk)
        ]

    def _jobs(self) -> Iterator[tuple[int, int, np.ndarray]]:
        for epoch in range(self.epochs):
            rows = self.rows_of(epoch)
            for start, end in self._cuts():
                yield epoch, start, rows[start * self.batch_size : end * self.batch_size]

    def _chunk(self, epoch: int, step: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images = self.train.images[rows]
        labels = self.one_hot[self.train.labels[rows]]
        if self.policy.changes:
            began = time.thread_time()
            cuts = range(0, len(rows), self.batch_size)
            changed = [
                returned.changed(
                    self.policy,
                    Batch(images[a:b], labels[a:b], rows[a:b], self.seed, epoch, step + number),
                )
                for number, a in enumerate(cuts)
                for b in [a + self.batch_size]
            ]
            images = np.concatenate([batch.images for batch in changed])
            labels = np.concatenate([batch.labels for batch in changed])
            self.change_seconds += time.thread_time() - began
            self.changed_images += len(rows)
        return self.standardize(images), labels.astype(np.float32, copy=False)
