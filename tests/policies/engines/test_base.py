"""Which specs does an engine take, and what does it show at the ends of their ranges?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import Engine, engine_class
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.spec.spec import AugmentationSpec, spec_word
from augbench.policies.spec.types import Degrees

from augbench.errors import InputError, Refusal
from tests.policies.pictures import LARGEST


class SwirlingSpec(AugmentationSpec):
    """A spec of some later day, with words that no engine of today has heard of."""

    swirl_range: Degrees = spec_word("geometric", 0.0, description="swirl by U(-s, s) degrees")
    hue_range: Degrees = spec_word("colour", 0.0, description="turn hues by U(-h, h) degrees")


@pytest.mark.parametrize("draws", ["matched", "native"])
@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("word", ["swirl_range", "hue_range"])
def test_a_word_is_refused_by_every_engine_until_the_engine_lists_it(
    name: str, draws: str, word: str
) -> None:
    engine = engine_class(name)
    spec = SwirlingSpec(**{word: 3})
    with pytest.raises(Refusal, match=f"cannot express {word}.*no engine can"):
        engine(spec=spec, draws=draws).check((16, 16, 3), 2)

    class Swirling(engine):  # type: ignore[valid-type, misc]
        expresses = (*engine.expresses, word)

    assert word not in Swirling.refusal(spec, (16, 16, 3), draws)


def test_a_transform_for_pipelines_refuses_words_that_it_would_leave_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from augbench.policies.engines.transform import SpecTransform

    monkeypatch.setattr(engine_class("albumentations"), "expresses", ("rotation_range",))
    SpecTransform({"rotation_range": 3})
    with pytest.raises(Refusal, match="cannot express shear_range"):
        SpecTransform({"rotation_range": 3, "shear_range": 5})


class Still(Engine):
    """An engine of matched draws that lists no word."""

    name = "still"

    def apply(self, images: np.ndarray, *drawn: object) -> np.ndarray:
        return images


def test_an_engine_that_lists_no_word_takes_the_spec_that_does_nothing_alone() -> None:
    assert not Still.refusal(AugmentationSpec(rescale=0.5), (8, 8, 1), "matched")
    assert "horizontal_flip" in Still.refusal(
        AugmentationSpec(horizontal_flip=True), (8, 8, 1), "matched"
    )


def test_draws_that_an_engine_does_not_have_are_refused_before_anything_is_trained() -> None:
    with pytest.raises(Refusal, match="has no native draws; engines that can: keras"):
        Still({}, draws="native").check((8, 8, 1), 2)
    Still({}).check((8, 8, 1), 2)
    assert Engine.refusal(AugmentationSpec(), (8, 8, 1), "matched") == "has no matched draws"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("draws='natve'", "draws must be 'matched' or 'native', not 'natve' .*'native'"),
        ("quirks='tensorflow'", "quirks must be 'none' or 'keras', or None, not 'tensorflow'"),
    ],
)
def test_an_option_is_refused_with_what_would_be_right(options: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build(parse(f"keras({options})"))


def test_engines_agree_at_the_ends() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 21, 21, 3), np.uint8)
    spec = {"rotation_range": 30, "brightness_range": [0.5, 1.5], "zoom_range": 0.2}
    one = build(parse("keras"), spec).extremes(images)
    other = build(parse("albumentations"), spec).extremes(images)
    assert [(end.name, end.caption) for end in one] == [(end.name, end.caption) for end in other]
    assert len(one) == 8
    for a, b in zip(one, other, strict=True):
        assert np.abs(a.images.astype(int) - b.images).max() <= 2 * LARGEST
        assert not np.array_equal(a.images, images)


def test_a_turn_by_180_degrees_at_both_ends_is_a_picture_upside_down() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 1), np.uint8)
    for end in build(parse("albumentations"), {"rotation_range": 180}).extremes(images):
        np.testing.assert_array_equal(end.images, images[:, ::-1, ::-1])
