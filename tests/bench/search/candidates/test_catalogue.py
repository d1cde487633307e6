"""What is tried, and what goes together."""

from __future__ import annotations

import pytest
from augbench.bench.search.candidates.candidate import Candidate
from augbench.bench.search.candidates.catalogue import (
    combination,
    left_out,
    preset_candidate,
    singles,
    strengths,
)
from augbench.bench.search.candidates.families import BY_NAME, FAMILIES
from augbench.bench.search.candidates.proposals import proposals
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.race import Estimate
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec

from augbench.errors import InputError

PHOTOS = DataSummary(500, 100, 100, 5, 90, 120, 64, 64, False, None, 0.1, 0.9, 0)
DRAWINGS = DataSummary(500, 100, 100, 5, 90, 120, 28, 28, True, 255, 0.1, 0.9, 0)


def test_every_candidate_can_be_made_and_reads_back_as_itself():
    spec = load_spec({})
    for family in FAMILIES:
        for strength in family.strengths:
            one = family.candidate(strength, {"fill_mode": "reflect"})
            build(parse(one.expression), spec)
            assert parse(one.expression).label == one.label
            assert Candidate.from_dict(one.to_dict()) == one


def test_what_lies_beyond_the_border_is_the_ground_of_drawings_and_a_mirror_of_photos():
    of_photo = {one.label: one for one in singles(PHOTOS)}["rotation 15°"]
    of_drawing = {one.label: one for one in singles(DRAWINGS)}["rotation 15°"]
    assert of_photo.words["fill_mode"] == "reflect"
    assert (of_drawing.words["fill_mode"], of_drawing.words["cval"]) == ("constant", 255.0)
    assert "fill_mode" not in {one.label: one for one in singles(PHOTOS)}["flip"].words


def test_flips_come_first_for_photos_and_late_for_drawings():
    assert singles(PHOTOS)[0].label == "flip"
    assert singles(DRAWINGS)[0].label == "rotation 15°"


def test_families_are_left_out_and_unknown_ones_are_named():
    assert "mixup" not in [one.label for one in singles(PHOTOS, exclude=["mixup"])]
    with pytest.raises(InputError, match=r"--exclude: .*'rotaton' \(did you mean 'rotation'\?\)"):
        singles(PHOTOS, exclude=["rotaton"])


def test_a_combination_does_what_its_members_do_whatever_their_order():
    flip, turn, mix = (BY_NAME[name].candidate(2, {}) for name in ("flip", "rotation", "mixup"))
    both = combination([mix, turn, flip])
    assert both == combination([flip, turn, mix])
    assert both.words == {"horizontal_flip": True, "rotation_range": 15.0}
    assert both.policy.endswith(" + mixup(alpha=0.2)")
    assert both.label == "flip + rotation 15° + mixup"


def test_members_of_one_family_do_not_add_up():
    weak, strong = (BY_NAME["rotation"].candidate(strength, {}) for strength in (1, 3))
    mix, cut = BY_NAME["mixup"].candidate(2, {}), BY_NAME["cutmix"].candidate(2, {})
    assert combination([weak, strong]) is None
    assert combination([mix, cut]) is None


def test_what_has_no_words_of_a_spec_adds_up_behind_the_engine_and_new_images_come_first():
    names = ("mixup", "gan", "erasing", "rotation", "colour", "randaugment", "cutmix", "gaussian")
    both = combination([BY_NAME[name].candidate(2, {}) for name in names])
    assert both.policy == (
        "gaussian(factor=2) + albumentations(spec={'rotation_range': 15.0})"
        " + colorjitter(hue=0.03, saturation=0.3) + randomerasing(scale=(0.02, 0.33))"
        " + randaugment + mixup(alpha=0.2)"
    )
    policy = build(parse(both.expression), load_spec({}))
    assert policy.enlarges and policy.changes
    assert not {"gan", "cutmix"} & set(both.family)


def test_colour_is_for_colour_images_unless_it_is_asked_for():
    assert "colour 30%" in [one.label for one in singles(PHOTOS)]
    assert "colour 30%" not in [one.label for one in singles(DRAWINGS)]
    assert left_out(DRAWINGS) == {"colour": "the images are grey"} and not left_out(PHOTOS)
    assert "colour 30%" in [one.label for one in singles(DRAWINGS, include=["colour"])]


def test_what_seldom_helps_races_last():
    labels = [one.label for one in singles(PHOTOS)]
    assert labels[-3:] == ["channel shift 30", "noise 5%", "blur 1 px"]


def test_strengths_are_the_others_of_the_family():
    one = BY_NAME["zoom"].candidate(2, {})
    assert [other.label for other in strengths(one, PHOTOS)] == ["zoom 7%", "zoom 30%"]
    assert strengths(combination([one, BY_NAME["flip"].candidate(2, {})]), PHOTOS) == []


def test_a_preset_belongs_to_the_families_that_it_uses():
    assert preset_candidate("light", "").family == ("rotation", "shift", "zoom")
    assert "flip" in preset_candidate("tutorial", "").family


def test_newcomers_are_made_of_what_helped_and_never_twice_or_struck_out():
    candidates = {one.label: one for one in singles(PHOTOS)}
    known = {name: Estimate(-0.02, 0.005, 1) for name in candidates}
    known |= {
        "flip": Estimate(0.02, 0.005, 1),
        "rotation 15°": Estimate(0.01, 0.005, 1),
        "zoom 15%": Estimate(0.0001, 0.005, 1),
    }
    new = [one.label for one in proposals(known, candidates, PHOTOS, ["rotation 30°"])]
    assert new[0] == "flip + rotation 15°"
    assert "rotation 7°" in new
    assert "rotation 30°" not in new
    assert not set(new) & set(known)
