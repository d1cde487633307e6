"""Which links in a folder of data are followed: those within it, and others for who asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from augbench.bench.data.sources.source import count

#: the folder that is being listed, and the links out of it that were met; None follows all
_LISTED: ContextVar[tuple[str, set[str]] | None] = ContextVar("_LISTED", default=None)


@contextmanager
def only_within(root: Path, follow_links: bool) -> Iterator[set[str]]:
    """Let `leaves` tell the links out of ``root``, and give the set of those that it told of."""
    met: set[str] = set()
    token = _LISTED.set(None if follow_links else (os.path.realpath(root), met))
    try:
        yield met
    finally:
        _LISTED.reset(token)


def leaves(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a link to something outside the folder that is being listed.

    One that leads nowhere is not: it is a file that cannot be read.
    """
    listed = _LISTED.get()
    if listed is None or not entry.is_symlink() or not os.path.exists(entry.path):
        return False
    root, met = listed
    target = os.path.realpath(entry.path)
    if os.path.commonpath([root, target]) == root:
        return False
    met.add(entry.path)
    return True


def left_out(links: set[str], root: Path) -> str:
    """Return what is said of links that were not followed."""
    first = os.path.relpath(min(links), root)
    return (
        f"{count(len(links), 'link')} out of {root} left out, as {first}; --follow-links follows "
        "them"
    )
