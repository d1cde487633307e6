"""The gate without training: accept a fingerprint, check against it, look for faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from augbench.bench.data.loading import DIGITS, NAMES, REFERENCE_MINIMUM, final_size
from augbench.bench.gate import TOLERANCE
from augbench.bench.gate.fingerprint import picture as changed_picture
from augbench.bench.gate.fingerprint.comparing import compare
from augbench.bench.gate.fingerprint.picture import Changed
from augbench.bench.gate.fingerprint.stored import (
    Fingerprint,
    fingerprint_of,
    pictures_digest,
    read,
    software,
    write,
)
from augbench.bench.gate.health.checking import health_of
from augbench.bench.gate.rendering.cards import SIZE, Cards, cards, drawn_pictures
from augbench.bench.gate.rendering.rendering import render
from augbench.bench.gate.rendering.subject import (
    Subject,
    from_file,
    name_and_text,
    of_words,
    subject_of,
)
from augbench.bench.options.model import known
from augbench.bench.options.settings import validated
from augbench.bench.trial.environment import computing_like_a_worker
from augbench.policies.named_objects import named_in
from augbench.policies.spec.loading import load_spec
from augbench.reports.run.baseline import Difference
from augbench.reports.run.tier_one import SubjectCheck, TierOne

from augbench.errors import InputError, NotComparable, in_a_line
from augbench.findings import Finding

EMBEDDED = "embedded"
#: training images that stand in for the embedded pictures
IMAGES = 8
#: options of a run that say what is shown to the policies
PICTURES = ("data", "image_size")
Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Asked:
    """What a command or a call is about.

    Attributes:
        subjects: policies as typed, or objects; none for all that there are.
        specs: specs for the policies that take one; none for ``light``.
        pictures: what is shown to them, those of `PICTURES` that were given; without data the
            embedded pictures.
        tell: told how many policies were looked at, of how many, and the next one.
    """

    subjects: tuple[Any, ...] = ()
    specs: tuple[Any, ...] = ()
    pictures: Mapping[str, Any] = field(default_factory=dict)
    tell: Told = lambda done, total, what: None

    @classmethod
    def of(
        cls, subjects: Iterable[Any], specs: Iterable[Any], options: Mapping[str, Any], tell: Told
    ) -> Asked:
        """Return what is asked for by options of a run, None where they were not given.

        Raises:
            InputError: an option that is about training.
        """
        given = {name: value for name, value in options.items() if value is not None}
        for name in given:
            if name not in PICTURES:
                raise InputError(
                    f"--{name.replace('_', '-')} is about training, and nothing is here"
                )
        return cls(tuple(subjects), tuple(specs), given, tell)


def accept(asked: Asked, file: Path) -> Fingerprint:
    """Write the fingerprint of what the policies do, or replace it; return it.

    With no policies and no specs, those of the file that is replaced, shown what they were shown
    then, or else every engine.

    Raises:
        InputError: a policy fails, or something cannot be read or written.
    """
    then = None
    if not asked.subjects and not asked.specs and file.exists():
        then = read(file)
    with _looking(asked, then, file) as (shown, pictures):
        subjects = _of_file(then, file) if then else _subjects(asked, shown)
        renderings = {
            subject.name: render(subject, shown) for subject in _told(subjects, asked.tell)
        }
    fingerprint = fingerprint_of(renderings, pictures)
    write(fingerprint, file)
    return fingerprint


def check_fingerprint(
    asked: Asked, file: Path, tolerance: int = TOLERANCE, picture: Path | None = None
) -> TierOne:
    """Hold policies against their fingerprint.

    Args:
        asked: what to look at; with no policies and no specs, what the file has.
        file: the fingerprint.
        tolerance: grey levels that count as rounding.
        picture: where the picture of what changed goes; by default beside the file.

    Raises:
        NotComparable: there is no such file, or a policy is not in it, or it is of other pictures.
        InputError: for anything else that cannot work.
    """
    if tolerance < 0 or tolerance > 255:
        raise InputError(f"--tolerance: give grey levels from 0 to 255, not {tolerance}")
    then = read(file)
    checks, changed = [], []
    with _looking(asked, then, file) as (shown, _):
        _require_same_pictures(then, shown, file)
        subjects = _as_accepted(asked, then, shown, file)
        _require_entries(then, subjects, file)
        for subject in _told(subjects, asked.tell):
            entry = then.policies[subject.name]
            try:
                rendering = render(subject, shown)
            except InputError as error:
                failed = Finding("fails-now", {"reason": in_a_line(error)})
                checks.append(SubjectCheck(subject.name, "changed", (failed,)))
                continue
            checks.append(compare(entry, rendering, tolerance))
            if checks[-1].verdict == "changed" and entry.shape == list(shown.shape):
                changed.append(Changed(entry, rendering))
    shown_at = ""
    if changed:
        place = picture or file.with_suffix(".changed.png")
        shown_at = str(changed_picture.save(changed, place))
    return TierOne("fingerprint", str(file), tuple(checks), _software_changes(then), shown_at)


def check(
    asked: Asked, fingerprint: Path | None, tolerance: int = TOLERANCE, picture: Path | None = None
) -> TierOne:
    """Hold policies against their fingerprint, or look at their health where there is none."""
    if fingerprint is None:
        return check_health(asked)
    return check_fingerprint(asked, fingerprint, tolerance, picture)


def require_one_check(
    baseline: object,
    fingerprint: object,
    *,
    health: bool,
    calibrate: bool,
    margin: object,
    config: object,
    tolerance: object = None,
    picture: object = None,
    junit: object = None,
) -> None:
    """Raise `InputError` where two checks are asked for at once, or options of another one."""
    effect = baseline is not None or calibrate
    if sum((effect, fingerprint is not None, health)) > 1:
        raise InputError("--baseline, --fingerprint and --health are three checks: one at a time")
    untrained = fingerprint is not None or health
    if untrained and (margin is not None or config is not None):
        raise InputError("--margin and --config are about training, and nothing is trained")
    if fingerprint is None and (tolerance is not None or picture is not None):
        raise InputError("--tolerance and --picture are of pixels that --fingerprint compares")
    if calibrate and junit is not None:
        raise InputError("--junit has verdicts, and --calibrate gives none")


def check_health(asked: Asked) -> TierOne:
    """Look for faults of randomness and input in policies, with nothing to compare them with.

    Raises:
        InputError: a policy fails, or something cannot be read.
    """
    with _looking(asked) as (shown, _):
        subjects = _told(_subjects(asked, shown), asked.tell)
        checks = tuple(health_of(render(subject, shown)) for subject in subjects)
    return TierOne("health", "", checks)


@contextmanager
def _looking(
    asked: Asked, then: Fingerprint | None = None, file: Path | None = None
) -> Iterator[tuple[Cards, str]]:
    """Lend the cards and what their pictures are called; compute as a trial does.

    Args:
        asked: what is shown.
        then: a fingerprint; its pictures and their size are shown where nothing else is asked for.
        file: that of the fingerprint.

    Raises:
        NotComparable: the pictures of the fingerprint are not here.
    """
    pictures = {**_shown_then(then), **asked.pictures} if then else dict(asked.pictures)
    if then and "data" in pictures and "data" not in asked.pictures:
        _require_here(pictures["data"], file)
    with computing_like_a_worker(1):
        if "data" not in pictures:
            yield cards(drawn_pictures(_size(pictures.get("image_size")))), EMBEDDED
            return
        from augbench.bench.run.preparation import experiment_here
        from augbench.bench.run.progress import Display
        from augbench.bench.trial.pictures import example_rows

        options = {**pictures, "policies": ("none",), "seeds": 1}
        with experiment_here(options, None, Display(quiet=True)) as experiment:
            dataset = experiment.dataset
            rows = example_rows(dataset.labels, IMAGES)
            images = np.ascontiguousarray(dataset.images[rows])
            labels = np.asarray(dataset.labels)[rows]
            classes = len(dataset.classes)
        name = str(pictures["data"])
        # of an absolute path the last part alone: the file is for other machines too
        called = Path(name).name if Path(name).is_absolute() else name
        yield cards(images, labels, classes), called


def _shown_then(then: Fingerprint) -> dict[str, Any]:
    height, width, _ = next(iter(then.policies.values())).shape
    data = {} if then.pictures == EMBEDDED else {"data": then.pictures}
    return {**data, "image_size": (height, width)}


def _require_here(data: str, file: Path | None) -> None:
    """Raise `NotComparable` for pictures that are not here: no file makes anything be fetched."""
    within = not Path(data).is_absolute() and Path(data).exists()
    if data != DIGITS and (data in NAMES or not within):
        raise NotComparable(
            f"{file} was made with pictures of {data!r}, which are not here; name them with --data"
        )


def _size(asked: Any) -> tuple[int, int]:
    if asked is None:
        return SIZE
    return final_size(None, validated(known()["image_size"], asked), REFERENCE_MINIMUM)[0]


def _subjects(
    asked: Asked, shown: Cards, accepted: Mapping[str, Any] = MappingProxyType({})
) -> list[Subject]:
    """Return what is asked for; ``accepted`` has the spec of a policy where none is named."""
    words = [str(subject) for subject in asked.subjects if isinstance(subject, (str, Path))]
    objects = [subject for subject in asked.subjects if not isinstance(subject, (str, Path))]
    subjects = of_words(words, asked.specs, shown.shape, accepted) if words or not objects else []
    subjects += [
        subject if isinstance(subject, Subject) else subject_of(subject) for subject in objects
    ]
    names = [subject.name for subject in subjects]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(f"two policies are called {twice.pop()!r}; give labels: label=policy(…)")
    return subjects


def _as_accepted(asked: Asked, then: Fingerprint, shown: Cards, file: Path) -> list[Subject]:
    """Return what is asked for, under the spec that it was accepted with where none is named."""
    if not asked.subjects and not asked.specs:
        return _of_file(then, file)
    words = [str(subject) for subject in asked.subjects if isinstance(subject, (str, Path))]
    names = {name_and_text(word)[0] for word in words} & then.policies.keys()
    specs = {name: then.policies[name].spec for name in names}
    if not asked.specs:
        with named_in(str(file)):  # which may name no code
            for spec in specs.values():
                load_spec(spec)
    return _subjects(asked, shown, specs)


def _of_file(then: Fingerprint, file: Path) -> list[Subject]:
    return [
        from_file(entry.expression, entry.spec, name, file) for name, entry in then.policies.items()
    ]


def _told(subjects: Sequence[Subject], tell: Told) -> Iterator[Subject]:
    """Yield subjects, and tell of each before it comes."""
    for number, subject in enumerate(subjects):
        tell(number, len(subjects), subject.name)
        yield subject


def _require_same_pictures(then: Fingerprint, shown: Cards, file: Path) -> None:
    if pictures_digest(shown.pictures) != then.pictures_sha256:
        raise NotComparable(
            f"{file} was made with other pictures ({then.pictures}) than those that are shown "
            "now; accept it anew, or name the same --data"
        )


def _require_entries(then: Fingerprint, subjects: Sequence[Subject], file: Path) -> None:
    absent = [subject.name for subject in subjects if subject.name not in then.policies]
    if absent:
        raise NotComparable(
            f"{file} has no fingerprint of {', '.join(absent)}; it has "
            f"{', '.join(then.policies)}; augbench accept POLICY … --fingerprint {file} writes it "
            "anew, with all that are named"
        )


def _software_changes(then: Fingerprint) -> tuple[Difference, ...]:
    now = software()
    return tuple(
        Difference(name, then.made_with.get(name), now.get(name))
        for name in {**then.made_with, **now}
        if then.made_with.get(name) != now.get(name)
    )
