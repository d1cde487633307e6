"""Are the ends of a spec's ranges those that its draws come near to and never pass?"""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.extreme_draws import extreme_draws
from augbench.policies.spec.spec import AugmentationSpec

SHAPE = (20, 30)


def columns(tables: list[Draws]) -> dict[str, tuple[float, float]]:
    ends = {}
    for column in fields(Draws):
        values = np.concatenate([getattr(table, column.name) for table in tables]).astype(float)
        values = values[~np.isnan(values)]
        ends[column.name] = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    return ends


@pytest.mark.filterwarnings("ignore::augbench.errors.AugbenchWarning")
@pytest.mark.parametrize(
    "words",
    [
        {"rotation_range": 20, "shear_range": 5, "zoom_range": 0.3},
        {"width_shift_range": 0.2, "height_shift_range": 3.0, "vertical_flip": True},
        {"width_shift_range": 4, "height_shift_range": [1, 5, 2], "zoom_range": [0.5, 0.9]},
        {"brightness_range": [0.4, 1.3], "channel_shift_range": 30, "horizontal_flip": True},
        {"width_shift_range": 0.2, "height_shift_range": 0.1, "quirks": "keras"},
    ],
)
def test_many_draws_come_near_the_ends_and_never_pass_them(words: dict[str, object]) -> None:
    spec = AugmentationSpec(**words)
    drawn = columns([draw(spec, 0, epoch, 4000, SHAPE) for epoch in range(2)])
    at_ends = columns([table for _, _, table in extreme_draws(spec, SHAPE)])
    neutral = {"zx": 1.0, "zy": 1.0}
    for name, (low, high) in drawn.items():
        lowest, highest = at_ends[name]
        if name in neutral:  # rows of other words leave it alone
            low, high = min(low, 1.0), max(high, 1.0)
        near = 0.01 * (high - low) + 1e-9
        assert lowest - 1e-9 <= low <= lowest + near, name
        assert highest - near <= high <= highest + 1e-9, name


def test_each_word_stands_alone_and_all_together_at_last() -> None:
    spec = AugmentationSpec(rotation_range=20, horizontal_flip=True)
    extremes = extreme_draws(spec, SHAPE)
    assert [name for name, _, _ in extremes] == [
        "rotation_range",
        "rotation_range",
        "horizontal_flip",
        "all words",
        "all words",
    ]
    assert [float(table.theta[0]) for _, _, table in extremes] == pytest.approx(
        [-20, 20, 0, -20, 20]
    )
