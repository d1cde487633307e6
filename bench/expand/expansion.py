"""A training set enlarged by a policy, as files: how many of each class, which, and written how."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.expand import allocation as additions
from augbench.bench.expand import class_folders
from augbench.bench.expand.allocation import Added
from augbench.bench.expand.class_folders import MANIFEST, SUFFIXES, Picture
from augbench.bench.expand.nearest import Nearest
from augbench.bench.run.experiment import Experiment
from augbench.bench.trial.block_setup import Rehearsal
from augbench.policies.enlarge.copies import CHUNK, checked_factor
from augbench.policies.expression import BASELINE, Expression
from augbench.policies.registry import build, takes
from augbench.policies.training_set import ORIGINS, TrainingSet

from augbench.errors import InputError, nearest

Progress = Callable[[int, int, str], None]

MARKER = "expansion.json"
_SAMPLE = 64  # real images that are encoded to foresee the size of all
_BLOCK = 4096  # bytes of which file systems hand out whole ones
_SPARE = 1.2  # augmented and generated images compress somewhat worse than real ones


@dataclass(frozen=True)
class Order:
    """What `expand` was asked for beside the experiment.

    Attributes:
        out: the folder to write.
        factor: size of the enlarged set in units of the real one; None leaves it to the policy.
        form: ``png`` or ``jpeg``.
        originals: whether the real images are written too.
        balance: whether new images make the classes as even as they can.
        overwrite: whether an earlier expansion in ``out`` may be replaced.
        insist: whether a pool is written that its own policy would refuse.
    """

    out: Path
    factor: float | None = None
    form: str = "png"
    originals: bool = True
    balance: bool = False
    overwrite: bool = False
    insist: bool = False

    def __post_init__(self) -> None:
        if self.factor is not None:
            checked_factor(self.factor)
        if self.form not in SUFFIXES:
            hint = nearest(self.form, SUFFIXES)
            raise InputError(f"--format {self.form!r} must be {' or '.join(SUFFIXES)}{hint}")


@dataclass(frozen=True)
class Expansion:
    """What was written.

    Attributes:
        out: the folder.
        originals: how many real images.
        added: how many new ones.
        classes: class name to the number of files.
        notes: what the policy has to say.
    """

    out: Path
    originals: int
    added: int
    classes: dict[str, int]
    notes: list[str] = field(default_factory=list)


def expand(
    experiment: Experiment,
    order: Order,
    *,
    progress: Progress = lambda done, total, what: None,
) -> Expansion:
    """Write the training split of the first seed, enlarged by the experiment's last policy.

    Args:
        experiment: as `augbench.bench.run.experiment.prepare` returns it.
        order: what to write, and where.
        progress: called with files done, all files, and what is being done.

    Raises:
        InputError: nothing would be new, the policy cannot be stored, files are in the way, or
            they would fill the disk.
        PoolRefusedError: the policy added nothing, for the reason in the message.
    """
    rehearsal = Rehearsal.of(experiment)
    train, seed = rehearsal.train, rehearsal.seed
    typed = experiment.policies[-1]
    wanted = additions.wanted(train, seed, typed, order.factor, order.balance)
    pool = additions.pool_factor(train, wanted) if order.balance else None
    expression = additions.with_options(typed, order.factor, pool, order.insist)
    marker = _marker(experiment, expression, order)
    fresh = _claim(experiment, order, marker)
    _check_space(train, order, int(wanted.sum()), fresh)
    policy = build(expression, experiment.spec)
    sized = any(takes(term, "factor") for term in typed.terms)
    if order.factor is not None and policy.enlarges and not sized:
        raise InputError(
            f"policy {typed.text!r} enlarges as it likes and has no option factor; leave out "
            "--factor"
        )
    context = rehearsal.context(lambda text: progress(0, 0, text))
    added = additions.added(policy, train, wanted, order.balance, context)
    originals = len(train) if order.originals else 0
    if not originals + len(added.labels):
        raise InputError("nothing to write: --factor 1 adds no image, and originals are left out")
    _check_space(train, order, len(added.labels), fresh)
    added = dataclasses.replace(added, images=_begun(added.images))
    _prepare(order, train.classes, marker, fresh)
    pictures = _write(rehearsal, order, added, typed.label, progress)
    class_folders.write(
        order.out / MANIFEST, class_folders.manifest(pictures, train.classes, seed).encode()
    )
    counts = np.bincount([one.label for one in pictures], minlength=len(train.classes))
    return Expansion(
        order.out,
        originals,
        len(pictures) - originals,
        dict(zip(train.classes, counts.tolist(), strict=True)),
        [finding.figures.get("text", finding.kind) for finding in context.findings],
    )


def _begun(images: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Return the same chunks, the first one made: what cannot be made fails before any file."""
    return chain(list(islice(images, 1)), images)


def _prepare(order: Order, classes: tuple[str, ...], marker: dict[str, Any], fresh: bool) -> None:
    """Clear what an earlier expansion or a kill left, and leave the mark of this one."""
    out = order.out
    folders = {out / name for name in class_folders.folder_names(classes)}
    if (out / MARKER).exists():
        folders |= {folder for folder in out.iterdir() if folder.is_dir()}
    if fresh:
        (out / MANIFEST).unlink(missing_ok=True)
    class_folders.sweep([out, *sorted(folders)], images=fresh)
    for name in class_folders.folder_names(classes):
        (out / name).mkdir(parents=True, exist_ok=True)
    content = json.dumps(marker, indent=1, ensure_ascii=False, default=str) + "\n"
    class_folders.write(out / MARKER, content.encode())


