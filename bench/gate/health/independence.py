"""Does each transform of a policy draw for itself, or do some share a stream of random numbers?

Only what ought to be independent whatever the order of transforms is looked at: shifts follow from
turns and leans about another point, zooms may be one, and a turn of one sign seems to follow a
flip. So grey levels are held against movements, flips against each other, and all against all
where matched draws of a spec say what is independent.
"""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from augbench.bench.gate.health.probe import Probe
from augbench.bench.gate.rendering.measuring import (
    NEUTRAL,
    OFFSET_PRECISION,
    PARAMETERS,
    PRECISION,
    SCALE_PRECISION,
    Measured,
    shown_by_cutting,
)
from augbench.policies.engines.base import Engine
from scipy import stats

from augbench.findings import Finding

#: how likely a correlation may be by chance, and how weak, and still be called none
CHANCE, WEAK = 1e-6, 0.3
#: images in which both transforms are seen
_FEWEST = 40
#: share of images with both flips that is no rare event, degrees that are no half turn
_OFTEN, _TURNED = (0.2, 0.8), 45.0
#: levels that the middle one may be off a line; times the precision that a movement must have
_BENT, _CAUTIOUS = 1.01, 4
#: grey quantity -> where nothing happens, and what it may be off by as measured
_GREY = {"scale": (1.0, SCALE_PRECISION), "offset": (0.0, OFFSET_PRECISION)}
#: values of a quantity, and draws of a policy, up to which it is one of choices
_TOO_FEW_VALUES, _FEW_DRAWS = 3, 8


def independent(probe: Probe) -> list[Finding]:
    """Return which transforms go together in the rendering, as far as it can be read."""
    if not probe.readable:
        return []
    policy = probe.rendering.subject.policy
    matched = isinstance(policy, Engine) and not policy.native
    return dependence(probe.rendering.measured, of_spec=matched)


def dependence(measured: Measured, *, of_spec: bool = False) -> list[Finding]:
    """Return which transforms go together in what was measured.

    Args:
        measured: of images that were drawn for one by one.
        of_spec: whether the parameters are drawn as they are read, each by itself.
    """
    measured = measured.take(_distinct(measured))
    if flips_together(measured):
        return [Finding("health-flips-together", {"images": int(measured.known.sum())})]
    read = _read(measured, times=1 if of_spec else _CAUTIOUS)
    if of_spec:
        pairs = [pair for pair in combinations(read, 2) if set(pair) != set(_GREY)]
    else:
        pairs = list(product(_GREY, PARAMETERS))
    findings = []
    for first, second in pairs:
        x, y = read[first], read[second]
        r, count = _correlation(x, y)
        if abs(r) > WEAK and _by_chance(r, count) < CHANCE:
            figures = {"pair": [first, second], "r": round(r, 2), "images": count}
            findings.append(Finding("health-shared-stream", figures))
    return sorted(findings, key=lambda finding: -abs(finding.figures["r"]))[:1]


def _distinct(measured: Measured) -> np.ndarray:
    """Return the rows (int64) of different draws: what repeats is one observation.

    Of rows that flips alone set apart all count, since equal ones are bound to be there.
    """
    flat = np.concatenate(
        [measured.maps.reshape(len(measured), -1), measured.levels[..., 0]], axis=1
    )
    _, first = np.unique(np.nan_to_num(np.round(flat, 2)), axis=0, return_index=True)
    return np.sort(first) if len(first) > _FEW_DRAWS else np.arange(len(measured))


def flips_together(measured: Measured) -> bool:
    """Whether both flips are common and neither ever comes alone, though nothing is turned far."""
    known = measured.known
    if known.sum() < _FEWEST:
        return False
    across, down = measured.flip_horizontal[known], measured.flip_vertical[known]
    turned = np.abs(measured.parameters["theta"][known]).max()
    often = _OFTEN[0] <= (across & down).mean() <= _OFTEN[1]
    return bool(often and turned < _TURNED and not (across ^ down).any())


def _read(measured: Measured, times: int) -> dict[str, np.ndarray]:
    """Return each quantity, float64, N; NaN where it is not known or does nothing.

    Movements are read on the ground that levels change along a line; where these bend, as by a
    gamma, movements seem to follow them, so that nothing is known there. ``times`` the precision
    of a movement is taken for none.
    """
    dark, middle, light = np.moveaxis(measured.levels.mean(axis=2), 1, 0)
    straight = np.abs(middle - (dark + light) / 2) <= _BENT
    by_cutting = shown_by_cutting(measured.shape)
    read: dict[str, np.ndarray] = {}
    for name, values in measured.parameters.items():
        seeming = max(times * PRECISION[name], by_cutting.get(name, 0.0))
        idle = np.abs(values - NEUTRAL.get(name, 0.0)) <= seeming
        read[name] = np.where(measured.known & straight & ~idle, values, np.nan)
    for name, (nothing, precision) in _GREY.items():
        values = getattr(measured, name)
        read[name] = np.where(np.abs(values - nothing) > precision, values, np.nan)
    return read


def _correlation(x: np.ndarray, y: np.ndarray) -> tuple[float, int]:
    """Return the rank correlation of the rows where both do something, and how many these are."""
    both = np.isfinite(x) & np.isfinite(y)
    count = int(both.sum())
    if count < _FEWEST or min(len(np.unique(v[both])) for v in (x, y)) < _TOO_FEW_VALUES:
        return 0.0, count
    ranks = stats.rankdata(x[both]), stats.rankdata(y[both])
    return float(np.corrcoef(*ranks)[0, 1]), count


def _by_chance(r: float, count: int) -> float:
    """Return the two-sided p-value of a correlation of ranks."""
    if abs(r) >= 1:
        return 0.0
    t = abs(r) * np.sqrt((count - 2) / (1 - r * r))
    return float(2 * stats.t.sf(t, count - 2))
