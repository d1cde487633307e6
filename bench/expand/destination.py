"""May an expansion be written where it is asked for, and does it fit?"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.sources.own_output import EXPANSION
from augbench.bench.data.sources.siblings import MANIFEST
from augbench.bench.data.sources.source import SPLITS
from augbench.bench.expand.class_folders import SUFFIXES, encode, folder_names
from augbench.policies.enlarge.copies import checked_factor
from augbench.policies.training_set import TrainingSet

from augbench import outside
from augbench.errors import InputError, nearest

_SAMPLE = 64  # real images that are encoded to foresee the size of all
_BLOCK = 4096  # bytes of which file systems hand out whole ones
_SPARE = 1.2  # augmented and generated images compress somewhat worse than real ones


@dataclass(frozen=True)
class ExpansionRequest:
    """What `expand` was asked for beside the experiment.

    Attributes:
        out: the folder to write.
        factor: size of the enlarged set in units of the real one; None leaves it to the policy.
        form: ``png`` or ``jpeg``.
        originals: whether the real images are written too.
        balance: whether new images make the classes as even as they can.
        overwrite: whether an earlier expansion in ``out`` may be replaced.
        insist: whether a pool is written that its own policy would refuse.
        splits: whether validation and test images are written too, each part in a folder.
    """

    out: Path
    factor: float | None = None
    form: str = "png"
    originals: bool = True
    balance: bool = False
    overwrite: bool = False
    insist: bool = False
    splits: bool = False

    def __post_init__(self) -> None:
        if self.factor is not None:
            checked_factor(self.factor)
        if self.form not in SUFFIXES:
            hint = nearest(self.form, SUFFIXES)
            raise InputError(f"--format {self.form!r} must be {' or '.join(SUFFIXES)}{hint}")


def starts_fresh(data: str, request: ExpansionRequest, marker: dict[str, Any]) -> bool:
    """Return whether the folder starts empty of this expansion; refuse what is in the way."""
    out, source = request.out, Path(data)
    if source.is_dir() and out.resolve().is_relative_to(source.resolve()):
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
    if request.overwrite:
        return True
    if same:
        raise InputError(f"{out} holds this expansion already; --overwrite writes it again")
    raise InputError(
        f"--out {out} holds files of something else; choose another folder, or --overwrite"
    )


def refuse_links(request: ExpansionRequest, classes: Sequence[str]) -> None:
    """Raise `InputError` where a class folder in the way is a link: nothing is written through."""
    names = folder_names(classes)
    within = [f"{part}/{name}" for part in SPLITS for name in names] if request.splits else []
    for name in [*(SPLITS if request.splits else names), *within]:
        if (request.out / name).is_symlink():
            raise InputError(
                f"--out {request.out}: its folder {name!r} is a link, and nothing is written or "
                "deleted through one; remove the link, or choose another folder"
            )


def _read_marker(out: Path) -> dict[str, Any]:
    try:
        marker = outside.parse_json(outside.read_text(out / EXPANSION))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def check_space(train: TrainingSet, request: ExpansionRequest, added: int, fresh: bool) -> None:
    """Raise `InputError` where the files to come need more than the disk has."""
    rows = np.unique(np.linspace(0, len(train) - 1, _SAMPLE).astype(np.int64))
    sizes = [len(encode(image, request.form)) for image in train.images[rows]]
    each = float(np.mean([-(-size // _BLOCK) * _BLOCK for size in sizes]))
    there = 0 if fresh else sum(1 for _ in request.out.rglob(f"*{SUFFIXES[request.form]}"))
    count = max(0, added + (len(train) if request.originals else 0) - there)
    if _SPARE * each * count > 0.95 * shutil.disk_usage(_existing(request.out)).free:
        _refuse_size(request, _SPARE * each * count)


def _refuse_size(request: ExpansionRequest, needed: float) -> None:
    free = shutil.disk_usage(_existing(request.out)).free
    raise InputError(
        f"this expansion needs {needed / 1e9:,.1f} GB, but {request.out} has {free / 1e9:,.1f} GB "
        "free; choose a smaller --factor or --image-size, --format jpeg, or another disk"
    )


def _existing(folder: Path) -> Path:
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    return folder
