"""Which images does a table of paths and labels (.csv or .parquet) name?"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from augbench.bench.data.sources.folders import ImageFile, Listing, name_of
from augbench.bench.data.sources.source import SPLIT_WORDS, TRAIN, count

from augbench.errors import InputError, nearest


def list_table(file: Path) -> Listing:
    """List the images that ``file`` names: columns path, label and optionally split.

    Paths are relative to the file's folder. Files that are not there are listed as unreadable.
    Raises `InputError` for missing columns, empty cells and unknown splits, with the row.
    """
    columns = _read_parquet(file) if file.suffix.lower() == ".parquet" else _read_csv(file)
    for name in ("path", "label"):
        if name not in columns:
            raise InputError(
                f"{file} lacks the column {name!r}{nearest(name, columns)}; it has "
                f"{', '.join(columns) or 'none'}, and needs path, label and optionally split"
            )
    listing = Listing()
    labels: dict[tuple[str, int], str] = {}
    absent: dict[str, str] = {}
    splits = columns.get("split") or ["train"] * len(columns["path"])
    for row, (name, label, word) in enumerate(
        zip(columns["path"], columns["label"], splits, strict=True), start=2
    ):
        if not name or not label:
            raise InputError(f"{file}, row {row}: {'path' if not name else 'label'} is empty")
        split = SPLIT_WORDS.get(word.lower())
        if split is None:
            raise InputError(
                f"{file}, row {row}: split {word!r} is none of train, validation (or val), test"
            )
        shown = name_of(os.path.normpath(name).replace(os.sep, "/"))
        if labels.setdefault((shown, split), label) != label:
            raise InputError(
                f"{file}, row {row}: {name!r} is labelled {label!r} here and "
                f"{labels[shown, split]!r} before; an image has one label"
            )
        path = file.parent / name
        if not _is_file(path):
            absent[shown] = "no such file"
        listing.files.append(ImageFile(path, shown, label, split))
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
        )
    listing.classes = tuple(sorted(set(columns["label"])))
    listing.files = sorted(
        (entry for entry in distinct.values() if entry.shown not in absent),
        key=lambda entry: (entry.split, entry.shown),
    )
    _check_splits(file, listing)
    return listing


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system allows
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


def _read_csv(file: Path) -> dict[str, list[str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text; save it as CSV UTF-8") from error
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in lines if any(row)]
    except csv.Error as error:
        raise InputError(f"{file}, line {lines.line_num}: {error}; it is not a CSV file") from error
    if not rows:
        raise InputError(f"{file} is empty; it needs columns path and label")
    names = [name.strip().lower() for name in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise InputError(f"{file}, row {number}: {len(row)} cells under {len(names)} columns")
    return {name: [row[i].strip() for row in rows[1:]] for i, name in enumerate(names)}


def _read_parquet(file: Path) -> dict[str, list[str]]:
    import pandas

    try:
        frame = pandas.read_parquet(file)
    except ImportError as error:
        raise InputError(
            f"{file} needs pyarrow to be read: pip install 'augbench[parquet]', or save it as CSV"
        ) from error
    except Exception as error:
        raise InputError(f"{file} is not a readable Parquet file: {error}") from error
    return {str(name).strip().lower(): texts(frame[name].tolist()) for name in frame.columns}


def texts(cells: Sequence[Any]) -> list[str]:
    """Return cells as text: whole floats without their ``.0``, missing ones empty."""
    import pandas

    texts = []
    for cell in cells:
        if cell is None or cell is pandas.NA or cell != cell:
            texts.append("")
        elif isinstance(cell, float) and cell.is_integer():
            texts.append(str(int(cell)))
        else:
            texts.append(str(cell).strip())
    return texts
