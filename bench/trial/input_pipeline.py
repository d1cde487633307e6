"""How augmented batches reach the model without making it wait: chunks of batches, one ahead."""

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

CHUNK_BYTES = 32 * 2**20
LOOK_AHEAD = 2


@dataclass
class InputPipeline:
    """Batches of all epochs in order, prepared by one thread while the model computes.

    A chunk is several batches in one array, so that the hand-over costs little a batch; a policy
    still sees one training batch at a time. What a batch holds depends on the block, the epoch
    and the step alone, never on the chunking.

    Attributes:
        train: the (enlarged) training set.
        policy: changes each batch, uint8 to uint8.
        standardize: uint8 B×H×W×C to float32, the same for all policies of a run.
        rows_of: the rows of an epoch in training order.
        batch_size: images in a batch.
        epochs: how many epochs there are.
        seed: the block.
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
        image_bytes = 4 * int(np.prod(self.train.images.shape[1:]))
        self.batches_per_chunk = int(np.clip(CHUNK_BYTES // (image_bytes * self.batch_size), 1, 16))
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
        ahead = deque(thread.submit(self._chunk, *job) for job in islice(jobs, LOOK_AHEAD))

        def chunks(count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for _ in range(count):
                try:
                    chunk = ahead.popleft().result()
                except Exception as error:
                    self.error = error  # on its way up, TensorFlow makes a text of it
                    raise
                if (job := next(jobs, None)) is not None:
                    ahead.append(thread.submit(self._chunk, *job))
                yield chunk

        for epoch in range(self.epochs):
            yield chunks(-(-len(self.rows_of(epoch)) // self._chunk_rows))

    @property
    def _chunk_rows(self) -> int:
        return self.batches_per_chunk * self.batch_size

    def _jobs(self) -> Iterator[tuple[int, int, np.ndarray]]:
        for epoch in range(self.epochs):
            rows = self.rows_of(epoch)
            for start in range(0, len(rows), self._chunk_rows):
                yield epoch, start // self.batch_size, rows[start : start + self._chunk_rows]

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
