"""What is in a run folder: its files, what each holds, and the version of this description.

Who writes a run folder and who reads it have these names from here. ::

    RUN/
      grid.json           which trials the tables show: `Grid`, and which augbench wrote it
      looks.json          what must outlast a damaged grid.json: `History`
      experiment.toml     the options; `compare --config` repeats the run
      environment.json    versions, data, seeds and warnings
      trials/KEY/         one folder a finished trial, there whole or not at all
        result.json       its record: ``schema_version``, ``key``, `RECORD_TEXTS`, ``seed``,
                          `FIGURES`, ``cost`` with `COSTS`, ``findings`` (a kind and its figures
                          each), of a policy that generates ``synthetic``, named figures of what
                          it made, and the digests of `augbench.reports.run.seal`
        curves.csv        a row an epoch: `CURVE_COLUMNS`
        predictions.npz   `PREDICTION_ARRAYS` for each of `MEASURED_SPLITS`
        pictures.npz      `PICTURE_ARRAYS`, and uint8 sheets that a policy names
      *.csv, summary.json, report.md, report.html    made again from the above by `report`

A trial that failed has a record only: its status, its error, its seconds and its attempts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: grows when something in a run folder disappears or changes its meaning
SCHEMA_VERSION = 3
#: how many seeds a run may have
MOST_SEEDS = 1000

GRID = "grid.json"
LOOKS = "looks.json"
EXPERIMENT = "experiment.toml"
ENVIRONMENT = "environment.json"
TRIALS = "trials"
#: held by a command that works in the folder
LOCK = ".lock"
SUMMARY = "summary.json"
#: what a search for an augmentation remembers, and its pictures; such a folder has trials too
SEARCH = "choose.json"
SEARCH_PICTURES = "choose.npz"
SEARCH_SCHEMA_VERSION = 1
#: what `report` makes for people and for machines, beside the tables as CSV
REPORTS = ("report.html", "report.md", SUMMARY)

RECORD = "result.json"
CURVES = "curves.csv"
PREDICTIONS = "predictions.npz"
PICTURES = "pictures.npz"

RECORD_TEXTS = ("policy", "expression", "status", "error")
#: what a trial measures; null in the record of one that failed
FIGURES: Mapping[str, type] = {
    "train_accuracy": float,
    "validation_accuracy": float,
    "test_accuracy": float,
    "train_loss": float,
    "validation_loss": float,
    "test_loss": float,
    "best_epoch": int,
    "epochs": int,
    "steps": int,
    "real_images": int,
    "synthetic_images": int,
    "seconds": float,
    "images_per_second": float,
    "last_test_accuracy": float,
    "last_test_loss": float,
    "averaged_test_accuracy": float,
    "averaged_test_loss": float,
}
#: between what a figure must lie, where it is there; the others are finite
RANGES: Mapping[str, tuple[float, float]] = {
    **{name: (0, 1) for name in FIGURES if name.endswith("_accuracy")},
    **{name: (0, math.inf) for name in FIGURES if name.endswith(("_loss", "_images"))},
    **dict.fromkeys(("best_epoch", "epochs", "steps"), (1, math.inf)),
    **dict.fromkeys(("seconds", "images_per_second"), (0, math.inf)),
}
#: what verdicts on accuracy can be of, and which figure that is: the mean over the end of training,
#: the last step's weights, or exponentially averaged weights
MEASURES: Mapping[str, str] = {
    "end": "test_accuracy",
    "last": "last_test_accuracy",
    "averaged": "averaged_test_accuracy",
}
#: what depends on the machine and its load
COSTS: Mapping[str, type] = {
    "cpu_seconds": float,
    "setup_seconds": float,
    "learn_seconds": float,
    "enlarge_seconds": float,
    "train_seconds": float,
    "measure_seconds": float,
    "augment_images_per_second": float,
    "peak_memory_mb": float,
    "attempts": int,
}
#: a row of curves.csv; the epoch is counted from 1
CURVE_COLUMNS = (
    "epoch",
    "train_accuracy",
    "train_loss",
    "augmented_accuracy",
    "augmented_loss",
    "validation_accuracy",
    "validation_loss",
)


@dataclass(frozen=True)
class Array:
    """What an array of an .npz holds: its NumPy dtype ("str" for texts) and its axes."""

    dtype: str
    axes: tuple[str, ...]


#: the splits that a model is measured on
MEASURED_SPLITS = ("validation", "test")
#: the part of the epochs, in per cent and at least one, that is the end of training
END_PERCENT = 30
#: a class that stands for an image which a point near the end of training does not measure
NOT_MEASURED = -1
#: arrays of predictions.npz, each once a split as ``test_labels``: probabilities by the last step's
#: weights; paths, and the classes that are predicted at each of the points near the end of training
#: and by the averaged weights, of the test split alone
PREDICTION_ARRAYS: Mapping[str, Array] = {
    "probabilities": Array("float32", ("image", "class")),
    "labels": Array("int64", ("image",)),
    "paths": Array("str", ("image",)),
    "end_predicted": Array("int32", ("point", "image")),
    "averaged_predicted": Array("int32", ("image",)),
}
#: arrays of pictures.npz; the last three where images were misclassified
PICTURE_ARRAYS: Mapping[str, Array] = {
    "originals": Array("uint8", ("image", "height", "width", "channel")),
    "augmented": Array("uint8", ("draw", "image", "height", "width", "channel")),
    "captions": Array("str", ("draw", "image")),
    "labels": Array("int64", ("image",)),
    "misclassified": Array("uint8", ("image", "height", "width", "channel")),
    "misclassified_true": Array("int64", ("image",)),
    "misclassified_predicted": Array("int64", ("image",)),
}


class NewerRunError(ValueError):
    """A run folder was written by a later augbench; the message says which reads it."""


@dataclass(frozen=True)
class Plan:
    """How a grid grows block by block, where its seeds are not a fixed number.

    Attributes:
        stages: how many blocks there may be at the end of each stage, rising, and its place among
            the looks at the study, as of `augbench.reports.statistics.design.Stage`.
        most: how many blocks this command may use.
        growing: whether more trials may come than the grid has by now.
        budget: the seconds that were given; None where there was no such end.
        stopped: the number of blocks at which the budget ended it; None where it did not.
    """

    stages: tuple[tuple[int, int], ...]
    most: int
    growing: bool = False
    budget: float | None = None
    stopped: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as grid.json has it."""
        return {
            "stages": [list(stage) for stage in self.stages],
            "most": self.most,
            "growing": self.growing,
            "budget": self.budget,
            "stopped": self.stopped,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Plan:
        """Return the plan of a grid.json.

        Raises:
            ValueError: it is none; the text says how.
        """
        stages = tuple(
            tuple(_checked(stage, "plan", list, int)) for stage in _of(content, "stages", list)
        )
        rising = [stage[0] for stage in stages if len(stage) == 2 and min(stage) > 0]
        if not rising or len(rising) < len(stages) or sorted(set(rising)) != rising:
            raise ValueError(f"its plan has stages that do not rise: {stages}")
        budget = _of(content, "budget", float | int | None)
        return cls(
            stages=stages,
            most=_of(content, "most", int),
            growing=_of(content, "growing", bool),
            budget=None if budget is None else float(budget),
            stopped=_of(content, "stopped", int | None),
        )


@dataclass(frozen=True)
class History:
    """What a run folder remembers of all its studies, whatever its grid is now.

    Attributes:
        studies: for each study that this folder held, the sets of seeds at which its tables were
            looked at, in order.
        grown: for each study the places, from 1, of those looks that are plans: they were looked
            at block by block.
        settled: what timing decided in place of ``minutes=``: policies as typed, to their text.
    """

    studies: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    grown: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as grid.json and looks.json have it."""
        return {
            "studies": {
                study: [list(seeds) for seeds in looks] for study, looks in self.studies.items()
            },
            "grown": {study: list(places) for study, places in self.grown.items()},
            "settled": dict(self.settled),
        }

    @classmethod
    def from_dict(cls, content: Any) -> History:
        """Return the history in a file's content.

        Raises:
            ValueError: it is none; the text says how.
        """
        if not isinstance(content, dict):
            raise ValueError("it holds no JSON object")
        studies = {
            study: tuple(tuple(_checked(look, "studies", list, int)) for look in looks)
            for study, looks in _of(content, "studies", dict, list).items()
        }
        grown = {
            study: tuple(_checked(places, "grown", list, int))
            for study, places in _of(content, "grown", dict, list).items()
        }
        for study, places in grown.items():
            looks = studies.get(study, ())
            if any(not 0 < place <= len(looks) or not looks[place - 1] for place in places):
                raise ValueError(f"its grown names a look that there was not: {str(places)[:80]}")
        return cls(studies, grown, _of(content, "settled", dict, str))


@dataclass(frozen=True)
class Grid:
    """Which trials the tables of a run show.

    Attributes:
        dataset: the name of the data set.
        policies: labels, in the order in which they were typed.
        baseline: the label that the others are compared with.
        seeds: the blocks.
        keys: the KEY of each (label, seed), in the order of policies and seeds; where a plan
            lets the grid grow, a policy that is settled takes part in fewer seeds.
        margin: differences up to this fraction do not matter (.01 is one point).
        study: a hash of all that was asked but the seeds.
        studies: for each study that this folder held, the sets of seeds at which its tables were
            looked at, in order.
        grown: for each study the places, from 1, of those looks that are plans: they were looked
            at block by block.
        plan: how this grid grows; None where its seeds are a fixed number.
        settled: what timing decided in place of ``minutes=``: policies as typed, to their text.
        measure: which of `MEASURES` the verdicts are of.
        code: by label, Python that does what a policy does without augbench, where there is some.
    """

    dataset: str
    policies: tuple[str, ...]
    baseline: str
    seeds: tuple[int, ...]
    keys: Mapping[tuple[str, int], str]
    margin: float
    study: str
    studies: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)
    grown: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    plan: Plan | None = None
    measure: str = "end"
    code: Mapping[str, str] = field(default_factory=dict)

    @property
    def history(self) -> History:
        """What outlasts this grid."""
        return History(self.studies, self.grown, self.settled)

    @property
    def looks(self) -> tuple[tuple[int, ...], ...]:
        """The sets of seeds at which this study was looked at; its own where it never was.

        Empty for a plan, which was no look at all of its seeds.
        """
        plans = self.grown.get(self.study, ())
        looks = self.studies.get(self.study) or (self.seeds,)
        return tuple(() if place in plans else look for place, look in enumerate(looks, start=1))

    def to_dict(self) -> dict[str, Any]:
        """Return the content of grid.json."""
        keys: dict[str, dict[str, str]] = {}
        for (label, seed), key in self.keys.items():
            keys.setdefault(label, {})[str(seed)] = key
        return {
            "schema_version": SCHEMA_VERSION,
            "dataset": self.dataset,
            "policies": list(self.policies),
            "baseline": self.baseline,
            "seeds": list(self.seeds),
            "keys": keys,
            "margin": self.margin,
            "study": self.study,
            "plan": self.plan.to_dict() if self.plan else None,
            **self.history.to_dict(),
            "measure": self.measure,
            "code": dict(self.code),
        }

    @classmethod
    def from_dict(cls, content: Any) -> Grid:
        """Return the grid of a grid.json's content.

        Raises:
            ValueError: it is not one, or one of another version; the text says how.
        """
        if not isinstance(content, dict):
            raise ValueError("it holds no JSON object")
        version = content.get("schema_version")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            by = content.get("augbench")
            writer = f"augbench {by[:40]}" if isinstance(by, str) and by else "a later augbench"
            raise NewerRunError(
                f"{writer} wrote it, with schema_version {version}, and this augbench reads "
                f"{SCHEMA_VERSION}; read it with that one"
            )
        if version != SCHEMA_VERSION:
            raise ValueError(
                f"its schema_version is {version!r:.80} and this augbench reads "
                f"{SCHEMA_VERSION}; the same compare command makes the run again"
            )
        policies = tuple(_of(content, "policies", list, str))
        seeds = tuple(_of(content, "seeds", list, int))
        if len(set(policies)) < len(policies) or len(set(seeds)) < len(seeds):
            raise ValueError("it names a policy or a seed twice")
        if any(not 0 <= seed < 2**63 for seed in seeds):
            raise ValueError(f"its seeds cannot be {str(seeds)[:80]}")
        margin = _of(content, "margin", float | int)
        if not (math.isfinite(margin) and 0 < margin <= 1):
            raise ValueError(f"its margin is no fraction: {margin!r}")
        measure = _of(content, "measure", str)
        if measure not in MEASURES:
            raise ValueError(f"its measure is none of {', '.join(MEASURES)}: {measure[:80]!r}")
        key_of = {
            label: _checked(keys, "keys", dict, str)
            for label, keys in _of(content, "keys", dict, dict).items()
        }
        history = History.from_dict(content)
        return cls(
            dataset=_of(content, "dataset", str),
            policies=policies,
            baseline=_of(content, "baseline", str),
            seeds=seeds,
            keys={
                (label, seed): key_of[label][str(seed)]
                for label in policies
                for seed in seeds
                if str(seed) in key_of.get(label, {})
            },
            margin=float(margin),
            study=_of(content, "study", str),
            studies=history.studies,
            settled=history.settled,
            grown=history.grown,
            plan=Plan.from_dict(plan) if (plan := _of(content, "plan", dict | None)) else None,
            measure=measure,
            code=_checked(content.get("code", {}), "code", dict, str),
        )


def _of(content: Mapping[str, Any], name: str, kind: Any, inner: type | None = None) -> Any:
    if name not in content:
        raise ValueError(f"it has no {name}")
    return _checked(content[name], name, kind, inner)


def _checked(value: Any, name: str, kind: Any, inner: type | None = None) -> Any:
    """Return a value of this kind whose items, if it has some, are of the inner one."""
    right = _is(value, kind)
    if right and inner:
        items = value.values() if isinstance(value, dict) else value
        right = all(_is(item, inner) for item in items)
    if not right:
        raise ValueError(f"its {name} cannot be {str(value)[:80]!r}")
    return value


def _is(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
