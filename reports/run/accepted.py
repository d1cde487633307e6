"""How is a file read that `augbench accept` wrote, and a person may have edited since?"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from augbench.errors import InputError, NotComparable
from augbench.outside import WORDS_BYTES, parse_json, read_bytes

T = TypeVar("T")

#: what a file is -> a key that only it has
_KEYS = {"baseline": "conditions", "fingerprint": "pictures"}


def read_accepted(
    file: Path, adapter: TypeAdapter[T], version: int, what: str, accepting: str
) -> T:
    """Return what a file of JSON holds.

    Args:
        file: the file.
        adapter: what validates it.
        version: the ``schema_version`` that is read.
        what: what it is called, and its option: ``baseline``.
        accepting: the command that writes it.

    Raises:
        NotComparable: there is no such file, or it is of another version.
        InputError: it is something else; the text says where.
    """
    try:
        text = read_bytes(file, WORDS_BYTES)
    except FileNotFoundError:
        raise NotComparable(f"there is no {what} {file}; {accepting} writes it") from None
    except OSError as error:
        raise InputError(f"--{what} {file}: {error.strerror or error}") from None
    try:
        content = parse_json(text)
    except ValueError as error:
        raise InputError(f"--{what} {file} is not JSON: {error}") from None
    schema_version = content.get("schema_version") if isinstance(content, dict) else None
    if isinstance(schema_version, int) and schema_version != version:
        raise NotComparable(
            f"{what} {file} has schema_version {schema_version} and this augbench reads {version}; "
            f"{accepting} writes it anew"
        )
    for kind, key in _KEYS.items() if isinstance(content, dict) else ():
        if key in content and _KEYS[what] not in content:
            raise InputError(f"--{what} {file} is a {kind}; give it as --{kind} {file}")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "its content"
        raise InputError(f"--{what} {file} is no {what}: {place}: {first['msg']}") from None
