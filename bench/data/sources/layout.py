"""Which folders under a root are the parts of a data set, and which are its classes?"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from augbench.bench.data.sources.links import leaves
from augbench.bench.data.sources.own_output import is_own_output
from augbench.bench.data.sources.source import SPLITS, TRAIN, count, some
from augbench.bench.data.sources.splits import (
    assumed,
    is_filler,
    is_plain,
    is_unclear,
    looks_like_split,
    split_of,
    split_within,
)

from augbench.errors import InputError
from augbench.image_files import SUFFIXES

#: how the names of files and folders begin that systems leave beside images
IGNORED = (".", "__MACOSX", "@eaDir", "#recycle", "@Recycle", "$RECYCLE.BIN", "lost+found")
#: pieces that a data set comes in
_PIECES = ("fold", "batch", "chunk", "shard", "archive", "run", "session")
_TABLES = (".csv", ".tsv", ".xlsx", ".parquet")


def split_folders(root: Path, warnings: list[str]) -> dict[int, Path]:
    """Return the folder of each part: ``root`` itself as train where its folders are classes.

    Args:
        root: the data set.
        warnings: gets a sentence for what was assumed and what is left out.

    Raises:
        InputError: folders look like parts and cannot be told, or belong elsewhere.
    """
    if own := [path.name for path in _all_folders(root) if is_own_output(path)]:
        unread = [name for name in own if split_of(name) is None]
        if unread:
            warnings.append(f"folders that augbench wrote are no data and not read: {some(unread)}")
    tops = folders(root)
    parts = _named_parts(root, tops) or _alike_parts(tops)
    if not parts:
        _refuse_parts_unknown(root, tops, warnings)
        return {TRAIN: root}
    if TRAIN not in parts:
        nested = [folder.name for folder in parts.values() if folders(folder)]
        if not nested and 1 < len(parts) == len(tops):
            raise _no_classes_in_parts(root, parts)
        if nested:
            raise InputError(
                f"{root} has {nested[0]!r} but no 'train'; put the training classes into "
                f"{root / 'train'}/CLASS/"
            )
        return {TRAIN: root}
    others = [folder for folder in tops if folder not in parts.values()]
    if _is_a_class(parts, others):
        return {TRAIN: root}
    if not folders(parts[TRAIN]) and len(parts) > 1:
        raise _no_classes_in_parts(root, parts)
    parts, others = _with_unclear(root, parts, others)
    if others:
        names = some([folder.name for folder in others])
        warnings.append(f"folders beside {parts[TRAIN].name}/ are not used: {names}")
    parts = {split: _inner(folder, split) for split, folder in parts.items()}
    shown = [(path.relative_to(root).as_posix(), split) for split, path in sorted(parts.items())]
    if not all(is_plain(name) for name, _ in shown):
        warnings.append(f"folders are read as parts: {assumed(shown)}")
    return parts


def refuse_parts_within(folder: Path) -> None:
    """Raise `InputError` where ``folder``, of a class or in one, holds the parts of a data set."""
    inner = folders(folder)
    parts = {split: path.name for path in inner if (split := split_of(path.name)) is not None}
    if len(parts) > 1:
        names = " and ".join(repr(parts[split]) for split in sorted(parts))
        raise InputError(
            f"{folder} would be read as a class, but holds {names}, which are parts of a data set; "
            f"give --data {folder}, or where each class has them, put the parts above the classes, "
            f"as in {parts[min(parts)]}/{folder.name}/"
        )


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in ``folder``, without what systems leave beside images and what `leaves`.

    Raises:
        InputError: it cannot be listed.
    """
    try:
        with os.scandir(folder) as scan:
            return [
                entry for entry in scan if not entry.name.startswith(IGNORED) and not leaves(entry)
            ]
    except OSError as error:
        raise InputError(f"cannot list {folder}: {error.strerror}") from error


def folders(folder: Path) -> list[Path]:
    """Return the folders in ``folder``, sorted, without those that augbench wrote.

    One of these that is named as a part of a data set is one.
    """
    return [
        path
        for path in _all_folders(folder)
        if split_of(path.name) is not None or not is_own_output(path)
    ]


