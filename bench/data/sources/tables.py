"""Which images does a table of paths and labels (.csv or .parquet) name?"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data.sources.folders import ImageFile, Listing, name_of
from augbench.bench.data.sources.source import TRAIN, count
from augbench.bench.data.sources.splits import assumed, is_plain, split_of
from augbench.bench.data.sources.table_columns import (
    chosen_columns,
    one_hot_hint,
    refuse_other_split,
    refuse_several_labels,
    unread_notes,
)

from augbench import csv_text, outside
from augbench.errors import InputError
from augbench.image_files import SUFFIXES

#: how the name of an image may go on where a path does not name it
_ENDINGS = tuple(ending for suffix in SUFFIXES for ending in (suffix, suffix.upper()))
#: folders beside a table in which its images are looked for
_MOST_FOLDERS = 100


def list_table(file: Path) -> Listing:
    """List the images that ``file`` names: columns path, label and optionally split and group.

    Paths are relative to the file's folder. Files that are not there are listed as unreadable.
    Raises `InputError` for missing columns, empty cells and unknown splits, with the row.
    """
    names, cells = _read_parquet(file) if file.suffix.lower() == ".parquet" else _read_csv(file)
    listing = Listing()
    columns = _columns(file, names, cells, listing.warnings)
    labels: dict[tuple[str, int], str] = {}
    absent: dict[str, str] = {}
    groups: dict[str, str] = {}
    rows = len(columns["path"])
    splits, given = columns.get("split", ["train"] * rows), columns.get("group", [""] * rows)
    for row, (name, label, word, group) in enumerate(
        zip(columns["path"], columns["label"], splits, given, strict=True), start=2
    ):
        if not name or not label:
            raise InputError(f"{file}, row {row}: {'path' if not name else 'label'} is empty")
        split = split_of(word)
        if split is None:
            raise InputError(
                f"{file}, row {row}: split {word!r} is none of train, validation (or val), test "
                "and their usual synonyms"
            )
        shown = name_of(os.path.normpath(name).replace(os.sep, "/"))
        if labels.setdefault((shown, split), label) != label:
            raise InputError(
                f"{file}, row {row}: {name!r} is labelled {label!r} here and "
                f"{labels[shown, split]!r} before; an image has one label"
            )
        if groups.setdefault(shown, group) != group:
            raise InputError(
                f"{file}, row {row}: {name!r} is in group {group!r} here and in "
                f"{groups[shown]!r} before; an image has one group"
            )
        path = file.parent / name
        if not _is_file(path):
            absent[shown] = "no such file"
        listing.files.append(ImageFile(path, shown, label, split, group))
    listing.warnings += refuse_several_labels(columns["label"], file.name)
    distinct = {(entry.shown, entry.split): entry for entry in listing.files}
    repeated = len(listing.files) - len(distinct)
    if repeated:
        listing.warnings.append(f"{count(repeated, 'repeated row')} of {file.name} left out")
    listing.unreadable = list(absent.items())
    if absent and len(absent) == len({entry.shown for entry in listing.files}):
        shown = next(iter(absent))
        raise InputError(
            f"{file}: none of its images is there; {shown!r} was looked for at "
            f"{file.parent / shown}, since paths are relative to the table's own folder"
            f"{_where_else(file.parent, shown)}"
        )
    if absent and (hint := _where_else(file.parent, next(iter(absent)))):
        listing.warnings.append(f"{file.name}: {count(len(absent), 'file')} not there{hint}")
    listing.classes = tuple(sorted(set(columns["label"])))
    listing.files = sorted(
        (entry for entry in distinct.values() if entry.shown not in absent),
        key=lambda entry: (entry.split, entry.shown),
    )
    if number := len({group for group in given if group}):
        listing.warnings.append(
            f"{file.name}: {count(number, 'group')} stay on one side of every split each"
        )
    words = sorted({(word, split) for word in splits if (split := split_of(word)) is not None})
    if not all(is_plain(word) for word, _ in words):
        listing.warnings.append(f"{file.name}: splits are read as parts: {assumed(words)}")
    _check_splits(file, listing)
    return listing


def _columns(
    file: Path, names: list[str], cells: list[list[str]], warnings: list[str]
) -> dict[str, list[str]]:
    """Return the cells of the columns that count; ``warnings`` gets what could be meant too.

    Raises:
        InputError: a column is missing, or one that is not read says which part a row belongs to.
    """
    where = str(file)
    try:
        places, remarks = chosen_columns(names, where)
    except InputError as error:
        if "label" in map(str.lower, names):
            raise
        hint = one_hot_hint(dict(zip(names, cells, strict=True)))
        raise InputError(f"{error}{hint}") from None
    warnings += remarks
    used = set(places.values())
    unread = {name: cells[at] for at, name in enumerate(names) if at not in used}
    if "split" not in places:
        refuse_other_split(unread, where)
    warnings += unread_notes(unread, places, file.name)
    return {wanted: cells[at] for wanted, at in places.items()}


def _where_else(folder: Path, shown: str) -> str:
    """Return what helps where the file ``shown`` is not there, but one that is alike."""
    straight = shown.replace("\\", "/")
    if straight != shown and _is_file(folder / straight):
        return f"; {straight!r} is there: write / in paths, not \\"
    stem, suffix = os.path.splitext(straight)
    for ending in _ENDINGS:
        if _is_file(folder / f"{straight}{ending}"):
            return f"; {straight + ending!r} is there: the paths lack {ending}"
        if suffix and _is_file(folder / f"{stem}{ending}"):
            return f"; {stem + ending!r} is there: the paths end in {suffix} instead"
    parts = straight.split("/")
    for start in range(1, len(parts)):
        if _is_file(folder / "/".join(parts[start:])):
            there = "/".join(parts[start:])
            return f"; {there!r} is there: take off what stands before it in each path"
    try:
        inner = sorted(path for path in folder.iterdir() if path.is_dir())[:_MOST_FOLDERS]
    except OSError:
        return ""
    for path in inner:
        for ending in ("", *_ENDINGS):
            if _is_file(path / f"{straight}{ending}"):
                there = f"{path.name}/{straight}{ending}"
                return f"; {there!r} is there: put {path.name}/ before each path" + (
                    f" and {ending} behind it" if ending else ""
                )
    return ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name longer than the file system allows, or with a NUL
        return False


def _check_splits(file: Path, listing: Listing) -> None:
    if len(listing.classes) < 2:
        raise InputError(
            f"{file} has one label only, {listing.classes[0]!r}; two or more are needed"
            if listing.classes
            else f"{file} has no rows"
        )
    if not any(entry.split == TRAIN for entry in listing.files):
        raise InputError(f"{file} has no readable row with split 'train'")


def _read_csv(file: Path) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns and the cells of each."""
    try:
        text = outside.read_bytes(file, outside.TABLE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text; save it as CSV UTF-8") from error
    header = next(iter(text.splitlines()), "")
    delimiter = max(",;\t", key=header.count)
    try:
        rows = [row for row in csv_text.read(text, delimiter) if any(row)]
    except csv.Error as error:
        raise InputError(f"{file}: {error}; it is not a CSV file") from error
    if not rows:
        raise InputError(f"{file} is empty; it needs columns path and label")
    names = [name.strip() for name in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise InputError(f"{file}, row {number}: {len(row)} cells under {len(names)} columns")
    return names, [[row[at].strip() for row in rows[1:]] for at in range(len(names))]


def _read_parquet(file: Path) -> tuple[list[str], list[list[str]]]:
    import pandas

    if file.exists() and not file.is_file():
        raise InputError(f"{file} is not a regular file, and is not read")
    try:
        frame = pandas.read_parquet(file)
    except ImportError as error:
        raise InputError(
            f"{file} needs pyarrow to be read: pip install 'augbench[parquet]', or save it as CSV"
        ) from error
    except Exception as error:
        raise InputError(f"{file} is not a readable Parquet file: {error}") from error
    names = [str(name).strip() for name in frame.columns]
    return names, [texts(frame.iloc[:, at].tolist()) for at in range(len(names))]


def texts(cells: Sequence[Any]) -> list[str]:
    """Return cells as text: whole floats without their ``.0``, missing ones empty."""
    import pandas

    texts = []
    for cell in cells:
        if isinstance(cell, (list, tuple, dict, np.ndarray)):
            texts.append(" ".join(map(str, cell)))  # several labels, say
        elif cell is None or cell is pandas.NA or cell != cell:
            texts.append("")
        elif isinstance(cell, float) and cell.is_integer():
            texts.append(str(int(cell)))
        else:
            texts.append(str(cell).strip())
    return texts
