"""Which images does a folder of class folders hold?"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from augbench.bench.data.sources.pixels import FOREIGN
from augbench.bench.data.sources.source import SPLIT_WORDS, SPLITS, TRAIN, count, some

from augbench.errors import InputError
from augbench.image_files import SUFFIXES


@dataclass(frozen=True)
class ImageFile:
    """One image file: where it is, how to show it, its class, its split (index of ``SPLITS``)."""

    path: Path
    shown: str
    label: str
    split: int


@dataclass
class Listing:
    """What a folder or a table of paths names, sorted by split and path."""

    files: list[ImageFile] = field(default_factory=list)
    classes: tuple[str, ...] = ()
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def list_folder(root: Path) -> Listing:
    """List the images of ``root``: class folders, alone or under ``train/``, ``test/`` and so on.

    Class folders are searched to any depth; links are followed, each real folder once a class.
    Raises `InputError` where the layout cannot be meant.
    """
    listing = Listing()
    tops = _split_folders(root, listing)
    for split, top in sorted(tops.items()):
        for folder in _folders(top):
            _list_class(root, folder, split, listing)
        loose = _loose_images(top)
        if loose:
            place = f"{top.relative_to(root).as_posix()}/" if top != root else "the top folder"
            listing.warnings.append(
                f"{count(loose, 'image')} in {place} outside class folders left out"
            )
        if not _folders(top) and split == TRAIN:
            raise _no_classes(top, loose)
    listing.files.sort(key=lambda file: (file.split, file.shown))
    listing.classes = tuple(sorted({_class_of(folder) for folder in _folders(tops[TRAIN])}))
    _check_layout(root, tops, listing)
    return listing


def _split_folders(root: Path, listing: Listing) -> dict[int, Path]:
    """Return the folder of each split: ``root`` itself as train where there is no ``train/``."""
    found: dict[int, Path] = {}
    others = []
    for folder in _folders(root):
        split = SPLIT_WORDS.get(folder.name.lower())
        if split is None:
            others.append(folder.name)
        elif split in found:
            raise InputError(
                f"{root} has both {found[split].name!r} and {folder.name!r} for "
                f"{SPLITS[split]}; keep one of them"
            )
        else:
            found[split] = folder
    if TRAIN in found and not _is_a_class(found[TRAIN], [root / name for name in others]):
        if others:
            listing.warnings.append(f"folders beside train/ are not used: {some(others)}")
        return found
    nested = [folder.name for folder in found.values() if _folders(folder)]
    if nested:
        raise InputError(
            f"{root} has {nested[0]!r} but no 'train'; put the training classes into "
            f"{root / 'train'}/CLASS/"
        )
    return {TRAIN: root}


def _is_a_class(train: Path, others: list[Path]) -> bool:
    """Tell whether a folder named train is one of several class folders (trains, say)."""
    return (
        not _folders(train)
        and _loose_images(train) > 0
        and any(_loose_images(other) for other in others)
    )


def _list_class(root: Path, folder: Path, split: int, listing: Listing) -> None:
    for path in _walk(folder, set()):
        shown, suffix = name_of(path.relative_to(root).as_posix()), path.suffix.lower()
        if _is_image(path.name):
            listing.files.append(ImageFile(path, shown, _class_of(folder), split))
        elif suffix in FOREIGN:
            reason = f"{suffix[1:].upper()} is not read; save it as JPEG or PNG"
            listing.unreadable.append((shown, reason))


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
    for entry in sorted(_entries(folder), key=lambda entry: entry.name):
        if _is_folder(entry):
            yield from _walk(Path(entry.path), seen)
        else:
            yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]
    except OSError as error:
        raise InputError(f"cannot list {folder}: {error.strerror}") from error


def _folders(folder: Path) -> list[Path]:
    return sorted(Path(entry.path) for entry in _entries(folder) if _is_folder(entry))


def _loose_images(folder: Path) -> int:
    return sum(_is_image(entry.name) and not _is_folder(entry) for entry in _entries(folder))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_image(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES


def _no_classes(top: Path, loose: int) -> InputError:
    if loose:
        return InputError(
            f"{count(loose, 'image')} in {top} but no class folders; each class needs its own, "
            f"as in {top / 'cat'}/1.jpg and {top / 'dog'}/1.jpg"
        )
    return InputError(f"{top} has no class folders; put images into {top}/CLASS/*.jpg")


def _check_layout(root: Path, tops: dict[int, Path], listing: Listing) -> None:
    if len(listing.classes) == 1:
        only = _folders(tops[TRAIN])[0]
        inner = _folders(only)
        hint = f"; did you mean {str(only)!r}?" if len(inner) > 1 else "; two or more are needed"
        raise InputError(f"{tops[TRAIN]} has one class folder only, {only.name!r}{hint}")
    for split, top in tops.items():
        strange = sorted({_class_of(folder) for folder in _folders(top)} - set(listing.classes))
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
