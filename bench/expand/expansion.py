"""A training set enlarged by a policy, as files: how many of each class, which, and written how."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.sources.own_output import EXPANSION
from augbench.bench.data.sources.siblings import MANIFEST
from augbench.bench.data.sources.source import SPLITS, TRAIN
from augbench.bench.expand import allocation, class_folders
from augbench.bench.expand.allocation import Added
from augbench.bench.expand.class_folders import SUFFIXES, ManifestRow
from augbench.bench.expand.destination import (
    ExpansionRequest,
    check_space,
    refuse_links,
    starts_fresh,
)
from augbench.bench.expand.nearest import Nearest
from augbench.bench.run.experiment import Experiment
from augbench.bench.trial.block_setup import BlockSetup
from augbench.policies.enlarge.copies import CHUNK
from augbench.policies.expression import BASELINE, Expression
from augbench.policies.registry import takes
from augbench.policies.training_set import ORIGINS

from augbench.errors import InputError
from augbench.files import write_whole
from augbench.findings import Finding

Progress = Callable[[int, int, str], None]
_REAL = ORIGINS.index("real")


@dataclass(frozen=True)
class Expansion:
    """What was written.

    Attributes:
        out: the folder.
        originals: how many real images.
        added: how many new ones.
        classes: class name to the number of files that are trained on.
        held_out: how many images are kept for ``validation`` and for ``test``.
        findings: what the policy has to tell.
    """

    out: Path
    originals: int
    added: int
    classes: dict[str, int]
    held_out: dict[str, int]
    findings: tuple[Finding, ...] = ()


def expand(
    experiment: Experiment,
    request: ExpansionRequest,
    *,
    progress: Progress = lambda done, total, what: None,
) -> Expansion:
    """Write the training split of the first seed, enlarged by the experiment's last policy.

    Args:
        experiment: as `augbench.bench.run.experiment.prepare` returns it.
        request: what to write, and where.
        progress: called with files done, all files, and what is being done.

    Raises:
        InputError: nothing would be new, the policy cannot be stored, files are in the way, or
            they would fill the disk.
        PoolRefusedError: the policy added nothing, for the reason in the message.
    """
    settings = experiment.settings
    setup = BlockSetup.of(experiment.dataset, settings, experiment.spec, settings.first_seed)
    train, seed = setup.train, setup.seed
    typed = experiment.policies[-1]
    wanted = allocation.wanted(train, seed, typed, request.factor, request.balance)
    pool = allocation.pool_factor(train, wanted) if request.balance else None
    expression = allocation.with_options(typed, request.factor, pool, request.insist)
    marker = _marker(experiment, expression, request)
    fresh = starts_fresh(settings.data, request, marker)
    refuse_links(request, train.classes)
    held_out = {name: getattr(setup.block, name) for name in SPLITS[1:]}
    beside = sum(map(len, held_out.values())) if request.splits else 0
    check_space(train, request, beside + int(wanted.sum()), fresh)
    policy = setup.policy(expression)
    sized = any(takes(term, "factor") for term in typed.terms)
    if request.factor is not None and policy.enlarges and not sized:
        raise InputError(
            f"policy {typed.text!r} enlarges as it likes and has no option factor; leave out "
            "--factor"
        )
    context = setup.context(lambda text: progress(0, 0, text))
    added = allocation.added(policy, train, wanted, request.balance, context)
    originals = len(train) if request.originals else 0
    if not originals + len(added.labels):
        raise InputError("nothing to write: --factor 1 adds no image, and originals are left out")
    check_space(train, request, beside + len(added.labels), fresh)
    added = dataclasses.replace(added, images=_begun(added.images))
    _prepare(request, train.classes, marker, fresh)
    files = _write(setup, request, added, typed.label, progress)
    counts = np.bincount([file.label for file in files], minlength=len(train.classes))
    beyond = _write_held_out(setup, request, held_out) if request.splits else []
    _list_held_out(setup, request, held_out)
    manifest = class_folders.manifest(files + beyond, train.classes, seed)
    write_whole(request.out / MANIFEST, manifest.encode())
    return Expansion(
        request.out,
        originals,
        len(files) - originals,
        dict(zip(train.classes, counts.tolist(), strict=True)),
        {name: len(rows) for name, rows in held_out.items()},
        tuple(context.findings),
    )


def _begun(images: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Return the same chunks, the first one made: what cannot be made fails before any file."""
    return chain(list(islice(images, 1)), images)


