"""Which images does a folder of class folders hold?"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from augbench.bench.data.sources.layout import (
    entries,
    folders,
    is_folder,
    is_image,
    loose_images,
    refuse_parts_within,
    split_folders,
    table_hint,
)
from augbench.bench.data.sources.links import left_out, only_within
from augbench.bench.data.sources.own_output import is_own_output
from augbench.bench.data.sources.pixels import FOREIGN, begins_like_image
from augbench.bench.data.sources.siblings import Siblings
from augbench.bench.data.sources.source import SPLITS, TRAIN, count, some

from augbench.errors import InputError


@dataclass(frozen=True)
class ImageFile:
    """One image file: where it is, how to show it, its class, its split (index of ``SPLITS``).

    Files of one ``group`` belong on one side of every split; "" is a group of its own.
    """

    path: Path
    shown: str
    label: str
    split: int
    group: str = ""


@dataclass
class Listing:
    """What a folder or a table of paths names, sorted by split and path."""

    files: list[ImageFile] = field(default_factory=list)
    classes: tuple[str, ...] = ()
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def list_folder(root: Path, *, follow_links: bool = False) -> Listing:
    """List the images of ``root``: class folders, alone or under ``train/``, ``test/`` and so on.

    Class folders are searched to any depth; links are followed, each real folder once a class, but
    those out of ``root`` only with ``follow_links``.
    Raises `InputError` where the layout cannot be meant.
    """
    with only_within(root, follow_links) as links:
        try:
            listing = _listing(root)
        except InputError as error:
            raise InputError(f"{error}; {left_out(links, root)}" if links else f"{error}") from None
    if links:
        listing.warnings.append(left_out(links, root))
    return listing


def _listing(root: Path) -> Listing:
    listing = Listing()
    tops = split_folders(root, listing.warnings)
    siblings = Siblings(root, tops.values())
    unnamed: list[str] = []
    for split, top in sorted(tops.items()):
        for folder in folders(top):
            _list_class(root, folder, split, listing, siblings, unnamed)
        loose = loose_images(top)
        if loose:
            place = f"{top.relative_to(root).as_posix()}/" if top != root else "the top folder"
            listing.warnings.append(
                f"{count(loose, 'image')} in {place} outside class folders left out"
            )
        if not folders(top) and split == TRAIN:
            raise _no_classes(top, loose)
    listing.warnings += siblings.notes()
    if unnamed:
        files = f"{count(len(unnamed), 'file')} left out whose content is an image but whose name"
        listing.warnings.append(
            f"{files} does not end like one (.jpg, .png, …), as {unnamed[0]}; rename to have "
            "them read"
        )
    listing.files.sort(key=lambda file: (file.split, file.shown))
    listing.classes = tuple(sorted({_class_of(folder) for folder in folders(tops[TRAIN])}))
    _check_layout(root, tops, listing)
    return listing


def _list_class(
    root: Path,
    folder: Path,
    split: int,
    listing: Listing,
    siblings: Siblings,
    unnamed: list[str],
) -> None:
    for path in _walk(folder, set()):
        shown, suffix = name_of(path.relative_to(root).as_posix()), path.suffix.lower()
        if is_image(path.name):
            group = siblings.group(path)
            listing.files.append(ImageFile(path, shown, _class_of(folder), split, group))
        elif suffix in FOREIGN:
            reason = f"{suffix[1:].upper()} is not read; save it as JPEG or PNG"
            listing.unreadable.append((shown, reason))
        elif begins_like_image(path):
            unnamed.append(shown)


def name_of(path: str) -> str:
    """Return a path as text that any report can hold: bytes that are no UTF-8 in hexadecimal."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _class_of(folder: Path) -> str:
    """Return the class of a folder; the same for both ways in which Unicode writes an accent."""
    return unicodedata.normalize("NFC", name_of(folder.name))


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Yield the files under ``folder``; ``seen`` keeps links that form a loop from repeating."""
    try:
        place = folder.stat()
    except OSError:
        return
    if (place.st_dev, place.st_ino) in seen:
        return
    seen.add((place.st_dev, place.st_ino))
    refuse_parts_within(folder)
    for entry in sorted(entries(folder), key=lambda entry: entry.name):
        if is_folder(entry):
            if not is_own_output(Path(entry.path)):
                yield from _walk(Path(entry.path), seen)
        else:
            yield Path(entry.path)


def _no_classes(top: Path, loose: int) -> InputError:
    if loose:
        return InputError(
            f"{count(loose, 'image')} in {top} but no class folders; each class needs its own, "
            f"as in {top / 'cat'}/1.jpg and {top / 'dog'}/1.jpg{table_hint(top, '1.jpg')}"
        )
    return InputError(f"{top} has no class folders; put images into {top}/CLASS/*.jpg")


def _check_layout(root: Path, tops: dict[int, Path], listing: Listing) -> None:
    if len(listing.classes) == 1:
        only = folders(tops[TRAIN])[0]
        inner = folders(only)
        hint = f"; did you mean {str(only)!r}?" if len(inner) > 1 else "; two or more are needed"
        hint += table_hint(root, f"{only.relative_to(root).as_posix()}/1.jpg")
        raise InputError(f"{tops[TRAIN]} has one class folder only, {only.name!r}{hint}")
    for split, top in tops.items():
        strange = sorted({_class_of(folder) for folder in folders(top)} - set(listing.classes))
        filled = {file.label for file in listing.files if file.split == split}
        strange = [name for name in strange if name in filled]
        if strange:
            raise InputError(
                f"{top} has classes that {tops[TRAIN]} lacks: {some(strange)}; class folders must "
                "have the same names"
            )
        if split != TRAIN and not filled:
            listing.warnings.append(
                f"{top.name}/ holds no images; {SPLITS[split]} images are split off instead"
            )
