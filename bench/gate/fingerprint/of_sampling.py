"""Which fill mode or interpolation would explain pixels that differ where nothing else does?"""

from __future__ import annotations

import numpy as np
from augbench.bench.gate.fingerprint.evidence import Evidence
from augbench.bench.gate.rendering.rendering import BATCH
from augbench.policies.engines.pixels import BORDERS, warp
from augbench.policies.engines.rows import Sampling

from augbench.findings import Finding

_MODES = (*(name for name in BORDERS if name != "grid-mirror"), "constant", "wrap")
_LEVEL_MODES = ("constant", "grid-constant")
_ORDERS = (0, 1, 3)
#: share of the inner pixels that may differ where the border is to blame
_INSIDE = 0.03
#: grey levels, on average, that a guess may be off
_NEAR = 6.0


def of_sampling(evidence: Evidence) -> list[Finding]:
    """Return where pixels differ though they show the same places at the same levels, and why."""
    if not evidence.differs.any():
        return []
    rows = np.flatnonzero(evidence.both_known[: min(BATCH, len(evidence.differs))])
    outside = np.zeros(evidence.differs.shape, bool)
    for row in rows:
        outside[row] = _outside(evidence.measured_then.maps[row], *evidence.differs.shape[1:])
    known = np.zeros(len(evidence.differs), bool)
    known[rows] = True
    inner, border = evidence.differs & ~outside, evidence.differs & outside
    if not known.any() or evidence.differs[~known].any():
        return [Finding("pixels-alone", {"where": "all"})]
    guessing = _Guessing(evidence, rows, outside)
    if inner.sum() <= _INSIDE * (~outside[rows]).sum():
        then, now = (guessing.fill_mode(images) for images in guessing.images)
        return [Finding("border-differs", {"then": then, "now": now})]
    orders = [guessing.order(images) for images in guessing.images]
    if orders[0] != orders[1] and None not in orders:
        return [Finding("interpolation-differs", {"then": orders[0], "now": orders[1]})]
    return [Finding("pixels-alone", {"where": "inside" if not border.any() else "all"})]


def _outside(backward: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return which pixels of the output show what is beyond the border, bool H×W."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    at = np.tensordot(backward[:, :2], np.stack([x, y]), axes=1) + backward[:, 2, None, None]
    slack = 0.15  # maps are read to a tenth of a pixel
    return np.asarray(
        (at[0] < slack - 0.3)
        | (at[0] > width - 1 + 0.3 - slack)
        | (at[1] < slack - 0.3)
        | (at[1] > height - 1 + 0.3 - slack)
    )


class _Guessing:
    """Warps the pictures by the measured maps in every way, and sees which comes nearest."""

    def __init__(self, evidence: Evidence, rows: np.ndarray, outside: np.ndarray) -> None:
        self.rows, self.outside = rows, outside
        self.images = evidence.then.images, evidence.now.images
        self._given = evidence.given.images
        measured = evidence.measured_then
        self._maps = measured.maps[: len(self._given)]
        self._scale = measured.scale[: len(self._given)]
        self._offset = measured.offset[: len(self._given)]

    def fill_mode(self, images: np.ndarray) -> str | None:
        """Return the fill mode whose border is nearest, None where none is near."""
        border = np.zeros_like(self.outside)
        border[self.rows] = self.outside[self.rows]
        if not border.any():
            return None
        common = np.median(images[border], axis=0).mean()
        candidates = [
            (mode, level)
            for mode in _MODES
            for level in ((0.0, 255.0, float(common)) if mode in _LEVEL_MODES else (0.0,))
        ]
        return _nearest(
            {
                _told(mode, level): self._off(images, Sampling(mode, level), border)
                for mode, level in candidates
            }
        )

    def order(self, images: np.ndarray) -> int | None:
        """Return the spline order whose inside is nearest, None where none is near."""
        inside = np.zeros_like(self.outside)
        inside[self.rows] = ~self.outside[self.rows]
        distances = {
            str(order): self._off(images, Sampling(order=order), inside) for order in _ORDERS
        }
        nearest = _nearest(distances)
        return None if nearest is None else int(nearest)

    def _off(self, images: np.ndarray, sampling: Sampling, where: np.ndarray) -> float:
        total, count = 0.0, 0
        for row in self.rows:
            moved = warp(self._given[row].astype(np.float32), self._maps[row], sampling)
            expected = np.clip(moved * self._scale[row] + self._offset[row], 0, 255)
            off = np.abs(expected - images[row].astype(np.float32))[where[row]]
            total, count = total + float(off.sum()), count + off.size
        return total / max(count, 1)


def _told(mode: str, level: float) -> str:
    return f"{mode} {level:.0f}" if mode in _LEVEL_MODES else mode


def _nearest(off: dict[str, float]) -> str | None:
    best = min(off, key=lambda name: off[name])
    return best if off[best] <= _NEAR else None
