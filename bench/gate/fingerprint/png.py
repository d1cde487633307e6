"""How is an image of any number of channels a text in JSON, and back?"""

from __future__ import annotations

import base64
import binascii
import io

import numpy as np
from PIL import Image

from augbench.errors import InputError, in_a_line


def png_text(image: np.ndarray) -> str:
    """Return an image, uint8 H×W×C, as a PNG in base64.

    Channels that a PNG has no room for stand side by side in grey.
    """
    height, width, channels = image.shape
    modes = {1: image[:, :, 0], 3: image, 4: image}
    pixels = modes.get(channels, image.transpose(0, 2, 1).reshape(height, channels * width))
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG", optimize=True)
    return base64.b64encode(written.getvalue()).decode()


def pixels_of(text: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return the image, uint8 H×W×C of ``shape``, that `png_text` wrote.

    Raises:
        InputError: it is no PNG, or of another shape.
    """
    height, width, channels = shape
    flat = channels not in (1, 3, 4)
    expected = (channels * width, height) if flat else (width, height)
    try:
        with Image.open(io.BytesIO(base64.b64decode(text, validate=True)), formats=["PNG"]) as png:
            if png.size != expected:
                raise InputError(f"a picture is of {png.size[0]}×{png.size[1]} px")
            pixels = np.asarray(png)
    except InputError:
        raise
    except (
        OSError,
        binascii.Error,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ) as error:
        raise InputError(f"a picture is no PNG: {in_a_line(error)}") from None
    if flat:
        return pixels.reshape(height, channels, width).transpose(0, 2, 1)
    if pixels.size != height * width * channels or pixels.dtype != np.uint8:
        raise InputError("a picture has other channels than its shape says")
    return pixels.reshape(height, width, channels)
