"""Is what a policy does as strong, and as often, as its spec says?"""

from __future__ import annotations

from typing import Any

import numpy as np
from augbench.bench.gate.health.expected import (
    WORDS,
    Distribution,
    chance,
    distance,
    expected,
    neutral,
)
from augbench.bench.gate.health.probe import Probe
from augbench.bench.gate.rendering.cards import ramp_slope
from augbench.bench.gate.rendering.measuring import (
    OFFSET_PRECISION,
    PRECISION,
    SCALE_PRECISION,
    Measured,
    shown_by_cutting,
)
from augbench.policies.engines.base import Engine
from augbench.policies.spec.geometry import centre, flip2d, rotate2d
from augbench.policies.spec.spec import AugmentationSpec
from scipy import stats

from augbench.findings import Finding

#: how likely by chance what is found may be: there are some ten questions a policy
CHANCE = 1e-5
#: degrees of a turn from which a half turn cannot be told from both flips
_HALF_TURN = 85.0
#: factors and levels within which none of the measured levels is cut at 0 or 255
_SCALES, _OFFSETS = (0.3, 1.45), 38.0
_SHIFTS = ("shift_x", "shift_y")
#: px of a reach from which whole pixels are no accident
_WHOLE_FROM = 0.75
#: levels that a pixel may be off by; px of a precision up to which whole numbers can be told
_ROUNDED, _TELLING = 0.6, 0.2
#: share of images that may be beyond the ends, since few are measured badly
_BEYOND = 0.03
#: share that may lie between choices, that lies at whole numbers (of others some quarter does), and
#: that stays where nothing is done
_BETWEEN, _AT_WHOLE, _STILL = 0.1, 0.6, 0.9
_RANGE = (0.02, 0.98)


def strength(probe: Probe) -> list[Finding]:
    """Return the words of the spec that are carried out otherwise than documented.

    Of a policy that carries out no spec nothing is known. Where the library draws by itself, the
    kind of the finding is another, since that is what such a policy is for.
    """
    subject, measured = probe.rendering.subject, probe.rendering.measured
    spec = subject.spec
    if spec is None or not probe.readable:
        return []
    natively = isinstance(subject.policy, Engine) and subject.policy.native
    kind = "health-native-strength" if natively else "health-strength"
    deviations = [*_geometry(measured, spec), *_flips(measured, spec), *_levels(measured, spec)]
    return [Finding(_kind(kind, figures), figures) for figures in deviations]


def _kind(kind: str, figures: dict[str, Any]) -> str:
    return f"{kind.removesuffix('strength')}shifts-swapped" if "swapped" in figures else kind


def _geometry(measured: Measured, spec: AugmentationSpec) -> list[dict[str, Any]]:
    known = measured.known
    if min(spec.zoom) <= 0:  # mirrors
        return []
    values = {name: column[known] for name, column in measured.parameters.items()}
    wanted = expected(spec, measured.shape)
    if spec.rotation_range > _HALF_TURN:
        if spec.rotation_range != 180:
            wanted.pop("theta")
        else:
            wanted["theta"] = Distribution(-90.0, 90.0)
    unread = 1 - float(known.mean())
    precision = _precision(measured.shape)
    by_cutting = shown_by_cutting(measured.shape) if spec.brightness_range else {}

    def fitting(name: str, column: np.ndarray, of: Distribution) -> bool:
        seeming = by_cutting.get(name, 0.0) if of == neutral(name) else 0.0
        return _fits(name, column, of, max(precision[name], seeming), unread)

    fits = {name: fitting(name, values[name], of) for name, of in wanted.items()}
    deviations = []
    if not all(fits[name] for name in _SHIFTS):
        crossed = dict(zip(_SHIFTS, (wanted["shift_y"], wanted["shift_x"]), strict=True))
        about_theirs = dict(
            zip(_SHIFTS, _shifts_about_swapped_centre(measured.take(known)), strict=True)
        )
        for off_centre, read in ((False, values), (True, about_theirs)):
            if all(fitting(name, read[name], crossed[name]) for name in _SHIFTS):
                across, down = (_reach(wanted[name]) for name in _SHIFTS)
                shown = {"across": across, "down": down, "off_centre": off_centre}
                deviations.append({"swapped": True, **shown})
                fits.update(dict.fromkeys(_SHIFTS, True))
                break
    for name, fit in fits.items():
        if not fit:
            deviations.append(_told(name, values[name], wanted[name], precision[name]))
    return deviations


def _precision(shape: tuple[int, int, int]) -> dict[str, float]:
    """Return what each parameter may be off by as measured in images of a shape.

    Levels that are rounded down move the flat ramps of large images by more than a tenth of a px.
    """
    height, width = shape[:2]
    rounded = {"shift_x": _ROUNDED / ramp_slope(width), "shift_y": _ROUNDED / ramp_slope(height)}
    return {name: max(off, rounded.get(name, 0.0)) for name, off in PRECISION.items()}


def _fits(name: str, values: np.ndarray, of: Distribution, precision: float, unread: float) -> bool:
    """Whether values may be drawn from a distribution, wherever those that were not read lie."""
    if (
        name in _SHIFTS
        and not of.choices
        and _reach(of) > _WHOLE_FROM
        and _whole(values, precision)
    ):
        return False
    return _drawn_from(values, of, precision, unread)


