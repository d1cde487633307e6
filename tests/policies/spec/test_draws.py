"""Are draws ImageDataGenerator's distributions, and a function of seed, epoch and row alone?"""

from __future__ import annotations

import warnings
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines.keras import image_data_generator
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.spec import AugmentationSpec
from scipy import stats

SHAPE = (40, 56)
COUNT = 3000
WHOLE: dict[str, Any] = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": 3,
    "shear_range": 10,
    "zoom_range": [0.8, 1.1],
    "horizontal_flip": True,
    "vertical_flip": True,
    "channel_shift_range": 20,
    "brightness_range": [0.7, 1.2],
}
#: our columns, and the names of ImageDataGenerator's parameters under its quirks
COLUMNS = {
    "theta": "theta",
    "shift_x": "tx",
    "shift_y": "ty",
    "shear": "shear",
    "zx": "zx",
    "zy": "zy",
    "flip_horizontal": "flip_horizontal",
    "flip_vertical": "flip_vertical",
    "channel_shift": "channel_shift_intensity",
    "brightness": "brightness",
}


def spec_of(**words: Any) -> AugmentationSpec:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return AugmentationSpec(**words)


def keras_draws(spec: AugmentationSpec, count: int) -> dict[str, np.ndarray]:
    generator = image_data_generator(spec)
    np.random.seed(1)
    rows = [generator.get_random_transform((*SHAPE, 3)) for _ in range(count)]
    return {
        ours: np.array([np.nan if row[theirs] is None else row[theirs] for row in rows], np.float64)
        for ours, theirs in COLUMNS.items()
    }


FORMS: list[dict[str, Any]] = [
    {"rotation_range": 30},
    {"width_shift_range": 0.2},
    {"width_shift_range": 1.0},
    {"width_shift_range": 5.5},
    {"width_shift_range": 1},
    {"width_shift_range": 4},
    {"width_shift_range": [-3, 1, 7]},
    {"width_shift_range": [-5, 0.5]},
    {"height_shift_range": 0.3},
    {"height_shift_range": 2.0},
    {"height_shift_range": 3},
    {"height_shift_range": (0.1, 0.25)},
    {"shear_range": 12},
    {"zoom_range": 0.3},
    {"zoom_range": [0.5, 0.9]},
    {"zoom_range": 1.5},
    {"horizontal_flip": True},
    {"vertical_flip": True},
    {"channel_shift_range": 40},
    {"brightness_range": [0.5, 1.4]},
]


@pytest.mark.parametrize("words", FORMS, ids=str)
def test_each_form_of_a_word_has_the_distribution_that_keras_draws(words: dict[str, Any]) -> None:
    spec = spec_of(**words, quirks="keras")
    ours, theirs = draw(spec, 0, 0, COUNT, SHAPE), keras_draws(spec, COUNT)
    for column in COLUMNS:
        a, b = getattr(ours, column).astype(np.float64), theirs[column]
        if column == "channel_shift":
            b = np.nan_to_num(b)  # Keras has None where the word is absent
        if np.isnan(a).all():
            assert np.isnan(b).all()
            continue
        values = np.unique(np.round(b, 9))
        if len(values) > 20:
            assert stats.ks_2samp(a, b).pvalue > 1e-3, column
            continue
        np.testing.assert_allclose(np.unique(np.round(a, 9)), values, atol=1e-8)
        if len(values) > 1:
            counts = [[np.isclose(x, v).sum() for v in values] for x in (a, b)]
            assert stats.chi2_contingency(counts).pvalue > 1e-3, column


@pytest.mark.parametrize(
    ("words", "column", "low", "high"),
    [
        ({"rotation_range": 30}, "theta", -30, 30),
        ({"width_shift_range": 0.25}, "shift_x", -14, 14),
        ({"height_shift_range": 0.25}, "shift_y", -10, 10),
        ({"width_shift_range": 2.5}, "shift_x", -2.5, 2.5),
        ({"shear_range": 9}, "shear", -9, 9),
        ({"zoom_range": 0.2}, "zx", 0.8, 1.2),
        ({"zoom_range": [0.9, 1.4]}, "zy", 0.9, 1.4),
        ({"channel_shift_range": 12}, "channel_shift", -12, 12),
        ({"brightness_range": [0.2, 0.8]}, "brightness", 0.2, 0.8),
    ],
)
def test_a_word_fills_exactly_its_documented_range(
    words: dict[str, Any], column: str, low: float, high: float
) -> None:
    drawn = getattr(draw(spec_of(**words), 5, 2, COUNT, SHAPE), column)
    assert low <= drawn.min() < low + 0.01 * (high - low)
    assert high - 0.01 * (high - low) < drawn.max() <= high
    uniform = stats.uniform(low, high - low)
    assert stats.kstest(drawn, uniform.cdf).pvalue > 1e-3


