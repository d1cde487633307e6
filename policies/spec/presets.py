"""Which ready-made specs there are, and what each is good for."""

from __future__ import annotations

import warnings
from typing import Any

from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import AugbenchWarning, InputError, nearest

PRESETS: dict[str, dict[str, Any]] = {
    # nothing at all: the baseline, written as a spec
    "none": {},
    # the default: small turns, shifts and zooms that leave every label true, letters included
    "light": {
        "rotation_range": 8.0,
        "width_shift_range": 0.06,
        "height_shift_range": 0.06,
        "zoom_range": 0.08,
    },
    # the one word that most photographs bear
    "flip": {"horizontal_flip": True},
    # what every Keras tutorial shows; its shear is 0.2 degrees, next to nothing
    "tutorial": {
        "rotation_range": 20.0,
        "width_shift_range": 0.2,
        "height_shift_range": 0.2,
        "shear_range": 0.2,
        "zoom_range": 0.2,
        "horizontal_flip": True,
    },
    # the tutorials' spec for few images: turns twice as far
    "expansion": {
        "rotation_range": 40.0,
        "width_shift_range": 0.2,
        "height_shift_range": 0.2,
        "shear_range": 0.2,
        "zoom_range": 0.2,
        "horizontal_flip": True,
        "fill_mode": "nearest",
    },
    # handwriting: no flips (a mirrored 2 is no 2), turns that keep 6 and 9 apart, some slant
    "digits": {
        "rotation_range": 10.0,
        "width_shift_range": 0.1,
        "height_shift_range": 0.1,
        "shear_range": 8.0,
        "zoom_range": 0.1,
    },
    # photographs of things: mirrored, reframed, darker or brighter, hardly turned
    "photos": {
        "rotation_range": 10.0,
        "width_shift_range": 0.1,
        "height_shift_range": 0.1,
        "zoom_range": 0.15,
        "horizontal_flip": True,
        "brightness_range": (0.8, 1.2),
        "fill_mode": "reflect",
    },
    # scans: no flips (left and right mean something), small movements, the scanner's gain
    "medical": {
        "rotation_range": 7.0,
        "width_shift_range": 0.05,
        "height_shift_range": 0.05,
        "zoom_range": 0.08,
        "brightness_range": (0.9, 1.1),
    },
    # seen from above there is no up: any turn, both flips, changing light
    "aerial": {
        "rotation_range": 180.0,
        "width_shift_range": 0.05,
        "height_shift_range": 0.05,
        "zoom_range": 0.1,
        "horizontal_flip": True,
        "vertical_flip": True,
        "brightness_range": (0.8, 1.2),
        "fill_mode": "reflect",
    },
}


def preset(name: str) -> AugmentationSpec:
    """Return the ready-made spec ``name``; its ``cautions()`` stand, but nothing is warned of.

    Raises:
        InputError: for an unknown name.
    """
    if name not in PRESETS:
        raise InputError(
            f"no preset {name!r}{nearest(name, PRESETS)}; there are {', '.join(PRESETS)}"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AugbenchWarning)
        return AugmentationSpec(**PRESETS[name])
