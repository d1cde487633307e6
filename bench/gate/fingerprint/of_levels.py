"""Which faults of grey levels and channels would explain what changed?"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from augbench.bench.gate.fingerprint.evidence import FEW, LEVEL_PRECISION, Evidence
from augbench.bench.gate.fingerprint.relations import relation
from augbench.bench.gate.rendering.cards import LEVELS
from augbench.bench.gate.rendering.measuring import SCALE_PRECISION

from augbench.findings import Finding

#: levels added may be off by more than as measured once, since both sides are
_OFFSETS_APART = 2.5
_MOST_CHANNELS = 4

#: kinds after which pixels do not tell where they come from
HIDE_MOVEMENT = frozenset(
    {"levels-0-1", "levels-0-255", "levels-saturated", "levels-differ", "clipped-early"}
)


def of_levels(evidence: Evidence) -> list[Finding]:
    """Return what became of grey levels; nothing where it is what it was."""
    if evidence.same_levels:
        return []
    then, now = evidence.measured_then, evidence.measured_now
    before, after = then.levels.mean(axis=2), now.levels.mean(axis=2)
    for black, white, kind in ((after, before, "levels-0-1"), (before, after, "levels-0-255")):
        if black.max() <= 1.5 < white.max():
            return [Finding(kind, {})]
    if after.min() >= 254 and before.min() < 254:
        return [Finding("levels-saturated", {})]
    if findings := _clipped(before, after):
        return findings
    findings = []
    for name, old, new, neutral, precision in (
        ("brightness", then.scale, now.scale, 1.0, SCALE_PRECISION),
        ("channel_shift", then.offset, now.offset, 0.0, _OFFSETS_APART),
    ):
        if changed := relation(name, old, new, neutral, precision):
            findings.append(changed)
    surely = [finding for finding in findings if finding.kind != "other-draws"]
    largest = float(np.abs(before - after).max())
    return surely or findings or [Finding("levels-differ", {"largest": largest})]


def _clipped(before: np.ndarray, after: np.ndarray) -> list[Finding]:
    """Return whether the lightest or the darkest levels alone are cut off, and where."""
    same = np.abs(before - after) <= LEVEL_PRECISION
    for side, inner, sign in ((2, (0, 1), -1), (0, (1, 2), 1)):
        cut = ~same[:, side]
        others = same[:, inner].all(axis=1)
        inward = sign * (after[:, side] - before[:, side]) > 0
        if (cut & others & inward).mean() > FEW and (cut & ~(others & inward)).mean() <= FEW:
            limit = after[cut, side].max() if side else after[cut, side].min()
            figures = {"light": bool(side), "limit": float(limit), "share": float(cut.mean())}
            return [Finding("clipped-early", {**figures, "level": LEVELS[side]})]
    return []


def of_channels(evidence: Evidence) -> list[Finding]:
    """Return whether channels are those of then in another order."""
    then, now = evidence.then.images, evidence.now.images
    channels = then.shape[-1]
    if not 1 < channels <= _MOST_CHANNELS:
        return []
    for order in permutations(range(channels)):
        if order == tuple(range(channels)):
            continue
        apart = np.abs(then[..., list(order)].astype(np.int16) - now.astype(np.int16))
        if (apart <= evidence.tolerance).mean() >= 1 - FEW / 10:
            return [Finding("channels-permuted", {"order": list(order)})]
    return []
