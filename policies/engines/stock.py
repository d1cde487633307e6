"""Which Albumentations is installed, and which of its stock transforms are nearest to a spec."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import Refusal

#: the oldest release on which engines agree and pipelines mean what their words say, and the last
#: one under the MIT licence; `pyproject.toml` says the same
OLDEST, LAST = "1.4.24", "2.0.8"
#: set to 1, it lets AlbumentationsX run (AGPL or commercial; sends telemetry by default)
ALLOW_X = "AUGBENCH_ALLOW_ALBUMENTATIONSX"


def distribution() -> tuple[str, str]:
    """Return the name and version of the distribution that ``import albumentations`` finds."""
    for name in ("albumentationsx", "albumentations"):
        try:
            return name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "", ""


def check_distribution() -> None:
    """Raise `Refusal` where Albumentations is absent, too old, or AlbumentationsX, not allowed."""
    name, version = distribution()
    if not name:
        raise Refusal(f"Albumentations is not installed: pip install albumentations=={LAST}")
    if name == "albumentationsx" and os.environ.get(ALLOW_X) != "1":
        raise Refusal(
            f"AlbumentationsX {version} is installed in place of albumentations {LAST}: it is AGPL "
            f"or commercial and sends telemetry by default; install albumentations=={LAST}, or set "
            f"{ALLOW_X}=1 to use it all the same"
        )
    if name == "albumentations" and _numbers(version) < _numbers(OLDEST):
        raise Refusal(
            f"albumentations {version} is installed, whose transforms mean other things by the "
            f"same words: install {OLDEST} or a later one up to {LAST}, as in "
            f"pip install albumentations=={LAST}"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def albumentations() -> Any:
    """Return the library, imported without its look for updates on the network."""
    check_distribution()
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import albumentations as library

    return library


def changes_of(compose: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return what gives ``compose(image=image)["image"]``, without checks of masks and boxes.

    They take a fifth of the time at 32 px. A composition that has boxes or key points, or may not
    run at all, is called as it is.
    """
    from albumentations import Compose

    if type(compose) is not Compose or compose.processors or compose.p < 1:
        return lambda image: compose(image=image)["image"]

    def changed(image: np.ndarray) -> np.ndarray:
        compose.py_random.random()  # which tells a Compose whether it runs at all
        data: dict[str, Any] = {"image": image}
        for transform in compose.transforms:
            data = transform(**data)
        return data["image"]

    return changed


def stock_pipeline(spec: AugmentationSpec, shape: tuple[int, int]) -> Any:
    """Return ``A.Compose`` of the stock transforms nearest to ``spec``, for images H×W.

    Nearest, not equal: ``A.Affine`` composes in another order and shears by a tangent; shifts are
    cut to whole pixels; lists and whole-number shifts become ranges; ``constant`` fades over one
    pixel instead of cutting, and ``wrap`` has period n. Brightness is exactly IDG's factor but
    rounds; a channel shift is not kept within the image's own range.
    """
    library = albumentations()
    return library.Compose([getattr(library, name)(**kw) for name, kw in stock_words(spec, shape)])


def stock_words(spec: AugmentationSpec, shape: tuple[int, int]) -> list[tuple[str, dict[str, Any]]]:
    """Return `stock_pipeline` as names of transforms with their keyword arguments."""
    import cv2

    steps: list[tuple[str, dict[str, Any]]] = []
    height, width = shape
    if spec.affine:
        border = {
            "nearest": cv2.BORDER_REPLICATE,
            "reflect": cv2.BORDER_REFLECT,
            "grid-mirror": cv2.BORDER_REFLECT,
            "mirror": cv2.BORDER_REFLECT_101,
            "constant": cv2.BORDER_CONSTANT,
            "grid-constant": cv2.BORDER_CONSTANT,
            "wrap": cv2.BORDER_WRAP,
            "grid-wrap": cv2.BORDER_WRAP,
        }[spec.fill_mode]
        low, high = spec.zoom
        across, down = (
            _reach(spec.width_shift_range, width),
            _reach(spec.height_shift_range, height),
        )
        shear, turn = spec.shear_range, spec.rotation_range
        # IDG's factor above 1 zooms out, the library's in
        scale = (1 / max(high, 1e-3), 1 / max(low, 1e-3))
        steps.append(
            (
                "Affine",
                {
                    "scale": {"x": scale, "y": scale},
                    "translate_px": {"x": (-across, across), "y": (-down, down)},
                    "rotate": (-turn, turn),
                    "shear": {"x": (-shear, shear), "y": (0.0, 0.0)},
                    "interpolation": {
                        0: cv2.INTER_NEAREST,
                        1: cv2.INTER_LINEAR,
                    }.get(spec.interpolation_order, cv2.INTER_CUBIC),
                    "border_mode": border,
                    "fill": spec.cval,
                    "p": 1.0,
                },
            )
        )
    if spec.channel_shift_range:
        part = spec.channel_shift_range / 255
        steps.append(
            (
                "RandomBrightnessContrast",
                {"brightness_limit": (-part, part), "contrast_limit": (0.0, 0.0), "p": 1.0},
            )
        )
    steps += [("HorizontalFlip", {"p": 0.5})] if spec.horizontal_flip else []
    steps += [("VerticalFlip", {"p": 0.5})] if spec.vertical_flip else []
    if spec.brightness_range:
        low, high = spec.brightness_range
        limits = (low - 1, high - 1)
        steps.append(
            (
                "RandomBrightnessContrast",
                {"brightness_limit": (0.0, 0.0), "contrast_limit": limits, "p": 1.0},
            )
        )
    return steps


def _reach(shift: int | float | tuple[int | float, ...], side: int) -> int:
    """Return the largest shift in whole pixels."""
    if isinstance(shift, tuple):
        reach = max(abs(value) for value in shift)
        return round(reach * side if max(shift) < 1 else reach)
    if isinstance(shift, int):
        return max(shift - 1, 0)
    return round(shift * side if shift < 1 else shift)
