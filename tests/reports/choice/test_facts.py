"""Is it said where images are nearly equal to training images, and what to do?"""

from __future__ import annotations

from pathlib import Path

from augbench.reports.choice.facts import data_facts, ideas, leaks, near_duplicates
from augbench.reports.choice.markdown import markdown
from augbench.reports.choice.page import page
from augbench.reports.choice.reader import read
from augbench.reports.choice.terminal import plain

from tests.reports.choice.making_choices import make_choice

FOUND = {
    "near_duplicates": [
        {"part": "train", "looked_at": 500, "found": 2, "other_class": 0, "compared_with": 600,
         "example": ["a.png", "b.png"]},
        {"part": "validation", "looked_at": 120, "found": 0, "other_class": 0,
         "compared_with": 600, "example": []},
        {"part": "test", "looked_at": 120, "found": 1, "other_class": 1, "compared_with": 600,
         "example": ["test/c.png", "train/d.png"]},
    ]
}  # fmt: skip


def test_each_part_is_told_in_a_line() -> None:
    assert near_duplicates(FOUND) == (
        "2 of 500 training images looked at are nearly equal to another training image, as a.png "
        "and b.png; 1 of 120 test images looked at is nearly equal to a training image, as "
        "test/c.png and train/d.png, 1 of another class; none of 120 validation images looked at "
        "is nearly equal to a training image"
    )
    assert near_duplicates({}) == ""


def test_only_what_is_in_two_parts_is_a_leak() -> None:
    (said,) = leaks(FOUND)
    assert said.startswith("1 of 120 test images") and "keep such images in one part" in said
    assert leaks({"near_duplicates": FOUND["near_duplicates"][:2]}) == []


def test_page_and_terminal_say_it(tmp_path: Path) -> None:
    summary = {"images": 600, "told_mirrored": 0.54, "mirrored": 0.2, **FOUND}
    found = read(make_choice(tmp_path / "leaking", summary=summary))
    for text in (plain(found), page(found), markdown(found)):
        assert "1 of 120 test images looked at is nearly equal" in text
    facts = dict(data_facts(found))
    assert facts["near-duplicates"] == near_duplicates(FOUND)
    assert "tells 54% of images from themselves mirrored (50% is chance)" in facts["left and right"]
    assert facts["gan is left out"] == "the smallest class has 90 training images"


def test_why_each_is_worth_trying_stands_apart_from_the_table(tmp_path: Path) -> None:
    found = read(make_choice(tmp_path / "found"))
    assert dict(ideas(found))["flip"] == "most photographs stay what they are in a mirror"
    assert not any(" + " in label for label, _ in ideas(found))
    for text in (page(found), markdown(found)):
        assert "Why each is worth trying" in text
        assert text.count("most photographs stay") == len(ideas(found))
