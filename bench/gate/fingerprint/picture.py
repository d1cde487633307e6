"""The picture of what changed: given, then, now and the difference of the worst images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from augbench.bench.gate.fingerprint.stored import Entry
from augbench.bench.gate.rendering.rendering import Rendering
from augbench.bench.sheets.pixels import resized
from PIL import Image, ImageDraw, ImageFont

from augbench.errors import InputError
from augbench.files import written_whole

_IMAGES = 4
_POLICIES = 6
_SIDE, _GAP, _TITLE = 150, 10, 20
_PAPER, _INK, _FAINT = (255, 255, 255), (30, 30, 30), (110, 110, 110)


@dataclass(frozen=True)
class Changed:
    """A policy that changed: its entry, and what it does now."""

    entry: Entry
    rendering: Rendering


def save(policies: Sequence[Changed], file: Path) -> Path:
    """Write the picture of the policies that changed, a PNG; return its path.

    Raises:
        InputError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(file) as opened:
            picture(policies[:_POLICIES]).save(opened, "PNG")
    except OSError as error:
        raise InputError(f"--picture {file}: {error.strerror or error}") from None
    return file


def picture(policies: Sequence[Changed]) -> Image.Image:
    """Return the picture: a block a policy, a row an image.

    Differences are absolute, multiplied so that the largest of a row is white.
    """
    blocks = [(policy, _worst(policy)) for policy in policies]
    width, height = _panel(policies[0].rendering.cards.shape)
    step = width + _GAP
    lines = sum(len(rows) for _, rows in blocks)
    tall = len(blocks) * (2 * _TITLE + _GAP) + lines * (height + _GAP) + _GAP
    canvas = Image.new("RGB", (4 * step + _GAP, tall), _PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    top = _GAP // 2
    for policy, rows in blocks:
        pen.text((_GAP, top), policy.rendering.subject.name, _INK, font)
        top += _TITLE
        for column, title in enumerate(("given", "then", "now", "difference")):
            pen.text((_GAP + column * step, top), title, _FAINT, font)
        top += _TITLE
        then = policy.entry.first().images
        for row in rows:
            now = policy.rendering.made["first"].images[row]
            apart = np.abs(then[row].astype(np.int16) - now.astype(np.int16))
            amplified = (apart * (255 // max(int(apart.max()), 1))).astype(np.uint8)
            shown = (policy.rendering.given.images[row], then[row], now, amplified)
            for column, image in enumerate(shown):
                panel = resized(_in_colour(image), (width, height), Image.Resampling.BOX)
                canvas.paste(panel, (_GAP + column * step, top))
            top += height + _GAP
        top += _GAP
    return canvas


def _worst(changed: Changed) -> np.ndarray:
    """Return the rows of the first batch that differ most, int64, at least one."""
    then, now = changed.entry.first().images, changed.rendering.made["first"].images
    apart = np.abs(then.astype(np.int16) - now.astype(np.int16)).mean(axis=(1, 2, 3))
    order = np.argsort(-apart, kind="stable")[:_IMAGES]
    return np.asarray(order[apart[order] > 0] if apart.any() else order[:1])


def _in_colour(image: np.ndarray) -> np.ndarray:
    """Return an image H×W×C with one or three channels."""
    channels = image.shape[2]
    return image if channels in (1, 3) else image[:, :, : 3 if channels > 3 else 1]


def _panel(shape: tuple[int, int, int]) -> tuple[int, int]:
    height, width, _ = shape
    factor = _SIDE / max(height, width)
    factor = max(1, int(factor)) if factor >= 1 else factor
    return max(1, round(width * factor)), max(1, round(height * factor))
