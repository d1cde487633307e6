"""Are differences, speeds, refusals and quirks of the engines told as they are?"""

from __future__ import annotations

import re
import warnings
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines import PLACES
from augbench.policies.engines.keras import KerasEngine
from augbench.policies.engines.keras_layers import KerasLayersEngine
from augbench.policies.engines.parity import compare
from augbench.policies.engines.quirks import quirks_of
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import AugbenchWarning, InputError
from tests.policies.pictures import LARGEST, SHARE, batch_of, pictures


def quirks(words: dict[str, Any], shape: tuple[int, int, int] = (30, 40, 3)) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AugbenchWarning)
        spec = load_spec(words)
    return "\n".join(quirks_of(spec, shape, ("keras", "albumentations", "keras-layers")))


def test_every_pair_of_engines_is_compared(clothing: Path) -> None:
    found = compare("light", pictures(clothing, 40, (32, 44, 3)))
    pairs = {(pair.engine_a, pair.engine_b): pair for pair in found.pairs}
    able = [name for name in PLACES if name not in found.refusals]
    assert {"keras", "albumentations", "keras-layers", "keras-ops"} <= set(able)
    assert list(pairs) == list(combinations(able, 2))
    assert pairs["keras", "albumentations"].largest <= LARGEST
    assert pairs["keras", "albumentations"].share < SHARE
    assert pairs["keras", "keras-ops"].largest <= 1
    assert pairs["keras", "keras-ops"].share < 1e-3
    assert pairs["keras", "keras-layers"].largest > 1
    assert all(rate > 0 for rate in found.images_per_second.values())


def test_the_figures_are_those_of_the_pixels(clothing: Path) -> None:
    images = pictures(clothing, 45, (32, 44, 3))
    found = compare("light", images, ["keras", "keras-layers"], seed=5)
    batch = batch_of(images, seed=5)
    a, b = (
        KerasEngine("light").change(batch).images,
        KerasLayersEngine("light").change(batch).images,
    )
    apart = np.abs(a.astype(int) - b)
    (pair,) = found.pairs
    assert pair.largest == apart.max()
    assert pair.mean == pytest.approx(apart.mean())
    assert pair.share == pytest.approx((apart > 0).any(axis=3).mean())
    assert found.worst == pair.worst == apart.mean(axis=(1, 2, 3)).argmax()
    assert found.draws == KerasEngine("light").describe(batch)[pair.worst]
    np.testing.assert_array_equal(found.pictures["original"], images[pair.worst])
    np.testing.assert_array_equal(found.pictures["keras"], a[pair.worst])
    np.testing.assert_array_equal(found.pictures["keras-layers"], b[pair.worst])


def test_an_engine_that_refuses_is_told_and_the_others_go_on(clothing: Path) -> None:
    found = compare("photos", pictures(clothing, 5, (20, 20, 3)))
    assert list(found.images_per_second) == ["keras", "albumentations", "keras-ops"]
    assert "brightness_range" in found.refusals["keras-layers"]
    assert len(found.pairs) == 3


def test_where_one_engine_is_left_there_is_no_pair(clothing: Path) -> None:
    found = compare("light", pictures(clothing, 3, (20, 20, 3)), ["keras"])
    assert found.pairs == ()
    assert found.worst is None
    assert found.pictures == {}


def test_an_unknown_engine_and_an_empty_set_are_refused() -> None:
    image = np.zeros((1, 20, 20, 3), np.uint8)
    with pytest.raises(InputError, match="did you mean 'keras-layers'"):
        compare("light", image, ["keras_layers"])
    with pytest.raises(InputError, match="no image"):
        compare("light", image[:0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"rotation_range": 5}, "30×40 about a point 5 px off their centre"),
        ({"rotation_range": 5, "quirks": "keras"}, "as the spec asks"),
        ({"width_shift_range": 0.2}, "swaps the two shifts"),
        ({"shear_range": 0.2}, "in degrees: it moves the outermost rows.*0.051 px"),
        ({"height_shift_range": 4}, "within ±3, 0 with probability 1/4 and the others 1/8"),
        ({"width_shift_range": [1, 5]}, "choice of these values with a random sign"),
        ({"zoom_range": 0.2}, "columns and rows apart"),
        ({"rotation_range": 5, "fill_mode": "wrap"}, "every n-1 pixels"),
        ({"rotation_range": 5, "fill_mode": "constant"}, "cuts hard"),
        ({"rotation_range": 5, "interpolation_order": 3}, "overshoot"),
        ({"channel_shift_range": 5}, "not colour"),
        ({"brightness_range": [0.5, 1.5]}, "become 2 grey levels"),
        ({"rotation_range": 5, "zoom_range": 0.1}, "resample once for each of the 2"),
    ],
    ids=str,
)
def test_a_quirk_is_told_where_it_matters(words: dict[str, Any], said: str) -> None:
    assert re.search(said, quirks(words))


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ({}, (30, 40, 3)),
        ({"horizontal_flip": True, "vertical_flip": True, "fill_mode": "wrap"}, (30, 40, 3)),
        ({"rotation_range": 5}, (40, 40, 3)),
        ({"width_shift_range": 0.2, "height_shift_range": 0.2}, (40, 40, 3)),
        ({"width_shift_range": 1}, (30, 40, 3)),
        ({"width_shift_range": 3.0, "height_shift_range": 3.0}, (40, 40, 1)),
    ],
    ids=str,
)
def test_where_nothing_matters_nothing_is_told(
    words: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    assert quirks_of(AugmentationSpec(), shape, ()) == []
    assert quirks(words, shape) == ""


def test_the_point_that_keras_turns_about_is_where_the_quirk_says() -> None:
    # a lone pixel at the point that the sentence implies stays; 5 px up and right of the centre
    image = np.zeros((1, 31, 41, 1), np.uint8)
    image[0, 20, 15] = 255  # centre is (15, 20), Keras has rows and columns swapped
    made = KerasEngine({"rotation_range": 80}, quirks="keras").change(batch_of(image)).images
    assert made[0, 20, 15, 0] == 255
