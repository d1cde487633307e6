"""What is in the baseline of a regression gate? The file that `augbench accept` writes.

It is small, readable JSON without absolute paths: what makes it comparable, the versions that it
was made with, and the lift over `none` of every seed. Its JSON Schema follows these classes
(`augbench.reports.schema`); nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from augbench.reports.run.accepted import read_accepted
from augbench.reports.run.gated import lifts_of
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.gate import Measure, Then
from pydantic import ConfigDict, Field, TypeAdapter

from augbench.errors import ReportError

SCHEMA_VERSION: Literal[1] = 1
_STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
_ABSOLUTE = re.compile(r"""(['"])(?:[/~]|[A-Za-z]:[\\/])[^'"]*?([^'"/\\]+)[/\\]?\1""")

#: a figure by seed, a fraction
Figure = Annotated[float, Field(ge=-2.0, le=2.0)]
BySeed = dict[int, Figure]


@dataclass(frozen=True)
class Conditions:
    """What must be the same for lifts to be compared.

    Attributes:
        data: the fingerprint of images, labels, splits and size.
        images: how many are trained on, validated on and tested on in the first block.
        classes: names, in the order of the labels.
        image_shape: height, width, channels.
        folds: in how many folds blocks test in turn; None where the test part is fixed.
        fixed_test: whether a fifth was to be kept where the data bring no test part.
        spec: the run's spec, word by word.
        model: as named.
        epochs: of a trial.
        batch_size: of a trial.
        train_size: images of the training split that are trained on; None for all.
        measure: what accuracies are of, one of `MEASURES`.
    """

    __pydantic_config__ = _STRICT

    data: str
    images: dict[Literal["train", "validation", "test"], int]
    classes: list[str]
    image_shape: list[int]
    folds: int | None
    fixed_test: bool
    spec: dict[str, Any]
    model: str
    epochs: int
    batch_size: int
    train_size: int | None
    measure: Literal["end", "last", "averaged"]

    @classmethod
    def of(cls, experiment: Mapping[str, Any], environment: Mapping[str, Any]) -> Conditions:
        """Return those of a run by its experiment.toml and environment.json.

        Raises:
            ReportError: they do not say it all.
        """
        try:
            data = environment["data"]
            return cls(
                data=data["fingerprint"],
                images={part: data[part] for part in ("train", "validation", "test")},
                classes=list(data["classes"]),
                image_shape=list(data["image_shape"]),
                folds=data["folds"],
                fixed_test=experiment["fixed_test"],
                spec=_plain(environment["spec"]["words"]),
                model=portable(experiment["model"]),
                epochs=experiment["epochs"],
                batch_size=experiment["batch_size"],
                train_size=experiment.get("train_size"),
                measure=experiment["measure"],
            )
        except (KeyError, TypeError) as error:
            raise ReportError(
                f"the run does not say on what it was made: {error} is missing in environment.json "
                "or experiment.toml; the same compare command makes it again"
            ) from error


@dataclass(frozen=True)
class MadeWith:
    """The software that a run was made with; it may differ between then and now."""

    __pydantic_config__ = _STRICT

    augbench: str
    python: str
    threads: int
    versions: dict[str, str]

    @classmethod
    def of(cls, environment: Mapping[str, Any]) -> MadeWith:
        """Return that of a run by its environment.json."""
        return cls(
            str(environment.get("augbench", "")),
            str(environment.get("python", "")),
            int(environment.get("threads", 1)),
            dict(environment.get("versions") or {}),
        )


@dataclass(frozen=True)
class PolicyThen:
    """A policy as typed, and by measure the lift over `none` of every seed."""

    __pydantic_config__ = _STRICT

    expression: str
    lifts: dict[Measure, BySeed]


@dataclass(frozen=True)
class Baseline:
    """What a baseline file holds.

    Attributes:
        schema_version: of this description.
        margin: how far a lift may fall, a fraction.
        conditions: what makes it comparable.
        none: by measure, what the policy that lifts are over measured in each seed.
        policies: by label.
        made_with: the software.
    """

    __pydantic_config__ = _STRICT

    schema_version: Literal[1]
    margin: Annotated[float, Field(gt=0, le=1)]
    conditions: Conditions
    none: dict[Measure, BySeed]
    policies: Annotated[dict[str, PolicyThen], Field(min_length=1)]
    made_with: MadeWith

    @property
    def then(self) -> Then:
        """Its figures, as the gate reads them."""
        return Then(self.none, {label: policy.lifts for label, policy in self.policies.items()})

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those in which `none` was measured."""
        return tuple(self.none.get("accuracy", ()))

    @property
    def digest(self) -> str:
        """What tells its figures from those of another one."""
        content = adapter().dump_json(replace(self, margin=1.0))
        return hashlib.sha256(content).hexdigest()[:12]

    def text(self) -> str:
        """Return the file's content, ended by a line feed."""
        return adapter().dump_json(self, indent=1).decode() + "\n"


