"""Where randomness comes from: counter-based streams named by words, the same on every machine."""

from __future__ import annotations

import numpy as np


def _philox(seed: int, *name: str | int) -> np.random.Philox:
    words = "/".join(str(part) for part in name).encode()
    if not 0 <= seed < 2**32:
        return np.random.Philox(np.random.SeedSequence([seed, *words]))
    # the numbers that the list gives, in half the time
    entropy = np.empty(1 + len(words), np.uint32)
    entropy[0], entropy[1:] = seed, np.frombuffer(words, np.uint8)
    return np.random.Philox(np.random.SeedSequence(entropy))


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Return the generator named ``name`` of a seed; equal names give equal numbers.

    ``stream(3, "order", 7)`` depends on its arguments alone, not on what was drawn before.
    """
    return np.random.Generator(_philox(seed, *name))


def uniforms(count: int, seed: int, *name: str | int) -> np.ndarray:
    """Return ``count`` float64 in [0, 1); the first ``n`` do not depend on ``count``.

    Built from raw Philox words (53 bits each), whose values NumPy guarantees across versions.
    """
    raw = _philox(seed, *name).random_raw(count)
    return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