def _lines(
    rehearsal: Rehearsal, order: Order, added: Added, label: str
) -> tuple[list[Picture], list[Picture]]:
    """Return the lines of the manifest, distances apart: of the originals, and of what is new."""
    train, suffix = rehearsal.train, SUFFIXES[order.form]
    sources = [rehearsal.source(row) for row in range(len(train))]
    stems = class_folders.file_stems(sources)

    def line(of: int, origin: int, source: int, number: int, policy: str) -> Picture:
        stem, path = (stems[source], sources[source]) if source >= 0 else ("", "")
        name = class_folders.file_name(stem, number, suffix)
        return Picture(of, name, ORIGINS[origin], policy, path)

    columns = np.stack([added.labels, added.origin, added.source, added.numbers], axis=1)
    new = [line(of, origin, at, number, label) for of, origin, at, number in columns.tolist()]
    if not order.originals:
        return [], new
    return [line(of, 0, row, 0, BASELINE) for row, of in enumerate(train.labels.tolist())], new


def _write(
    rehearsal: Rehearsal, order: Order, added: Added, label: str, progress: Progress
) -> list[Picture]:
    """Write originals, then new images; return the lines of the manifest in that order."""
    train = rehearsal.train
    folders = [order.out / name for name in class_folders.folder_names(train.classes)]
    originals, new = _lines(rehearsal, order, added, label)
    total = len(originals) + len(new)

    def store(one: Picture, image: np.ndarray) -> None:
        path = folders[one.label] / one.name
        if not path.exists():  # else it is whole, and what would be written again
            class_folders.write(path, class_folders.encode(image, order.form))

    with ThreadPoolExecutor(rehearsal.experiment.settings.jobs) as threads:
        for at in range(0, len(originals), CHUNK):
            part = originals[at : at + CHUNK]
            list(threads.map(store, part, train.images[at : at + len(part)]))
            progress(at + len(part), total, "writing images")
        known = Nearest(train.images) if new else None
        at = 0
        for images in added.images:
            part = new[at : at + len(images)]
            list(threads.map(store, part, images))
            if known:
                apart = known.distances(images).tolist()
                new[at : at + len(part)] = map(_at_distance, part, apart)
            at += len(part)
            progress(len(originals) + at, total, "writing images")
    return originals + new


def _at_distance(one: Picture, distance: float) -> Picture:
    return dataclasses.replace(one, distance=distance)


def _claim(experiment: Experiment, order: Order, marker: dict[str, Any]) -> bool:
    """Return whether the folder starts empty of this expansion; refuse what is in the way."""
    out, data = order.out, Path(experiment.settings.data)
    if data.is_dir() and out.resolve().is_relative_to(data.resolve()):
        raise InputError(
            f"--out {out} lies inside --data {data}: its images would become part of the data; "
            "choose a folder outside"
        )
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; a folder is wanted")
    if not out.exists() or not any(out.iterdir()):
        return True
    same = _read_marker(out).get("key") == marker["key"]
    if same and not (out / MANIFEST).exists():
        return False
    if order.overwrite:
        return True
    if same:
        raise InputError(f"{out} holds this expansion already; --overwrite writes it again")
    raise InputError(
        f"--out {out} holds files of something else; choose another folder, or --overwrite"
    )


def _read_marker(out: Path) -> dict[str, Any]:
    try:
        found = json.loads((out / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _marker(experiment: Experiment, expression: Expression, order: Order) -> dict[str, Any]:
    """Return what tells this expansion from others, for people and for going on after a kill."""
    settings, dataset = experiment.settings, experiment.dataset
    plan = experiment.plans[len(experiment.policies) - 1]
    said = {
        "policy": expression.canonical(),
        "data": dataset.name,
        "fingerprint": dataset.fingerprint,
        "seed": settings.first_seed,
        "train_size": settings.train_size,
        "image_size": list(dataset.shape[:2]),
        "spec": experiment.spec.to_dict(),
        "format": order.form,
        "originals": order.originals,
        "balance": order.balance,
        "factor": order.factor,
        "insist": order.insist,
    }
    text = json.dumps([said, plan.key], sort_keys=True, default=str)
    return said | {"key": hashlib.sha256(text.encode()).hexdigest()}


def _check_space(train: TrainingSet, order: Order, added: int, fresh: bool) -> None:
    """Raise `InputError` where the files to come need more than the disk has."""
    rows = np.unique(np.linspace(0, len(train) - 1, _SAMPLE).astype(np.int64))
    sizes = [len(class_folders.encode(image, order.form)) for image in train.images[rows]]
    one = float(np.mean([-(-size // _BLOCK) * _BLOCK for size in sizes]))
    there = 0 if fresh else sum(1 for _ in order.out.rglob(f"*{SUFFIXES[order.form]}"))
    count = max(0, added + (len(train) if order.originals else 0) - there)
    if _SPARE * one * count > 0.95 * shutil.disk_usage(_existing(order.out)).free:
        _refuse_size(order, _SPARE * one * count)


def _refuse_size(order: Order, needed: float) -> None:
    free = shutil.disk_usage(_existing(order.out)).free
    raise InputError(
        f"this expansion needs {needed / 1e9:,.1f} GB, but {order.out} has {free / 1e9:,.1f} GB "
        "free; choose a smaller --factor or --image-size, --format jpeg, or another disk"
    )


def _existing(folder: Path) -> Path:
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    return folder
