"""Do sums of whole numbers say where a pixel is read, as exactly as SciPy's own?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.engines.rows import rows_of
from augbench.policies.spec.coordinates import ONE, coordinates, fixed_point
from augbench.policies.spec.draws import draw
from augbench.policies.spec.spec import AugmentationSpec


def value(parts: np.ndarray) -> np.ndarray:
    return parts[..., 0] + parts[..., 1] / ONE


def test_numbers_come_back_to_a_billionth() -> None:
    numbers = np.random.default_rng(0).uniform(-5000, 5000, 10_000)
    parts = fixed_point(numbers)
    assert parts.dtype == np.int32
    assert (parts[:, 1] >= 0).all() and (parts[:, 1] < ONE).all()
    assert np.abs(value(parts) - numbers).max() <= 1 / ONE


@pytest.mark.parametrize("edge", [0.0, 0.5, 7.0, 7.5, -3.0, -3.5, 99.0])
def test_the_number_next_to_an_edge_stays_on_its_side_of_it(edge: float) -> None:
    below, at, above = value(fixed_point(np.nextafter(edge, [-np.inf, edge, np.inf])))
    assert below < at == edge < above


def test_a_number_beyond_any_image_stays_beyond_when_it_is_added_to_another() -> None:
    far = fixed_point(np.array([1e30, -1e30])).astype(np.int64)
    assert np.abs(4 * far[:, 0]).max() < 2**31
    assert (np.abs(far[:, 0]) > 2**20).all()


@pytest.mark.parametrize(
    "words",
    [
        {"width_shift_range": [0.07, 0.29], "zoom_range": 0.5, "horizontal_flip": True},
        {"rotation_range": 180, "shear_range": 30, "zoom_range": 0.5, "height_shift_range": 0.4},
    ],
    ids=str,
)
def test_rows_and_columns_add_up_to_the_map(words: dict[str, object]) -> None:
    spec, shape = AugmentationSpec(**words), (30, 100)
    maps = rows_of(draw(spec, 0, 0, 64, shape), spec, shape).maps
    by_row, by_column = coordinates(maps, shape)
    parts = by_row[:, :, :, None].astype(np.int64) + by_column[:, :, None, :]
    assert parts.max() < 2**31
    y, x = np.mgrid[:30, :100]
    points = np.stack([x, y, np.ones_like(x)]).reshape(3, -1)
    expected = (maps @ points).reshape(64, 2, *shape)
    assert np.abs(value(parts) - expected).max() < 3 / ONE
