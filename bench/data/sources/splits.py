"""Which part of a data set do people mean by a word: a folder's name, an array's, a cell's?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from augbench.bench.data.sources.source import SPLITS, TEST, TRAIN, VALIDATION

#: what the parts are called; the one list for folders, arrays and tables
SYNONYMS: dict[int, tuple[str, ...]] = {
    TRAIN: ("train", "training", "trn"),
    # Of two test parts, as of FER2013, the public one was there to choose by.
    VALIDATION: ("validation", "val", "valid", "validate", "validating", "dev", "public test"),
    TEST: ("test", "testing", "tst", "private test"),
}
#: words that may stand beside them and say nothing: train_images, Training Set, test-data, val2017
FILLERS = (
    *("dataset", "datasets", "data", "sets", "set", "splits", "split", "part", "folder", "files"),
    *("images", "image", "imgs", "img", "photos", "pictures", "pics", "samples", "examples"),
)
#: words for a part that is validated or tested on; which of the two, they leave open
UNCLEAR = ("eval", "evaluation", "evaluate", "holdout", "heldout")
#: what needs no remark
_PLAIN = ("train", "validation", "val", "test")

_SPLIT_OF = {word.replace(" ", ""): split for split, words in SYNONYMS.items() for word in words}
_TOKENS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")


def split_of(word: str) -> int | None:
    """Return the part that ``word`` names, an index into ``SPLITS``; None where it names none.

    Case, digits, punctuation and `FILLERS` count for nothing.
    """
    return _SPLIT_OF.get(_core(word))


def is_unclear(word: str) -> bool:
    """Return whether ``word`` names a part that may be validation or test."""
    return _core(word) in UNCLEAR


def is_filler(word: str) -> bool:
    """Return whether ``word`` says only that there are images: ``data``, ``images``."""
    return _letters(word) in FILLERS


def looks_like_split(word: str) -> bool:
    """Return whether a part of ``word`` names a part of a data set: ``seg_train``, ``eval``."""
    return split_of(word) is not None or is_unclear(word) or split_within(word) is not None


def split_within(word: str) -> tuple[int, str] | None:
    """Return the part that one piece of ``word`` names, and the other pieces; None if not one does.

    Such as ``(0, "seg")`` for ``seg_train``.
    """
    pieces = [piece.casefold() for piece in _TOKENS.findall(word)]
    named = [piece for piece in pieces if piece in _SPLIT_OF]
    if len(named) != 1:
        return None
    return _SPLIT_OF[named[0]], " ".join(piece for piece in pieces if piece != named[0])


def is_plain(word: str) -> bool:
    """Return whether nothing need be said of how ``word`` is read."""
    return word.casefold() in _PLAIN


def assumed(taken: Iterable[tuple[str, int]]) -> str:
    """Return what words were taken for, as ``'Training' as train, 'Testing' as test``."""
    return ", ".join(f"{word!r} as {SPLITS[split]}" for word, split in taken)


def _letters(word: str) -> str:
    return "".join(char for char in word.casefold() if char.isalpha())


def _core(word: str) -> str:
    """Return the letters of ``word`` without fillers at both ends, if anything is left of it."""
    core = _letters(word)
    while core not in _SPLIT_OF:
        filler = next((f for f in FILLERS if core.endswith(f) and core != f), None)
        if filler is not None:
            core = core[: -len(filler)]
            continue
        filler = next((f for f in FILLERS if core.startswith(f) and core != f), None)
        if filler is None:
            break
        core = core[len(filler) :]
    return core
