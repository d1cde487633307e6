"""A sheet as HTML shows pixels and captions as the sheet has them."""

from __future__ import annotations

import base64
import io

import numpy as np
from augbench.bench.sheets.html import to_html
from PIL import Image

from tests.bench.sheets.making_sheets import Page, sheet_of


def test_html_shows_pixels_and_captions_as_the_sheet_has_them() -> None:
    images = list(np.random.default_rng(0).integers(0, 256, (3, 16, 16, 1), np.uint8))
    page = Page(to_html(sheet_of(images, "turn <20°>")))
    assert len(page.sources) == 3
    for image, source in zip(images, page.sources, strict=True):
        stored = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
        np.testing.assert_array_equal(np.asarray(stored), image[:, :, 0])
    assert "turn <20°>" in page.text
