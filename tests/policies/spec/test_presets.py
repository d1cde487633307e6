"""Are the ready-made specs valid, different, and good for what they are named after?"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.spec.presets import PRESETS, preset

from augbench.errors import AugbenchWarning, InputError
from tests.policies.pictures import batch_of, pictures


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_made_without_a_warning_and_keeps_its_cautions(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", AugbenchWarning)
        spec = preset(name)
    expected = name in ("tutorial", "expansion")
    assert any("shear_range" in caution for caution in spec.cautions()) == expected


def test_presets_differ() -> None:
    assert len({preset(name).hash() for name in PRESETS}) == len(PRESETS)


@pytest.mark.parametrize("name", ["light", "digits", "medical"])
def test_presets_for_things_with_a_left_and_a_right_do_not_mirror(name: str) -> None:
    assert not preset(name).horizontal_flip
    assert not preset(name).vertical_flip


def test_the_default_keeps_a_drawing_of_a_letter_in_the_picture(letters: Path) -> None:
    images = 255 - pictures(letters, 60, (105, 105, 1))  # ink is bright
    images = images if images.mean() < 128 else 255 - images
    made = AlbumentationsEngine("light").change(batch_of(images)).images
    kept = made.sum(axis=(1, 2, 3), dtype=float) / images.sum(axis=(1, 2, 3), dtype=float)
    assert kept.min() > 0.7
    assert np.median(np.abs(kept - 1)) < 0.15


def test_none_changes_nothing(clothing: Path) -> None:
    images = pictures(clothing, 5, (20, 20, 3))
    made = AlbumentationsEngine("none").change(batch_of(images)).images
    np.testing.assert_array_equal(made, images)


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'medical'.*aerial"):
        preset("medicl")
