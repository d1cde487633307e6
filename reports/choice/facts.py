"""What is the data of a search like, which options had its trials, and what did they cost?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from augbench.reports.choice.choice import Choice
from augbench.reports.choice.unit import margin_in_words
from augbench.reports.choice.wording import blocks, clock, struck
from augbench.reports.findings.wording.phrases import listed, seeds
from augbench.reports.formatting import is_missing, shown

#: what the parts of a data set are called
_NAMES = {"train": "training", "validation": "validation", "test": "test"}


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
    for name, alike, told, how in (
        ("left and right", "mirrored", "told_mirrored", "mirrored"),
        ("top and bottom", "upright", "told_upside_down", "upside down"),
    ):
        texts = (_alike(of.get(alike), how), _told(of.get(told), how))
        yield name, "; ".join(text for text in texts if text)
    if of.get("duplicates"):
        yield "duplicates", f"{of['duplicates']:,} images are equal to an earlier one"
    yield "near-duplicates", near_duplicates(of)


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


def _told(value: Any, how: str) -> str:
    """How well a linear model tells images from turned ones."""
    if not isinstance(value, int | float):
        return ""
    return (
        f"a linear model tells {100 * value:.0f}% of images from themselves {how} (50% is chance)"
    )


def near_duplicates(summary: Mapping[str, Any]) -> str:
    """What was found in all parts, in a line; empty where none was looked at.

    Args:
        summary: facts of the data, as in choose.json.
    """
    sentences = [_sentence(part) for part in _parts(summary) if part["found"]]
    none = [
        f"{part['looked_at']:,} {_NAMES[part['part']]}"
        for part in _parts(summary)
        if not part["found"]
    ]
    if none:
        sentences.append(
            f"none of {listed(none)} images looked at is nearly equal to a training image"
        )
    return "; ".join(sentences)


def warnings(choice: Choice) -> list[str]:
    """What a person should know, in sentences: leaks between parts, then what came up."""
    return [*leaks(choice.summary), *choice.warnings]


def leaks(summary: Mapping[str, Any]) -> list[str]:
    """What was found across parts, in a sentence each, with what to do."""
    return [
        f"{_sentence(part)}; what is learnt by heart counts there, so keep such images in one part"
        for part in _parts(summary)
        if part["found"] and part["part"] != "train"
    ]


def _parts(summary: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in summary.get("near_duplicates") or ():
        if isinstance(part, Mapping) and part.get("part") in _NAMES:
            yield {"found": 0, "looked_at": 0, "other_class": 0, "example": ()} | dict(part)


def _sentence(part: Mapping[str, Any]) -> str:
    count, other = part["found"], part["other_class"]
    whose = "another training image" if part["part"] == "train" else "a training image"
    text = (
        f"{count:,} of {part['looked_at']:,} {_NAMES[part['part']]} images looked at "
        f"{'is' if count == 1 else 'are'} nearly equal to {whose}"
    )
    if len(part["example"]) == 2:
        text += f", as {' and '.join(part['example'])}"
    return text + (f", {other:,} of another class" if other else "")


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


def ideas(choice: Choice) -> list[tuple[str, str]]:
    """Why each candidate is worth trying, by its label; combinations of what helped aside."""
    return [
        (candidate.label, candidate.reason)
        for candidate in choice.candidates
        if candidate.reason and candidate.kind != "combination"
    ]


def effort(choice: Choice) -> list[tuple[str, str]]:
    """What the search cost, by name."""
    took = sorted(trial.seconds for trial in choice.trials if not is_missing(trial.seconds))
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
    failed = sum(is_missing(trial.figure) for trial in choice.trials)
    if failed:
        facts.append(("trials that failed", str(failed)))
    if took:
        typical, all_of_them = (
            shown(seconds, "seconds") for seconds in (took[len(took) // 2], math.fsum(took))
        )
        facts.append(("a trial of the race", f"{typical} s, {all_of_them} s in all"))
    return [(name, value) for name, value in facts if value]
