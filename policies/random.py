"""Where randomness comes from: counter-based streams named by words, the same on every machine."""

from __future__ import annotations

import numpy as np

_NOTHING_DRAWN = np.zeros(4, np.uint64)


def _seeds(seed: int, *name: str | int) -> np.random.SeedSequence:
    words = "/".join(str(part) for part in name).encode()
    if not 0 <= seed < 2**32:
        return np.random.SeedSequence([seed, *words])
    # the numbers that the list gives, in half the time
    entropy = np.empty(1 + len(words), np.uint32)
    entropy[0], entropy[1:] = seed, np.frombuffer(words, np.uint8)
    return np.random.SeedSequence(entropy)


def _philox(seed: int, *name: str | int) -> np.random.Philox:
    return np.random.Philox(_seeds(seed, *name))


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Return the generator named ``name`` of a seed; equal names give equal numbers.

    ``stream(3, "order", 7)`` depends on its arguments alone, not on what was drawn before.
    """
    return np.random.Generator(_philox(seed, *name))


def stream_key(seed: int, *name: str | int) -> np.ndarray:
    """Return two uint64 with which `begin` begins the stream that ``stream`` makes of a name."""
    return _seeds(seed, *name).generate_state(2, np.uint64)


def begin(generator: np.random.Generator, key: np.ndarray) -> None:
    """Let a generator that `stream` made begin another stream, sooner than a new one is made."""
    generator.bit_generator.state = {
        "bit_generator": "Philox",
        "state": {"counter": _NOTHING_DRAWN, "key": key},
        "buffer": _NOTHING_DRAWN,
        "buffer_pos": 4,
        "has_uint32": 0,
        "uinteger": 0,
    }


def uniforms(count: int, seed: int, *name: str | int) -> np.ndarray:
    """Return ``count`` float64 in [0, 1); the first ``n`` do not depend on ``count``.

    Built from raw Philox words (53 bits each), whose values NumPy guarantees across versions.
    """
    raw = _philox(seed, *name).random_raw(count)
    return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53
