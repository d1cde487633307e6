"""Which pictures of a run does a page show: examples of policies, mistakes, generated images?"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.render.pictures import Budget, EmbeddedPicture
from augbench.reports.run.layout import PICTURES
from augbench.reports.run.run import Run, Trial
from numpy.typing import NDArray

from augbench.errors import ReportError
from augbench.tiles import tiled

LONGEST_SHEET = 640
# (images, draws of each) to show, from generous to sparing, and how many pictures are enough.
_LAYOUTS = ((8, 4), (6, 3), (5, 2), (4, 1))
_PICTURES = 200
# Seeds whose mistakes are looked through for those of confused classes.
_TRIALS = 5


@dataclass(frozen=True)
class PolicyExamples:
    """What one policy made: a row a draw, a picture an image; None where there was no room."""

    policy: str
    rows: tuple[tuple[str, tuple[EmbeddedPicture | None, ...]], ...]


@dataclass(frozen=True)
class Examples:
    """The same images, as they are and under each policy."""

    seed: int
    originals: tuple[EmbeddedPicture | None, ...]
    policies: tuple[PolicyExamples, ...]


@dataclass(frozen=True)
class Mistakes:
    """Test images that a policy's networks took for another class."""

    policy: str
    pictures: tuple[EmbeddedPicture, ...] = field(default=())


def arrays_of(trial: Trial) -> dict[str, NDArray[Any]]:
    """The trial's pictures; unreadable ones cost a warning, not the report."""
    try:
        return trial.pictures()
    except ReportError as error:
        warnings.warn(str(error), stacklevel=2)
        return {}


def examples(run: Run, budget: Budget) -> Examples | None:
    """The same images under each policy, of the seed in which most policies have examples.

    The last row of a policy shows for each image the draw that changed its pixels most.
    """
    stored = _with_pictures(run)
    seed = _seed_with_most(stored)
    if seed is None:
        return None
    reference: NDArray[Any] | None = None
    labels: list[str] = []
    of_policies: list[PolicyExamples] = []
    most_images, most_draws = _layout(len(stored[seed]))
    pictures: tuple[EmbeddedPicture | None, ...] = ()
    for policy, trial in stored[seed].items():
        arrays = arrays_of(trial)
        if not {"originals", "augmented"} <= arrays.keys() or not len(arrays["originals"]):
            continue
        if reference is None:
            reference = arrays["originals"][:most_images]
            labels = _class_names(run, arrays.get("labels"), len(reference))
            pictures = tuple(
                budget.picture(pixels, f"original, {label}", label)
                for pixels, label in zip(reference, labels, strict=True)
            )
        if not np.array_equal(reference, arrays["originals"][:most_images]):
            continue
        rows = _draws(policy, arrays, labels, most_draws, budget)
        if rows:
            of_policies.append(PolicyExamples(policy, rows))
    return Examples(seed, pictures, tuple(of_policies)) if of_policies else None


def seed_with_examples(run: Run) -> int | None:
    """The seed in which most policies have examples, None where none has."""
    return _seed_with_most(_with_pictures(run))


def _seed_with_most(stored: dict[int, dict[str, Trial]]) -> int | None:
    seed = max(stored, key=lambda number: len(stored[number]), default=None)
    return seed if seed is not None and stored[seed] else None


def _with_pictures(run: Run) -> dict[int, dict[str, Trial]]:
    """The trials that have pictures, by seed and policy."""
    of_seeds: dict[int, dict[str, Trial]] = {seed: {} for seed in run.seeds}
    for trial in run.stored():
        if (trial.folder / PICTURES).is_file():
            of_seeds[trial.seed][trial.policy] = trial
    return of_seeds


def mistakes(
    run: Run, confusion: pd.DataFrame, budget: Budget, each: int = 6, policies: int = 12
) -> list[Mistakes]:
    """Misclassified test images of each policy, those of the pairs it confuses most at first.

    Args:
        run: the run.
        confusion: the table confusion: which wrong answers a policy gives more often.
        budget: what may be spent.
        each: pictures of a policy at most.
        policies: policies at most.
    """
    of_policies: list[Mistakes] = []
    for policy in run.policies:
        confused = confusion[confusion["policy"] == policy]
        pairs = zip(confused["true_class"], confused["predicted_class"], strict=True)
        rank = {pair: place for place, pair in enumerate(pairs)}
        candidates = list(_mistaken(run, policy))
        candidates.sort(key=lambda item: rank.get(item[:2], len(rank)))
        pictures = []
        for truth, answer, pixels in candidates[:each]:
            words = f"{truth} taken for {answer}"
            picture = budget.picture(pixels, words, f"{truth} → {answer}")
            if picture is not None:
                pictures.append(picture)
        if pictures:
            of_policies.append(Mistakes(policy, tuple(pictures)))
        if len(of_policies) == policies:
            break
    return of_policies


