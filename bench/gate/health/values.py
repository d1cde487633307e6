"""Are pixels and labels what they should be: not written over, wrapped, clipped or all black?"""

from __future__ import annotations

from typing import Literal

import numpy as np
from augbench.bench.gate.health.probe import RESPONSE_LEVELS, Probe
from augbench.bench.gate.rendering.rendering import MOMENTS, Rendering
from augbench.policies.returned import changed

from augbench.findings import Finding

#: levels that a pixel falls by where a slightly lighter one should have been lighter
_JUMP = 100
#: shares: of pixels in the middle that wrap, of levels that end at 0 or 255, of pixels that make
#: an image black, of images that are
_WRAPPED, _CLIPPED, _UNIFORM, _IMAGES = 0.002, 0.25, 0.95, 0.25
#: share of dark, middle and light levels beside a black and a white dot that do so too
_CLIPPED_TOO = 0.1


def input_kept(probe: Probe) -> list[Finding]:
    """Return which of images and labels a policy writes over."""
    if not probe.rendering.in_place:
        return []
    images = labels = False
    for moment in MOMENTS.values():
        batch, fresh = (probe.batch(moment, probe.twice[0]) for _ in range(2))
        changed(probe.rendering.subject.policy, batch)
        images |= not np.array_equal(batch.images, fresh.images)
        labels |= not np.array_equal(batch.labels, fresh.labels)
    return [Finding("health-input-changed", {"images": images, "labels": labels})]


def in_range(probe: Probe) -> list[Finding]:
    """Return that pixels wrap around at 0 or 255, or that many end there."""
    if nearly_uniform(probe.rendering):
        return []
    seen = probe.responses
    if share := _wrapped(seen):
        return [Finding("health-values-wrapped", {"share": share})]
    evenly = (RESPONSE_LEVELS % 15 == 0) & (RESPONSE_LEVELS > 0) & (RESPONSE_LEVELS < 255)
    middle = np.median(seen[evenly], axis=2)
    clipped = float(np.mean((middle <= 0) | (middle >= 255)))
    # what spreads the levels of each image makes an image of one level white, and no other
    spread = probe.rendering.measured.levels
    if clipped <= _CLIPPED or np.mean((spread <= 0) | (spread >= 255)) <= _CLIPPED_TOO:
        return []
    black = float(np.mean(middle <= 0))
    return [Finding("health-values-clipped", {"share": clipped, "black": black})]


def not_uniform(probe: Probe) -> list[Finding]:
    """Return that images come out black, or white."""
    uniform = nearly_uniform(probe.rendering)
    if not uniform:
        return []
    which, share = uniform
    return [Finding(f"health-images-{which}", {"share": share})]


def nearly_uniform(rendering: Rendering) -> tuple[Literal["black", "white"], float] | None:
    """Return what images come out as that were not so before, and which share of them.

    Floats of 0…1 that are taken for levels are black; levels that are cut at 1 and scaled are
    white.
    """
    images = np.concatenate([made.images for made in rendering.made.values()])
    given = np.concatenate([rendering.given.images] * len(rendering.made))
    black = _mostly(images <= 1) & ~_mostly(given <= 1)
    white = _mostly(images >= 254) & ~_mostly(given >= 254)
    share = max(float(black.mean()), float(white.mean()))
    if share <= _IMAGES:
        return None
    return ("black" if black.mean() >= white.mean() else "white"), share


def _mostly(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(pixels.mean(axis=(1, 2, 3)) > _UNIFORM)


def _wrapped(seen: np.ndarray) -> float:
    """Return the share of pixels that fall by a jump between levels where they rise on both sides.

    Where levels are turned round above a threshold they fall by a jump too, but go on falling.
    """
    rise = np.diff(seen, axis=0)
    wraps = (rise[1:-1] < -_JUMP) & (rise[:-2] > 0) & (rise[2:] > 0)
    share = float(wraps.any(axis=0).mean())
    return share if share > _WRAPPED else 0.0
