"""Which uint8 pixels does an image file hold, at a given size?

Choices, the same for every file: the first frame of an animation; EXIF orientation applied; alpha
composited over white; 16-bit grey divided by 257 (of 16-bit colour Pillow keeps the high bytes);
CMYK and palettes to RGB by Pillow, colour profiles ignored. Shrinking averages areas (Pillow's
box filter), enlarging is bilinear.

A JPEG that is too large is decoded at an eighth of its size by libjpeg first, which is the means of
8×8 px, where that leaves 2.75 px or more for each that is wanted; else at a quarter or half, where
that leaves 4. It is shrunk from there by exact areas (OpenCV's, which count the parts of pixels at
edges). Photos of clothing, enlarged or not, then have a mean of .3 to 1.7 grey levels from the
exact area means of all their pixels, the more the fewer px there are for each.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from augbench.bench.data.sources.source import UnreadableImageError
from PIL import Image

FORMATS = ("JPEG", "PNG", "BMP", "DIB", "WEBP", "GIF", "TIFF", "PPM")
#: image files that Pillow does not read by itself, or not everywhere
FOREIGN = frozenset(
    (".heic", ".heif", ".avif", ".jp2", ".jxl", ".psd", ".svg", ".raw", ".cr2", ".nef", ".dng",
     ".ico", ".dcm")
)  # fmt: skip

#: how image files begin, whatever they are called; of WebP, RIFF with WEBP after its size
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")

#: px that a JPEG decoded at an eighth, or at a larger part of its size, has at least for each px
#: that is wanted
_LEAST_AT_AN_EIGHTH, _LEAST = 2.75, 4
_EXIF_ORIENTATION = 274
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_GREY_MODES = ("1", "L", "LA", "La", "I", "F")


def begins_like_image(path: Path) -> bool:
    """Return whether a file holds an image by its first bytes; False where it cannot be read."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return False
        with path.open("rb") as file:
            beginning = file.read(12)
    except OSError:
        return False
    webp = not beginning.startswith(b"RIFF") or beginning.endswith(b"WEBP")
    return beginning.startswith(_BEGINNINGS) and webp


def survey(data: bytes) -> tuple[int, int, bool]:
    """Return height and width in px, as shown, and whether the mode is grey; decodes palettes only.

    Raises `UnreadableImageError` where Pillow knows no such format or the header is broken.
    """
    try:
        with _open(data) as image:
            width, height = image.size
            if _orientation(image) >= 5:
                width, height = height, width
            return height, width, _is_grey(image)
    except UnreadableImageError:
        raise
    except Exception as error:
        raise UnreadableImageError(_reason(error)) from error


def decode(data: bytes, size: tuple[int, int], channels: int) -> np.ndarray:
    """Return the first frame as uint8 H×W×C, 0…255, stretched to ``size`` (height, width).

    Raises `UnreadableImageError` for truncated files and for pixels without a known range.
    """
    try:
        with _open(data) as image:
            turn = _orientation(image)
            height, width = size if turn < 5 else size[::-1]
            reduced = _reduce(image, height, width)
            flat = _flatten(image).convert("L" if channels == 1 else "RGB")
            flat = (_area_means if reduced else _resized)(flat, height, width)
            if turn in _TURNS:
                flat = flat.transpose(_TURNS[turn])
            return np.asarray(flat).reshape(*size, channels)
    except UnreadableImageError:
        raise
    except Exception as error:
        raise UnreadableImageError(_reason(error)) from error


def stretch(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return uint8 H×W×C ``pixels`` (C is 1 or 3) stretched to ``size`` by the same filters."""
    channels = pixels.shape[2]
    image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    return np.asarray(_resized(image, *size)).reshape(*size, channels)


def over_white(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 …×4 (RGBA) as uint8 …×3, composited over white."""
    alpha = pixels[..., 3:].astype(np.uint32)
    mixed = pixels[..., :3] * alpha + 255 * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def from_16_bit(pixels: np.ndarray) -> np.ndarray:
    """Return 0…65535 as uint8 0…255, rounded: division by 257."""
    return ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def _open(data: bytes) -> Image.Image:
    if not data:
        raise UnreadableImageError("the file is empty")
    return Image.open(io.BytesIO(data), formats=FORMATS)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation 1…8 that is left to apply.

    Of a PNG only from what stands before its pixels; Pillow applies that of a TIFF by itself.
    """
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return 1
    turn = image.getexif().get(_EXIF_ORIENTATION, 1)
    return turn if turn in _TURNS else 1


def _is_grey(image: Image.Image) -> bool:
    if image.mode in ("P", "PA"):
        palette = np.asarray(image.getpalette("RGB") or [0], np.uint8)
        if len(palette) % 3:
            return False
        palette = palette.reshape(-1, 3)
        return bool((palette == palette[:, :1]).all())
    return image.mode in _GREY_MODES or image.mode.startswith("I;16")


def _flatten(image: Image.Image) -> Image.Image:
    """Return the picture without alpha and in 8 bits a channel."""
    if image.mode == "F":
        raise UnreadableImageError(
            "32-bit float pixels have no known range; save it as 8 or 16 bit"
        )
    if image.mode == "I" or image.mode.startswith("I;16"):
        deep = np.asarray(image).astype(np.int64)
        if deep.min() < 0 or deep.max() > 65535:
            raise UnreadableImageError("32-bit pixels beyond 0…65535; save it as 8 or 16 bit")
        return Image.fromarray(from_16_bit(deep))
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        seen = image.convert("LA") if image.mode == "La" else image
        seen = seen.convert("RGBA")
        white = Image.new("RGBA", seen.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, seen).convert("RGB")
    return image


def _resized(image: Image.Image, height: int, width: int) -> Image.Image:
    if image.size == (width, height):
        return image
    shrinks = width <= image.width and height <= image.height
    filter_ = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return image.resize((width, height), filter_)


def _reduce(image: Image.Image, height: int, width: int) -> bool:
    """Have a JPEG decoded at a part of its size if that is enough; return whether it is."""
    whole = image.size
    left_at_an_eighth = min(whole[0] / width, whole[1] / height) / 8
    if left_at_an_eighth >= _LEAST_AT_AN_EIGHTH:
        image.draft(image.mode, (whole[0] // 8, whole[1] // 8))
    else:
        image.draft(image.mode, (_LEAST * width, _LEAST * height))
    return image.size != whole


def _area_means(image: Image.Image, height: int, width: int) -> Image.Image:
    import cv2

    return Image.fromarray(
        cv2.resize(np.asarray(image), (width, height), interpolation=cv2.INTER_AREA)
    )


def _reason(error: Exception) -> str:
    """Return why Pillow failed, on one line and without addresses of objects."""
    if type(error).__name__ == "UnidentifiedImageError":
        return "not a JPEG, PNG, BMP, WebP, GIF or TIFF image"
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
