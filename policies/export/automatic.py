"""How RandAugment and TrivialAugment are written as a choice of Albumentations' transforms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from augbench.policies.augment.automatic import BINS, space
from augbench.policies.export.plan import Operation
from augbench.policies.export.writing import Call, Code, assigned, comment

_BORDERS: dict[str, dict[str, Any]] = {
    "constant": {},
    "nearest": {"border_mode": Code("cv2.BORDER_REPLICATE")},
    "reflect": {"border_mode": Code("cv2.BORDER_REFLECT")},
}
_SAME = (1.0, 1.0)
_STILL = (0.0, 0.0)


def choice(name: str, operation: Operation, size: tuple[int, int]) -> str:
    """Return ``name = A.OneOf([…])``, one operation of the policy's space, for images H×W."""
    wide = operation.name == "trivialaugment"
    part = 1.0 if wide else operation.options["magnitude"] / BINS
    border = _BORDERS[operation.options["fill_mode"]]
    heading = comment(
        f"{operation.name}: each operation as likely as another"
        + ("" if wide else ", those with a sign in two parts")
        + "; Albumentations sharpens otherwise, and does not blur here"
    )
    calls = [
        call
        for each in space(wide)
        for call in _calls(
            each.name, each.level(part, size) if each.level else 0.0, wide, each.signed, border
        )
    ]
    return f"{heading}\n{assigned(name, 'A.OneOf', calls, 'p=1')}"


def _calls(
    name: str, level: float, wide: bool, signed: bool, border: dict[str, Any]
) -> Iterator[Call]:
    if name == "sharpness":
        low = 0.0 if wide else level
        yield Call("A.Sharpen", {"alpha": (low, level), "lightness": _SAME, "p": 1})
    elif not signed:
        yield _unsigned(name, level, wide)
    elif wide:
        yield _signed(name, -level, level, border, 1)
    else:
        yield _signed(name, -level, -level, border, 0.5)
        yield _signed(name, level, level, border, 0.5)


def _unsigned(name: str, level: float, wide: bool) -> Call:
    words: dict[str, Any] = {}
    if name == "posterize":
        words = {"num_bits": (int(level), 7) if wide else int(level)}
    elif name == "solarize":
        threshold = level / 255
        words = {"threshold_range": (threshold, 1.0 if wide else threshold)}
    elif name in ("autocontrast", "equalize"):
        words = {"method" if name == "autocontrast" else "mode": "pil"}
    called = {"identity": "NoOp", "autocontrast": "AutoContrast"}.get(name, name.capitalize())
    return Call(f"A.{called}", {**words, "p": 1})


def _signed(name: str, low: float, high: float, border: dict[str, Any], p: float) -> Call:
    """Return an operation whose level is between ``low`` and ``high``."""
    factors = (1 + low, 1 + high)
    if name.startswith("shear"):
        angles = tuple(math.degrees(math.atan(slope)) for slope in (low, high))
        return Call("A.Affine", {"shear": _along(name, angles, _STILL), **border, "p": p})
    if name.startswith("translate"):
        pixels = (round(low), round(high))
        return Call("A.Affine", {"translate_px": _along(name, pixels, (0, 0)), **border, "p": p})
    if name == "rotate":
        return Call("A.Affine", {"rotate": (low, high), **border, "p": p})
    if name == "brightness":
        words = {"brightness_limit": _STILL, "contrast_limit": (low, high), "p": p}
        return Call("A.RandomBrightnessContrast", words)
    words = {
        "brightness": _SAME,
        "contrast": factors if name == "contrast" else _SAME,
        "saturation": factors if name == "color" else _SAME,
        "hue": _STILL,
        "p": p,
    }
    return Call("A.ColorJitter", words)


def _along(name: str, values: Any, still: Any) -> dict[str, Any]:
    return {"x": values, "y": still} if name.endswith("x") else {"x": still, "y": values}