@dataclass(frozen=True)
class Difference:
    """Something that must be the same and is not; None on a side where it is not there."""

    name: str
    then: Any
    now: Any


@cache
def adapter() -> TypeAdapter[Baseline]:
    """What validates and writes a baseline."""
    return TypeAdapter(Baseline)


def baseline_of(run: Run, margin: float) -> Baseline:
    """Return a run's baseline.

    Args:
        run: the run.
        margin: how far a lift may fall, a fraction.

    Raises:
        ReportError: no policy was compared with `none` in at least three seeds.
    """
    then = lifts_of(run)
    for label in run.challengers:
        count = len(then.lifts[label]["accuracy"])
        if count < SEEDS_FOR_INTERVALS:
            raise ReportError(
                f"{run.folder}: {label} and {run.baseline} finished together in {count} "
                f"{'seed' if count == 1 else 'seeds'}; a baseline needs at least "
                f"{SEEDS_FOR_INTERVALS}: the same compare command with more --seeds adds them"
            )
    if not run.challengers or run.baseline not in run.policies:
        raise ReportError(f"{run.folder} compares no policy with none, so there is no lift")
    return Baseline(
        SCHEMA_VERSION,
        margin,
        Conditions.of(run.experiment, run.environment),
        _measured(then.of_none),
        {
            label: PolicyThen(expression_of(run, label), _measured(then.lifts[label]))
            for label in run.challengers
        },
        MadeWith.of(run.environment),
    )


def expression_of(run: Run, label: str) -> str:
    """Return a policy of a run as typed, without absolute paths."""
    trial = next((trial for trial in run.stored() if trial.policy == label), None)
    return portable(str(trial.record.get("expression", label)) if trial else label)


def read_baseline(file: Path) -> Baseline:
    """Return the baseline in a file.

    Raises:
        NotComparable: there is no such file, or it is of another version.
        InputError: it is no baseline; the text says where.
    """
    accepting = f"augbench accept RUN --baseline {file}"
    return read_accepted(file, adapter(), SCHEMA_VERSION, "baseline", accepting)


def differences(then: Conditions, now: Conditions) -> list[Difference]:
    """Return what makes two runs not comparable, one by one; a spec's words each."""
    changes = []
    for entry in fields(Conditions):
        before, after = getattr(then, entry.name), getattr(now, entry.name)
        if before == after:
            continue
        if entry.name in ("spec", "images"):
            changes += [
                Difference(f"{entry.name}: {word}", before.get(word), after.get(word))
                for word in {**before, **after}
                if before.get(word) != after.get(word)
            ]
        else:
            changes.append(Difference(entry.name, before, after))
    return changes


def software_changes(then: MadeWith, now: MadeWith) -> list[Difference]:
    """Return which software is another one now."""
    changes = [
        Difference(entry.name, getattr(then, entry.name), getattr(now, entry.name))
        for entry in fields(MadeWith)
        if entry.name != "versions" and getattr(then, entry.name) != getattr(now, entry.name)
    ]
    return changes + [
        Difference(name, then.versions.get(name), now.versions.get(name))
        for name in {**then.versions, **now.versions}
        if then.versions.get(name) != now.versions.get(name)
    ]


def portable(text: str) -> str:
    """Return a policy or model as typed, of absolute paths in quotes their last part alone."""
    return _ABSOLUTE.sub(r"\1\2\1", text)


def _measured(figures: Mapping[Measure, Mapping[int, float]]) -> dict[Measure, BySeed]:
    return {measure: dict(by_seed) for measure, by_seed in figures.items() if by_seed}


def _plain(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec's words as JSON has them, so that they compare equal after writing."""
    return json.loads(json.dumps(dict(words)))
