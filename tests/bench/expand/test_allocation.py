"""Do new images go to the classes that have the fewest?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.bench.expand.allocation import balanced


@pytest.mark.parametrize("count", [0, 1, 3, 9, 40])
def test_balance_evens_totals_as_far_as_the_count_reaches(count: int) -> None:
    real = np.array([9, 0, 4, 2, 4])
    new = balanced(real, count)
    totals = (real + new)[real > 0].tolist()
    expected = [9, 4, 2, 4]
    for _ in range(count):  # each new image goes to the smallest class, one by one
        expected[expected.index(min(expected))] += 1
    assert new.sum() == count and new[1] == 0
    assert sorted(totals) == sorted(expected)
