"""Which faults of geometry would explain what changed? Guesses, each held against every row."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from augbench.bench.gate.fingerprint.evidence import FEW, Evidence
from augbench.bench.gate.fingerprint.relations import agree, relation
from augbench.bench.gate.rendering.measuring import (
    CORNER_PRECISION,
    NEUTRAL,
    PARAMETERS,
    PRECISION,
    Measured,
    composed,
    corner_distance,
)

from augbench.findings import Finding

_UNFLIPPED = "RTSZ"
_ORDER = "RTSZF"
_FLIPS = ("flip_horizontal", "flip_vertical")
_SHIFTS = ("shift_x", "shift_y")
_SURELY = 1e-3
_FEWEST = 16
#: share of rows that move in an affine way then and not now, or the reverse
_LOST = 0.2
#: degrees of a turn or shear beyond which a centre shows
_TURNED = 1.0


def of_geometry(evidence: Evidence) -> list[Finding]:
    """Return how pixels move elsewhere than then; nothing where they do not."""
    if evidence.same_maps:
        return []
    then_known, now_known = evidence.measured_then.known, evidence.measured_now.known
    lost = float(then_known.mean() - now_known.mean())
    if abs(lost) > _LOST:
        kind = "movement-not-affine" if lost > 0 else "movement-affine"
        return [Finding(kind, {"then": float(then_known.mean()), "now": float(now_known.mean())})]
    if evidence.both_known.sum() < _FEWEST:
        return []  # nothing could be read, then or now
    then = evidence.measured_then.take(evidence.both_known)
    now = evidence.measured_now.take(evidence.both_known)
    flips = _flips(then, now)
    if _alike(composed(_UNFLIPPED, then), composed(_UNFLIPPED, now), then):
        return flips
    if not flips and _alike(then.maps, now.maps, then, 2 * CORNER_PRECISION):
        return []  # read a little less well, as where pixels are not interpolated
    for guess in (_swapped_shifts, _centre, _order):
        if findings := guess(then, now):
            return findings if findings[0].kind == "order-changed" else [*flips, *findings]
    return [*flips, *_parameters(then, now)]


def _alike(
    maps_then: np.ndarray, maps_now: np.ndarray, of: Measured, precision: float = CORNER_PRECISION
) -> bool:
    return bool((corner_distance(maps_then, maps_now, of.shape) > precision).mean() <= FEW)


def _flips(then: Measured, now: Measured) -> list[Finding]:
    """Return what became of flips."""
    from scipy.stats import binomtest

    before = {name: getattr(then, name) for name in _FLIPS}
    after = {name: getattr(now, name) for name in _FLIPS}
    if all((before[name] == after[name]).mean() >= 1 - FEW for name in _FLIPS):
        return []
    crossed = all((before[a] == after[b]).mean() >= 1 - FEW for a, b in (_FLIPS, _FLIPS[::-1]))
    if crossed:
        return [Finding("flips-swapped", {})]
    findings = []
    for name in _FLIPS:
        flipped_then, flipped_now = before[name], after[name]
        more, less = (
            int((flipped_now & ~flipped_then).sum()),
            int((flipped_then & ~flipped_now).sum()),
        )
        if more + less <= FEW * len(flipped_then):
            continue
        shares = {
            "parameter": name,
            "then": float(flipped_then.mean()),
            "now": float(flipped_now.mean()),
        }
        if not flipped_now.any():
            findings.append(Finding("flip-dropped", shares))
        elif not flipped_then.any():
            findings.append(Finding("flip-added", shares))
        elif binomtest(more, more + less).pvalue < _SURELY:
            findings.append(Finding("flip-probability", shares))
        else:
            findings.append(Finding("other-draws", {"parameter": name}))
    return findings


def _swapped_shifts(then: Measured, now: Measured) -> list[Finding]:
    before, after = then.parameters, now.parameters
    others = [name for name in PARAMETERS if name not in _SHIFTS]
    if not all(agree(before[name], after[name], PRECISION[name]) for name in others):
        return []
    x, y = before["shift_x"], before["shift_y"]
    if agree(x, y, PRECISION["shift_x"]):
        return []
    aspect = then.shape[1] / then.shape[0]
    for factor in (1.0, aspect):  # in pixels, or as shares of the other side
        crossed = agree(after["shift_x"], y * factor, PRECISION["shift_x"])
        if crossed and agree(after["shift_y"], x / factor, PRECISION["shift_y"]):
            return [Finding("shifts-swapped", {})]
    return []


def _centre(then: Measured, now: Measured) -> list[Finding]:
    """Return whether pictures turn about another point: ``t' - t = (I - L) d`` with one d."""
    linear = now.maps[:, :, :2]
    if not _alike(_linear_alone(then), _linear_alone(now), then):
        return []
    turns = np.abs(linear - np.eye(2)).max(axis=(1, 2)) > np.sin(np.radians(_TURNED))
    unflipped = turns & ~(now.flip_horizontal | now.flip_vertical)
    # a flip has its own fixed line: what it does to the centre says nothing here
    which = unflipped if unflipped.sum() >= _FEWEST else turns
    if which.sum() < _FEWEST:
        return []
    shown = (now.maps - then.maps)[which][:, :, 2]
    lever = (np.eye(2) - linear)[which]
    offset, *_ = np.linalg.lstsq(lever.reshape(-1, 2), shown.reshape(-1), rcond=None)
    left = np.abs(shown - lever @ offset).max(axis=1)
    if np.hypot(*offset) < CORNER_PRECISION or (left > CORNER_PRECISION).mean() > FEW:
        return []
    return [Finding("centre-moved", {"x": float(offset[0]), "y": float(offset[1])})]


def _linear_alone(of: Measured) -> np.ndarray:
    maps = of.maps.copy()
    maps[:, :, 2] = 0
    return maps


def _order(then: Measured, now: Measured) -> list[Finding]:
    """Return whether the same parameters, applied in another order, make the maps of now."""
    best, order = np.inf, ""
    for parts in map("".join, permutations(_ORDER)):
        distance = corner_distance(composed(parts, then), now.maps, then.shape)
        off = float(np.quantile(distance, 1 - FEW))
        if off < best - 0.05:
            best, order = off, parts
    if best > 2 * CORNER_PRECISION or order == _ORDER:
        return []
    return [Finding("order-changed", {"then": list(_ORDER), "now": list(order)})]


def _parameters(then: Measured, now: Measured) -> list[Finding]:
    """Return what became of each parameter; of other draws in one finding."""
    findings: list[Finding] = []
    for name in PARAMETERS:
        neutral = NEUTRAL.get(name, 0.0)
        before, after = then.parameters[name], now.parameters[name]
        if finding := relation(name, before, after, neutral, PRECISION[name]):
            findings.append(finding)
    other = [finding.figures["parameter"] for finding in findings if finding.kind == "other-draws"]
    explained = [finding for finding in findings if finding.kind != "other-draws"]
    if other and len(other) == len(findings):
        return [Finding("other-draws", {"parameter": name}) for name in other]
    # where one parameter is explained, those that a frame shares with it follow
    return explained or findings
