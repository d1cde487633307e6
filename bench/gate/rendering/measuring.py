"""What was done to each image, read from pixels: its backward map and its grey levels.

Any policy can be asked, since only what it makes of the cards is looked at. A ramp says at each
pixel which column or row of the card it shows; where these lie on one affine map, that is the map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from augbench.bench.gate.rendering.cards import LEVELS, RAMP, Cards, ramp_slope
from augbench.policies.spec.geometry import centre, rotate2d, scale2d, shear2d, translate2d

#: the parameters of a map by name, in the order in which ``ImageDataGenerator`` composes them
PARAMETERS = ("theta", "shift_x", "shift_y", "shear", "zx", "zy")
NEUTRAL: Mapping[str, float] = {"zx": 1.0, "zy": 1.0}
#: px (degrees, hundredths) that a parameter may be off by as measured
PRECISION: Mapping[str, float] = {
    "theta": 0.8,
    "shift_x": 0.12,
    "shift_y": 0.12,
    "shear": 0.8,
    "zx": 0.015,
    "zy": 0.015,
}
#: what the factor of grey levels, and the levels added, may be off by as measured, roundings down
#: included
SCALE_PRECISION, OFFSET_PRECISION = 0.03, 2.0
#: px that a corner may be off by as measured
CORNER_PRECISION = 0.3
_WINDOW = 5
_ROUGH = 9
#: how many windows a map is looked for in, and how many pixels are asked about each: some of a
#: large image
_CANDIDATES, _PIXELS = 160, 1024


@dataclass(frozen=True)
class Measured:
    """What was read from N rows.

    Attributes:
        shape: H×W×C of the images.
        maps: float64, N×2×3, backward maps in (x, y), flips included; NaN where none fits.
        levels: float64, N×3×C, what became of each of `LEVELS` in the middle of the image.
    """

    shape: tuple[int, int, int]
    maps: np.ndarray
    levels: np.ndarray

    def __len__(self) -> int:
        return len(self.maps)

    @cached_property
    def known(self) -> np.ndarray:
        """bool, N: whether a map was found."""
        return np.isfinite(self.maps).all(axis=(1, 2))

    @cached_property
    def flip_horizontal(self) -> np.ndarray:
        """bool, N: whether left and right are swapped; a half turn reads as both flips."""
        return self.maps[:, 0, 0] < 0

    @cached_property
    def flip_vertical(self) -> np.ndarray:
        """bool, N: whether top and bottom are swapped."""
        linear = self.maps[:, :, :2]
        return (np.linalg.det(np.nan_to_num(linear)) < 0) ^ self.flip_horizontal

    @cached_property
    def parameters(self) -> dict[str, np.ndarray]:
        """float64, N each: `PARAMETERS` as `augbench.policies.spec.draws.Draws` has them."""
        sign = np.ones((len(self), 1, 2))
        sign[self.flip_horizontal, 0, 0] = -1
        sign[self.flip_vertical, 0, 1] = -1
        linear = self.maps[:, :, :2] * sign
        theta = np.arctan2(linear[:, 1, 0], linear[:, 0, 0])
        turned_back = rotate2d(-theta)[:, :2, :2]
        lean = np.einsum("nij,nj->ni", turned_back, linear[:, :, 1])
        point = centre(self.shape[:2])
        moved = self.maps[:, :, :2] @ point + self.maps[:, :, 2] - point
        shift = np.einsum("nij,nj->ni", turned_back, moved)
        return {
            "theta": np.degrees(theta),
            "shift_x": shift[:, 0],
            "shift_y": shift[:, 1],
            "shear": np.degrees(np.arctan2(-lean[:, 0], lean[:, 1])),
            "zx": np.hypot(linear[:, 0, 0], linear[:, 1, 0]),
            "zy": np.hypot(lean[:, 0], lean[:, 1]),
        }

    def take(self, rows: np.ndarray) -> Measured:
        """Return the given rows (int64 or bool)."""
        return Measured(self.shape, self.maps[rows], self.levels[rows])

    @cached_property
    def scale(self) -> np.ndarray:
        """float64, N: the factor of grey levels, from dark to middle, over all channels."""
        grey = self.levels.mean(axis=2)
        return (grey[:, 1] - grey[:, 0]) / (LEVELS[1] - LEVELS[0])

    @cached_property
    def offset(self) -> np.ndarray:
        """float64, N: grey levels that are added after the factor."""
        return self.levels.mean(axis=2)[:, 0] - self.scale * LEVELS[0]


def corner_distance(maps: np.ndarray, others: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return how far apart two maps (N×2×3) move a corner, px, N; NaN where one is unknown."""
    height, width = shape[:2]
    right, bottom = width - 1, height - 1
    corners = np.array([[0, right, 0, right], [0, 0, bottom, bottom], [1, 1, 1, 1]], np.float64)
    apart = (maps - others) @ corners
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]).max(axis=1))


def shown_by_cutting(shape: tuple[int, ...]) -> dict[str, float]:
    """Return how far levels that are cut down seem to shift an image H×W, px by parameter, at most.

    `ImageDataGenerator`'s brightness cuts what was resampled, then what it multiplied: a level in
    all, which is more px the flatter the ramp.
    """
    height, width = shape[:2]
    return {"shift_x": 1 / ramp_slope(width), "shift_y": 1 / ramp_slope(height)}


