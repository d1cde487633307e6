"""What was the run made of: its size, its settings, its environment, its warnings?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.wording import words

# Records of environment.json that are lists of files, counted rather than printed.
_LISTS = {"unreadable": "unreadable files left out", "duplicates": "exact duplicates across splits"}


def facts(tables: Tables) -> list[str]:
    """What was compared on, in a few words each."""
    run, data = tables.run, tables.run.environment.get("data") or {}
    counts = [(len(run.seeds), "seed"), (run.experiment.get("epochs"), "epoch")]
    texts = [
        f"{count:,} {word}{'' if count == 1 else 's'}"
        for count, word in counts
        if isinstance(count, int) and count
    ]
    parts = (("train", "training images"), ("test", "test images"))
    texts += [f"{data[key]:,} {images}" for key, images in parts if isinstance(data.get(key), int)]
    if run.classes:
        texts.append(f"{len(run.classes):,} classes")
    return texts


def warnings_of(tables: Tables) -> list[str]:
    """All warnings of data, spec and trials, as sentences."""
    run = tables.run
    warnings = run.environment.get("warnings")
    texts = [str(text) for text in warnings] if isinstance(warnings, list) else []
    data = run.environment.get("data") or {}
    for key, what in _LISTS.items():
        items = data.get(key)
        if isinstance(items, list) and items:
            first = items[0]
            name = (
                " and ".join(str(first[part]) for part in ("path", "a", "b") if part in first)
                if isinstance(first, Mapping)
                else str(first)
            )
            texts.append(f"{len(items)} {what}, such as {name}")
    for finding in tables.findings_of("trials"):
        of_policy = f"{finding.policy}: " if finding.policy else ""
        texts.append(of_policy + words(finding))
    return texts


def settings(tables: Tables) -> list[tuple[str, str]]:
    """The effective configuration, flat."""
    return [
        (name, value) for name, value in _flat(tables.run.experiment) if value not in ("", "None")
    ]


def environment(tables: Tables) -> list[tuple[str, str]]:
    """What the run was made on, flat; long lists are counted."""
    content = {k: v for k, v in tables.run.environment.items() if k not in ("warnings", "seeds")}
    data = dict(content.get("data") or {})
    for key in ("classes", *_LISTS):
        if isinstance(data.get(key), list):
            data[key] = len(data[key])
    return list(_flat({**content, "data": data}))


def _flat(content: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list | tuple):
            yield f"{before}{name}", ", ".join(str(item) for item in value)
        else:
            yield f"{before}{name}", str(value)
