"""What is written where: any encoding, a reader that has gone, warnings as notes, said once.

A console of cp1252 or ASCII has no ✓ and no ×, and `head` closes the pipe when it has enough.
Neither may change the code that a verb ends with.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from augbench.errors import AugbenchWarning

#: signs of ours in letters that every console has
_IN_ASCII = str.maketrans(
    {
        "×": "x",
        "…": "...",
        "−": "-",
        "–": "-",
        "·": "-",
        "→": "->",
        "↔": "<->",
        "±": "+/-",
        "°": " deg",
        "²": "^2",
        "½": "1/2",
        "√": "sqrt ",
        "λ": "lambda",
        "≥": ">=",
        "≤": "<=",
        "÷": "/",
        "∞": "inf",
        "✓": "ok",
        "✗": "!!",
        "▲": "^",
        "▼": "v",
        "▀": "#",
    }
)
_ERRORS = "augbench"
_said: ContextVar[set[str] | None] = ContextVar("said", default=None)


def echo(text: object, *, err: bool = False, nl: bool = True, color: bool | None = None) -> None:
    """Write text on standard output or error, in its encoding; no error steers the terminal."""
    import click

    if err:
        signs = (
            sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in str(text)
        )
        text = "".join(signs)

    # named, since without a name click writes UTF-8 to a console of ASCII
    click.echo(text, file=sys.stderr if err else sys.stdout, nl=nl, color=color)


def echo_json(content: Any, indent: int | None = None) -> None:
    """Write JSON on standard output, a text of JSON as it is; escaped where it has to be."""
    text = content
    if not isinstance(content, str):
        text = json.dumps(content, ensure_ascii=False, indent=indent)
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = "".join(sign if sign.isascii() else json.dumps(sign)[1:-1] for sign in text)
    echo(text.removesuffix("\n"))


def said(notes: Iterable[str]) -> None:
    """Take note of notes that a person has been shown: the same warnings are not shown again."""
    known = _said.get()
    if known is not None:
        known.update(notes)


@contextmanager
def any_console() -> Iterator[None]:
    """Write what a console can show, and go on where nobody reads any more."""
    before = sys.stdout, sys.stderr
    sys.stdout = _patient(sys.stdout, "standard output")
    sys.stderr = _patient(sys.stderr, "standard error")
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before


@contextmanager
def warnings_as_notes(*, quiet: bool) -> Iterator[None]:
    """Show each warning of ours at the end as a note, once, and none that was said before.

    What a library says again that such a note has quoted is not shown.

    Args:
        quiet: show none.
    """
    untold: list[str] = []
    token = _said.set(set())
    with warnings.catch_warnings():
        warnings.simplefilter("always", AugbenchWarning)
        raw = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            text = " ".join(str(message).split())
            if issubclass(category, AugbenchWarning):
                untold.append(str(message))
            elif not any(text in note for note in (*untold, *(_said.get() or ()))):
                raw(message, category, *place, **more)

        warnings.showwarning = show
        try:
            yield
            for note in dict.fromkeys(untold):
                if not quiet and note not in (_said.get() or ()):
                    echo(f"note: {note}", err=True)
        finally:
            _said.reset(token)


def _patient(stream: TextIO, name: str) -> TextIO:
    """Return a stream that writes what it can: signs in letters, nothing where nobody reads."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.reconfigure(errors=_ERRORS)
    unbuffered = isinstance(stream.buffer, io.FileIO)
    if not unbuffered and not isinstance(getattr(stream.buffer, "raw", None), io.FileIO):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Unread(stream.fileno(), name)),
        stream.encoding,
        _ERRORS,
        line_buffering=stream.line_buffering or unbuffered,
    )


class _Unread(io.RawIOBase):
    """A descriptor to write to; when its reader has gone, what is written is dropped.

    Any other error, such as that of a full disk, is raised once: flushing again must not raise it.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor, self._name = descriptor, name
        self._failed = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, content: Any) -> int:
        try:
            return os.write(self._descriptor, content)
        except OSError as error:
            if not self._failed and not isinstance(error, BrokenPipeError):
                self._failed = True
                raise OSError(error.errno, error.strerror, self._name) from error
            return len(content)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding lacks: our signs by letters, letters by their base, others by code.

    A handler of errors as `codecs.register_error` takes it.
    """
    assert isinstance(error, UnicodeEncodeError)
    wanting = error.object[error.start : error.end]
    plain = unicodedata.normalize("NFKD", wanting.translate(_IN_ASCII))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return letters.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(_ERRORS, _in_ascii)
