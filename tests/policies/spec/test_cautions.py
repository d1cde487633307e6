"""Is what works but was probably not meant said, with its reason, and nothing else?"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines.base import engine_class
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import AugbenchWarning

DANGEROUS: list[tuple[dict[str, Any], str]] = [
    ({"shear_range": 0.2}, "0.2 degrees, next to nothing.*11 degrees"),
    ({"shear_range": 95}, "becomes a line"),
    ({"rotation_range": 0.2}, "in degrees.*72"),
    ({"rotation_range": 200}, "any direction already"),
    ({"width_shift_range": 1}, "never moves anything"),
    ({"height_shift_range": 1}, "never moves anything"),
    ({"width_shift_range": [-0.2, 0.2]}, "choice between these two values, not a range.*0.2"),
    ({"width_shift_range": [-5, 0.5]}, "mixes shares and pixels.*shares of the side"),
    ({"width_shift_range": [5, 0.5]}, "mixes shares and pixels.*all are pixels"),
    ({"zoom_range": 1.2}, "mirrored"),
    ({"zoom_range": [-0.5, 1]}, "mirrored"),
    ({"zoom_range": [0.1, 0.2]}, "factors, of which 1 changes nothing"),
    ({"zoom_range": [0, 1]}, "stretched to one line"),
    ({"zoom_range": [1, 8]}, "1/8 of a side"),
    ({"channel_shift_range": 300}, "more than all grey levels"),
    ({"brightness_range": [1, 100]}, "factors, of which 1"),
    ({"channel_shift_range": 0.2}, "grey levels of 0..255.*multiply by 255"),
    ({"brightness_range": [0.1, 0.2]}, "factors, of which 1"),
    ({"brightness_range": [0, 0]}, "black"),
    ({"brightness_range": [0.8, 1.2], "rescale": None}, "without rescale"),
    ({"cval": 7}, "no effect with fill_mode='nearest'"),
    ({"zca_whitening": True, "featurewise_std_normalization": True}, "switches.*off"),
    ({"samplewise_center": True, "featurewise_center": True}, "before their own mean"),
    ({"preprocessing_function": np.flip, "featurewise_center": True}, "not passed through"),
]


@pytest.mark.parametrize(("words", "said"), DANGEROUS, ids=lambda value: str(value)[:40])
def test_a_dangerous_value_is_warned_of_with_its_reason(words: dict[str, Any], said: str) -> None:
    with pytest.warns(AugbenchWarning, match=said):
        spec = AugmentationSpec(**words)
    assert all("\n" not in caution for caution in spec.cautions())


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"rotation_range": 20, "shear_range": 5, "zoom_range": 0.2},
        {"width_shift_range": 0.1, "height_shift_range": 3},
        {"width_shift_range": [1, 2, 3]},
        {"zoom_range": [0.5, 1.0]},
        {"brightness_range": [0.8, 1.2]},
        {"fill_mode": "constant", "cval": 7},
        {"featurewise_center": True, "featurewise_std_normalization": True},
    ],
    ids=str,
)
def test_sound_values_are_passed_in_silence(words: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert AugmentationSpec(**words).cautions() == []


def test_a_shift_that_leaves_a_picture_is_warned_of_where_the_size_is_known() -> None:
    for words, said in (
        ({"width_shift_range": 40.0}, "width_shift_range=40.0 is in pixels, and images have 40"),
        ({"height_shift_range": [-24, 3]}, r"height_shift_range=\[-24, 3\].* have 24"),
    ):
        with pytest.warns(AugbenchWarning, match=said):
            engine_class("keras")(AugmentationSpec(**words)).check((24, 40, 3), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        words = {"width_shift_range": 39, "height_shift_range": 0.9}
        engine_class("keras")(AugmentationSpec(**words)).check((24, 40, 3), 2)


def test_the_shear_of_the_tutorials_is_half_a_pixel_as_the_caution_says() -> None:
    # a corner of a 224 px picture is 112 px from the centre
    assert 112 * np.sin(np.deg2rad(0.2)) < 0.5
