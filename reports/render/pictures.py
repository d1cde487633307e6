"""Which pictures of a run does a page show, as what bytes?

Pictures become PNG data URIs with all their pixels, reduced only when larger than the page shows
them. A budget keeps the page small: what does not fit is left out and counted.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.run.reader import Run, Trial
from numpy.typing import NDArray
from PIL import Image

from augbench.errors import ReportError

LONGEST = 64
LONGEST_SHEET = 640
# Bytes of all data URIs of a page together; tables and charts need about 1 MB more.
PAGE_BYTES = 3_000_000
# (images, draws of each) to show, from generous to sparing, and how many pictures are enough.
_LAYOUTS = ((8, 4), (6, 3), (5, 2), (4, 1))
_PICTURES = 200
# Seeds whose mistakes are looked through for those of confused classes.
_TRIALS = 5


@dataclass(frozen=True)
class Picture:
    """One picture for a page.

    Attributes:
        uri: `data:image/png;base64,…`.
        width: in pixels of the stored picture.
        height: in pixels of the stored picture.
        alt: what it shows, for those who do not see it.
        caption: what was drawn for it, or what a network took it for.
    """

    uri: str
    width: int
    height: int
    alt: str
    caption: str = ""


@dataclass
class Budget:
    """Bytes that may still be spent on pictures, and how many pictures found no room."""

    left: int = PAGE_BYTES
    refused: int = 0

    def picture(
        self, pixels: NDArray[np.uint8], alt: str, caption: str = "", longest: int = LONGEST
    ) -> Picture | None:
        """A picture while there is room, else None; pixels are uint8 H×W or H×W×C."""
        data = png(pixels, longest)
        uri = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        if len(uri) > self.left:
            self.refused += 1
            return None
        self.left -= len(uri)
        height, width = pixels.shape[:2]
        return Picture(uri, width, height, alt, caption)


@dataclass(frozen=True)
class PolicyExamples:
    """What one policy made: a row a draw, a picture an image; None where there was no room."""

    policy: str
    rows: tuple[tuple[str, tuple[Picture | None, ...]], ...]


@dataclass(frozen=True)
class Examples:
    """The same images, as they are and under each policy."""

    seed: int
    originals: tuple[Picture | None, ...]
    policies: tuple[PolicyExamples, ...]


@dataclass(frozen=True)
class Mistakes:
    """Test images that a policy's networks took for another class."""

    policy: str
    pictures: tuple[Picture, ...] = field(default=())


def png(pixels: NDArray[np.uint8], longest: int) -> bytes:
    """Encodes uint8 pixels (H×W, or H×W×C with 1, 3 or 4 channels) as PNG, lossless.

    A side longer than `longest` is reduced to it, by averaging.

    Raises:
        ReportError: the array is no picture.
    """
    array = np.asarray(pixels)
    if array.ndim == 3 and array.shape[2] in (1, 2):
        array = array[:, :, 0]
    if array.dtype != np.uint8 or array.size == 0 or array.ndim not in (2, 3):
        raise ReportError(f"no picture: an array of {array.dtype} with shape {array.shape}")
    if array.ndim == 3 and array.shape[2] not in (3, 4):
        raise ReportError(f"no picture: {array.shape[2]} channels")
    picture = Image.fromarray(np.ascontiguousarray(array))
    scale = longest / max(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


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
    stored = {
        seed: {
            trial.policy: trial
            for trial in run.stored()
            if trial.seed == seed and (trial.folder / "pictures.npz").is_file()
        }
        for seed in run.seeds
    }
    seed = max(stored, key=lambda number: len(stored[number]), default=None)
    if seed is None or not stored[seed]:
        return None
    reference: NDArray[Any] | None = None
    labels: list[str] = []
    found: list[PolicyExamples] = []
    most_images, most_draws = _layout(len(stored[seed]))
    pictures: tuple[Picture | None, ...] = ()
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
            found.append(PolicyExamples(policy, rows))
    return Examples(seed, pictures, tuple(found)) if found else None


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
    found = []
    for policy in run.policies:
        mine = confusion[confusion["policy"] == policy]
        pairs = zip(mine["true_class"], mine["predicted_class"], strict=True)
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
            found.append(Mistakes(policy, tuple(pictures)))
        if len(found) == policies:
            break
    return found


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


def sheets(run: Run, budget: Budget, most: int = 12) -> list[tuple[str, Picture]]:
    """Contact sheets of the images that policies added, with their policy.

    A sheet that a generating policy left under a name `sheet_…` is shown as it is; where there is
    none, one is laid out of the samples `added`.
    """
    found: list[tuple[str, Picture]] = []
    for policy in run.policies:
        for trial in run.done(policy)[:1]:
            arrays = arrays_of(trial)
            own = {name: a for name, a in sorted(arrays.items()) if name.startswith("sheet_")}
            if not own and len(arrays.get("added", ())):
                own = {"sheet_some added images": _laid_out(arrays["added"])}
            for name, pixels in own.items():
                if len(found) == most:
                    break
                what = name.removeprefix("sheet_").replace("_", " ")
                words = f"{what} of {policy}, seed {trial.seed}"
                picture = budget.picture(pixels, words, words, LONGEST_SHEET)
                if picture is not None:
                    found.append((policy, picture))
    return found


def _laid_out(images: NDArray[np.uint8], columns: int = 8) -> NDArray[np.uint8]:
    """Images n×H×W×C side by side in rows, the last row filled up with white."""
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    height, width, channels = images.shape[1:]
    sheet = np.full((rows * columns, height, width, channels), 255, dtype=np.uint8)
    sheet[: len(images)] = images
    laid = sheet.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return laid.reshape(rows * height, columns * width, channels)


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
) -> tuple[tuple[str, tuple[Picture | None, ...]], ...]:
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
    made = []
    for name, chosen in rows:
        pictures = []
        for image, (number, label) in enumerate(zip(chosen, labels, strict=True)):
            drawn = str(captions[number, image]) if captions is not None else ""
            words = f"{label} under {policy}, {name}" + (f": {drawn}" if drawn else "")
            pictures.append(budget.picture(augmented[number, image], words, drawn))
        made.append((name, tuple(pictures)))
    return tuple(made)


def _class_names(run: Run, numbers: NDArray[Any] | None, count: int) -> list[str]:
    """Names of the classes behind the numbers; a number without a name stays a number."""
    if numbers is None:
        return [""] * count
    return [
        run.classes[number] if 0 <= number < len(run.classes) else str(number)
        for number in (int(item) for item in numbers[:count])
    ]
