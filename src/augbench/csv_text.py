"""CSV as this program writes and reads it: no cell is a formula to a spreadsheet.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@``, also after a tab or a line
break at its start. Such a text gets an apostrophe in front, which makes it plain text there and is
taken off again by `read`; one that begins like this already gets another, so that every text reads
back as it was. Numbers stay numbers, in texts too: a class ``-1`` is written as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")  # the wide ones are typed in East Asia
_GUARDED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def guarded(cell: Any) -> Any:
    """Return a cell as it is written; what is no text stays as it is."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def unguarded(cell: str) -> str:
    """Return what a cell was before it was `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def write(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV: cells guarded, lines that end with a single line feed."""
    lines = []
    for row in rows:
        # With a carriage return in its line ends the writer quotes a text that holds one, too.
        csv.writer(line := io.StringIO(newline=""), lineterminator="\r\n").writerow(
            map(guarded, row)
        )
        lines.append(f"{line.getvalue()[:-2]}\n")
    return "".join(lines)


def read(text: str, delimiter: str = ",") -> Iterator[list[str]]:
    """Yield the rows of a CSV text, cells as they were before they were guarded.

    Raises:
        csv.Error: it is no CSV; the message names the line.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in lines:
            yield list(map(unguarded, row))
    except csv.Error as error:
        raise csv.Error(f"{error} in line {lines.line_num}") from error
