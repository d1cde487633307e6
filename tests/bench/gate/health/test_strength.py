"""Is a policy found out that does more, less, or something else than its spec says?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from augbench.bench.gate.health.checking import health_of
from augbench.bench.gate.health.expected import Distribution, chance, distance, expected
from augbench.bench.gate.rendering.cards import cards
from augbench.bench.gate.rendering.rendering import render
from augbench.bench.gate.rendering.subject import subject_of
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.presets import PRESETS
from augbench.reports.run.tier_one import SubjectCheck
from scipy import stats

from tests.bench.gate.health.asking import health, kinds, shown, told

RICH = {
    "rotation_range": 20.0,
    "width_shift_range": 0.15,
    "height_shift_range": 0.1,
    "shear_range": 12.0,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "vertical_flip": True,
    "brightness_range": (0.7, 1.3),
}


class Otherwise(AlbumentationsEngine):
    """Carries out its spec with some draws replaced."""

    def __init__(self, spec: Any, **changed: Any) -> None:
        super().__init__(spec)
        self.changed = changed

    def prepare(self, drawn: Draws, shape: tuple[int, int]) -> Any:
        columns = {name: change(getattr(drawn, name)) for name, change in self.changed.items()}
        return super().prepare(replace(drawn, **columns), shape)


def found(**changed: Any) -> SubjectCheck:
    return health(Otherwise(RICH, **changed))


@pytest.mark.parametrize("preset", PRESETS)
def test_matched_draws_of_a_preset_have_no_fault(preset: str) -> None:
    check = health("albumentations", preset)
    assert kinds(check) == (["changes-nothing"] if preset == "none" else []), told(check)


@pytest.mark.parametrize("engine", ["albumentations", "keras"])
@pytest.mark.parametrize(
    ("shape", "degrees", "factors"),
    [
        ((24, 32, 3), 10.0, (0.8, 1.2)),
        ((24, 32, 3), 3.0, (0.9, 1.1)),
        ((64, 96, 1), 10.0, (0.8, 1.2)),
    ],
)
def test_levels_that_brightness_cuts_are_no_shift(
    engine: str, shape: tuple[int, ...], degrees: float, factors: tuple[float, float]
) -> None:
    words = {"rotation_range": degrees, "brightness_range": factors}
    pictures = np.random.default_rng(0).integers(0, 256, (8, *shape), np.uint8)
    check = health(engine, words, cards(pictures))
    assert check.verdict == "healthy", told(check)


@pytest.mark.parametrize("seed", range(2))
def test_a_rich_spec_has_no_fault_under_other_seeds(seed: int) -> None:
    class Elsewhere(AlbumentationsEngine):
        def change(self, batch: Any) -> Any:
            return super().change(batch.replace(seed=batch.seed + 17 * seed + 1))

    subject = subject_of(Elsewhere(RICH), name="elsewhere")
    check = health_of(render(subject, shown()))
    assert check.verdict == "healthy", told(check)


@pytest.mark.parametrize(
    ("changed", "word", "how", "says"),
    [
        (
            {"theta": lambda x: 1.4 * x},
            "rotation_range",
            "otherwise",
            "rotation_range says -20…20°",
        ),
        ({"theta": lambda x: 0.6 * x}, "rotation_range", "otherwise", "turns of -11"),
        ({"theta": lambda x: np.abs(x)}, "rotation_range", "otherwise", "evenly"),
        ({"theta": lambda x: 0 * x}, "rotation_range", "never", "no turns, where rotation_range"),
        ({"shift_x": lambda x: 0 * x}, "width_shift_range", "never", "no moves of columns"),
        ({"shift_y": np.rint}, "height_shift_range", "whole", "moves of rows in whole pixels"),
        ({"shear": lambda x: 2 * x}, "shear_range", "otherwise", "shear_range says -12…12°"),
        ({"zx": lambda x: 1 + (x - 1) / 2}, "zoom_range", "otherwise", "zooms of columns of"),
        ({"zy": lambda x: np.maximum(x, 1)}, "zoom_range", "otherwise", "zooms of rows of"),
        ({"brightness": lambda x: 0 * x + 1.0}, "brightness_range", "never", "no factors of grey"),
        ({"brightness": lambda x: (x + 1) / 2}, "brightness_range", "otherwise", "says 0.7…1.3"),
        ({"flip_horizontal": lambda x: x & False}, "horizontal_flip", "never", "in 0 % of images"),
    ],
)
def test_what_is_stronger_weaker_or_absent_is_named_by_its_word(
    changed: dict[str, Any], word: str, how: str, says: str
) -> None:
    check = found(**changed)
    assert (check.verdict, kinds(check)) == ("fault", ["strength"]), told(check)
    figures = check.findings[0].figures
    assert (figures["word"], figures["how"]) == (word, how)
    assert says in told(check)


def test_flips_of_another_share_are_found() -> None:
    check = found(flip_vertical=lambda coin: coin & (np.arange(len(coin)) % 2 == 0))
    assert kinds(check) == ["strength"]
    assert "top–bottom flips in 2" in told(check)
    assert "where vertical_flip says 50 %" in told(check)


def test_what_the_spec_does_not_ask_for_is_found() -> None:
    added = Otherwise(
        {"rotation_range": 10.0},
        shear=lambda x: np.arange(len(x)) % 19 - 9.0,
        flip_horizontal=lambda x: np.arange(len(x)) % 3 == 0,
    )
    check = health(added)
    assert kinds(check) == ["strength", "strength"]
    assert "and shear_range is not in the spec" in told(check)
    assert "left–right flips in 34 % of images and horizontal_flip is not in" in told(check)


def test_additions_to_grey_levels_are_held_against_channel_shift_range() -> None:
    words = {"channel_shift_range": 25.0, "rotation_range": 5.0}
    assert health("albumentations", words).verdict == "healthy"
    check = health(Otherwise(words, channel_shift=lambda x: 1.4 * x))
    assert kinds(check) == ["strength"]
    assert "channel_shift_range says -25…25" in told(check)


@pytest.mark.parametrize("degrees", [120.0, 180.0])
def test_turns_of_more_than_a_quarter_are_no_fault(degrees: float) -> None:
    check = health("albumentations", {"rotation_range": degrees})
    assert check.verdict == "healthy", told(check)


def test_a_half_turn_to_both_sides_is_held_against_all_directions() -> None:
    check = health(Otherwise({"rotation_range": 180.0}, theta=lambda x: 0.2 * x))
    assert kinds(check) == ["strength"]
    figures = check.findings[0].figures
    assert figures["expected"] == [-90.0, 90.0]
    assert figures["measured"] == [round(end, 3) for end in figures["measured"]]


def test_shifts_that_are_swapped_are_called_so() -> None:
    check = health("albumentations(quirks='keras')", {"width_shift_range": 0.2})
    assert check.verdict == "healthy"  # as the spec says, quirk and all

    class Swapped(AlbumentationsEngine):
        def prepare(self, drawn: Draws, shape: tuple[int, int]) -> Any:
            crossed = replace(drawn, shift_x=drawn.shift_y, shift_y=drawn.shift_x)
            return super().prepare(crossed, shape)

    check = health(Swapped({"width_shift_range": 0.2, "height_shift_range": 0.1}))
    assert (check.verdict, kinds(check)) == ("fault", ["shifts-swapped"])
    assert "columns move by what height_shift_range says (up to 2.4 px)" in told(check)


def test_whole_number_shifts_and_lists_are_choices() -> None:
    words = {"width_shift_range": [-3, 0, 5], "height_shift_range": 3}
    check = health("albumentations", words)
    assert check.verdict == "healthy", told(check)
    evenly = Otherwise(words, shift_x=lambda x: np.arange(len(x)) % 21 / 2 - 5)
    assert "where width_shift_range says five values within -5…5 px" in told(health(evenly))


def test_the_library_by_itself_shifts_by_whole_pixels_and_that_is_a_caution() -> None:
    check = health("albumentations(draws='native')", {"width_shift_range": 0.12})
    assert (check.verdict, kinds(check)) == ("caution", ["native-strength"])
    assert "moves of columns in whole pixels" in told(check)


def test_keras_by_itself_swaps_shifts_and_that_is_a_caution() -> None:
    check = health("keras(draws='native')", "light")
    assert (check.verdict, kinds(check)) == ("caution", ["native-shifts-swapped"])
    assert "images turn about a point off their centre" in told(check)


@pytest.mark.filterwarnings("ignore::augbench.errors.AugbenchWarning")
def test_expected_shifts_are_those_that_are_drawn() -> None:
    forms = (0.1, 3.0, 4, (-5, 0.5), (0.1, 0.3), (2, 7), 0.0, 1, 0)
    for value in forms:
        for quirks in ("none", "keras"):
            spec = load_spec({"width_shift_range": value, "quirks": quirks})
            drawn = draw(spec, 5, 0, 4000, (24, 32))
            wanted = expected(spec, (24, 32))
            for name in ("shift_x", "shift_y"):
                apart = distance(getattr(drawn, name), wanted[name], 1e-9)
                assert chance(apart, 4000) > 1e-3, (value, quirks, name)


def test_the_distance_is_kolmogorovs_where_nothing_is_allowed_for() -> None:
    values = np.random.default_rng(0).uniform(-1, 1.3, 200)
    known = stats.kstest(values, stats.uniform(-1, 2).cdf)
    ours = distance(values, Distribution(-1, 1), 0.0)
    assert ours == pytest.approx(known.statistic)
    assert chance(ours, 200) == pytest.approx(known.pvalue, rel=1e-6)
    assert distance(values, Distribution(-1, 1), 0.05) == pytest.approx(ours - 0.025, abs=0.01)