def _prepare(
    request: ExpansionRequest, classes: tuple[str, ...], marker: dict[str, Any], fresh: bool
) -> None:
    """Clear what an earlier expansion or a kill left, and leave the mark of this one."""
    out = request.out
    parts = SPLITS if request.splits else ("",)
    folders = {out / part / name for part in parts for name in class_folders.folder_names(classes)}
    if (out / EXPANSION).exists():
        own = [out, *(out / part for part in SPLITS if not (out / part).is_symlink())]
        earlier = [*own[1:], *(path for folder in own for path in folder.glob("*"))]
        folders |= {path for path in earlier if path.is_dir() and not path.is_symlink()}
    if fresh:
        (out / MANIFEST).unlink(missing_ok=True)
        (out / class_folders.HELD_OUT).unlink(missing_ok=True)
    class_folders.sweep([out, *sorted(folders)], images=fresh)
    for part in parts:
        for name in class_folders.folder_names(classes):
            (out / part / name).mkdir(parents=True, exist_ok=True)
    content = json.dumps(marker, indent=1, ensure_ascii=False, default=str) + "\n"
    write_whole(out / EXPANSION, content.encode())


def _lines(
    setup: BlockSetup, request: ExpansionRequest, added: Added, label: str
) -> tuple[list[ManifestRow], list[ManifestRow]]:
    """Return the lines of the manifest, distances apart: of the originals, and of what is new."""
    train, suffix = setup.train, SUFFIXES[request.form]
    part = SPLITS[TRAIN] if request.splits else ""
    sources = [setup.source(row) for row in range(len(train))]
    stems = class_folders.file_stems(sources)

    def line(of: int, origin: int, source: int, number: int, policy: str) -> ManifestRow:
        stem, path = (stems[source], sources[source]) if source >= 0 else ("", "")
        name = class_folders.file_name(stem, number, suffix)
        return ManifestRow(of, name, ORIGINS[origin], policy, path, part=part)

    columns = np.stack([added.labels, added.origin, added.source, added.numbers], axis=1)
    new = [line(of, origin, at, number, label) for of, origin, at, number in columns.tolist()]
    if not request.originals:
        return [], new
    return [line(of, 0, row, 0, BASELINE) for row, of in enumerate(train.labels.tolist())], new


def _write(
    setup: BlockSetup, request: ExpansionRequest, added: Added, label: str, progress: Progress
) -> list[ManifestRow]:
    """Write originals, then new images; return the lines of the manifest in that order."""
    train = setup.train
    originals, new = _lines(setup, request, added, label)
    total = len(originals) + len(new)
    store = _storing(request, train.classes)
    with ThreadPoolExecutor(setup.settings.jobs) as threads:
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


def _storing(
    request: ExpansionRequest, classes: tuple[str, ...]
) -> Callable[[ManifestRow, np.ndarray], None]:
    """Return what writes an image as the file of a line."""
    folders = class_folders.folder_names(classes)

    def store(file: ManifestRow, image: np.ndarray) -> None:
        path = request.out / file.part / folders[file.label] / file.name
        # One that is there is whole, and what would be written again; a link gives way to a file.
        if path.is_symlink() or not path.exists():
            write_whole(path, class_folders.encode(image, request.form))

    return store


def _write_held_out(
    setup: BlockSetup, request: ExpansionRequest, held_out: Mapping[str, np.ndarray]
) -> list[ManifestRow]:
    """Write the images that are not trained on, unchanged; return their lines of the manifest."""
    dataset, suffix = setup.dataset, SUFFIXES[request.form]
    store = _storing(request, dataset.classes)
    lines = []
    for part, rows in held_out.items():
        sources = [dataset.paths[row] for row in rows]
        for row, source, stem in zip(rows, sources, class_folders.file_stems(sources), strict=True):
            name = class_folders.file_name(stem, 0, suffix)
            label = int(dataset.labels[row])
            line = ManifestRow(label, name, ORIGINS[_REAL], BASELINE, source, part=part)
            store(line, np.asarray(dataset.images[row]))
            lines.append(line)
    return lines


def _list_held_out(
    setup: BlockSetup, request: ExpansionRequest, held_out: Mapping[str, np.ndarray]
) -> None:
    """Write which images were not trained on, so that nobody validates on those that were."""
    dataset = setup.dataset
    named = {
        part: [(dataset.paths[row], dataset.classes[dataset.labels[row]]) for row in rows]
        for part, rows in held_out.items()
    }
    write_whole(request.out / class_folders.HELD_OUT, class_folders.held_out(named))


def _at_distance(file: ManifestRow, distance: float) -> ManifestRow:
    return dataclasses.replace(file, distance=distance)


def _marker(
    experiment: Experiment, expression: Expression, request: ExpansionRequest
) -> dict[str, Any]:
    """Return what tells this expansion from others, for people and for going on after a kill."""
    settings, dataset = experiment.settings, experiment.dataset
    plan = experiment.plans[len(experiment.policies) - 1]
    content = {
        "policy": expression.canonical(),
        "data": dataset.name,
        "fingerprint": dataset.fingerprint,
        "seed": settings.first_seed,
        "train_size": settings.train_size,
        "image_size": list(dataset.shape[:2]),
        "spec": experiment.spec.to_dict(),
        "format": request.form,
        "originals": request.originals,
        "balance": request.balance,
        "factor": request.factor,
        "insist": request.insist,
        "splits": request.splits,
    }
    text = json.dumps([content, plan.key], sort_keys=True, default=str)
    return content | {"key": hashlib.sha256(text.encode()).hexdigest()}
