"""Choices that the speed of this machine decides, made once before the first trial."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from augbench.bench.data import artefact_folder
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.policies.base import Policy
from augbench.policies.engines.auto import Auto
from augbench.policies.expression import Expression, Term, parse
from augbench.policies.registry.building import build_term


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
        for policy in built:
            name += f", spec {policy.spec.hash()}" if isinstance(policy, Auto) else ""
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
    if isinstance(policy, Auto):
        engines = policy.engines(shape, device)
        if len(engines) == 1:
            return Term(engines[0], term.options)
        _compute_here(threads, device)
        return Term(policy.fastest(shape), term.options)
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
