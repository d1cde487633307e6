"""One list of words for the parts of a data set, for folders, arrays and tables alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from augbench.bench.data.sources.source import SPLITS
from augbench.bench.data.sources.splits import SYNONYMS, is_unclear, looks_like_split, split_of

PAGE = Path(__file__).parents[4] / "docs" / "data.md"

TRAIN, VALIDATION, TEST = 0, 1, 2


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (TRAIN, "train TRAIN Training training_set train-images TrainingData trainset train2017"),
        (VALIDATION, "validation val valid Valid val_images validation_set dev PublicTest val2017"),
        (TEST, "test Testing TEST test_set test_images TestImages PrivateTest test1 images_test"),
    ],
)
def test_usual_words_name_a_part_in_any_case_with_any_filler(split: int, words: str) -> None:
    assert {word: split_of(word) for word in words.split()} == dict.fromkeys(words.split(), split)


@pytest.mark.parametrize(
    "word",
    ["control", "trains", "cat", "images", "data", "", "2017", "testa", "validity", "train station",
     "test tube", "contest", "Übung", "set"],
)  # fmt: skip
def test_other_words_name_none(word: str) -> None:
    assert split_of(word) is None


def test_words_for_either_part_and_words_within_names_are_told_apart() -> None:
    assert all(map(is_unclear, ("eval", "Evaluation", "holdout_set")))
    assert looks_like_split("seg_train") and looks_like_split("chestTest")
    assert not any(map(looks_like_split, ("strain", "contest", "cat", "attest")))


def test_the_page_on_data_has_the_list() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for split, words in SYNONYMS.items():
        assert f"| {SPLITS[split]} | {', '.join(words)} |" in page
