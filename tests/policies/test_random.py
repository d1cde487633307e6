"""Streams of random numbers are what their names say, however they are begun."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.random import begin, stream, stream_keys


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1, 2**32, 2**70])
@pytest.mark.parametrize("name", [("pipeline", 0, 12), ()])
def test_keys_of_numbered_streams_are_those_that_numpy_makes(
    seed: int, name: tuple[str | int, ...]
) -> None:
    keys = stream_keys(1234, seed, *name)
    for row in (0, 1, 9, 10, 99, 100, 999, 1000, 1233):
        words = "/".join(map(str, (*name, row))).encode()
        expected = np.random.SeedSequence([seed, *words]).generate_state(2, np.uint64)
        np.testing.assert_array_equal(keys[row], expected)


def test_a_generator_that_begins_another_stream_draws_what_a_new_one_draws() -> None:
    generator = stream(1, "other")
    generator.integers(100, dtype=np.int32)  # which leaves half of a word behind
    keys = stream_keys(400, 7, "pipeline", 0)
    for row in (0, 12, 345):
        begin(generator, keys[row])
        new = stream(7, "pipeline", 0, row)
        assert int(new.integers(2**63)) == generator.bit_generator.random_raw() >> 1
        np.testing.assert_array_equal(generator.normal(size=9), new.normal(size=9))
        assert generator.integers(100, dtype=np.int32) == new.integers(100, dtype=np.int32)
