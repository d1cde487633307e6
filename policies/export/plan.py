"""What is exported: the steps of a policy, each as far as a library can have it."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from augbench.policies.engines import AUTO, PLACES
from augbench.policies.expression import BASELINE, Expression
from augbench.policies.registry.building import build_term, spec_of_term
from augbench.policies.registry.catalogue import TAKEN_OVER_BY, place_of, resolve
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.terms import Term

from augbench.errors import AugbenchWarning

#: packages whose policies make new images before training
_ENLARGING = ("augbench.policies.enlarge.", "augbench.policies.gan")
_AUGMENTING = "augbench.policies.augment."
#: policies that choose operations for each image by chance
AUTOMATIC = ("randaugment", "trivialaugment")
#: policies that mix images and labels of a batch
MIXING = ("mixup", "cutmix")


@dataclass(frozen=True)
class Augment:
    """Images are changed by a spec."""

    spec: AugmentationSpec


@dataclass(frozen=True)
class Operation:
    """Images, or images and labels, are changed by a policy without a spec.

    Attributes:
        name: as typed, such as ``mixup`` or ``randomerasing``.
        options: all its options, defaults included.
    """

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Pipeline:
    """Images are changed by an Albumentations pipeline in a file."""

    file: str


@dataclass(frozen=True)
class Unknown:
    """A policy of the user's own, as typed."""

    text: str


Step: TypeAlias = Augment | Operation | Pipeline | Unknown


@dataclass(frozen=True)
class Plan:
    """A policy to be written in the words of a library, and the training around it.

    Attributes:
        steps: what changes images, in order.
        enlarging: the terms that enlarge the training set before, as text; empty for none.
        standardizing: the spec whose words make images what the model sees.
        title: what it is called.
        data: the folder of class folders that the script reads.
        image_size: height and width.
        batch_size: images a batch.
        epochs: of the training.
    """

    steps: tuple[Step, ...]
    standardizing: AugmentationSpec
    title: str
    enlarging: str = ""
    data: str = "photos/train"
    image_size: tuple[int, int] = (64, 64)
    batch_size: int = 32
    epochs: int = 10

    @property
    def specs(self) -> tuple[AugmentationSpec, ...]:
        """The specs by which images are changed, in order."""
        return tuple(step.spec for step in self.steps if isinstance(step, Augment))

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The steps without a spec, which Keras has layers for, or nearly."""
        return tuple(step for step in self.steps if isinstance(step, Operation))

    @property
    def automatic(self) -> tuple[Operation, ...]:
        """The steps that choose operations for each image by chance."""
        return tuple(step for step in self.operations if step.name in AUTOMATIC)

    @property
    def mixing(self) -> tuple[Operation, ...]:
        """The steps that mix images and labels of a batch."""
        return tuple(step for step in self.operations if step.name in MIXING)


def plan_of(expression: Expression | None = None, spec: Any = None, **training: Any) -> Plan:
    """Return what is to be exported.

    Args:
        expression: the policy; a single engine where there is none.
        spec: the spec of the run, what `load_spec` takes.
        training: what else a `Plan` has, by name: ``title``, ``data``, ``image_size``,
            ``batch_size``, ``epochs``.

    Raises:
        InputError: for a spec, a policy's name or an option that cannot be.

    >>> plan_of(spec="flip").specs[0].horizontal_flip
    True
    """
    with warnings.catch_warnings():  # what is probably not meant stands in the script
        warnings.simplefilter("ignore", AugbenchWarning)
        run_spec = load_spec(spec)
        if expression is None:
            named = isinstance(spec, str | Path)
            training.setdefault("title", f"the spec {str(spec)!r}" if named else "a spec")
            return Plan((Augment(run_spec),), run_spec, **training)
        changing = [term for term in expression.terms if not _enlarges(term)]
        steps = tuple(_step(term, run_spec) for term in changing if term.name != BASELINE)
    enlarging = " + ".join(term.canonical() for term in expression.terms if _enlarges(term))
    training.setdefault("title", f"the policy {expression.text!r}")
    return Plan(steps, run_spec, enlarging=enlarging, **training)


def _enlarges(term: Term) -> bool:
    return place_of(term.name).startswith(_ENLARGING)


def _step(term: Term, run_spec: AugmentationSpec) -> Step:
    if any((term.name, option) in TAKEN_OVER_BY for option in term.options):
        return Pipeline(str(term.options["pipeline"]))
    if term.name in (*PLACES, AUTO):
        given = term.options.get("spec")
        spec = spec_of_term(run_spec if given is None else given, term)
        quirks = term.options.get("quirks")
        return Augment(spec.model_copy(update={"quirks": quirks}) if quirks else spec)
    if place_of(term.name).startswith(_AUGMENTING):
        build_term(term, run_spec)
        bound = inspect.signature(resolve(term.name)).bind(**term.options)
        bound.apply_defaults()
        return Operation(term.name, bound.arguments)
    return Unknown(term.canonical())


def documented(spec: AugmentationSpec) -> tuple[AugmentationSpec, list[str]]:
    """Return a spec without ``quirks='keras'`` that moves as it does, and what is different."""
    if spec.quirks != "keras":
        return spec, []
    swapped = {
        "width_shift_range": spec.height_shift_range,
        "height_shift_range": spec.width_shift_range,
        "quirks": "none",
    }
    note = (
        "quirks='keras': the two shifts are swapped, as Keras does it; what it does besides to "
        "images that are not square (shares of the other side, a centre that is off) is not said"
    )
    return spec.model_copy(update=swapped), [note]
