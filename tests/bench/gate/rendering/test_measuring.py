"""Is what was done to an image read rightly? Maps and levels are made by closed formulas."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import numpy as np
import pytest
from augbench.bench.gate.rendering.cards import LEVELS, Cards, cards, drawn_pictures
from augbench.bench.gate.rendering.measuring import (
    CORNER_PRECISION,
    NEUTRAL,
    OFFSET_PRECISION,
    PARAMETERS,
    PRECISION,
    SCALE_PRECISION,
    Measured,
    _consensus,
    _map_of,
    _middle,
    _undone,
    composed,
    corner_distance,
    measure,
    shown_by_cutting,
)
from scipy import ndimage

SHAPE = (24, 36, 3)
UNTOUCHED = dict.fromkeys(PARAMETERS, 0.0) | {"zx": 1.0, "zy": 1.0}
IDENTITY = np.eye(3)[:2]
Change = Callable[[np.ndarray], np.ndarray]
Asked = tuple[dict[str, float], bool, bool]


def matrices(values: dict[str, float], across: bool, down: bool) -> dict[str, np.ndarray]:
    """The parts of a map about the origin, as ``ImageDataGenerator`` documents them."""
    turn, lean = np.radians(values["theta"]), np.radians(values["shear"])
    cos, sin = np.cos(turn), np.sin(turn)
    return {
        "R": np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]),
        "T": np.array([[1, 0, values["shift_x"]], [0, 1, values["shift_y"]], [0, 0, 1]]),
        "S": np.array([[1, -np.sin(lean), 0], [0, np.cos(lean), 0], [0, 0, 1]]),
        "Z": np.diag([values["zx"], values["zy"], 1]),
        "F": np.diag([1 - 2 * across, 1 - 2 * down, 1]),
    }


def map_of(
    values: dict[str, float],
    across: bool = False,
    down: bool = False,
    parts: str = "RTSZF",
    shape: tuple[int, ...] = SHAPE,
) -> np.ndarray:
    """The backward map 2×3 of parameters and flips about the middle of an image."""
    to = np.eye(3)
    to[:2, 2] = (shape[1] - 1) / 2, (shape[0] - 1) / 2
    made = to
    for part in parts:
        made = made @ matrices(UNTOUCHED | values, across, down)[part]
    return (made @ np.linalg.inv(to))[:2]


def read(*maps: np.ndarray, shape: tuple[int, int, int] = SHAPE) -> Measured:
    """What maps say, of images whose levels nothing changed."""
    levels = np.array(LEVELS, np.float64)[None, :, None]
    return Measured(shape, np.stack(maps), np.tile(levels, (len(maps), 1, shape[2])))


def drawn(count: int, shape: tuple[int, int, int] = SHAPE) -> list[Asked]:
    """Parameters at random, with each of the four kinds of flips."""
    rng = np.random.default_rng(3)
    ends = {
        "theta": 25,
        "shift_x": 0.15 * shape[1],
        "shift_y": 0.15 * shape[0],
        "shear": 15,
        "zx": 0.2,
        "zy": 0.2,
    }
    return [
        (
            {name: NEUTRAL.get(name, 0.0) + rng.uniform(-end, end) for name, end in ends.items()},
            bool(number & 1),
            bool(number & 2),
        )
        for number in range(count)
    ]


def warping(
    maps: list[np.ndarray], factor: float = 1.0, offset: float = 0.0, order: int = 1
) -> Change:
    """A change that moves each image by a map, as SciPy does, then its levels."""

    def change(images: np.ndarray) -> np.ndarray:
        y, x = np.mgrid[: images.shape[1], : images.shape[2]]
        made = np.empty(images.shape, np.uint8)
        for number, (image, one) in enumerate(zip(images, maps, strict=True)):
            at = np.tensordot(one[:, :2], np.stack([x, y]), 1) + one[:, 2, None, None]
            for channel in range(images.shape[3]):
                seen = ndimage.map_coordinates(
                    image[..., channel].astype(float), at[::-1], order=order, mode="nearest"
                )
                made[number, ..., channel] = np.clip(np.rint(factor * seen + offset), 0, 255)
        return made

    return change


def cards_of(height: int, width: int, channels: int = 3) -> Cards:
    return cards(drawn_pictures((height, width))[..., :channels])


def worst(found: Measured, asked: list[Asked]) -> dict[str, float]:
    """How far the parameters that were read are from those that were asked for, at most."""
    return {
        name: float(np.abs(found.parameters[name] - [values[name] for values, *_ in asked]).max())
        for name in PARAMETERS
    }


@pytest.mark.parametrize("shape", [SHAPE, (32, 32, 1), (64, 48, 3)])
def test_parameters_flips_and_corners_are_read_within_their_precision(
    shape: tuple[int, int, int],
) -> None:
    asked = drawn(40, shape)
    maps = [map_of(*one, shape=shape) for one in asked]
    found = measure(warping(maps), cards_of(*shape), len(maps))
    assert (found.shape, len(found), found.known.all()) == (shape, 40, True)
    assert found.flip_horizontal.tolist() == [across for _, across, _ in asked]
    assert found.flip_vertical.tolist() == [down for *_, down in asked]
    assert np.array_equal(found.levels, read(*maps, shape=shape).levels)
    off = worst(found, asked)
    assert all(off[name] < PRECISION[name] for name in PARAMETERS), off
    assert corner_distance(found.maps, np.stack(maps), shape).max() < CORNER_PRECISION


def test_precisions_are_no_wider_than_thrice_what_whole_pixels_are_off_by() -> None:
    asked = drawn(40)
    maps = [map_of(*one) for one in asked]
    found = measure(warping(maps, order=0), cards_of(*SHAPE), len(maps))
    off = worst(found, asked)
    assert all(PRECISION[name] < 3 * off[name] for name in PARAMETERS), off
    assert 3 * corner_distance(found.maps, np.stack(maps), SHAPE).max() > CORNER_PRECISION


def test_precisions_of_levels_are_just_above_what_rounding_down_makes_of_them() -> None:
    factors, offsets = np.linspace(0.5, 1.2, 211), np.linspace(0, 20, 50)
    factor, offset = (part.ravel() for part in np.meshgrid(factors, offsets))
    levels = np.floor(factor[:, None] * LEVELS + offset[:, None])
    found = Measured(SHAPE, np.tile(IDENTITY, (len(factor), 1, 1)), levels[:, :, None])
    for off, precision in (
        (np.abs(found.scale - factor).max(), SCALE_PRECISION),
        (np.abs(found.offset - offset).max(), OFFSET_PRECISION),
    ):
        assert off < precision < 2 * off


def test_factor_and_offset_are_of_the_mean_of_the_channels() -> None:
    levels = np.array([[10.0, 60.0, 110.0], [20.0, 75.0, 125.0]]).T[None]
    found = Measured((24, 36, 2), IDENTITY[None], levels)
    # dark 40 → 15 and middle 105 → 67.5
    assert found.scale == pytest.approx([52.5 / 65])
    assert found.offset == pytest.approx([15 - 40 * 52.5 / 65])


@pytest.mark.parametrize(
    ("linear", "across", "down", "read_as"),
    [
        ([[1, 0], [0, 1]], False, False, {}),
        ([[0, -1], [1, 0]], False, False, {"theta": 90.0}),
        ([[0, 1], [-1, 0]], False, False, {"theta": -90.0}),
        ([[-1, 0], [0, 1]], True, False, {}),
        ([[1, 0], [0, -1]], False, True, {}),
        ([[-1, 0], [0, -1]], True, True, {}),
        ([[1.5, 0], [0, 0.5]], False, False, {"zx": 1.5, "zy": 0.5}),
        ([[1, -0.6], [0, 0.8]], False, False, {"shear": np.degrees(np.arcsin(0.6))}),
        ([[1, 0.6], [0, -0.8]], False, True, {"shear": np.degrees(np.arcsin(0.6))}),
        ([[-2, -0.6], [0, 0.8]], True, False, {"zx": 2, "shear": np.degrees(np.arcsin(0.6))}),
    ],
)
def test_a_map_about_the_centre_is_read_as_its_parameters(
    linear: list[list[float]], across: bool, down: bool, read_as: dict[str, float]
) -> None:
    middle = np.array([17.5, 11.5])
    to = middle - np.array(linear) @ middle
    found = read(np.column_stack([linear, to]))
    assert (found.flip_horizontal.tolist(), found.flip_vertical.tolist()) == ([across], [down])
    for name, wanted in (UNTOUCHED | read_as).items():
        assert found.parameters[name] == pytest.approx([wanted], abs=1e-9), name


def test_parameters_and_flips_are_those_that_a_map_is_composed_of() -> None:
    asked = drawn(40)
    found = read(*(map_of(*one) for one in asked))
    assert max(worst(found, asked).values()) < 1e-9
    assert found.flip_horizontal.tolist() == [across for _, across, _ in asked]
    assert found.flip_vertical.tolist() == [down for *_, down in asked]


def test_rows_without_a_map_are_unknown_and_not_flipped() -> None:
    nowhere = np.full((2, 3), np.nan)
    half = np.where(np.arange(3) < 2, IDENTITY, np.nan)
    found = read(IDENTITY, nowhere, half)
    assert found.known.tolist() == [True, False, False]
    assert found.flip_horizontal.tolist() == found.flip_vertical.tolist() == [False] * 3
    taken = found.take(np.array([2, 0]))
    assert (taken.shape, taken.known.tolist(), len(taken.levels)) == (SHAPE, [False, True], 2)


@pytest.mark.parametrize("parts", ["RTSZF", "TRSZF", "ZSTRF", "FZSTR", "RT"])
def test_parts_are_composed_in_the_order_of_their_letters(parts: str) -> None:
    asked = drawn(12)
    made = composed(parts, read(*(map_of(*one) for one in asked)))
    assert made == pytest.approx(np.stack([map_of(*one, parts=parts) for one in asked]))


@pytest.mark.parametrize("corner", [(0, 0), (35, 0), (0, 23), (35, 23)])
def test_two_maps_are_as_far_apart_as_at_the_corner_where_they_are_furthest(
    corner: tuple[int, int],
) -> None:
    opposite = 35 - corner[0], 23 - corner[1]
    # nothing moves at the opposite corner; here columns move by 35 px and rows by 23
    apart = np.array([[1.0, 0.0, -opposite[0]], [0.0, 1.0, -opposite[1]]])
    one = np.stack([IDENTITY + apart, IDENTITY, np.full((2, 3), np.nan)])
    found = corner_distance(one, np.stack([IDENTITY] * 3), SHAPE)
    assert found == pytest.approx([np.hypot(35, 23), 0, np.nan], nan_ok=True)


def test_a_move_is_as_far_at_every_corner() -> None:
    moved = IDENTITY + np.array([[0, 0, 3], [0, 0, -4]])
    assert corner_distance(moved[None], IDENTITY[None], SHAPE) == pytest.approx([5])


def test_one_level_is_as_many_pixels_as_its_ramp_is_flat() -> None:
    # 124 levels over all columns, and over all rows
    assert shown_by_cutting(SHAPE) == pytest.approx({"shift_x": 35 / 124, "shift_y": 23 / 124})


def known(change: Change, shape: tuple[int, int, int] = SHAPE) -> bool:
    found = measure(change, cards_of(*shape), 2)
    if found.known.any():
        still = np.stack([IDENTITY] * 2)
        assert corner_distance(found.maps, still, shape).max() < 1
    return bool(found.known.all())


@pytest.mark.parametrize(("factor", "told"), [(0.15, True), (0.1001, True), (0.1, False)])
def test_no_map_is_read_where_a_tenth_of_the_contrast_is_left(factor: float, told: bool) -> None:
    assert known(lambda images: images * factor) == told


def test_a_map_is_read_until_the_middle_level_is_white() -> None:
    def lighter(by: int) -> Change:
        return lambda images: np.minimum(images.astype(int) + by, 255).astype(np.uint8)

    # at 149 only columns and rows of the dark half are seen, and two of three levels
    assert known(lighter(149), (64, 64, 1))
    assert not known(lighter(150), (64, 64, 1))
    # nor where others are darker again
    assert not known(lambda images: np.where(abs(images - 105.0) < 5, 255, images))


def test_a_policy_that_mixes_up_pixels_has_no_map() -> None:
    order = np.random.default_rng(0).permutation(24 * 36)

    def mixed(images: np.ndarray) -> np.ndarray:
        return images.reshape(len(images), -1, 3)[:, order].reshape(images.shape)

    assert not measure(mixed, cards_of(*SHAPE), 2).known.any()


def test_the_median_is_that_of_the_middle_half_of_the_rows_and_columns() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 13, 22, 2)).astype(np.uint8)
    # a quarter of 13 is 3 whole rows, of 22 columns 5
    wanted = [
        [
            median(int(image[y, x, channel]) for y in range(3, 10) for x in range(5, 17))
            for channel in range(2)
        ]
        for image in images
    ]
    assert _middle(images).tolist() == wanted
    small = images[:, :3, :3]
    assert _middle(small).tolist() == np.median(small.reshape(3, 9, 2), axis=1).tolist()


@pytest.mark.parametrize(
    ("levels", "pixels", "shown"),
    [
        ([40.0, 105.0, 170.0], [45, 100.5, 169], [45, 100.5, 169]),
        ([30.0, 62.5, 95.0], [30, 60, 90], [40, 100, 160]),
        ([0.0, 25.0, 90.0], [5, 60, 1], [85, 140, 81]),  # dark is cut at 0
        ([100.0, 230.0, 255.0], [100, 110], [40, 45]),  # light is cut at 255
        ([1.0, 66.0, 255.0], [11], [50]),  # 1 is not cut
        ([0.5, 66.0, 131.0], [11], [50]),  # between 0 and 1 it may be
        ([-9.5, 105.0, 254.5], [11], [np.nan]),  # only one is left
        ([0.0, 189.0, 254.0], [199], [115]),  # 254 is not cut
        ([40.0, 105.0, 170.0], [0, 0.5, 0.6, 254.4, 254.5], [np.nan, np.nan, 0.6, 254.4, np.nan]),
        ([40.0, 105.0, 170.0], [1, 254, 255], [1, 254, np.nan]),
        ([0.0, 0.0, 60.0], [10, 50], [np.nan, np.nan]),  # all but one are black
        ([0.0, 200.0, 255.0], [10, 50], [np.nan, np.nan]),
        ([0.0, 255.0, 255.0], [10, 50], [np.nan, np.nan]),
    ],
)
def test_levels_are_undone_by_those_that_were_not_cut(
    levels: list[float], pixels: list[float], shown: list[float]
) -> None:
    found = _undone(np.array(pixels), np.array(levels))
    assert found == pytest.approx(np.array(shown), nan_ok=True)


def test_levels_that_bend_are_undone_by_the_best_line() -> None:
    # the first is cut, so that the line is that of the others;
    # of all three by least squares it rises by 64 / 130 a level and is 42 at 105
    assert _undone(np.array([60.0]), np.array([0.0, 60.0, 65.0])) == pytest.approx([105])
    assert _undone(np.array([42.0]), np.array([1.0, 60.0, 65.0])) == pytest.approx([105])


def places(one: np.ndarray, height: int, width: int) -> np.ndarray:
    """Which column and row of a card each pixel shows by a map, at its edge where it ends."""
    y, x = np.mgrid[:height, :width]
    shown = np.tensordot(one[:, :2], np.stack([x, y]), 1) + one[:, 2, None, None]
    return np.clip(shown, 0, np.reshape([width - 1, height - 1], (2, 1, 1)))


def checkered(height: int, width: int, by: float) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return by * (-1.0) ** (x + y)


def only(side: int, shown: np.ndarray, top: int = 4, left: int = 6) -> np.ndarray:
    """Places of which only a square is readable."""
    seen = np.full(shown.shape, np.nan)
    seen[:, top : top + side, left : left + side] = shown[:, top : top + side, left : left + side]
    return seen


TIGHT = np.array([0.2, 0.2])


@pytest.mark.parametrize(("height", "width"), [(24, 36), (15, 8), (90, 120), (3, 4)])
def test_a_map_is_found_in_images_of_any_size(height: int, width: int) -> None:
    values = {"theta": 12.0, "shift_x": 0.4, "zx": 0.9, "zy": 1.1, "shear": 4.0}
    one = map_of(values if height > 3 else {}, shape=(height, width))
    found = _consensus(places(one, height, width), 5, TIGHT)
    assert found == pytest.approx(one, abs=1e-3)


def test_fewer_than_twelve_pixels_say_nothing() -> None:
    assert _consensus(places(IDENTITY, 3, 3), 5, TIGHT) is None
    assert _consensus(places(IDENTITY, 3, 4), 5, TIGHT) is not None


@pytest.mark.parametrize("height", [20, 100])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    ("off", "rows", "told"),
    [
        (0.28, 0.5, True),
        (0.32, 0.25, True),
        (0.32, 0.3, False),
        (0.45, 0.3, False),
        (9, 0.3, False),
    ],
)
def test_three_quarters_of_the_pixels_lie_on_a_map_that_is_found(
    height: int, axis: int, off: float, rows: float, told: bool
) -> None:
    """A pixel lies on it where columns and rows are within one and a half of the tolerance."""
    shown = places(IDENTITY, height, 20)
    wrong = round(height * rows)
    # every second pixel, so that the windows in those rows are uneven and no other map fits
    shown[axis, :wrong] += np.abs(checkered(wrong, 20, off)) * np.sign(checkered(wrong, 20, 1))
    found = _consensus(shown, 5, TIGHT)
    assert (found is not None) == told
    if found is not None and off > 0.3:
        assert found == pytest.approx(IDENTITY)


def test_the_map_of_most_pixels_is_found_wherever_the_others_are() -> None:
    elsewhere = map_of({"shift_x": -4.0, "shift_y": 3.0}, shape=(60, 50))
    for beyond in (np.s_[:, :12], np.s_[:, -12:], np.s_[:, :, :11], np.s_[:, :, -11:]):
        shown = places(IDENTITY, 60, 50)
        shown[beyond] = places(elsewhere, 60, 50)[beyond]
        assert _consensus(shown, 5, TIGHT) == pytest.approx(IDENTITY)


@pytest.mark.parametrize("move", [0.9, -0.9])
def test_pixels_beyond_the_edge_are_not_asked(move: float) -> None:
    # 49 of 64 pixels show the card, the others its edge
    one = map_of({"shift_x": move, "shift_y": move}, shape=(8, 8))
    shown = places(one, 8, 8)
    place = 1 if move < 0 else -2
    shown[:, place, [0, -1][move < 0]] += 7
    shown[:, place, [1, -2][move < 0]] += 7
    assert _consensus(shown, 5, TIGHT) == pytest.approx(one)


def test_pixels_that_are_not_readable_are_not_asked() -> None:
    shown = places(IDENTITY, 20, 20)
    shown[0, 8:, :10] = np.nan
    shown[1, 8:, 10:] = np.nan
    assert _consensus(shown, 5, TIGHT) == pytest.approx(IDENTITY)


@pytest.mark.parametrize("axis", [0, 1])
def test_nothing_is_found_where_no_window_is_even(axis: int) -> None:
    shown = places(IDENTITY, 20, 20)
    shown[axis] += checkered(20, 20, 0.25)
    assert _consensus(shown, 5, TIGHT) is None
    assert _consensus(np.full((2, 20, 20), np.nan), 5, TIGHT) is None


@pytest.mark.parametrize(
    ("side", "off", "told"),
    [
        # nine tenths of a level of 5 a px, and .05: .23 px, in windows of 5 px
        (5, 0.0, True),
        (5, 0.2, True),
        (5, 0.25, False),
        # and .55 px more, in windows of 9
        (9, 0.7, True),
        (9, 0.85, False),
        (8, 0.5, False),
    ],
)
def test_uneven_pixels_are_read_in_larger_windows(side: int, off: float, told: bool) -> None:
    shown = only(side, places(IDENTITY, 24, 36))
    found = _map_of(shown + checkered(24, 36, off), (5.0, 5.0))
    assert np.isfinite(found).all() == told
    if told:
        assert corner_distance(found[None], IDENTITY[None], SHAPE) < 6


def test_neutral_parameters_move_nothing() -> None:
    neutral = {name: NEUTRAL.get(name, 0.0) for name in PARAMETERS}
    np.testing.assert_allclose(map_of(neutral), IDENTITY, atol=1e-12)
