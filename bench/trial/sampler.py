"""In which order a model sees the rows of a training set, and how many steps an epoch has."""

from __future__ import annotations

import numpy as np
from augbench.policies.random import stream, uniforms
from augbench.policies.training_set import TrainingSet


def steps_per_epoch(real: int, batch_size: int) -> int:
    """Return the optimiser steps of an epoch: those of the real set, the last batch perhaps short.

    An enlarged set trains as many steps as the others: what is compared is data, not budget.
    """
    return -(-real // batch_size)


def epoch_rows(
    train: TrainingSet, real: int, seed: int, epoch: int, epochs: int, batch_size: int, reseed: int
) -> np.ndarray:
    """Return the rows of one epoch, int64, ``real`` of them, in training order.

    Args:
        train: the set as enlarged by the policy.
        real: the number of images before enlarging; an epoch is that long.
        seed: the block; its order is the same for every policy.
        epoch: counted from 0.
        epochs: the length of the training; ``pretrain`` divides it.
        batch_size: a set with a ``share`` gives that share of every batch to its new rows.
        reseed: another number gives another order in the same block.
    """
    new = np.flatnonzero(np.arange(len(train)) >= real)
    if not len(new):
        return _window(np.arange(real), real, epoch, seed, "order", reseed)
    if train.mode == "pretrain":
        first = round((0.5 if train.share is None else train.share) * epochs)
        if epoch < first:
            return _window(new, real, epoch, seed, "order-new", reseed)
        return _window(np.arange(real), real, epoch, seed, "order", reseed)
    if train.share is None:
        return _window(np.arange(len(train)), real, epoch, seed, "order", reseed)
    rows = _window(np.arange(real), real, epoch, seed, "order", reseed)
    coins = uniforms(real, seed, "share", reseed, epoch)
    slots = [
        start
        + np.argsort(coins[start : start + batch_size], kind="stable")[: round(train.share * size)]
        for start in range(0, real, batch_size)
        for size in [min(batch_size, real - start)]
    ]
    taken = np.sort(np.concatenate(slots))
    rows[taken] = _window(new, len(taken), epoch, seed, "order-new", reseed)
    return rows


def _window(
    rows: np.ndarray, length: int, epoch: int, seed: int, name: str, reseed: int
) -> np.ndarray:
    """Return slots ``epoch·length … +length`` of permutations of ``rows`` one after another.

    Every row comes once before any comes again, whatever the length of an epoch.
    """
    first = epoch * length
    turns = range(first // len(rows), (first + length - 1) // len(rows) + 1)
    permutations = np.concatenate(
        [rows[stream(seed, name, reseed, turn).permutation(len(rows))] for turn in turns]
    )
    start = first - turns[0] * len(rows)
    return permutations[start : start + length]