def composed(parts: str, of: Measured) -> np.ndarray:
    """Return maps N×2×3 from the parameters of ``of``, its parts applied in another order.

    Args:
        parts: of R (turn), T (shift), S (shear), Z (zoom), F (flips), left to right as matrices;
            ``RTSZF`` gives back the measured maps.
        of: the rows.
    """
    height, width = of.shape[:2]
    given = of.parameters
    x, y = centre((height, width))
    flips = scale2d(np.where(of.flip_horizontal, -1.0, 1.0), np.where(of.flip_vertical, -1.0, 1.0))
    matrices = {
        "R": rotate2d(np.radians(given["theta"])),
        "T": translate2d(given["shift_x"], given["shift_y"]),
        "S": shear2d(np.radians(given["shear"])),
        "Z": scale2d(given["zx"], given["zy"]),
        "F": flips,
    }
    product = np.broadcast_to(np.eye(3), (len(of), 3, 3))
    for part in parts:
        product = product @ matrices[part]
    return np.asarray((translate2d(x, y) @ product @ translate2d(-x, -y))[:, :2])


def measure(change: Callable[[np.ndarray], np.ndarray], cards: Cards, rows: int) -> Measured:
    """Return what ``change`` does to each of ``rows`` images.

    Args:
        change: augments uint8 N×H×W×C, and does the same each time that it is called.
        cards: the cards of the shape.
        rows: N.
    """

    def made_of(card: np.ndarray) -> np.ndarray:
        return change(np.repeat(card[None], rows, axis=0))

    height, width, _ = cards.shape
    levels = np.stack([_middle(made_of(card)) for card in cards.even], axis=1)
    ramps = np.stack([made_of(card).mean(axis=3) for card in cards.ramps], axis=1)
    slopes = ramp_slope(width), ramp_slope(height)
    maps = np.full((rows, 2, 3), np.nan)
    grey = levels.mean(axis=2)
    for row in range(rows):
        if grey[row, 1] - grey[row, 0] > 0.1 * (LEVELS[1] - LEVELS[0]) and grey[row, 1] < 254.5:
            shown = _undone(ramps[row], grey[row])
            places = (shown - RAMP[0]) / np.reshape(slopes, (2, 1, 1))
            maps[row] = _map_of(places, slopes)
    return Measured(cards.shape, maps, levels)


def _middle(images: np.ndarray) -> np.ndarray:
    """Return the median level of each channel in the middle of images B×H×W×C, B×C."""
    height, width = images.shape[1:3]
    middle = images[:, height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    return np.median(middle, axis=(1, 2)).astype(np.float64)


def _undone(pixels: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Return pixels with the change of levels undone; NaN where it cannot be told."""
    exact = (levels > 0.5) & (levels < 254.5)
    if exact.sum() < 2:  # black or white but for one level
        return np.full(pixels.shape, np.nan)
    slope, start = np.polyfit(np.array(LEVELS)[exact], levels[exact], 1)
    clipped = (pixels <= 0.5) | (pixels >= 254.5)
    return np.where(clipped, np.nan, (pixels - start) / slope)


def _map_of(places: np.ndarray, slopes: tuple[float, float]) -> np.ndarray:
    """Return the affine map (2×3) that shown places (2×H×W, columns and rows) lie on, or NaN."""
    for side, blur in ((_WINDOW, 0.0), (_ROUGH, 0.55)):
        tolerance = np.array([0.9 / slope + 0.05 + blur for slope in slopes])
        affine = _consensus(places, side, tolerance)
        if affine is not None:
            return affine
    return np.full((2, 3), np.nan)


def _consensus(places: np.ndarray, side: int, tolerance: np.ndarray) -> np.ndarray | None:
    _, height, width = places.shape
    side = min(side, height, width)
    windows = np.lib.stride_tricks.sliding_window_view(places, (side, side), axis=(1, 2))
    windows = windows[:, ::2, ::2].reshape(2, -1, side * side)
    at = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float64)
    starts = at[: height - side + 1 : 2, : width - side + 1 : 2].reshape(-1, 2)
    grid = np.concatenate([at[:side, :side].reshape(-1, 2), np.ones((side * side, 1))], axis=1)
    fits = windows @ np.linalg.pinv(grid).T
    off = np.abs(windows - fits @ grid.T).max(axis=2)
    good = (off <= tolerance[:, None]).all(axis=0)  # never where a pixel is not readable
    if not good.any():
        return None
    every = -(-int(good.sum()) // _CANDIDATES)
    fits, starts = fits[:, good][:, ::every], starts[good][::every]
    fits[:, :, 2] -= (fits[:, :, :2] * starts).sum(axis=2)
    homogeneous = np.concatenate([at.reshape(-1, 2), np.ones((height * width, 1))], axis=1)
    shown = places.reshape(2, -1)
    ends = np.array([width - 1, height - 1], np.float64)[:, None]

    def agreeing(candidates: np.ndarray, every: int = 1) -> tuple[np.ndarray, np.ndarray]:
        expected = candidates @ homogeneous[::every].T
        inside = ((expected >= -0.01) & (expected <= ends[:, None] + 0.01)).all(axis=0)
        apart = np.abs(expected - shown[:, None, ::every])
        near = (apart <= 1.5 * tolerance[:, None, None]).all(axis=0)
        return inside, inside & near

    some = -(-height * width // _PIXELS)
    best = fits[:, [int(agreeing(fits, some)[1].sum(axis=1).argmax())]]
    for _ in range(3):
        _, agree = agreeing(best)
        if agree[0].sum() < 12:
            return None
        solved = np.linalg.lstsq(homogeneous[agree[0]], shown[:, agree[0]].T, rcond=None)[0]
        best = solved.T[:, None]
    inside, agree = agreeing(best)
    readable = inside[0] & np.isfinite(shown).all(axis=0)
    return best[:, 0] if agree[0].sum() >= 0.75 * max(readable.sum(), 1) else None
