"""Images laid side by side are found again where they belong, on white."""

from __future__ import annotations

import numpy as np
import pytest

from augbench.tiles import tiled


def numbered(count: int) -> np.ndarray:
    """Return images 2×3×1, each of its own number."""
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 2, 3, 1))


def test_rows_are_filled_from_the_left_and_the_last_one_with_white() -> None:
    sheet = tiled(numbered(5), columns=3)[:, :, 0]
    expected = [[0, 1, 2], [3, 4, 255]]
    np.testing.assert_array_equal(sheet, np.kron(expected, np.ones((2, 3))))


def test_a_white_line_runs_between_neighbours_and_nowhere_else() -> None:
    sheet = tiled(numbered(4), columns=2, line=1)[:, :, 0]
    assert sheet.shape == (2 * 2 + 1, 2 * 3 + 1)
    np.testing.assert_array_equal(np.unique(sheet[2]), [255])
    np.testing.assert_array_equal(np.unique(sheet[:, 3]), [255])
    assert set(np.unique(np.delete(np.delete(sheet, 2, 0), 3, 1))) == {0, 1, 2, 3}


@pytest.mark.parametrize("channels", [1, 3])
def test_few_images_make_one_row_as_wide_as_they_are(channels: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 5, channels), np.uint8)
    np.testing.assert_array_equal(tiled(images), np.concatenate(list(images), axis=1))
