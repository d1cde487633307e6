"""What are the quantities called that the gate reads from pixels, and in which units are they?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Quantity:
    """A parameter of what is done to an image.

    Attributes:
        name: in the singular, as in "the turn is cut off".
        many: in the plural, as in "turns of -15…15°".
        unit: after a number of it; empty for factors and for what happens or not.
    """

    name: str
    many: str
    unit: str = ""


_BRIGHTNESS = Quantity("brightness", "factors of grey levels")
_CHANNEL_SHIFT = Quantity("the channel shift", "additions to grey levels")
_ACROSS = Quantity("the horizontal flip", "left–right flips")
_DOWN = Quantity("the vertical flip", "top–bottom flips")
#: by column of the draws; grey levels and flips also as measured and by the word of a spec
QUANTITIES: Mapping[str, Quantity] = {
    "theta": Quantity("the turn", "turns", "°"),
    "shift_x": Quantity("the shift of columns", "moves of columns", " px"),
    "shift_y": Quantity("the shift of rows", "moves of rows", " px"),
    "shear": Quantity("the shear", "leans", "°"),
    "zx": Quantity("the zoom of columns", "zooms of columns"),
    "zy": Quantity("the zoom of rows", "zooms of rows"),
    "brightness": _BRIGHTNESS,
    "brightness_range": _BRIGHTNESS,
    "scale": _BRIGHTNESS,
    "channel_shift": replace(_CHANNEL_SHIFT, unit=" levels"),
    "channel_shift_range": _CHANNEL_SHIFT,
    "offset": _CHANNEL_SHIFT,
    "flip_horizontal": _ACROSS,
    "horizontal_flip": _ACROSS,
    "flip_vertical": _DOWN,
    "vertical_flip": _DOWN,
}