def _mistaken(run: Run, policy: str) -> Iterator[tuple[str, str, NDArray[np.uint8]]]:
    """True class, predicted class and pixels of the stored mistakes, each image once."""
    seen = set()
    for trial in run.done(policy)[:_TRIALS]:
        arrays = arrays_of(trial)
        names = ("misclassified", "misclassified_true", "misclassified_predicted")
        if not all(name in arrays for name in names):
            continue
        images = arrays["misclassified"]
        true = _class_names(run, arrays["misclassified_true"], len(images))
        taken = _class_names(run, arrays["misclassified_predicted"], len(images))
        for pixels, truth, answer in zip(images, true, taken, strict=False):
            key = (truth, answer, pixels.tobytes())
            if key not in seen:
                seen.add(key)
                yield truth, answer, pixels


def sheets(run: Run, budget: Budget, most: int = 12) -> list[tuple[str, EmbeddedPicture]]:
    """Contact sheets of the images that policies added, with their policy.

    A sheet that a generating policy left under a name `sheet_…` is shown as it is; where there is
    none, one is laid out of the samples `added`.
    """
    shown: list[tuple[str, EmbeddedPicture]] = []
    for policy in run.policies:
        for trial in run.done(policy)[:1]:
            arrays = arrays_of(trial)
            own = {name: a for name, a in sorted(arrays.items()) if name.startswith("sheet_")}
            if not own and len(arrays.get("added", ())):
                own = {"sheet_some added images": tiled(arrays["added"])}
            for name, pixels in own.items():
                if len(shown) == most:
                    break
                what = name.removeprefix("sheet_").replace("_", " ")
                words = f"{what} of {policy}, seed {trial.seed}"
                picture = budget.picture(pixels, words, words, LONGEST_SHEET)
                if picture is not None:
                    shown.append((policy, picture))
    return shown


def _layout(policies: int) -> tuple[int, int]:
    for images, draws in _LAYOUTS:
        if images * draws * policies <= _PICTURES:
            return images, draws
    return _LAYOUTS[-1]


def _draws(
    policy: str,
    arrays: dict[str, NDArray[Any]],
    labels: Sequence[str],
    most: int,
    budget: Budget,
) -> tuple[tuple[str, tuple[EmbeddedPicture | None, ...]], ...]:
    """Rows of one policy's pictures, each named by its draw."""
    augmented, originals = arrays["augmented"], arrays["originals"]
    count = augmented.shape[0]
    captions = arrays.get("captions")
    change = np.abs(augmented.astype(np.int16) - originals[None].astype(np.int16))
    strength = change.reshape(count, len(originals), -1).mean(axis=2)
    if not strength.any():
        # A policy that leaves images as they are needs no second copy of them.
        return ()
    rows: list[tuple[str, list[int]]] = []
    for number in range(min(count, most)):
        rows.append((f"draw {number + 1}", [number] * len(labels)))
    if count > 1:
        strongest = [int(strength[:, image].argmax()) for image in range(len(labels))]
        rows[-1] = (f"strongest of {count}", strongest)
    with_pictures = []
    for name, chosen in rows:
        pictures = []
        for image, (number, label) in enumerate(zip(chosen, labels, strict=True)):
            drawn = str(captions[number, image]) if captions is not None else ""
            words = f"{label} under {policy}, {name}" + (f": {drawn}" if drawn else "")
            pictures.append(budget.picture(augmented[number, image], words, drawn))
        with_pictures.append((name, tuple(pictures)))
    return tuple(with_pictures)


def _class_names(run: Run, numbers: NDArray[Any] | None, count: int) -> list[str]:
    """Names of the classes behind the numbers; a number without a name stays a number."""
    if numbers is None:
        return [""] * count
    return [
        run.classes[number] if 0 <= number < len(run.classes) else str(number)
        for number in (int(item) for item in numbers[:count])
    ]
