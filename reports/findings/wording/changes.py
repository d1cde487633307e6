"""What changed about a policy since its fingerprint was accepted, in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from augbench.reports.findings.wording.quantities import QUANTITIES

Figures = Mapping[str, Any]

_STEPS = {"R": "turn", "T": "shift", "S": "shear", "Z": "zoom", "F": "flip"}
#: factors that a mistaken unit makes
_UNIT_FACTORS = (
    (0.017453, "as radians are to degrees"),
    (57.29578, "as degrees are to radians"),
    (-1.0, "the other way round"),
    (2.0, "twice"),
    (0.5, "half"),
    (0.01, "as per cent are to fractions"),
    (100.0, "as fractions are to per cent"),
)


def _name(parameter: str) -> str:
    return QUANTITIES[parameter].name if parameter in QUANTITIES else parameter


def _range(parameter: str, ends: Sequence[float]) -> str:
    unit = QUANTITIES[parameter].unit if parameter in QUANTITIES else ""
    return f"{_number(ends[0])}…{_number(ends[1])}{unit}"


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _json(value: Any) -> str:
    if value is None:
        return "none"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def definition_changes(of: Figures) -> str:
    """Return the places at which a definition differs, each with what stood and what stands there.

    Args:
        of: the figures of a finding ``definition-changed``.
    """
    parts = [
        f"{change['place']}: {_json(change['then'])} → {_json(change['now'])}"
        for change in of["changes"]
    ]
    more = [f"{of['more']} more"] if of.get("more") else []
    return "; ".join([*parts, *more])


def _steps_changed(of: Figures) -> str:
    gone = [f"{', '.join(of['gone'])} is gone"] if of["gone"] else []
    new = [f"{', '.join(of['new'])} is new"] if of["new"] else []
    return f"it is defined otherwise: {'; '.join([*gone, *new])}"


def _scaled(of: Figures) -> str:
    factor = of["factor"]
    meant = next(
        (text for known, text in _UNIT_FACTORS if abs(factor - known) <= 0.05 * abs(known)), ""
    )
    return f"{_name(of['parameter'])} is {factor:.3g} times what it was" + (
        f" ({meant})" if meant else ""
    )


def _ranged(text: str) -> Callable[[Figures], str]:
    def sentence(of: Figures) -> str:
        name = of["parameter"]
        return text.format(
            name=_name(name), then=_range(name, of["then"]), now=_range(name, of["now"])
        )

    return sentence


def _flip(text: str) -> Callable[[Figures], str]:
    def sentence(of: Figures) -> str:
        return text.format(
            name=_name(of["parameter"]), then=_percent(of["then"]), now=_percent(of["now"])
        )

    return sentence


def _again(text: str, mended: str) -> Callable[[Figures], str]:
    return lambda of: text if of["now"] else mended


def _border(of: Figures) -> str:
    if of["then"] and of["now"] and of["then"] != of["now"]:
        return f"border pixels differ (fill mode {of['then']} → {of['now']})"
    return "border pixels differ: what is seen beyond the edge is filled in another way"


def _clipped(of: Figures) -> str:
    side = "light levels are cut off" if of["light"] else "dark levels are cut off"
    limit = "above" if of["light"] else "below"
    return f"{side} early: none {limit} {of['limit']:.0f} in {_percent(of['share'])} of the images"


def _labels_differ(of: Figures) -> str:
    return (
        f"labels differ in {_percent(of['share'])} of the images, by up to "
        f"{of['largest']:.2g} of a class"
    )


def _rows(of: Figures) -> str:
    if of["labels_too"]:
        return f"images and labels come in another order ({_percent(of['share'])} moved)"
    return (
        f"images come in another order than their labels: {_percent(of['share'])} have the label "
        "of another image"
    )


def _classes(of: Figures) -> str:
    moved = [f"{old} → {new}" for new, old in enumerate(of["order"]) if new != old]
    return f"labels are permuted, the same way for all images: class {', '.join(moved)}"


def _interpolation(of: Figures) -> str:
    names = {0: "nearest", 1: "bilinear", 3: "cubic"}
    then, now = (names.get(of[side], of[side]) for side in ("then", "now"))
    return f"pixels are interpolated in another way ({then} → {now})"


CHANGES: Mapping[str, Callable[[Figures], str]] = {
    "definition-changed": lambda of: f"it is defined otherwise: {definition_changes(of)}",
    "steps-changed": _steps_changed,
    "steps-reordered": lambda of: (
        f"it is defined otherwise: {', '.join(of['then'])} → {', '.join(of['now'])}"
    ),
    "shape-changed": lambda of: (
        "images are of another shape: "
        f"{'×'.join(map(str, of['then']))} → {'×'.join(map(str, of['now']))}"
    ),
    "fails-now": lambda of: f"it fails now: {of['reason']}",
    "moments-differ": lambda of: (
        f"the first batch is the same, but {', '.join(of['moments'])} is drawn otherwise"
    ),
    "epochs-equal": _again(
        "every epoch has the same augmentations; they differed",
        "epochs have different augmentations now; they were the same",
    ),
    "steps-equal": _again(
        "batches repeat each other: equal images in another step or worker are changed alike",
        "batches do not repeat each other any more",
    ),
    "seed-ignored": _again(
        "the seed is ignored: another one gives the same images",
        "the seed counts now; it was ignored",
    ),
    "not-repeatable": _again(
        "the same batch with the same seed comes out otherwise each time",
        "the same batch comes out the same now; it did not",
    ),
    "input-changed": _again(
        "the images or labels that it is given are changed in place",
        "what it is given stays as it was now; it was changed in place",
    ),
    "draws-together": lambda of: (
        f"{_name(of['of'][0])} and {_name(of['of'][1])} are drawn together now (correlation "
        f"{of['r']:+.2f}); they were independent"
    ),
    "rows-reordered": _rows,
    "label-shape": lambda of: (
        f"labels are of another shape: {'×'.join(map(str, of['then']))} → "
        f"{'×'.join(map(str, of['now']))}"
    ),
    "labels-not-mixed": lambda of: (
        f"labels stay those of the input in {_percent(of['share'])} of the images; they were mixed"
    ),
    "classes-permuted": _classes,
    "labels-shuffled": lambda of: (
        f"{_percent(of['share'])} of the images have the label of another image"
    ),
    "labels-differ": _labels_differ,
    "movement-not-affine": lambda of: (
        f"pixels move in no affine way any more (affine in {_percent(of['now'])} of the images, "
        f"was {_percent(of['then'])})"
    ),
    "movement-affine": lambda of: (
        f"pixels move in an affine way now ({_percent(of['now'])} of the images, was "
        f"{_percent(of['then'])})"
    ),
    "flips-swapped": lambda of: "the two flips are swapped: left-right ↔ up-down",
    "flip-probability": _flip("{name} happens in {now} of the images, was {then}"),
    "flip-dropped": _flip("{name} does not happen any more, was in {then} of the images"),
    "flip-added": _flip("{name} happens in {now} of the images; it did not"),
    "shifts-swapped": lambda of: (
        "the two shifts are swapped: columns move as rows did, and rows as columns"
    ),
    "centre-moved": lambda of: (
        f"images are turned about another centre: {of['x']:+.1f} px across, {of['y']:+.1f} px down"
    ),
    "order-changed": lambda of: (
        "the same parameters are applied in another order: "
        f"{', '.join(_STEPS[step] for step in of['now'])}; it was "
        f"{', '.join(_STEPS[step] for step in of['then'])} (as matrices, left to right)"
    ),
    "parameter-dropped": _ranged("{name} does not happen any more; it was {then}"),
    "parameter-added": _ranged("{name} happens now, {now}; it did not"),
    "parameter-scaled": _scaled,
    "parameter-inverted": lambda of: (
        f"{_name(of['parameter'])} is the inverse of what it was: in for out"
    ),
    "parameter-clipped": _ranged("{name} is cut off: {now}, was {then}"),
    "parameter-range": _ranged("{name} has another range: {now}, was {then}"),
    "draws-reordered": lambda of: f"{_name(of['parameter'])} has the same values, for other images",
    "other-draws": lambda of: (
        f"{_name(of['parameter'])} has other random numbers of the same distribution"
    ),
    "levels-0-1": lambda of: "images come out as 0…1 where 0…255 is meant: black",
    "levels-0-255": lambda of: "images come out as 0…255; they were 0…1, black",
    "levels-saturated": lambda of: "images come out white: levels are multiplied beyond 255",
    "levels-differ": lambda of: f"grey levels differ by up to {of['largest']:.0f}",
    "clipped-early": _clipped,
    "channels-permuted": lambda of: (
        f"channels come in another order: {', '.join(map(str, of['order']))}"
    ),
    "border-differs": _border,
    "interpolation-differs": _interpolation,
    "pixels-alone": lambda of: (
        "pixels differ inside the images" if of["where"] == "inside" else "pixels differ"
    ),
}
