"""What was edited? The definition of a policy then and now, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from augbench.findings import Finding

_TRANSFORMS = "__class_fullname__"
_MOST = 8


def edits(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Finding]:
    """Return what of a definition was edited; nothing where both are equal."""
    findings = list(_differences(then, now, ()))
    order = [finding for finding in findings if finding.kind != "definition-changed"]
    words = [finding.figures for finding in findings if finding.kind == "definition-changed"]
    if words:
        changes = [dict(figures) for figures in words[:_MOST]]
        order.append(
            Finding("definition-changed", {"changes": changes, "more": len(words) - len(changes)})
        )
    return order


def _differences(then: Any, now: Any, place: tuple[str, ...]) -> Iterator[Finding]:
    if then == now:
        return
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for word in {**then, **now}:
            yield from _differences(then.get(word), now.get(word), (*place, str(word)))
        return
    if isinstance(then, list) and isinstance(now, list):
        names = [list(map(_name, part)) for part in (then, now)]
        if all(all(side) for side in names):
            yield from _of_steps(then, now, names, place)
            return
    yield Finding("definition-changed", {"place": _told(place), "then": then, "now": now})


def _of_steps(
    then: list[Any], now: list[Any], names: list[list[str]], place: tuple[str, ...]
) -> Iterator[Finding]:
    """Yield what differs between two lists of steps that have names."""
    before, after = names
    if before == after:
        for name, earlier, later in zip(before, then, now, strict=True):
            yield from _differences(earlier, later, (*place, name))
    elif sorted(before) == sorted(after):
        yield Finding("steps-reordered", {"then": before, "now": after})
    else:
        gone = [name for name in before if before.count(name) > after.count(name)]
        new = [name for name in after if after.count(name) > before.count(name)]
        yield Finding("steps-changed", {"gone": gone, "new": new})


def _name(step: Any) -> str:
    """Return what a step is called, a transform or a layer; empty where it is none."""
    if not isinstance(step, Mapping):
        return ""
    if _TRANSFORMS in step:
        return str(step[_TRANSFORMS]).rpartition(".")[2]
    return str(next(iter(step))) if len(step) == 1 else ""


def _told(place: tuple[str, ...]) -> str:
    """Return where a word stands: a spec's alone, an argument with its transform."""
    if "spec" in place[:-1]:
        return ".".join(place[place.index("spec") + 1 :])
    return ".".join(part for part in place if part not in ("pipeline", "transforms", "layers"))
