"""What the gate looks at without training: anything that changes images, by a name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augbench.policies.base import Policy
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import Engine, engine_class
from augbench.policies.expression import parse
from augbench.policies.named_objects import named_in
from augbench.policies.registry.building import build, finished_policy
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError, reason_of

#: files that ``A.to_dict`` may have been written to
_PIPELINES = (".json", ".yaml", ".yml")


@dataclass(frozen=True)
class Subject:
    """Something that changes images.

    Attributes:
        name: what it is called in a fingerprint.
        policy: what is asked to change batches.
        expression: the text that makes it again; empty for an object.
        spec_given: the spec that it was made under, as named or in words; None where none was.
        given: the object as its owner has it, seeds and all; None for a text.
    """

    name: str
    policy: Policy
    expression: str = ""
    spec_given: Any = None
    given: Any = None

    @property
    def definition(self) -> dict[str, Any]:
        """What it is, in full, as JSON gives it back."""
        plain: dict[str, Any] = json.loads(json.dumps(self.policy.definition))
        return plain

    @property
    def spec(self) -> AugmentationSpec | None:
        """The spec that it carries out alone, None where it does something else."""
        return self.policy.spec if isinstance(self.policy, Engine) else None


def subject_of(what: Any, spec: Any = None, name: str = "") -> Subject:
    """Return the subject that somebody names or has in hand.

    Args:
        what: a policy as typed, a file of an Albumentations pipeline, a `Policy`, a transform of
            Albumentations, layers of Keras, or a function ``images, labels, rng``.
        spec: the spec of policies that take one, as `load_spec` takes it.
        name: what to call it; by default what it is.

    Raises:
        InputError: it is none of these, or cannot be made.
    """
    if isinstance(what, (str, Path)):
        return _named(str(what), spec, name)
    policy = finished_policy(what)
    if policy is None:
        raise InputError(
            "a fingerprint is of a policy as typed, a Policy, a transform of Albumentations, "
            f"layers of Keras or a function images, labels, rng, not of a {type(what).__name__}"
        )
    return Subject(name or _called(policy, what), policy, given=what)


def all_of(spec: Any, shape: tuple[int, int, int], named: str = "") -> list[Subject]:
    """Return every engine with every kind of draws that can apply a spec to images H×W×C.

    Args:
        spec: as `load_spec` takes it.
        shape: of the images.
        named: what the spec is called where there are several.
    """
    loaded = load_spec(spec)
    subjects = []
    for engine in PLACES:
        for draws in ("matched", "native"):
            if not engine_class(engine).refusal(loaded, shape, draws):
                text = engine if draws == "matched" else f"{engine}(draws='native')"
                subjects.append(_named(text, spec, f"{text} {named}".strip()))
    if not subjects:
        raise InputError(f"no engine can apply the spec {named or loaded.to_dict()}")
    return subjects


def from_file(expression: str, spec: Any, name: str, file: Path) -> Subject:
    """Return a subject by what a file says of it; nothing that the file names is imported.

    Raises:
        InputError: it is not of augbench's own policies, or has a function of somebody's.
    """
    if not expression:
        raise InputError(
            f"{name} is an object, and nothing that a file names is imported: hand it over from "
            "Python"
        )
    with named_in(str(file)):
        return _named(expression, spec, name)


def of_words(
    words: Sequence[str],
    specs: Sequence[Any],
    shape: tuple[int, int, int],
    accepted: Mapping[str, Any],
) -> list[Subject]:
    """Return the subjects of a command: each policy under each spec; all engines by default.

    A policy that takes no spec is one subject, however many there are. Two words may have one name.

    Args:
        words: policies as typed, or files of pipelines.
        specs: as `load_spec` takes them.
        shape: of the images.
        accepted: by name, the spec that a policy is under where none is named.
    """
    if not words:
        return [
            subject
            for spec in specs or ("light",)
            for subject in all_of(spec, shape, spec if len(specs) > 1 else "")
        ]
    subjects: list[Subject] = []
    for word in words:
        name, _ = name_and_text(word)
        of_word = {}
        for spec in specs or (accepted.get(name),):
            subject = _named(word, spec, name)
            under = f"{name} {spec}" if len(specs) > 1 and _takes_spec(subject) else name
            of_word[under] = dataclasses.replace(subject, name=under)
        subjects += of_word.values()
    return subjects


def _takes_spec(subject: Subject) -> bool:
    members = subject.policy.parts or (subject.policy,)
    return any(isinstance(member, Engine) for member in members)


def name_and_text(word: str) -> tuple[str, str]:
    """Return what a policy as typed, or a file of a pipeline, is called, and its expression."""
    file = Path(word)
    if file.suffix in _PIPELINES and "(" not in word:
        return file.stem, f"albumentations(pipeline={word!r})"
    return parse(word).label, word


def _named(word: str, spec: Any, name: str) -> Subject:
    label, text = name_and_text(word)
    expression = parse(text)
    return Subject(name or label, build(expression, spec), expression.canonical(), spec)


def _called(policy: Policy, what: Any) -> str:
    (kind, value), *_ = policy.definition.items()
    if kind == "function":
        return str(value).rpartition(":")[2]
    try:
        return type(what).__name__ if isinstance(what, Policy) else kind
    except Exception as error:  # somebody's own class
        raise InputError(f"{type(what).__name__}: {reason_of(error)}") from error
