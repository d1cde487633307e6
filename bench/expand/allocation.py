"""Which new images a policy makes of a training split: how many of each class, and from what."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from augbench.policies import returned
from augbench.policies.base import Context, Policy
from augbench.policies.enlarge.copies import CHUNK, augmented, checked_factor, copies
from augbench.policies.expression import Expression, Term
from augbench.policies.registry import takes
from augbench.policies.training_set import ORIGINS, TrainingSet

from augbench.errors import InputError, reason_of
from augbench.findings import Finding

_REAL, _AUGMENTED = ORIGINS.index("real"), ORIGINS.index("augmented")


class PoolRefusedError(Exception):
    """The policy looked at what it made and would not add it, or could not make it.

    Attributes:
        findings: what it has to tell; empty where the message says all.
    """

    def __init__(self, reason: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(reason)
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Added:
    """New images and where each came from.

    Attributes:
        images: chunks uint8 B×H×W×C, in the order of all that follows.
        labels: int64, M, the classes.
        origin: uint8, M, indices into ``ORIGINS``.
        source: int64, M, the row of the real image each was made from; −1 for none.
        numbers: int64, M, from 1: the first new image of a source (or class), the second, …
    """

    images: Iterator[np.ndarray]
    labels: np.ndarray
    origin: np.ndarray
    source: np.ndarray
    numbers: np.ndarray


def balanced(real: np.ndarray, count: int) -> np.ndarray:
    """Return how many of ``count`` new images each class gets so that totals are most even.

    Args:
        real: int64, K, the real images of each class; a class of none gets none.
        count: new images.

    Returns:
        int64, K, with sum ``count``; among equals the first classes get what is left over.
    """
    new = np.zeros(len(real), np.int64)
    present = np.flatnonzero(real)
    level = np.sort(real[present])
    below = np.arange(1, len(level) + 1) * level - np.cumsum(level)  # to raise all to this level
    height = level[np.flatnonzero(below <= count)[-1]]
    inside = present[real[present] <= height]
    new[inside] = height - real[inside]
    share, rest = divmod(count - int(new.sum()), len(inside))
    new[inside] += share
    new[inside[:rest]] += 1
    return new


def wanted(
    train: TrainingSet, seed: int, expression: Expression, factor: float | None, balance: bool
) -> np.ndarray:
    """Return the new images of each class, int64 K, as far as known before the policy works.

    Without ``factor`` it is the policy's own, or 2; with ``balance`` it is then as many as bring
    every class up to the largest.

    Raises:
        InputError: the policy's own factor is none.
    """
    real = np.bincount(train.labels, minlength=len(train.classes))
    if balance and factor is None:
        return np.where(real > 0, real.max() - real, 0)
    size = _own_factor(expression) if factor is None else factor
    count = round((size - 1) * len(train))
    if balance:
        return balanced(real, count)
    full, rest = divmod(count, len(train))  # whole passes need not be numbered to be counted
    sources, _ = copies(train, 1 + rest / len(train), seed)
    return full * real + np.bincount(train.labels[sources], minlength=len(real))


def _own_factor(expression: Expression) -> float:
    given = [term.options["factor"] for term in expression.terms if "factor" in term.options]
    return checked_factor(given[0]) if given else 2.0


def with_options(
    expression: Expression,
    factor: float | None,
    pool: float | None,
    insist: bool,
) -> Expression:
    """Return the policy with options of the command line as its own.

    Args:
        expression: as typed.
        factor: ``--factor``, where given.
        pool: the factor that a pool to choose from needs, where classes are balanced.
        insist: whether a pool that fails is wanted all the same.

    Raises:
        InputError: several members have a factor, and one was given for all.
    """
    sized = [number for number, term in enumerate(expression.terms) if takes(term, "factor")]
    size = pool if pool is not None else factor
    if size is not None and len(sized) > 1:
        raise InputError(
            f"policy {expression.text!r}: {len(sized)} of its members enlarge; give each its own "
            "factor=… and leave out --factor and --balance"
        )
    terms = []
    for number, term in enumerate(expression.terms):
        options = dict(term.options)
        if number in sized and size is not None:
            options["factor"] = size
        if insist and takes(term, "insist"):
            options["insist"] = True
        terms.append(Term(term.name, options))
    return dataclasses.replace(expression, terms=tuple(terms))


def pool_factor(train: TrainingSet, wanted: np.ndarray) -> int:
    """Return the factor at which every class, in its real proportion, has enough new images."""
    real = np.bincount(train.labels, minlength=len(wanted))
    return 1 + int(np.max(-(-wanted // np.maximum(real, 1))))


def added(
    policy: Policy, train: TrainingSet, wanted: np.ndarray, balance: bool, context: Context
) -> Added:
    """Let the policy learn and make its new images.

    A policy that enlarges hands over what it adds, changed once where it (or a chain's other
    member) also changes batches; one that only changes batches makes copies of the real images.

    Args:
        policy: built with the right factor.
        train: the training split.
        wanted: int64, K, the new images of each class.
        balance: whether exactly those are taken of what the policy adds.
        context: what the policy learns with.

    Raises:
        InputError: the policy makes no images that can be stored.
        PoolRefusedError: it added none, or could not learn.
    """
    if not (policy.changes or policy.enlarges):
        raise InputError(
            "this policy makes no new images; keras and albumentations do, and repeat repeats "
            "the real ones"
        )
    if balance:
        context = dataclasses.replace(context, wanted=wanted)
    try:
        policy.learn(train, context)
        enlarged = returned.enlarged(policy, train, context)
    except RuntimeError as error:
        raise PoolRefusedError(reason_of(error)) from error
    if not policy.enlarges:
        return _changed_copies(policy, train, wanted, balance, context.seed)
    rows = np.arange(len(train), len(enlarged))
    if (not len(rows) or context.records.get("used") == 0) and wanted.any():
        raise PoolRefusedError("the policy added no images", context.findings)
    numbers = _numbers(enlarged, rows)
    if balance:
        first = _first(enlarged.labels[rows], wanted)
        rows, numbers = rows[first], numbers[first]
        _note_shortage(enlarged.labels[rows], wanted, train.classes, context)
    origin = enlarged.origin[rows]
    if policy.changes:
        ones = np.ones(len(rows), np.int64)
        images = augmented(policy, enlarged, rows, ones, context.seed)
        origin = np.where(origin == _REAL, _AUGMENTED, origin)  # repeated, then augmented
    else:
        images = (enlarged.images[rows[at : at + CHUNK]] for at in range(0, len(rows), CHUNK))
    return Added(images, enlarged.labels[rows], origin, enlarged.source[rows], numbers)


def _changed_copies(
    policy: Policy, train: TrainingSet, wanted: np.ndarray, balance: bool, seed: int
) -> Added:
    """Return copies of the real images, changed as `Expand` changes them."""
    factor = pool_factor(train, wanted) if balance else 1 + int(wanted.sum()) / len(train)
    rows, numbers = copies(train, factor, seed)
    first = _first(train.labels[rows], wanted)
    rows, numbers = rows[first], numbers[first]
    return Added(
        augmented(policy, train, rows, numbers, seed),
        train.labels[rows],
        np.full(len(rows), _AUGMENTED, np.uint8),
        train.source[rows],
        numbers,
    )


def _first(labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the places of the first ``wanted`` rows of each class, in order."""
    return np.flatnonzero(_rank(labels) < wanted[labels])


def _rank(keys: np.ndarray) -> np.ndarray:
    """Return for each place how many equal keys stand before it."""
    order = np.argsort(keys, kind="stable")
    first = np.searchsorted(keys[order], keys[order], side="left")
    rank = np.empty(len(keys), np.int64)
    rank[order] = np.arange(len(keys)) - first
    return rank


def _numbers(enlarged: TrainingSet, rows: np.ndarray) -> np.ndarray:
    """Return each new row's number, from 1, among those of its source, or its class without."""
    source = enlarged.source[rows]
    return 1 + _rank(np.where(source < 0, -1 - enlarged.labels[rows], source))


def _note_shortage(
    labels: np.ndarray, wanted: np.ndarray, classes: Sequence[str], context: Context
) -> None:
    short = np.flatnonzero(np.bincount(labels, minlength=len(wanted)) < wanted)
    if len(short):
        names = [classes[number] for number in short.tolist()]
        context.findings.append(Finding("too-few-to-balance", {"classes": names}))
