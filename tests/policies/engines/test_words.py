"""Does an engine that expresses a word apply it, whoever draws?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import engine_class
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import Refusal
from tests.policies.pictures import batch_of

CHANGING = AugmentationSpec.words_of("geometric", "colour")
#: a value of each word that changes images by more than a rounding
EXAMPLES: dict[str, Any] = {
    "rotation_range": 40,
    "width_shift_range": 0.3,
    "height_shift_range": 0.3,
    "shear_range": 30,
    "zoom_range": 0.4,
    "channel_shift_range": 60.0,
    "brightness_range": [0.4, 0.8],
    "horizontal_flip": True,
    "vertical_flip": True,
}


def test_every_word_that_changes_images_has_an_example() -> None:
    assert set(EXAMPLES) == set(CHANGING)


@pytest.mark.parametrize("draws", ["matched", "native"])
@pytest.mark.parametrize(
    ("name", "word"),
    [(name, word) for name in PLACES for word in CHANGING if word in engine_class(name).expresses],
)
def test_a_word_that_an_engine_expresses_changes_images_or_is_refused(
    name: str, word: str, draws: str
) -> None:
    images = np.random.default_rng(0).integers(40, 200, (8, 16, 16, 3), np.uint8)
    engine = engine_class(name)({word: EXAMPLES[word]}, draws=draws)
    try:
        engine.check((16, 16, 3), 1)
    except Refusal as refusal:
        assert word in str(refusal) or f"has no {draws} draws" in str(refusal)
        return
    changed = engine.change(batch_of(images)).images
    assert (changed != images).any()
