"""The tables of docs/pipelines.md, printed by `python -m augbench.policies.pipelines.table`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from augbench.policies.pipelines.versions import (
    CHANGED,
    DEFAULTS,
    GONE,
    REDRAWN,
    REFUSED,
    REPLACED,
    WORDS,
)


def tables() -> str:
    """Return all that is translated and refused, as Markdown."""
    words = [
        (f"`{name}`", _code(word.old), _code([word.new]) if word.new else "", word.said)
        for name, of_transform in sorted(WORDS.items())
        for word in of_transform
    ]
    classes = [(f"`{name}`", replaced.said) for name, replaced in sorted(REPLACED.items())]
    classes += [(f"`{name}`", meaning) for name, (_, meaning) in sorted(CHANGED.items())]
    absent = [
        (f"`{name}`", f"`{argument}`", f"`{default.value!r}`", ".".join(map(str, default.until)))
        for name, of_transform in sorted(DEFAULTS.items())
        for argument, default in of_transform.items()
    ]
    refused = [(f"`{name}`", "", advice) for name, advice in sorted(GONE.items())]
    refused += [
        (f"`{name}`", f"`{argument}`", entry.advice)
        for name, of_transform in sorted(REFUSED.items())
        for argument, entry in of_transform.items()
    ]
    redrawn = [(f"`{name}`", ".".join(map(str, since))) for name, since in sorted(REDRAWN.items())]
    return "\n\n".join(
        [
            "### Arguments with another name or unit",
            _table(("transform", "in the file", "is", "value"), words),
            "### Transforms that are another one now",
            _table(("transform", "is"), classes),
            "### Arguments that are absent, in a file of an older version",
            _table(("transform", "argument", "meant", "before version"), absent),
            "### Refused, with what to write instead",
            _table(("transform", "argument", "instead"), refused),
            "### Drawn otherwise since",
            "Read as they are, with a note, where a file is of a version before that one.",
            _table(("transform", "since"), redrawn),
        ]
    )


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    print(tables())
