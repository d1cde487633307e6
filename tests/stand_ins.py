"""Pictures that stand in for the real ones where those are absent: drawn here, from a seed.

They have the form of the real sets (folders, class names, file formats, sizes, modes) and enough
of their content (things with an outline before a background, texture, ink) for what tests ask of
the program. What is true of real photographs alone, no test asks of them.
"""

from __future__ import annotations

import gzip
import struct
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

Points = list[tuple[float, float]]

#: images of a class in each part of the stand-in for the photos; the real ones: 60, 12 and 12
CLOTHING_PARTS = {"train": 10, "validation": 2, "test": 2}
#: drawings of a letter, as many as there are real ones
LETTER_PARTS = {"train": 14, "test": 6}
#: images in the stand-in for Fashion-MNIST; the real ones: 60,000 and 10,000
FASHION_PARTS = {"train": 2000, "t10k": 300}

# Right halves of outlines, x from the middle and y from the top, in sizes of the picture.
_HALVES: dict[str, Points] = {
    "t-shirt": [
        (0, 0.16), (0.12, 0.1), (0.26, 0.14), (0.44, 0.34), (0.34, 0.44), (0.25, 0.36),
        (0.25, 0.92), (0, 0.92),
    ],
    "longsleeve": [
        (0, 0.14), (0.12, 0.09), (0.27, 0.14), (0.46, 0.82), (0.35, 0.86), (0.25, 0.42),
        (0.25, 0.92), (0, 0.92),
    ],
    "dress": [
        (0, 0.16), (0.06, 0.05), (0.14, 0.05), (0.17, 0.26), (0.1, 0.42), (0.34, 0.95), (0, 0.95)
    ],
    "pants": [
        (0, 0.05), (0.2, 0.05), (0.27, 0.96), (0.1, 0.96), (0.03, 0.34), (0, 0.32)
    ],
    "shorts": [(0, 0.24), (0.24, 0.24), (0.34, 0.76), (0.09, 0.78), (0.02, 0.48), (0, 0.46)],
    "skirt": [(0, 0.18), (0.16, 0.18), (0.4, 0.84), (0, 0.9)],
    "outwear": [
        (0, 0.3), (0.14, 0.05), (0.34, 0.12), (0.48, 0.86), (0.37, 0.9), (0.3, 0.5), (0.32, 0.97),
        (0.03, 0.97), (0.02, 0.4), (0, 0.4),
    ],
    "shirt": [
        (0, 0.24), (0.1, 0.06), (0.28, 0.13), (0.4, 0.6), (0.31, 0.64), (0.22, 0.4), (0.22, 0.88),
        (0, 0.92),
    ],
    "hat": [(0, 0.26), (0.19, 0.3), (0.24, 0.58), (0.47, 0.66), (0.4, 0.76), (0, 0.79)],
    "bag": [(0, 0.2), (0.16, 0.22), (0.2, 0.4), (0.38, 0.4), (0.4, 0.9), (0, 0.9)],
}  # fmt: skip
# Whole outlines, x from the left.
_OUTLINES: dict[str, Points] = {
    "shoes": [(0.04, 0.5), (0.3, 0.44), (0.55, 0.6), (0.9, 0.68), (0.96, 0.82), (0.04, 0.82)],
    "sandal": [
        (0.04, 0.74), (0.42, 0.42), (0.52, 0.46), (0.28, 0.7), (0.96, 0.74), (0.96, 0.82),
        (0.04, 0.82),
    ],
    "boot": [(0.28, 0.08), (0.6, 0.08), (0.6, 0.52), (0.95, 0.7), (0.95, 0.9), (0.28, 0.9)],
}  # fmt: skip
CLOTHES = (
    "dress", "hat", "longsleeve", "outwear", "pants", "shirt", "shoes", "shorts", "skirt", "t-shirt"
)  # fmt: skip
#: what is drawn for each of Fashion-MNIST's labels, 0…9
FASHION = (
    "t-shirt", "pants", "longsleeve", "dress", "outwear", "sandal", "shirt", "shoes", "bag", "boot"
)  # fmt: skip

# Strokes of the letters a…z: points on a grid of 5 columns and 7 rows, strokes parted by blanks.
_STROKES = (
    "4232221315263645 4246", "1016 133242434536261615", "4232212214253545",
    "4046 43322213142636 4644", "1444433212152636 3645", "40312126 1333",
    "43322213153545 4246373817", "1016 13324346", "2226 20", "3237281817 30", "1016 4214 2446",
    "2026", "0206 03122226 23324246", "1216 13324346", "322213152636454332",
    "1218 13324345361615", "4248 43322213153545", "1216 133242", "4232132434453616",
    "2025364546 1232", "12152636454246", "122642", "0216233642", "1246 4216", "1224 422418",
    "12421646",
)  # fmt: skip


def draw_clothing(folder: Path) -> Path:
    """Write colour photos of clothes as JPEG of many sizes: ``train``, ``validation``, ``test``."""
    for part, count in CLOTHING_PARTS.items():
        for number, name in enumerate(CLOTHES):
            place = folder / part / name
            place.mkdir(parents=True)
            for at in range(count):
                rng = np.random.default_rng([1, len(part), number, at])
                side, longer = 240, int(rng.choice([240, 300, 319, 320, 321, 360, 427]))
                size = (side, longer) if rng.random() < 0.25 else (longer, side)
                photo = Image.fromarray(_photo(name, size, rng))
                photo.save(place / f"{rng.integers(16**8):08x}-{at:02d}.jpg", quality=90)
    return folder