def _drawn_from(
    values: np.ndarray, of: Distribution, precision: float, unread: float = 0.0
) -> bool:
    beyond = np.maximum(of.low - values, values - of.high) > 2 * precision
    if float(beyond.mean()) > _BEYOND:
        return False
    if of.choices:
        from_nearest = np.abs(values[:, None] - np.array(of.choices)).min(axis=1)
        if float((from_nearest > 2 * precision).mean()) > _BETWEEN:
            return False
    return chance(distance(values, of, precision) - unread, len(values)) >= CHANCE


def _told(name: str, values: np.ndarray, of: Distribution, precision: float) -> dict[str, Any]:
    nothing = neutral(name)
    if of == nothing:
        how = "not-asked"
    elif float((np.abs(values - nothing.low) <= 2 * precision).mean()) > _STILL:
        how = "never"
    elif name in _SHIFTS and not of.choices and _whole(values, precision):
        how = "whole"
    else:
        how = "otherwise"
    low, high = np.quantile(values, _RANGE)
    return {
        "word": WORDS[name],
        "parameter": name,
        "how": how,
        "measured": [round(float(low), 3), round(float(high), 3)],
        "expected": [round(of.low, 3), round(of.high, 3)],
        "choices": len(set(of.choices)),
        "images": len(values),
    }


def _whole(values: np.ndarray, precision: float) -> bool:
    """Whether values are whole numbers, where they are measured well enough to tell."""
    if precision > _TELLING:
        return False
    whole = np.rint(values)
    near = np.abs(values - whole) <= PRECISION["shift_x"]
    return bool(near.mean() > _AT_WHOLE and (whole != 0).mean() > 1 - _STILL)


def _shifts_about_swapped_centre(of: Measured) -> tuple[np.ndarray, np.ndarray]:
    """Return shifts (x, y) as they are where images turn about Keras' centre, px, N each."""
    shape = of.shape[:2]
    last = np.broadcast_to([0.0, 0.0, 1.0], (len(of), 1, 3))
    flips = flip2d(of.flip_horizontal, of.flip_vertical, shape)
    maps = (np.concatenate([of.maps, last], axis=1) @ flips)[:, :2]
    point = centre(shape, swapped=True)
    moved = maps[:, :, :2] @ point + maps[:, :, 2] - point
    turned_back = rotate2d(-np.radians(of.parameters["theta"]))[:, :2, :2]
    shift = np.einsum("nij,nj->ni", turned_back, moved)
    return shift[:, 0], shift[:, 1]


def _reach(of: Distribution) -> float:
    return max(abs(of.low), abs(of.high))


def _flips(measured: Measured, spec: AugmentationSpec) -> list[dict[str, Any]]:
    known = measured.known
    if min(spec.zoom) <= 0:  # mirrors
        return []
    across, down = measured.flip_horizontal[known], measured.flip_vertical[known]
    asked = {"horizontal_flip": spec.horizontal_flip, "vertical_flip": spec.vertical_flip}
    if spec.rotation_range > _HALF_TURN:  # mirrored or not is all that can be told
        mirrored = across ^ down
        word = "horizontal_flip" if spec.horizontal_flip else "vertical_flip"
        coins = {word: (mirrored, any(asked.values()))}
    else:
        coins = {
            "horizontal_flip": (across, asked["horizontal_flip"]),
            "vertical_flip": (down, asked["vertical_flip"]),
        }
    deviations = []
    for word, (coin, wanted) in coins.items():
        count, total = int(coin.sum()), len(coin)
        if wanted:
            wrong = stats.binomtest(count, total, 0.5).pvalue < CHANCE
        else:
            wrong = count > 0.02 * total
        if wrong:
            how = "share" if wanted and count else "never" if wanted else "not-asked"
            shown = {"word": word, "parameter": word, "how": how}
            deviations.append({**shown, "share": count / total, "images": total})
    return deviations


def _levels(measured: Measured, spec: AugmentationSpec) -> list[dict[str, Any]]:
    bright, shift = spec.brightness_range, spec.channel_shift_range
    low, high = bright or (1.0, 1.0)
    if low < _SCALES[0] or high > _SCALES[1] or shift > _OFFSETS:
        return []
    factor = measured.scale
    offset = measured.offset / np.maximum(factor, _SCALES[0])
    wanted = {
        "brightness_range": (factor, low, high, SCALE_PRECISION),
        "channel_shift_range": (offset, -shift, shift, OFFSET_PRECISION),
    }
    deviations = []
    for word, (values, least, most, precision) in wanted.items():
        of = Distribution(least, most, () if most > least else (least,))
        if _drawn_from(values, of, precision):
            continue
        nothing = 1.0 if word == "brightness_range" else 0.0
        still = float((np.abs(values - nothing) <= precision).mean()) > _STILL
        asked = bright is not None if word == "brightness_range" else shift > 0
        ends = np.quantile(values, _RANGE)
        deviations.append(
            {
                "word": word,
                "parameter": word,
                "how": "not-asked" if not asked else "never" if still else "otherwise",
                "measured": [round(float(end), 3) for end in ends],
                "expected": [least, most],
                "choices": 0,
                "images": len(values),
            }
        )
    return deviations
