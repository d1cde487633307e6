"""Choices that the speed of this machine decides, made once before the first trial."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from statistics import median
from typing import Any

import numpy as np
from augbench.bench.data import artefact_folder
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.policies.base import Batch, Policy
from augbench.policies.engines import AUTO
from augbench.policies.engines.base import Engine, engine_class
from augbench.policies.expression import Expression, Term, parse
from augbench.policies.registry.building import build_term

#: what `auto` is on a CPU (docs/scale.md), and what may be faster on a GPU
_ON_CPU, _ON_GPU = "albumentations", "keras-ops"
#: images of a batch, and batches, that tell how fast an engine is
_IMAGES, _TIMED = 32, 9


def resolve_budgets(
    policies: Sequence[Expression],
    shape: tuple[int, int, int],
    classes: int,
    *,
    spec: Any,
    threads: int,
    device: str,
    known: Mapping[str, str],
) -> tuple[tuple[Expression, ...], dict[str, str]]:
    """Return the policies with steps in place of minutes, say, and what was decided for each.

    Labels stay as typed: ``gan(minutes=10)`` becomes ``gan(minutes=10)=gan(steps=4000, width=16)``,
    and ``auto`` becomes ``auto=albumentations``.

    Args:
        policies: the grid as typed.
        shape: height, width and channels of the images.
        classes: how many classes there are.
        spec: the run's augmentation spec, as `load_spec` takes it.
        threads: CPU threads of a trial, with which is timed.
        device: on which.
        known: what was decided before in this run folder.

    Returns:
        policies: the grid, with nothing left that timing decides.
        budgets: what ``known`` may hold the next time: policies as typed, with the images, classes,
            spec, threads and GPU that they were timed with, to the text that stands for them.
    """
    images = "×".join(map(str, shape))
    budgets: dict[str, str] = {}

    def resolve(expression: Expression) -> Expression:
        name = f"{expression.text} for {images}, {classes} classes, {threads} threads"
        name += ", GPU" if device == "gpu" else ""
        built = [build_term(term, spec) for term in expression.terms]
        for term, policy in zip(expression.terms, built, strict=True):
            if term.name == AUTO and isinstance(policy, Engine):
                name += f", spec {policy.spec.hash()}"
        if name in known:
            budgets[name] = known[name]
            return parse(known[name])
        terms = tuple(
            _resolved(term, policy, shape, classes, threads, device)
            for term, policy in zip(expression.terms, built, strict=True)
        )
        if terms == expression.terms:
            return expression
        fixed = dataclasses.replace(expression, terms=terms)
        budgets[name] = f"{expression.label}={fixed.canonical()}"
        return dataclasses.replace(fixed, text=budgets[name])

    return tuple(map(resolve, policies)), budgets


def _resolved(
    term: Term,
    policy: Policy,
    shape: tuple[int, int, int],
    classes: int,
    threads: int,
    device: str,
) -> Term:
    if term.name == AUTO and isinstance(policy, Engine):
        return Term(_fastest_engine(policy, shape, threads, device), term.options)
    if not policy.has_budget:
        return term
    _compute_here(threads, device)
    options = policy.resolve_budget(shape, classes, artefact_folder(device), threads)
    if not options:
        return term
    given = {name: value for name, value in (term.options | options).items() if value is not None}
    return Term(term.name, given)


def _compute_here(threads: int, device: str) -> None:
    """Let this process compute as a trial does."""
    prepare_process(threads, device)
    with suppress(RuntimeError):  # TensorFlow is at work in this process already, as in a notebook
        limit_threads(threads, device)


def _fastest_engine(auto: Engine, shape: tuple[int, int, int], threads: int, device: str) -> str:
    """Return the name of the engine that is to apply the spec of `auto`."""
    faster = engine_class(_ON_GPU)
    if device != "gpu" or faster.refusal(auto.spec, shape, auto.draws):
        return _ON_CPU
    _compute_here(threads, device)
    gpu = seconds_a_batch(faster(auto.spec, auto.draws), shape)
    return _ON_GPU if gpu < seconds_a_batch(auto, shape) else _ON_CPU


def seconds_a_batch(policy: Policy, shape: tuple[int, int, int]) -> float:
    """Return how long a policy takes for 32 images: the median of 9 batches, after two."""
    images = np.random.default_rng(0).integers(0, 256, (_IMAGES, *shape), dtype=np.uint8)
    batch = Batch(images, np.ones((_IMAGES, 1), np.float32), np.arange(_IMAGES), 0, 0, 0)
    took = []
    for _ in range(_TIMED + 2):
        began = time.perf_counter()
        policy.change(batch)
        took.append(time.perf_counter() - began)
    return median(took[2:])
