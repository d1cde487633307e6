"""How does a description that any Albumentations version wrote become one of the installed one?"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from augbench.policies.engines.stock import albumentations
from augbench.policies.pipelines.versions import (
    CHANGED,
    DEFAULTS,
    GONE,
    OWN_CHANCES,
    REDRAWN,
    REFUSED,
    REPLACED,
    WORDS,
    Arguments,
    Untranslatable,
    Version,
)

from augbench.errors import InputError, nearest

CLASS = "__class_fullname__"
_ABOUT_BOXES = ("bbox_params", "keypoint_params")
#: compositions that choose among members by p and then apply the chosen one whatever its p
_CHOOSING = ("OneOf", "OneOrOther")
_LONGEST = 80


@dataclass
class Translation:
    """A description in the words of the installed version, and what was done to it.

    Attributes:
        transform: class name and arguments, ``p`` always among them, at any depth.
        notes: what was read as something else, a phrase each.
    """

    transform: Arguments = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def translated(transform: Any, written_by: str = "") -> Translation:
    """Return a description as the installed Albumentations has to be told it.

    Args:
        transform: what ``A.to_dict`` writes under ``transform``.
        written_by: the version that wrote it; empty for the installed one.

    Raises:
        InputError: for a class or an argument that is unknown or means nothing here; one line with
            its name and what to write instead, to be put behind the file's name.
    """
    result = Translation()
    version = _version(written_by)
    result.transform = _translated(transform, version, result.notes, chosen=False)
    return result


def installed() -> str:
    """Return the name and version of the installed library."""
    return f"Albumentations {albumentations().__version__}"


@cache
def classes() -> dict[str, type]:
    """Return what a file may name: the registered transforms and compositions."""
    albumentations()
    from albumentations.core.serialization import SERIALIZABLE_REGISTRY
    from augbench.policies.engines import transform  # noqa: F401  registers SpecTransform

    return dict(SERIALIZABLE_REGISTRY)


@cache
def defaults_of(name: str) -> dict[str, Any]:
    """Return the arguments of a class with their defaults, `inspect.Parameter.empty` for none."""
    given = inspect.signature(classes()[name].__init__).parameters.values()  # type: ignore[misc]
    plain = [
        parameter
        for parameter in given
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    return {parameter.name: parameter.default for parameter in plain if parameter.name != "self"}


def _version(text: str) -> Version:
    numbers = tuple(int(number) for number in re.findall(r"\d{1,9}", text)[:3])
    return numbers or _version(albumentations().__version__)


def _translated(transform: Any, version: Version, notes: list[str], chosen: bool) -> Arguments:
    if not isinstance(transform, dict) or not isinstance(transform.get(CLASS), str):
        raise InputError(f"a transform without {CLASS!r}, the name of its class")
    arguments = dict(transform)
    full = arguments.pop(CLASS)
    name = full.rpartition(".")[2] if full not in classes() else full
    if name in GONE:
        raise InputError(f"{name}: {GONE[name]}")
    _default_before(name, arguments, version)
    if arguments.pop("always_apply", None) is True and not chosen:
        arguments["p"] = 1.0
        notes.append(f"{name}: always_apply is p=1")
    if name in WORDS:
        arguments = _renamed(name, arguments, notes)
    if name in REPLACED:
        notes.append(f"{name} is {REPLACED[name].said}")
        new = REPLACED[name].by({"p": 0.5, **arguments})
        return _translated(new, _version(""), notes, chosen)
    if name not in classes():
        known = [path.rpartition(".")[2] for path in classes()]
        raise InputError(f"{installed()} has no transform {name!r}{nearest(name, known)}")
    since = REDRAWN.get(name, ())
    if (version < since) != (_version("") < since):
        first = ".".join(map(str, since))
        notes.append(f"{name} draws otherwise since {first}: look at it with augbench preview")
    return {CLASS: name, **_current(name, arguments, version, notes)}


def _default_before(name: str, arguments: Arguments, version: Version) -> None:
    """Put in what the writing version took for arguments that are absent."""
    here = _version("")
    for argument, default in DEFAULTS.get(name, {}).items():
        same = {argument}.union(
            *({*w.old, w.new} for w in WORDS.get(name, ()) if argument in w.old)
        )
        if (version < default.until) != (here < default.until) and not same & set(arguments):
            arguments[argument] = default.value if version < default.until else default.since


def _renamed(name: str, arguments: Arguments, notes: list[str]) -> Arguments:
    """Return the arguments with those of other versions under their present names."""
    result, known = dict(arguments), defaults_of(name) if name in classes() else {}
    for word in WORDS[name]:
        if word.new and word.new not in known and set(word.old) <= set(known):
            continue  # the installed version has the old words alone
        given = {old: result.pop(old) for old in word.old if old in result}
        if not given or not word.new:
            continue
        values = [given.get(old) for old in word.old]
        given_text = ", ".join(f"{old}={shown(value)}" for old, value in given.items())
        empty = all(value is None for value in values)
        if word.new in result:
            if not empty:
                raise InputError(f"{name}: {given_text} and {word.new} say the same; leave one out")
            continue
        try:
            value = word.value(*values)
        except (TypeError, ValueError, OverflowError):
            raise InputError(f"{name}: {given_text} cannot be read; write {word.new}") from None
        if value is None:
            continue
        result[word.new] = value
        if not empty and values != [value]:
            notes.append(f"{name}: {given_text} is {word.new}={shown(value)}")
    return result


def _current(name: str, arguments: Arguments, version: Version, notes: list[str]) -> Arguments:
    """Return arguments that the installed class has, ``p`` among them."""
    for argument, refused in REFUSED.get(name, {}).items():
        value = arguments.pop(argument, None)
        if not refused.harmless(value):
            raise InputError(
                f"{name}: {installed()} has no {argument}={shown(value)}; {refused.advice}"
            )
    known = defaults_of(name)
    if "transforms" in known:
        for argument in _ABOUT_BOXES:
            if arguments.pop(argument, None) is not None:
                notes.append(f"{argument} is left out: class folders have no boxes or key points")
        members = arguments.get("transforms")
        if not isinstance(members, list):
            raise InputError(f"{name}: 'transforms' must be a list of transforms")
        chosen = name in _CHOOSING or (name == "SomeOf" and version < OWN_CHANCES)
        arguments["transforms"] = [
            _translated(member, version, notes, chosen) for member in members
        ]
    for argument in arguments:
        if argument not in known:
            advice = nearest(argument, known) or f"; it takes {', '.join(known)}"
            raise InputError(f"{name}: {installed()} has no argument {argument!r}{advice}")
    if name in CHANGED:
        try:
            arguments = CHANGED[name][0](arguments, version, _version(""))
        except Untranslatable as error:
            value = shown(arguments.get(error.argument))
            about = f"{error.argument}={value}" if error.argument != "transforms" else "transforms"
            raise InputError(f"{name}: {about} means something else now; {error}") from None
    arguments.setdefault("p", known.get("p", 1.0))
    chance = arguments["p"]
    if isinstance(chance, bool) or not isinstance(chance, (int, float)) or not 0 <= chance <= 1:
        raise InputError(f"{name}: p must be a number from 0 to 1, not {shown(chance)}")
    return arguments


def shown(value: Any) -> str:
    """Return a value as a person writes it, numbers rounded, on one short line."""
    if isinstance(value, float):
        return f"{value:.4g}"
    several = isinstance(value, (list, tuple))
    text = f"[{', '.join(map(shown, value))}]" if several else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
