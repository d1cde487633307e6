"""Is what is told of the words of a spec what specs take and engines do?"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import engine_class
from augbench.policies.registry.words import WordInfo, all_words
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import AugbenchWarning, InputError, Refusal
from tests.policies.pictures import batch_of
from tests.policies.registry.ranges import examples

WORDS = {word.name: word for word in all_words()}
APPLIED = AugmentationSpec.words_of("geometric", "colour", "sampling", "reading")
#: what a list of two values has to be besides
ORDERED = ("zoom_range", "brightness_range")


def takes(word: str, value: object) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AugbenchWarning)
        try:
            AugmentationSpec(**{word: value})
        except InputError as error:
            assert word in str(error)
            return False
    return True


@pytest.mark.parametrize("word", WORDS.values(), ids=lambda word: word.name)
def test_a_word_is_taken_at_the_ends_of_its_range_and_refused_outside(word: WordInfo) -> None:
    inside, outside = examples(word.takes)
    if word.schema.get("type") == "boolean":
        outside = ["maybe"]  # a file's "yes" and 1 are truth values
    if word.kind == "fixed" or word.schema.get("type") == "integer":
        outside = [value for value in outside if value not in (True, None, "1")]
    for value in inside:
        assert takes(word.name, value), value
    for value in outside:
        assert not takes(word.name, value), value


def test_words_that_engines_apply_say_who_can_and_others_do_not() -> None:
    assert {name for name, word in WORDS.items() if word.engines} == set(APPLIED)
    for name in APPLIED:
        assert list(WORDS[name].engines) == list(PLACES)
        assert all(list(by) == ["matched", "native"] for by in WORDS[name].engines.values())


@pytest.mark.parametrize("draws", ["matched", "native"])
@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("word", APPLIED)
def test_an_engine_refuses_or_applies_a_word_as_told(word: str, name: str, draws: str) -> None:
    told = WORDS[word].engines[name][draws]  # type: ignore[index]
    images = np.random.default_rng(0).integers(40, 200, (8, 24, 36, 3), np.uint8)
    declared = AugmentationSpec.model_fields[word]
    changing = word in AugmentationSpec.words_of("geometric", "colour")
    refused = []
    for value in declared.examples or ():
        words = {word: value} if changing else {"rotation_range": 20.0, word: value}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AugbenchWarning)
            engine = engine_class(name)(words, draws=draws)  # type: ignore[arg-type]
        try:
            engine.check((24, 36, 3), 2)
        except Refusal as refusal:
            named = [*words, f"has no {draws} draws"]
            assert any(said in str(refusal) for said in named)
            refused.append(value)
        else:
            assert (engine.change(batch_of(images)).images != images).any()
    others = [value for value in declared.examples or () if value != declared.default]
    assert declared.default not in refused or told.extent == "none"
    refused = [value for value in refused if value != declared.default]
    assert (told.extent == "all") == (not refused)
    assert told.extent == "some" or len(refused) == {"all": 0, "none": len(others)}[told.extent]


def test_what_the_documentation_of_the_layers_says_is_told() -> None:
    """RandomBrightness adds where IDG multiplies; RandomShear has another fixed point."""
    layers = {name: WORDS[name].engines["keras-layers"] for name in APPLIED}
    assert layers["brightness_range"]["native"].extent == "none"
    assert layers["shear_range"]["matched"].extent == "none"
    assert layers["shear_range"]["native"].extent == "all"
    assert "RandomShear" in layers["shear_range"]["matched"].refusals[0]
    for name in (*APPLIED, "quirks"):
        keras = WORDS[name].engines["keras"]
        if name == "quirks" or not WORDS[name].beyond_keras:
            assert {ability.extent for ability in keras.values()} == {"all"}
