"""Each kind of change is said in words of its own."""

import pytest
from augbench.reports.findings.wording import words
from augbench.reports.findings.wording.changes import CHANGES

from augbench.findings import Finding

EXAMPLES = {
    "definition-changed": (
        {"changes": [{"place": "rotation_range", "then": 20.0, "now": None}], "more": 2},
        "it is defined otherwise: rotation_range: 20.0 → none; 2 more",
    ),
    "steps-changed": ({"gone": ["Rotate"], "new": []}, "it is defined otherwise: Rotate is gone"),
    "steps-reordered": (
        {"then": ["A", "B"], "now": ["B", "A"]},
        "it is defined otherwise: A, B → B, A",
    ),
    "shape-changed": (
        {"then": [24, 32, 3], "now": [24, 24, 3]},
        "images are of another shape: 24×32×3 → 24×24×3",
    ),
    "fails-now": ({"reason": "no"}, "it fails now: no"),
    "moments-differ": (
        {"moments": ["next epoch"]},
        "the first batch is the same, but next epoch is drawn otherwise",
    ),
    "epochs-equal": ({"now": True}, "every epoch has the same augmentations; they differed"),
    "steps-equal": ({"now": False}, "batches do not repeat each other any more"),
    "seed-ignored": ({"now": True}, "the seed is ignored: another one gives the same images"),
    "not-repeatable": (
        {"now": True},
        "the same batch with the same seed comes out otherwise each time",
    ),
    "input-changed": (
        {"now": True},
        "the images or labels that it is given are changed in place",
    ),
    "draws-together": (
        {"of": ["flip_horizontal", "flip_vertical"], "r": 1.0},
        "the horizontal flip and the vertical flip are drawn together now (correlation +1.00); "
        "they were independent",
    ),
    "rows-reordered": (
        {"share": 1.0, "labels_too": False},
        "images come in another order than their labels: 100.0 % have the label of another image",
    ),
    "label-shape": ({"then": [16, 4], "now": [16, 5]}, "labels are of another shape: 16×4 → 16×5"),
    "labels-not-mixed": (
        {"share": 0.5},
        "labels stay those of the input in 50.0 % of the images; they were mixed",
    ),
    "classes-permuted": (
        {"order": [1, 0, 2]},
        "labels are permuted, the same way for all images: class 1 → 0, 0 → 1",
    ),
    "labels-shuffled": ({"share": 0.5}, "50.0 % of the images have the label of another image"),
    "labels-differ": (
        {"share": 0.25, "largest": 0.125},
        "labels differ in 25.0 % of the images, by up to 0.12 of a class",
    ),
    "movement-not-affine": (
        {"then": 1.0, "now": 0.0},
        "pixels move in no affine way any more (affine in 0.0 % of the images, was 100.0 %)",
    ),
    "movement-affine": (
        {"then": 0.0, "now": 1.0},
        "pixels move in an affine way now (100.0 % of the images, was 0.0 %)",
    ),
    "flips-swapped": ({}, "the two flips are swapped: left-right ↔ up-down"),
    "flip-probability": (
        {"parameter": "flip_horizontal", "then": 0.5, "now": 0.4},
        "the horizontal flip happens in 40.0 % of the images, was 50.0 %",
    ),
    "flip-dropped": (
        {"parameter": "flip_vertical", "then": 0.5, "now": 0.0},
        "the vertical flip does not happen any more, was in 50.0 % of the images",
    ),
    "flip-added": (
        {"parameter": "flip_vertical", "then": 0.0, "now": 0.5},
        "the vertical flip happens in 50.0 % of the images; it did not",
    ),
    "shifts-swapped": (
        {},
        "the two shifts are swapped: columns move as rows did, and rows as columns",
    ),
    "centre-moved": (
        {"x": 0.5, "y": -4.0},
        "images are turned about another centre: +0.5 px across, -4.0 px down",
    ),
    "order-changed": (
        {"then": list("RTSZF"), "now": list("TRSZF")},
        "the same parameters are applied in another order: shift, turn, shear, zoom, flip; it was "
        "turn, shift, shear, zoom, flip (as matrices, left to right)",
    ),
    "parameter-dropped": (
        {"parameter": "theta", "then": [-20, 19.5], "now": [0, 0]},
        "the turn does not happen any more; it was -20…19.5°",
    ),
    "parameter-added": (
        {"parameter": "shear", "then": [0, 0], "now": [-5, 5]},
        "the shear happens now, -5…5°; it did not",
    ),
    "parameter-scaled": (
        {"parameter": "shear", "factor": 0.01745},
        "the shear is 0.0175 times what it was (as radians are to degrees)",
    ),
    "parameter-inverted": (
        {"parameter": "zx"},
        "the zoom of columns is the inverse of what it was: in for out",
    ),
    "parameter-clipped": (
        {"parameter": "brightness", "then": [0.8, 1.2], "now": [0.8, 1]},
        "brightness is cut off: 0.8…1, was 0.8…1.2",
    ),
    "parameter-range": (
        {"parameter": "shift_x", "then": [-3, 3], "now": [-0.001, 6]},
        "the shift of columns has another range: 0…6 px, was -3…3 px",
    ),
    "draws-reordered": (
        {"parameter": "theta"},
        "the turn has the same values, for other images",
    ),
    "other-draws": (
        {"parameter": "theta"},
        "the turn has other random numbers of the same distribution",
    ),
    "levels-0-1": ({}, "images come out as 0…1 where 0…255 is meant: black"),
    "levels-0-255": ({}, "images come out as 0…255; they were 0…1, black"),
    "levels-saturated": ({}, "images come out white: levels are multiplied beyond 255"),
    "levels-differ": ({"largest": 12.3}, "grey levels differ by up to 12"),
    "clipped-early": (
        {"light": True, "limit": 180.0, "share": 0.3, "level": 170},
        "light levels are cut off early: none above 180 in 30.0 % of the images",
    ),
    "channels-permuted": ({"order": [2, 1, 0]}, "channels come in another order: 2, 1, 0"),
    "border-differs": (
        {"then": "nearest", "now": "constant 0"},
        "border pixels differ (fill mode nearest → constant 0)",
    ),
    "interpolation-differs": (
        {"then": 1, "now": 0},
        "pixels are interpolated in another way (bilinear → nearest)",
    ),
    "pixels-alone": ({"where": "inside"}, "pixels differ inside the images"),
}


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == CHANGES.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_change_is_said_in_words(kind: str) -> None:
    figures, said = EXAMPLES[kind]
    assert words(Finding(kind, figures)) == said
