"""What is the data of a search like, which options had its trials, and what did they cost?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from augbench.reports.choice.reader import Choice
from augbench.reports.choice.unit import margin_in_words
from augbench.reports.choice.wording import blocks, clock, struck
from augbench.reports.findings.wording.phrases import seeds
from augbench.reports.formatting import is_missing, shown


def data_facts(choice: Choice) -> list[tuple[str, str]]:
    """What was seen of the images before anything was trained, and what they do not suit."""
    seen = [(name, text) for name, text in _data_facts(choice.summary) if text]
    return seen + [(f"{name} is left out", reason) for name, reason in choice.left_out]


def _data_facts(of: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "training images", _count(of.get("images"))
    yield "validation images, which decide", _count(of.get("validation"))
    yield "test images, kept for the end", _count(of.get("test"))
    yield "classes", _classes(of)
    if of.get("height") and of.get("width"):
        yield "size", f"{of['height']}×{of['width']} px, {'grey' if of.get('grey') else 'colour'}"
    if "border" in of:
        yield "ground", _ground(of["border"])
    yield "left and right", _alike(of.get("mirrored"), "mirrored")
    yield "top and bottom", _alike(of.get("upright"), "upside down")
    if of.get("duplicates"):
        yield "duplicates", f"{of['duplicates']:,} images are equal to an earlier one"


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


def _classes(of: Mapping[str, Any]) -> str:
    classes, fewest, most = of.get("classes"), of.get("fewest"), of.get("most")
    if not isinstance(classes, int):
        return ""
    if not isinstance(fewest, int) or not isinstance(most, int):
        return f"{classes:,}"
    sizes = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return f"{classes:,}, of {sizes} training images each"


def _ground(border: Any) -> str:
    if not isinstance(border, int):
        return "not plain: the borders show something"
    name = {0: "black", 255: "white"}.get(border, "grey")
    return f"plain, {name} ({border} of 255)"


def _alike(value: Any, how: str) -> str:
    """How far the mean image is from its own mirror image, as a part of its contrast."""
    if not isinstance(value, int | float):
        return ""
    word = "much alike" if value < 0.15 else "somewhat alike" if value < 0.5 else "not alike"
    return f"{word}: the mean image {how} differs by {100 * value:.0f}% of its contrast"


def settings(choice: Choice) -> list[tuple[str, str]]:
    """The options of a trial, and of the search."""
    options = [(str(name), _text(value)) for name, value in choice.settings.items()]
    options += [("objective", choice.objective), ("margin", margin_in_words(choice))]
    return [(name, value) for name, value in options if value]


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "×".join(str(item) for item in value)
    return "" if value is None else str(value)


def facts(choice: Choice) -> list[str]:
    """What was searched, in a few words each."""
    counts = [
        (len(choice.candidates), "candidate"),
        (len(choice.blocks), "block"),
        (choice.summary.get("images"), "training image"),
        (choice.summary.get("classes"), "class"),
    ]
    return [
        f"{count:,} {word}{'' if count == 1 else 'es' if word.endswith('s') else 's'}"
        for count, word in counts
        if isinstance(count, int) and count
    ]


def effort(choice: Choice) -> list[tuple[str, str]]:
    """What the search cost, by name."""
    took = sorted(one.seconds for one in choice.trials if not is_missing(one.seconds))
    confirm = choice.confirm
    tested = len(confirm.seeds) * len(confirm.policies) if confirm else 0
    facts = [
        ("time", clock(choice)),
        ("trials at a time", str(choice.jobs)),
        ("candidates", f"{len(choice.candidates):,}, {len(struck(choice))} of them struck out"),
        ("trials of the race", f"{len(choice.trials):,} in {blocks(len(choice.blocks))}"),
    ]
    if confirm:
        facts.append(("trials on fresh seeds", f"{tested:,} on {seeds(len(confirm.seeds))}"))
    failed = sum(is_missing(one.figure) for one in choice.trials)
    if failed:
        facts.append(("trials that failed", str(failed)))
    if took:
        typical, all_of_them = (
            shown(seconds, "seconds") for seconds in (took[len(took) // 2], math.fsum(took))
        )
        facts.append(("a trial of the race", f"{typical} s, {all_of_them} s in all"))
    return [(name, value) for name, value in facts if value]
