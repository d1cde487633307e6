"""Choices that the speed of this machine decides, made once before the first trial."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress

from augbench.bench.data import artefact_folder
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.policies.expression import Expression, Term, parse
from augbench.policies.registry import build


def resolve_budgets(
    policies: Sequence[Expression],
    shape: tuple[int, int, int],
    classes: int,
    *,
    threads: int,
    device: str,
    known: Mapping[str, str],
) -> tuple[tuple[Expression, ...], dict[str, str]]:
    """Return the policies with steps in place of minutes, say, and what was decided for each.

    Labels stay as typed: ``gan(minutes=10)`` becomes ``gan(minutes=10)=gan(steps=4000, width=16)``.

    Args:
        policies: the grid as typed.
        shape: height, width and channels of the images.
        classes: how many classes there are.
        threads: CPU threads of a trial, with which is timed.
        device: on which.
        known: what was decided before in this run folder.

    Returns:
        policies: the grid, with nothing left that timing decides.
        budgets: what ``known`` may hold the next time: policies as typed, with the images, classes
            threads and GPU that they were timed with, to the text that stands for them.
    """
    images = "×".join(map(str, shape))
    budgets: dict[str, str] = {}

    def resolve(expression: Expression) -> Expression:
        name = f"{expression.text} for {images}, {classes} classes, {threads} threads"
        name += ", GPU" if device == "gpu" else ""
        if name in known:
            budgets[name] = known[name]
            return parse(known[name])
        terms = tuple(_resolved(term, shape, classes, threads, device) for term in expression.terms)
        if terms == expression.terms:
            return expression
        fixed = dataclasses.replace(expression, terms=terms)
        budgets[name] = f"{expression.label}={fixed.canonical()}"
        return dataclasses.replace(fixed, text=budgets[name])

    return tuple(map(resolve, policies)), budgets


def _resolved(
    term: Term, shape: tuple[int, int, int], classes: int, threads: int, device: str
) -> Term:
    policy = build(Expression(term.name, term.name, (term,)))
    if not policy.has_budget:
        return term
    prepare_process(threads, device)
    with suppress(RuntimeError):  # TensorFlow is at work in this process already, as in a notebook
        limit_threads(threads, device)
    options = policy.resolve_budget(shape, classes, artefact_folder(device), threads)
    if not options:
        return term
    given = {name: value for name, value in (term.options | options).items() if value is not None}
    return Term(term.name, given)