def loose_images(folder: Path) -> int:
    """Return how many images are in ``folder`` itself."""
    return sum(is_image(entry.name) and not is_folder(entry) for entry in entries(folder))


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def is_image(name: str) -> bool:
    """Return whether a file of this name is read as an image."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def _all_folders(folder: Path) -> list[Path]:
    return sorted(Path(entry.path) for entry in entries(folder) if is_folder(entry))


def _named_parts(root: Path, tops: Sequence[Path]) -> dict[int, Path]:
    """Return the folders that are named as parts, if those of one part are not several."""
    parts: dict[int, Path] = {}
    for folder in tops:
        split = split_of(folder.name)
        if split is None:
            continue
        if split in parts:
            raise InputError(
                f"{root} has both {parts[split].name!r} and {folder.name!r} for "
                f"{SPLITS[split]}; keep one of them"
            )
        parts[split] = folder
    return parts


def _alike_parts(tops: Sequence[Path]) -> dict[int, Path]:
    """Return folders of classes that are named alike but for the part: seg_train and seg_test."""
    within = {folder: split_within(folder.name) for folder in tops if folders(folder)}
    named = {folder: parts for folder, parts in within.items() if parts}
    splits = {split: folder for folder, (split, _) in named.items()}
    alike = len({rest for _, rest in named.values()}) == 1
    return splits if alike and TRAIN in splits and 1 < len(splits) == len(named) else {}


def _is_a_class(parts: dict[int, Path], others: Sequence[Path]) -> bool:
    """Tell whether a folder named train is one of several class folders (trains, say)."""
    train = parts[TRAIN]
    return (
        len(parts) == 1
        and not folders(train)
        and loose_images(train) > 0
        and any(loose_images(other) for other in others)
    )


def _with_unclear(
    root: Path, parts: dict[int, Path], others: list[Path]
) -> tuple[dict[int, Path], list[Path]]:
    """Return parts and other folders, where one that may be either part is the one that lacks."""
    doubtful = [path for path in others if looks_like_split(path.name) and folders(path)]
    absent = [split for split in range(len(SPLITS)) if split not in parts]
    if len(doubtful) == len(absent) == 1 and is_unclear(doubtful[0].name):
        return parts | {absent[0]: doubtful[0]}, [path for path in others if path != doubtful[0]]
    if doubtful:
        raise InputError(
            f"{root} has {doubtful[0].name!r} beside {parts[TRAIN].name!r}, which looks like a "
            "part of the data set; rename it to validation or test, or move it away"
        )
    return parts, others


def _inner(folder: Path, split: int) -> Path:
    """Return the folder of the classes of a part: one deeper where it stands twice, as a part."""
    inner = folders(folder)
    while len(inner) == 1 and not loose_images(folder) and folders(inner[0]):
        name = inner[0].name
        if split_of(name) != split and name != folder.name and not is_filler(name):
            break
        folder, inner = inner[0], folders(inner[0])
    return folder


def _no_classes_in_parts(root: Path, parts: dict[int, Path]) -> InputError:
    names = " and ".join(f"{parts[split].name}/" for split in sorted(parts))
    first = parts[min(parts)].name
    remedy = table_hint(root, f"{first}/1.jpg") or (
        f"; put the images of each class into {first}/CLASS/, or list them in a .csv with the "
        "columns path and label"
    )
    return InputError(f"{root} has {names} but no class folders in {first}/{remedy}")


def table_hint(root: Path, path: str) -> str:
    """Return what to do where the classes may stand in a table in ``root``; "" without a table.

    Args:
        root: the data set.
        path: how an image would be named there.
    """
    tables = sorted(entry.name for entry in entries(root) if entry.name.lower().endswith(_TABLES))
    if not tables:
        return ""
    return (
        f"; if the classes stand in {tables[0]}, make of it a .csv in {root} with the columns "
        f"path, such as {path}, and label, and give that as --data"
    )


def _are_numbered(names: Sequence[str]) -> bool:
    """Return whether names differ in numbers alone and say no class: images_001, part_2, fold 3."""
    words = {tuple(re.findall(r"[^\W\d_]+", name.casefold())) for name in names}
    if len(names) < 2 or len(words) > 1:
        return False
    return any(is_filler(word) or word in _PIECES for word in words.pop())


def _refuse_parts_unknown(root: Path, tops: Sequence[Path], warnings: list[str]) -> None:
    """Raise `InputError` where folders look like parts by their names or by what they hold.

    Where folders of the same names are in all of them, and are more, those are the classes; where
    they are not more, as day and night in each of two classes, a sentence says how they are read.
    """
    inside = {folder.name: [path.name for path in folders(folder)] for folder in tops}
    doubtful = [name for name in inside if looks_like_split(name) and inside[name]]
    if len(doubtful) > 1:
        raise InputError(
            f"{root} has {some(doubtful)}, which look like parts of a data set and not like "
            "classes; rename them to train, validation and test"
        )
    numbered = _are_numbered(list(inside))
    flat = not any(inside.values())
    if numbered and flat and (hint := table_hint(root, f"{tops[0].name}/1.jpg")):
        raise InputError(
            f"{root} has {some(list(inside))}, which look like pieces of a data set and not like "
            f"classes{hint}"
        )
    shared = {tuple(names) for names in inside.values()}
    if len(tops) < 2 or len(shared) > 1 or any(loose_images(folder) for folder in tops):
        return
    (names,) = shared
    if len(names) < 2:
        return
    inner = some(list(names))
    if numbered or len(names) > len(tops):
        raise InputError(
            f"{root} has {some(list(inside))}, and each of them {count(len(names), 'folder')} of "
            f"the same names: {inner}; if these are the classes, name the folders above train, "
            f"validation and test, or give one of them, as --data {tops[0]}; if not, list the "
            "images in a .csv with the columns path and label"
        )
    warnings.append(
        f"the classes are {some(list(inside))}, each with the folders {inner}, which count for "
        "nothing; if those are the classes, name the folders above them train, validation and test"
    )
