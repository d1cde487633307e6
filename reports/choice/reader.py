"""Reads what `augbench choose` has written: choose.json and choose.npz of a folder.

They are written after every block of its race.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augbench.reports.choice.choice import (
    BASELINE,
    KINDS,
    Answer,
    Block,
    Candidate,
    Choice,
    Confirmation,
    Estimate,
    Images,
    Result,
    Screened,
    Tested,
    Trial,
    Turned,
)
from augbench.reports.run.files import read_arrays, read_json
from augbench.reports.run.layout import SEARCH, SEARCH_PICTURES, SEARCH_SCHEMA_VERSION

from augbench.errors import ReportError


def read(folder: Path | str) -> Choice:
    """Return what a search has found.

    Args:
        folder: where `augbench choose` wrote.

    Raises:
        ReportError: the folder has no such file, or it cannot be read, is broken, or was written by
            another version.
    """
    folder = Path(folder)
    path = folder / SEARCH
    if not path.is_file():
        raise ReportError(f"{folder} has no {SEARCH}; name a folder that augbench choose wrote")
    top = _Part(read_json(path), str(path))
    version = top.content.get("schema_version")
    if version != SEARCH_SCHEMA_VERSION:
        raise ReportError(
            f"{path} has schema_version {version!r}, not {SEARCH_SCHEMA_VERSION}: "
            "it was written by another version of augbench"
        )
    full_report = top.text("full_report")
    return Choice(
        folder=folder,
        dataset=top.text("dataset"),
        state=top.text("state") or "racing",
        budget=top.number("budget"),
        spent=top.number("spent"),
        jobs=top.whole("jobs", 1),
        margin=top.number("margin", 0.01),
        objective=top.text("objective") or "accuracy",
        summary=top.mapping("summary"),
        settings=top.mapping("settings"),
        candidates=tuple(_candidate(part) for part in top.parts("candidates")),
        left_out=tuple((part.name("name"), part.text("reason")) for part in top.parts("left_out")),
        screen=tuple(_screened(part) for part in top.parts("screen")),
        blocks=tuple(
            Block(part.whole("seed"), part.texts("policies")) for part in top.parts("blocks")
        ),
        trials=tuple(_trial(part) for part in top.parts("figures")),
        estimates=tuple(
            Estimate(
                part.name("policy"), part.number("mean"), part.number("sd"), part.whole("blocks")
            )
            for part in top.parts("estimates")
        ),
        winner=top.text("winner") or BASELINE,
        confirm=_confirmation(top),
        answer=_answer(top),
        code={name: str(text) for name, text in top.mapping("code").items() if text},
        command=top.text("command"),
        full_report=full_report if full_report and (folder / full_report).is_file() else "",
        warnings=top.texts("warnings"),
        pictures=_pictures(folder / SEARCH_PICTURES),
    )


@dataclass(frozen=True)
class _Part:
    """An object of the file, and where it stands, so that what is wrong in it is said in a line."""

    content: Mapping[str, Any]
    where: str

    def text(self, name: str) -> str:
        value = self.content.get(name)
        return self._checked(name, "" if value is None else value, str, "text")

    def name(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise ReportError(f"{self.where} has no {name}")
        return value

    def number(self, name: str, absent: float = math.nan) -> float:
        value = self.content.get(name)
        if value is None:
            return absent
        number = self._checked(name, value, (int, float), "number")
        return float(number) if math.isfinite(number) else math.nan

    def whole(self, name: str, absent: int = 0) -> int:
        value = self.content.get(name)
        return absent if value is None else self._checked(name, value, int, "whole number")

    def flag(self, name: str) -> bool:
        return bool(self.content.get(name))

    def mapping(self, name: str) -> Mapping[str, Any]:
        return self._checked(name, self.content.get(name) or {}, dict, "object")

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._checked(name, self.content.get(name) or [], list, "list")
        return tuple(str(value) for value in values)

    def wholes(self, name: str) -> tuple[int, ...]:
        values = self._checked(name, self.content.get(name) or [], list, "list")
        return tuple(self._checked(name, value, int, "list of whole numbers") for value in values)

    def part(self, name: str) -> _Part:
        return _Part(self.mapping(name), f"{self.where}: {name}")

    def parts(self, name: str) -> Iterable[_Part]:
        values = self._checked(name, self.content.get(name) or [], list, "list")
        for place, value in enumerate(values):
            self._checked(f"{name}[{place}]", value, dict, "object")
            yield _Part(value, f"{self.where}: {name}[{place}]")

    def _checked(self, name: str, value: Any, kind: Any, what: str) -> Any:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ReportError(f"{self.where}: {name} is no {what}: {repr(value)[:80]}")
        return value


def _candidate(part: _Part) -> Candidate:
    return Candidate(
        part.name("label"),
        part.texts("family"),
        part.text("reason"),
        part.whole("strength", 2),
        part.text("kind") or KINDS[0],
        part.text("policy"),
    )


def _screened(part: _Part) -> Screened:
    turned = tuple(
        Turned(
            pair.name("source"),
            pair.name("target"),
            pair.number("clean"),
            pair.number("augmented"),
            pair.whole("images"),
            pair.text("by"),
        )
        for pair in part.parts("turned")
    )
    return Screened(
        part.name("label"),
        part.number("affinity"),
        part.flag("struck"),
        turned,
        part.text("pictures"),
    )


def _trial(part: _Part) -> Trial:
    return Trial(
        part.name("policy"),
        part.whole("seed"),
        part.number("figure"),
        part.number("seconds"),
        part.text("error"),
    )


def _confirmation(top: _Part) -> Confirmation | None:
    if not top.content.get("confirm"):
        return None
    part = top.part("confirm")
    return Confirmation(
        part.wholes("seeds"),
        part.texts("policies"),
        tuple(
            Tested(
                entry.name("policy"), entry.number("mean"), entry.number("sd"), entry.whole("seeds")
            )
            for entry in part.parts("accuracy")
        ),
        tuple(
            Result(
                entry.name("policy"),
                entry.name("against"),
                entry.number("mean"),
                entry.number("low"),
                entry.number("high"),
                entry.text("verdict") or "inconclusive",
                entry.whole("seeds"),
            )
            for entry in part.parts("results")
        ),
    )


def _answer(top: _Part) -> Answer:
    part = top.part("answer")
    kind = part.text("kind") or "nothing"
    if kind not in ("better", "likely", "nothing"):
        raise ReportError(f"{part.where}: kind is none of better, likely, nothing: {kind!r}")
    return Answer(kind, part.text("policy") or BASELINE, part.number("within"))


def _pictures(path: Path) -> dict[str, Images]:
    """The pictures; unreadable ones cost a warning, not the report."""
    if not path.is_file():
        return {}
    try:
        arrays = read_arrays(path)
    except ReportError as error:
        warnings.warn(str(error), stacklevel=2)
        return {}
    return {
        name: array
        for name, array in arrays.items()
        if array.dtype == np.uint8 and array.ndim == (5 if name.startswith("turned ") else 4)
    }
