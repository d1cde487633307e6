"""What goes wrong with input, said so that a person can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad usage or bad input: one line that says what is wrong, where, and what would be right.

    It stays one where a name that it quotes, of a column or a file, has line breaks.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(" ".join(filter(None, map(str.strip, str(message).splitlines()))))


class Refusal(InputError):
    """An engine or a policy cannot do what was asked, and says which one can."""


class ReportError(InputError):
    """A run folder cannot be read or reported; the message says what is wrong and where."""


class NotComparable(InputError):
    """A baseline is missing, or it is of another experiment; there is nothing to judge by.

    Attributes:
        differences: what differs, each in a line.
    """

    def __init__(self, message: str, differences: Iterable[str] = ()) -> None:
        self.differences = tuple(differences)
        super().__init__("; ".join([message, *self.differences]))
        self.message = message


class AugbenchWarning(UserWarning):
    """Something that works but is probably not what was meant; listed in the report."""


def in_a_line(error: BaseException) -> str:
    """Return an error's text on one line, of anybody's class: one whose text raises has none."""
    try:
        if type(error).__str__ is OSError.__str__ and isinstance(error, OSError) and error.filename:
            return f"{error.filename}: {error.strerror}"
        return " ".join(str(error).split())
    except Exception:
        return "its text cannot be made"


def reason_of(error: BaseException) -> str:
    """Return an error's class and text on one line, such as ``ValueError: no image``."""
    return f"{type(error).__name__}: {in_a_line(error)}".removesuffix(": ")


def nearest(word: object, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest known word, or an empty string.

    Args:
        word: what stands where a word should, in a file of anybody's anything.
        known: what could have been meant.
    """
    closest = difflib.get_close_matches(str(word)[:100], list(known), n=1, cutoff=0.5)
    return f" (did you mean {closest[0]!r}?)" if closest else ""
