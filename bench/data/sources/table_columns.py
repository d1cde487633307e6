"""Which columns of a table are path, label, split and group, and what helps where they are not?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from augbench.bench.data.sources.layout import is_image
from augbench.bench.data.sources.source import some
from augbench.bench.data.sources.splits import looks_like_split, split_of

from augbench.errors import InputError, nearest

NEEDED = ("path", "label")
OPTIONAL = ("split", "group")
#: what people call groups
_GROUP = (
    r"(patient|subject|person|video|case|session|scene|series|study|lesion|group|clip)(_?id|s)?"
)
#: how tables of numbers name their pixels: pixel0, px_1, 28x28
_PIXEL = r"(pixel|px|p)?_?\d+x?\d*"
#: what other tools call them, Keras' flow_from_dataframe first
_OTHER_NAMES = {
    "path": (
        *("filename", "file", "filepath", "file_name", "file_path", "image_path", "img_path"),
        *("image", "img", "image_id", "id_code", "image_name", "filenames", "id"),
    ),
    "label": (
        *("class", "category", "target", "diagnosis", "class_name", "label_name", "labels"),
        *("classes", "class_id", "label_id", "species", "breed", "y", "emotion"),
    ),
}


def chosen_columns(names: Sequence[str], where: str) -> tuple[dict[str, int], list[str]]:
    """Return the places of the columns that count, and sentences on those that could be meant too.

    A name counts in any case, without blanks around it; of several, the one that is written exactly
    so.

    Args:
        names: the names of all columns.
        where: the table, for messages.

    Raises:
        InputError: two columns have one name, or columns that are needed are not there.
    """
    columns: dict[str, int] = {}
    warnings = []
    for wanted in (*NEEDED, *OPTIONAL):
        places = [at for at, name in enumerate(names) if name.strip().lower() == wanted]
        exact = [at for at in places if names[at].strip() == wanted]
        if len(places) > 1 and len(exact) != 1:
            shown = " and ".join(repr(names[at].strip()) for at in places[:2])
            raise InputError(f"{where} has the columns {shown}; keep one of them as {wanted!r}")
        if places:
            columns[wanted] = (exact or places)[0]
        if len(places) > 1:
            others = [names[at].strip() for at in places if at != columns[wanted]]
            warnings.append(f"{where}: {wanted!r} is read and the column {some(others)} is not")
    for wanted in NEEDED:
        if wanted not in columns:
            raise InputError(_lacking(wanted, columns, [name.strip() for name in names], where))
    return columns, warnings


def refuse_other_split(cells: Mapping[str, Sequence[str]], where: str) -> None:
    """Raise `InputError` where another column than ``split`` says which part a row belongs to.

    Args:
        cells: columns by name that are not read.
        where: the table, for messages.
    """
    for name, column in cells.items():
        words = dict.fromkeys(word for word in column if word)
        splits = {split_of(word) for word in words} if 1 < len(words) <= 6 else {None}
        if None not in splits and len(splits) > 1:
            raise InputError(
                f"{where}: the column {name!r} says which part a row belongs to "
                f"({some(list(words))}); call it 'split' to have that kept, or leave it out"
            )


def unread_notes(cells: Mapping[str, Sequence[str]], has: Iterable[str], where: str) -> list[str]:
    """Return a sentence for each column that is not read though its name says split or group.

    Args:
        cells: columns by name that are not read.
        has: which of the columns that count there are.
        where: the table, for messages.
    """
    notes = []
    for name, column in cells.items():
        several = 1 < len(set(column)) < len(column)
        if "split" not in has and several and looks_like_split(name):
            notes.append(
                f"{where}: the column {name!r} is not read; one called 'split' with the words "
                "train, validation and test is"
            )
        if "group" not in has and several and re.fullmatch(_GROUP, name.lower()):
            notes.append(
                f"{where}: the column {name!r} is not read; call it 'group' to keep the images "
                "of each on one side of every split"
            )
    return notes


def refuse_several_labels(labels: Sequence[str], where: str) -> list[str]:
    """Refuse cells that hold several labels; return a sentence where that can only be guessed.

    A cell holds several where all its pieces, at blanks or ``, ; |``, are labels of other rows.

    Raises:
        InputError: for the first such cell, with its row.
    """
    known = set(labels)
    several = {label: _pieces(label) for label in dict.fromkeys(labels)}
    for label, pieces in several.items():
        if len(pieces) > 1 and known.issuperset(pieces):
            row = labels.index(label) + 2
            raise InputError(
                f"{where}, row {row}: the label {label!r} is {len(pieces)} labels of other rows, "
                f"{some(pieces)}; an image has one label here: keep one, or join them, as "
                f"{'+'.join(pieces)!r}, for a class of its own"
            )
    combined = {label: pieces for label, pieces in several.items() if len(pieces) > 1}
    often: dict[str, int] = {}
    for pieces in combined.values():
        for piece in pieces:
            often[piece] = often.get(piece, 0) + 1
    if len(combined) > 3 and min(often.values()) > 1:
        return [
            f"{where}: labels such as {some(list(combined), 2)} may be several in one cell; each "
            "such cell is a class of its own"
        ]
    return []


def _pieces(label: str) -> list[str]:
    """Return the pieces of a label at blanks and signs, each once."""
    return list(dict.fromkeys(piece for piece in re.split(r"[\s,;|\[\]'\"]+", label) if piece))


def _lacking(wanted: str, columns: Mapping[str, int], names: list[str], where: str) -> str:
    text = (
        f"{where} lacks the column {wanted!r}{nearest(wanted, names)}; it has "
        f"{_shown(names) or 'none'}, and needs path, label and optionally split and group"
    )
    numbered = [name for name in names if re.fullmatch(_PIXEL, name.lower())]
    if len(numbered) > 3 or "pixels" in map(str.lower, names):
        return (
            f"{text}; pixels in a table are not read: save them as an .npz with x_train, "
            "uint8 N×H×W, and y_train"
        )
    if any(is_image(name) for name in names):
        return f"{text}; the first row must hold these names, not an image"
    by_name = {name.lower(): name for name in names}
    renamed = [
        f"{by_name[other]} to {need}"
        for need in NEEDED
        if need not in columns
        for other in [next((other for other in _OTHER_NAMES[need] if other in by_name), "")]
        if other
    ]
    return f"{text}; rename {' and '.join(renamed)}" if renamed else text


def one_hot_hint(cells: Mapping[str, Sequence[str]]) -> str:
    """Return what helps where the columns are 0 or 1, one of them 1 in each row; else nothing."""
    names = [name for name, column in cells.items() if set(column) <= {"0", "1", "0.0", "1.0"}]
    rows = zip(*(cells[name] for name in names), strict=True)
    if len(names) < 2 or any(sum(float(cell) for cell in row) != 1 for row in rows):
        return ""
    listed = f"[{', '.join(map(repr, names[:3]))}{', …' if len(names) > 3 else ''}]"
    return f"; one-hot columns become one by frame['label'] = frame[{listed}].idxmax(axis=1)"


def _shown(names: list[str]) -> str:
    most = 8
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(name[:40] or "''" for name in names[:most]) + more
