"""Is a stored trial what was written? The digests in its record, and what they say later."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augbench.reports.run.layout import RECORD

from augbench.outside import open_regular

#: of the record: the SHA-256 of each other file by its name, and that of all else that it says
FILES, DIGEST = "files", "digest"
_PIECE = 2**16


def sealed(record: Mapping[str, Any], place: Path) -> dict[str, Any]:
    """Return a record, of plain JSON values, with the digests of itself and of its trial's files.

    Args:
        record: what result.json is to say.
        place: the folder of the trial, with all other files in it.
    """
    files = {path.name: _of_file(path) for path in sorted(place.iterdir()) if path.name != RECORD}
    content = {**record, FILES: files}
    return content | {DIGEST: _of_record(content)}


def broken_seal(record: Mapping[str, Any], place: Path) -> str:
    """Return why a trial is not what was written, in a few words; empty where it is, or may be.

    A record without digests, of an earlier version, may be: `is_sealed` tells.

    Args:
        record: what result.json says.
        place: the folder of the trial.
    """
    if not is_sealed(record):
        return ""
    if record.get(DIGEST) != _of_record(record):
        return f"{RECORD} has changed since it was written"
    files = record.get(FILES)
    for name, digest in files.items() if isinstance(files, dict) else ():
        try:
            now = _of_file(os.path.join(place, os.path.basename(str(name))))
        except OSError as error:
            return f"{name} cannot be read: {error.strerror or error}"
        if now != digest:
            return f"{name} has changed since it was written"
    return ""


def is_sealed(record: Mapping[str, Any]) -> bool:
    """Return whether a record brings digests."""
    return DIGEST in record


def _of_file(path: Path | str) -> str:
    # hashlib.file_digest makes a buffer of 256 kB for each of these small files
    digest = hashlib.sha256()
    with open_regular(path) as file:
        content = file.read(_PIECE)
        digest.update(content)
        while len(content) == _PIECE:  # a shorter one is the last
            content = file.read(_PIECE)
            digest.update(content)
    return digest.hexdigest()


def _of_record(record: Mapping[str, Any]) -> str:
    content = {name: value for name, value in record.items() if name != DIGEST}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
