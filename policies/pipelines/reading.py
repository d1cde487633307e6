"""How does a JSON or YAML file become a composition of the installed Albumentations?"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from augbench.policies.pipelines.translation import CLASS, classes, shown, translated

from augbench import outside
from augbench.errors import AugbenchWarning, InputError

_MOST, _MOST_PIXELS = 1_000_000, 1000  # of a number in a file; of the side of a blur
#: kind of a pydantic error -> what would be right; the names in braces are its context's
_WANTED = {
    "missing": "it must be given",
    "greater_than": "it must be above {gt}",
    "greater_than_equal": "it must be at least {ge}",
    "less_than": "it must be below {lt}",
    "less_than_equal": "it must be at most {le}",
    "literal_error": "it must be {expected}",
    "tuple_type": "it must be a list",
    "list_type": "it must be a list",
    "dict_type": "it must be a table",
    "too_long": "it has too many values",
    "too_short": "it has too few values",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "string_type": "it must be a text",
    "int_from_float": "it must be a whole number",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "value_error": "{error}",
    "assertion_error": "{error}",
}


def read_pipeline(path: Path) -> Any:
    """Return the composition that a file describes.

    Only registered transforms can be named in it. What another version of Albumentations wrote is
    translated, and a warning says what was read as what.

    Args:
        path: a ``.json``, ``.yaml`` or ``.yml`` file written with ``A.to_dict``.

    Raises:
        InputError: the file cannot be read, or holds something that cannot be done here; one line
            with the file, the transform, the argument and what would be right.
    """
    described = _parsed(path)
    try:
        if not isinstance(described, dict) or not isinstance(described.get("transform"), dict):
            raise InputError(
                "this is not what A.to_dict(compose) writes: a mapping with the keys "
                "'__version__' and 'transform' is wanted"
            )
        version = str(described.get("__version__") or "")
        translation = translated(described["transform"], version)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            compose = _built(translation.transform)
    except InputError as error:
        raise InputError(f"pipeline {path}: {error}") from error
    except RecursionError:
        raise InputError(f"pipeline {path}: transforms stand in one another too deeply") from None
    notes = dict.fromkeys(translation.notes)
    if notes:
        by = f", written by Albumentations {version}" if version else ""
        warnings.warn(f"pipeline {path}{by}: {'; '.join(notes)}", AugbenchWarning, stacklevel=2)
    for text in dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught):
        warnings.warn(f"pipeline {path}: {text}", AugbenchWarning, stacklevel=2)
    return compose


def _parsed(path: Path) -> Any:
    import yaml

    try:
        text = outside.read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"cannot read the pipeline {str(path)!r}: {reason}") from error
    try:
        if path.suffix.lower() == ".json":
            return outside.parse_json(text)
        if path.suffix.lower() in (".yaml", ".yml"):
            return outside.checked(yaml.safe_load(text))
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InputError(f"pipeline {path}: {' '.join(str(error).split())}") from error
    raise InputError(f"pipeline {path}: a .json or .yaml file is wanted")


def _built(transform: dict[str, Any]) -> Any:
    """Return the object of a translated description, its members built before it."""
    arguments = dict(transform)
    name = arguments.pop(CLASS)
    _refuse_huge(name, arguments)
    if isinstance(arguments.get("transforms"), list):
        arguments["transforms"] = [_built(member) for member in arguments["transforms"]]
        if not arguments["transforms"] and name != "Compose":
            raise InputError(f"{name}: transforms=[] is nothing to apply; fill it, or take it out")
    try:
        return classes()[name](**arguments)
    except Exception as error:
        raise InputError(f"{name}: {_reason(error, arguments)}") from error


def _refuse_huge(name: str, arguments: dict[str, Any]) -> None:
    """Raise `InputError` for a number that would fill the memory, such as a kernel's side."""
    for word, value in arguments.items():
        most = _MOST_PIXELS if "blur" in word else _MOST
        for number in value if isinstance(value, (list, tuple)) else [value]:
            huge = isinstance(number, (int, float)) and abs(number) > most
            if huge and word != "seed":
                raise InputError(f"{name}: {word}={shown(value)}: at most {most:,} is taken")


def _reason(error: Exception, arguments: dict[str, Any]) -> str:
    """Return why a class takes no such arguments, without the words of what checked them."""
    from pydantic import ValidationError

    cause = error.__cause__ if isinstance(error.__cause__, ValidationError) else error
    if not isinstance(cause, ValidationError):
        return " ".join(f"{type(error).__name__}: {error}".split())
    faults = cause.errors()
    if not faults[0]["loc"]:  # about several arguments at once
        message = _WANTED.get(faults[0]["type"], "{error}").format_map(faults[0].get("ctx", {}))
        return " ".join(message.split())
    argument = str(faults[0]["loc"][0])
    wanted = dict.fromkeys(
        _WANTED.get(fault["type"], "it is not of the right kind").format_map(
            {"error": "", **fault.get("ctx", {})}
        )
        for fault in faults
        if str(fault["loc"][0]) == argument
    )
    value = f"={shown(arguments[argument])}" if argument in arguments else ""
    return f"{argument}{value}: {', or '.join(' '.join(text.split()) for text in wanted)}"