def draw_letters(folder: Path) -> Path:
    """Write 1-bit drawings of the 26 letters, black on white, 105×105: ``train`` and ``test``."""
    writers = iter(range(1, 1 + sum(LETTER_PARTS.values())))
    for part, count in LETTER_PARTS.items():
        for writer in islice(writers, count):
            for number, strokes in enumerate(_STROKES, start=1):
                place = folder / part / f"character{number:02d}"
                place.mkdir(parents=True, exist_ok=True)
                rng = np.random.default_rng([2, writer, number])
                drawing = _letter(strokes, rng)
                drawing.save(place / f"{682 + number:04d}_{writer:02d}.png")
    return folder


def write_fashion_mnist(folder: Path) -> Path:
    """Write the four IDX files, gzip-compressed, with 28×28 grey drawings of ten classes."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in FASHION_PARTS.items():
        rng = np.random.default_rng([3, count])
        labels = rng.permutation(np.arange(count) % len(FASHION)).astype(np.uint8)
        images = np.stack([_fashion(FASHION[label], rng) for label in labels])
        _write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
        _write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
    return folder


def _write_idx(path: Path, values: np.ndarray) -> None:
    """Write uint8 ``values`` in the format of yann.lecun.com/exdb/mnist: 00 00 08 dimensions."""
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(header + values.tobytes(), compresslevel=1, mtime=0))


def _outline(name: str) -> np.ndarray:
    """The outline of a thing, float N×2 of (x, y) about the middle of the picture."""
    if name in _OUTLINES:
        return np.array(_OUTLINES[name]) - 0.5
    right = np.array(_HALVES[name]) - (0, 0.5)
    return np.concatenate([right, right[::-1] * (-1, 1)])


def _mask(name: str, size: tuple[int, int], rng: np.random.Generator, fine: int) -> np.ndarray:
    """Where the thing is, float H×W in 0…1; drawn ``fine`` times larger, then averaged."""
    height, width = size
    points = _outline(name) * rng.uniform(0.82, 1.0, 2) + rng.normal(0, 0.008, (1, 2))
    angle = rng.normal(0, 0.06)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (points @ turn + rng.normal(0, 0.02, 2)) * min(size) + (width / 2, height / 2)
    canvas = Image.new("L", (width * fine, height * fine))
    ImageDraw.Draw(canvas).polygon([tuple(point) for point in points * fine], fill=255)
    smooth = canvas.resize((width, height), Image.Resampling.BOX)
    return np.asarray(smooth, np.float32) / 255


def _texture(size: tuple[int, int], cells: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise, float H×W about 0, with about ``cells`` spots across."""
    height, width = size
    spots = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(spots.resize((width, height), Image.Resampling.BICUBIC))


def _photo(name: str, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A thing of a colour of its own on a lit background, with grain, uint8 H×W×3."""
    height, width = size
    mask = _mask(name, size, rng, fine=2)[..., None]
    light = np.linspace(*rng.uniform(-30, 30, 2), width, dtype=np.float32)[None, :, None]
    light = light + np.linspace(*rng.uniform(-30, 30, 2), height)[:, None, None].astype(np.float32)
    ground = rng.uniform(90, 220) + rng.normal(0, 12, 3) + 14 * _texture(size, 9, rng)[..., None]
    folds = 16 * _texture(size, 14, rng) + 8 * np.sign(np.sin(np.arange(width) / rng.uniform(3, 9)))
    thing = rng.uniform(20, 235, 3) + folds[..., None]
    photo = (
        ground * (1 - mask) + thing * mask + light + 3 * rng.standard_normal((*size, 3), np.float32)
    )
    return np.clip(np.rint(photo), 0, 255).astype(np.uint8)


def _fashion(name: str, rng: np.random.Generator) -> np.ndarray:
    """A bright thing on black, uint8 28×28."""
    mask = _mask(name, (28, 28), rng, fine=4)
    shade = rng.uniform(120, 230) + 18 * _texture((28, 28), 6, rng)
    return np.clip(np.rint(mask * shade), 0, 255).astype(np.uint8)


def _letter(strokes: str, rng: np.random.Generator) -> Image.Image:
    """The drawing of a letter by one hand, mode 1, 105×105."""
    drawing = Image.new("1", (105, 105), 1)
    pen = ImageDraw.Draw(drawing)
    size, slant = rng.uniform(8.5, 10.5, 2), rng.normal(0, 0.12)
    corner = rng.uniform(18, 32, 2)
    for stroke in strokes.split():
        grid = np.array([int(digit) for digit in stroke], float).reshape(-1, 2)
        points = (grid + rng.normal(0, 0.12, grid.shape)) * size + corner
        points[:, 0] -= slant * (points[:, 1] - 52)
        if len(points) == 1:
            (x, y), r = points[0], 2
            pen.ellipse([x - r, y - r, x + r, y + r], fill=0)
        pen.line([tuple(point) for point in points], fill=0, width=3, joint="curve")
    return drawing
