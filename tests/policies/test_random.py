"""Streams of random numbers are what their names say, however they are begun."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.random import begin, stream, stream_key


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 5])
def test_a_generator_that_begins_another_stream_draws_what_a_new_one_draws(seed: int) -> None:
    generator = stream(1, "other")
    generator.integers(100, dtype=np.int32)  # which leaves half of a word behind
    for row in (0, 12, 345):
        begin(generator, stream_key(seed, "pipeline", 0, row))
        new = stream(seed, "pipeline", 0, row)
        assert int(new.integers(2**63)) == generator.bit_generator.random_raw() >> 1
        np.testing.assert_array_equal(generator.normal(size=9), new.normal(size=9))
        assert generator.integers(100, dtype=np.int32) == new.integers(100, dtype=np.int32)