def test_the_shift_words_move_what_their_names_say_unless_the_quirks_are_asked_for() -> None:
    documented = draw(spec_of(width_shift_range=0.2), 0, 0, 50, SHAPE)
    assert documented.shift_x.any()
    assert not documented.shift_y.any()
    keras = draw(spec_of(width_shift_range=0.2, quirks="keras"), 0, 0, 50, SHAPE)
    np.testing.assert_array_equal(keras.shift_y, documented.shift_x)
    assert not keras.shift_x.any()


def test_a_row_depends_on_seed_epoch_and_row_alone() -> None:
    spec = spec_of(**WHOLE)
    long, short = draw(spec, 3, 1, 1000, SHAPE), draw(spec, 3, 1, 7, SHAPE)
    for column in fields(Draws):
        np.testing.assert_array_equal(getattr(long, column.name)[:7], getattr(short, column.name))


@pytest.mark.parametrize("other", [(4, 1, 0), (3, 2, 0), (3, 1, 1)])
def test_another_seed_epoch_or_stage_draws_apart(other: tuple[int, int, int]) -> None:
    spec = spec_of(**WHOLE)
    seed, epoch, stage = other
    a = draw(spec, 3, 1, COUNT, SHAPE)
    b = draw(spec, seed, epoch, COUNT, SHAPE, stage)
    for column in ("theta", "shift_x", "zx", "zy", "brightness"):
        r = np.corrcoef(getattr(a, column), getattr(b, column))[0, 1]
        assert abs(r) < 5 / np.sqrt(COUNT)


def test_columns_are_independent_of_each_other() -> None:
    drawn = draw(spec_of(**WHOLE), 0, 0, COUNT, SHAPE)
    table = np.stack([getattr(drawn, column).astype(float) for column in COLUMNS])
    apart = np.corrcoef(table) - np.eye(len(table))
    assert np.abs(apart).max() < 5 / np.sqrt(COUNT)


@pytest.mark.parametrize("word", sorted(WHOLE))
def test_adding_a_word_changes_no_other_column(word: str) -> None:
    whole = draw(spec_of(**WHOLE), 0, 0, 64, SHAPE)
    without = spec_of(**{w: value for w, value in WHOLE.items() if w != word})
    less = draw(without, 0, 0, 64, SHAPE)
    changed = {
        column
        for column in COLUMNS
        if not np.array_equal(getattr(whole, column), getattr(less, column))
    }
    expected = {
        "rotation_range": {"theta"},
        "width_shift_range": {"shift_x"},
        "height_shift_range": {"shift_y"},
        "shear_range": {"shear"},
        "zoom_range": {"zx", "zy"},
        "horizontal_flip": {"flip_horizontal"},
        "vertical_flip": {"flip_vertical"},
        "channel_shift_range": {"channel_shift"},
        "brightness_range": {"brightness"},
    }
    assert changed == expected[word]


def test_a_caption_names_a_shift_and_a_zoom_along_one_axis_alone() -> None:
    plain = draw(spec_of(), 0, 0, 4, SHAPE)
    along = replace(
        plain,
        shift_x=np.array([2.0, 0, 0, 0]),
        shift_y=np.array([0, -3.0, 0, 0]),
        zx=np.array([1, 1, 0.9, 1]),
        zy=np.array([1, 1, 1, 1.2]),
    )
    assert along.captions() == [
        "shift x +2.0 y +0.0 px",
        "shift x +0.0 y -3.0 px",
        "zoom x 0.90 y 1.00",
        "zoom x 1.00 y 1.20",
    ]


def test_captions_name_what_is_done_and_say_where_nothing_is() -> None:
    assert draw(spec_of(), 0, 0, 2, SHAPE).captions() == ["unchanged", "unchanged"]
    drawn = draw(spec_of(**WHOLE), 0, 0, 40, SHAPE)
    for row, line in enumerate(drawn.captions()):
        assert f"turn {drawn.theta[row]:+.1f}°" in line
        assert ("flip ↔" in line) == bool(drawn.flip_horizontal[row])
        assert f"brightness {drawn.brightness[row]:.2f}" in line


def test_a_row_without_movement_or_levels_is_the_identity() -> None:
    drawn = draw(spec_of(horizontal_flip=True), 0, 0, 100, SHAPE)
    assert not drawn.affine.any()
    np.testing.assert_array_equal(drawn.identity, ~drawn.flip_horizontal)
    assert 20 < drawn.identity.sum() < 80
