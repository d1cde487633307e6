"""Sheets made for tests of how they are drawn."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
from augbench.bench.sheets.sheet import Band, Panel, Row, Sheet


def sheet_of(images: list[np.ndarray], name: str = "a") -> Sheet:
    row = Row("epoch 1", tuple(Panel(image, name) for image in images))
    columns = tuple(name for _ in images)
    return Sheet(name, name, columns, columns, (Band(name, name, (row,)),))


class Page(HTMLParser):
    """Collects the elements, the images and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.alternatives: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        if tag == "img":
            self.sources.append(given["src"] or "")
            self.alternatives.append(given["alt"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data
