"""Which faults of randomness would explain what changed?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from augbench.bench.gate.fingerprint.evidence import Evidence
from augbench.bench.gate.rendering.measuring import Measured

from augbench.findings import Finding

_KINDS = {
    "epochs_differ": "epochs-equal",
    "steps_differ": "steps-equal",
    "seeds_differ": "seed-ignored",
    "repeats": "not-repeatable",
    "input_kept": "input-changed",
}
_TOGETHER, _APART = 0.5, 0.25


def of_batches(evidence: Evidence) -> list[Finding]:
    """Return what batches have to do with each other now and had not then, or the reverse."""
    then, now = evidence.randomness_then, evidence.randomness_now
    return [
        Finding(kind, {"now": not getattr(now, name)})
        for name, kind in _KINDS.items()
        if getattr(then, name) != getattr(now, name)
    ]


def of_independence(evidence: Evidence) -> list[Finding]:
    """Return the pairs of draws that go together now and did not then."""
    known = evidence.both_known
    if known.sum() < 30:
        return []
    then, now = (
        _ranks(evidence.measured_then.take(known)),
        _ranks(evidence.measured_now.take(known)),
    )
    together = []
    for a, b in combinations(then, 2):
        before, after = _correlation(then[a], then[b]), _correlation(now[a], now[b])
        if abs(after) > _TOGETHER and abs(before) < _APART:
            together.append((abs(after), Finding("draws-together", {"of": [a, b], "r": after})))
    return [finding for _, finding in sorted(together, key=lambda pair: -pair[0])[:1]]


def _ranks(measured: Measured) -> dict[str, np.ndarray]:
    """Return the ranks of each draw, 0 where it does not vary."""
    columns = {
        **measured.parameters,
        "flip_horizontal": measured.flip_horizontal.astype(np.float64),
        "flip_vertical": measured.flip_vertical.astype(np.float64),
        "brightness": measured.scale,
    }
    from scipy.stats import rankdata

    return {
        name: rankdata(values) if np.ptp(values) > 0.1 or "flip" in name else np.zeros(len(values))
        for name, values in columns.items()
    }


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if not np.ptp(a) or not np.ptp(b):
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
