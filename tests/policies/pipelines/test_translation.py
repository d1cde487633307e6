"""Does a pipeline of another Albumentations version mean here what it meant there?

What 1.3.1 wrote, and what it made of images, was taken down from 1.3.1 itself.
"""

from __future__ import annotations

from typing import Any

import albumentations as A
import numpy as np
import pytest
from augbench.policies.pipelines.translation import classes, translated
from augbench.policies.pipelines.versions import (
    CHANGED,
    GONE,
    OWN_CHANCES,
    OWN_SIGMA,
    REFUSED,
    REPLACED,
    WORDS,
    Untranslatable,
)
from packaging.version import Version

from augbench.errors import InputError

HERE = Version(A.__version__).release

#: what the mirrored borders of versions before 2.0 have to be said as, where they are no default
MIRRORED = {"border_mode": 4} if HERE >= (2,) else {}
LEAF = {
    **{
        name: {"height": 8, "width": 8}
        for name in ("CenterCrop", "RandomCrop", "Resize", "CropNonEmptyMaskIfExists")
    },
    "AtLeastOneBBoxRandomCrop": {"height": 8, "width": 8},
    "RandomSizedBBoxSafeCrop": {"height": 8, "width": 8},
    "RandomResizedCrop": {"size": (8, 8)},
    "RandomSizedCrop": {"size": (8, 8), "min_max_height": (4, 8)},
    "LongestMaxSize": {"max_size": 8},
    "SmallestMaxSize": {"max_size": 8},
    "CropAndPad": {"px": 1},
    "CenterCrop3D": {"size": (8, 8, 8)},
    "RandomCrop3D": {"size": (8, 8, 8)},
    "Pad3D": {"padding": 1},
    "PadIfNeeded3D": {"min_zyx": (8, 8, 8)},
    "GridElasticDeform": {"num_grid_xy": (4, 4), "magnitude": 3},
}
#: what not every release makes by itself: bases of others, and what wants a font or other images
NOT_MADE_ALONE = {
    "BaseCrop",
    "BaseCropAndPad",
    "BaseCropAndPad3D",
    "BaseDistortion",
    "BaseDomainAdaptation",
    "BaseDropout",
    "BasePad3D",
    "BasicTransform",
    "DualTransform",
    "FDA",
    "HistogramMatching",
    "ImageOnlyTransform",
    "MaxSizeTransform",
    "PixelDistributionAdaptation",
    "TextImage",
    "Transform3D",
    "_BaseRandomSizedCrop",
}
OWN_WIDTH = pytest.mark.skipif(HERE < OWN_SIGMA, reason="OpenCV chooses the width itself here")


def leaf(name: str, **arguments: Any) -> dict[str, Any]:
    return {"__class_fullname__": name, "p": 0.5, **arguments}


def said(name: str, version: str = "1.3.1", **arguments: Any) -> dict[str, Any]:
    """Return the arguments that a transform of another version becomes."""
    got = translated(leaf(name, **arguments), version).transform
    return {word: value for word, value in got.items() if word not in ("__class_fullname__", "p")}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("GaussNoise", {"var_limit": [25, 100]}, {"std_range": [5 / 255, 10 / 255]}),
        ("GaussNoise", {"var_limit": 100}, {"std_range": [0, 10 / 255]}),
        (
            "CoarseDropout",
            {"max_holes": 3, "min_holes": 1, "max_height": 5, "min_height": None, "fill_value": 7},
            {"num_holes_range": [1, 3], "hole_height_range": [5, 5], "fill": 7},
        ),
        (
            "ShiftScaleRotate",
            {"value": [255, 255, 255], "mask_value": None, "border_mode": 0},
            {"fill": [255, 255, 255], "border_mode": 0, "fill_mask": 0},
        ),
        ("Rotate", {"limit": 10, "value": None}, {"limit": 10, "fill": 0, **MIRRORED}),
        (
            "Affine",
            {"cval": 3, "cval_mask": 0, "mode": 1},
            {"fill": 3, "border_mode": 1, "fill_mask": 0},
        ),
        ("Solarize", {"threshold": [128, 128]}, {"threshold_range": [128 / 255, 128 / 255]}),
        ("RandomResizedCrop", {"height": 9, "width": 7}, {"size": [9, 7]}),
        (
            "ImageCompression",
            {"quality_lower": 80, "quality_upper": 90, "compression_type": 1},
            {"quality_range": [80, 90], "compression_type": "webp"},
        ),
        (
            "Downscale",
            {"scale_min": 0.25, "scale_max": 0.5, "interpolation": {"upscale": 0, "downscale": 1}},
            {
                "scale_range": [0.25, 0.5],
                "interpolation_pair": {"upscale": 0, "downscale": 1},
            },
        ),
        pytest.param(
            "GaussianBlur",
            {"blur_limit": [5, 5], "sigma_limit": 0},
            {"blur_limit": [5, 5], "sigma_limit": [1.1, 1.1]},
            marks=OWN_WIDTH,
        ),
        ("RandomGamma", {"gamma_limit": [80, 120], "eps": None}, {"gamma_limit": [80, 120]}),
        (
            "Perspective",
            {"pad_mode": 0, "pad_val": 9, "mask_pad_val": 0},
            {"border_mode": 0, "fill": 9, "fill_mask": 0},
        ),
    ],
)
def test_arguments_of_1_3_get_the_names_and_units_of_2_0(
    name: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    assert said(name, **old) == new


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_what_the_installed_version_writes_is_read_as_it_stands() -> None:
    checked, not_made = 0, set()
    for name, kind in classes().items():
        if not issubclass(kind, A.BasicTransform) or not name.isidentifier() or name in GONE:
            continue
        if name == "Spatter" and HERE < (2, 0, 8):
            continue  # which writes a list of one, and that is read as the one
        try:
            written = A.to_dict(kind(**LEAF.get(name, {})))["transform"]
        except (TypeError, ValueError, NotImplementedError):
            not_made.add(name)
            continue
        found = translated(written, A.__version__)
        beside = {old for word in WORDS.get(name, ()) if not word.new for old in word.old}
        kept = {word: value for word, value in written.items() if word not in beside}
        assert found.transform == kept, name
        assert kind(**{k: v for k, v in kept.items() if k != "__class_fullname__"})
        assert not found.notes, name
        checked += 1
    assert not_made <= NOT_MADE_ALONE
    assert checked > 90


def test_a_value_that_1_3_put_on_its_own_axis_gives_its_noise() -> None:
    """1.3.1 with var_limit=(100, 100) gave a standard deviation of 10 levels."""
    arguments = said("GaussNoise", var_limit=[100, 100])
    grey = np.full((200, 200, 1), 128, np.uint8)
    noise = A.GaussNoise(**arguments, p=1)(image=grey)["image"] - 128.0
    assert noise.std() == pytest.approx(10, abs=0.5)


@pytest.mark.parametrize(("inside", "chance"), [("Compose", 1.0), ("OneOf", 0.3)])
def test_always_apply_is_a_certainty_where_members_are_not_chosen(
    inside: str, chance: float
) -> None:
    members = [leaf("HorizontalFlip", p=0.3, always_apply=True)] * 2
    found = translated(leaf(inside, transforms=members), "1.3.1").transform
    assert [one["p"] for one in found["transforms"]] == [chance] * 2
    assert all("always_apply" not in one for one in found["transforms"])


@pytest.mark.parametrize(
    ("name", "version", "chance"),
    [
        ("RandomRotate90", "2.0.5", 1),
        ("RandomRotate90", "1.3.1", 0.5),
        ("ToGray", "", 0.5),
        ("Resize", "", 1),
        ("OneOf", "1.0", 0.5),
        ("Compose", "1.0", 1),
    ],
)
def test_a_missing_p_is_the_default_of_the_class(name: str, version: str, chance: float) -> None:
    given = {"Resize": {"height": 8, "width": 8}}.get(name, {})
    given = {"transforms": [leaf("NoOp")]} if name in ("OneOf", "Compose") else given
    assert translated({"__class_fullname__": name, **given}, version).transform["p"] == chance


def test_flip_is_each_of_three_flips_as_often() -> None:
    found = translated(leaf("Flip", p=0.8, always_apply=False), "1.3.1")
    assert (found.transform["__class_fullname__"], found.transform["p"]) == ("OneOf", 0.8)
    assert "Flip is OneOf" in found.notes[0]


@pytest.mark.skipif(HERE < OWN_CHANCES, reason="they are weights here too")
def test_weights_of_some_of_are_read_where_they_are_equal() -> None:
    equal = [leaf("HorizontalFlip", p=0.4), leaf("VerticalFlip", p=0.4)]
    found = translated(leaf("SomeOf", n=1, transforms=equal), "1.3.1").transform
    assert [one["p"] for one in found["transforms"]] == [1.0, 1.0]
    assert found["replace"] is True
    equal[0]["p"] = 0.1
    with pytest.raises(InputError, match=r"SomeOf.*weights before 2\.0\.6"):
        translated(leaf("SomeOf", n=1, transforms=equal), "1.3.1")
    kept = translated(leaf("SomeOf", n=1, transforms=equal), "2.0.8").transform
    assert [one["p"] for one in kept["transforms"]] == [0.1, 0.4]


def test_chances_of_some_of_are_no_weights_where_the_older_version_is_installed() -> None:
    changed = CHANGED["SomeOf"][0]
    certain = {"transforms": [leaf("NoOp", p=1), leaf("Transpose", p=1)]}
    assert changed(certain, (2, 0, 8), (1, 4, 24)) == certain
    chances = {"transforms": [leaf("NoOp", p=0.5), leaf("Transpose", p=0.5)]}
    assert changed(chances, (1, 4, 24), (2, 0, 0)) == chances
    with pytest.raises(Untranslatable, match="give all p=1"):
        changed(chances, (2, 0, 8), (1, 4, 24))


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (leaf("MedianBlurr"), r"no transform 'MedianBlurr' \(did you mean 'MedianBlur'"),
        (
            leaf("HorizontalFlip", angle=3),
            r"HorizontalFlip: Albumentations .* no argument 'angle'; it takes p",
        ),
        (leaf("Rotate", limits=3), r"'limits' \(did you mean 'limit'"),
        (leaf("Rotate", value=3, fill=4), "Rotate: value=3 and fill say the same"),
        (leaf("GaussNoise", var_limit="much"), "var_limit='much' cannot be read; write std_range"),
        (
            leaf("ElasticTransform", alpha_affine=50),
            "no alpha_affine=50; leave it out, and write an Affine",
        ),
        pytest.param(
            leaf("GaussianBlur", sigma_limit=[0, 0], blur_limit=[3, 7]),
            r"sigma_limit=\[0.8, 1.4\]",
            marks=OWN_WIDTH,
        ),
        (leaf("HorizontalFlip", p=1.5), "p must be a number from 0 to 1, not 1.5"),
        (leaf("OneOf", transforms="all"), "'transforms' must be a list"),
        ({"p": 1}, "__class_fullname__"),
        *[(leaf(name), name) for name in GONE],
    ],
)
def test_what_cannot_be_said_is_refused_with_what_to_write(
    transform: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words) as error:
        translated(leaf("Compose", transforms=[transform]), "1.3.1")
    assert "\n" not in str(error.value)


def test_boxes_are_left_out_with_a_note() -> None:
    found = translated(leaf("Compose", transforms=[], bbox_params={"format": "coco"}), "1.3.1")
    assert "bbox_params" not in found.transform
    assert "no boxes" in found.notes[0]


@pytest.mark.skipif(HERE != (2, 0, 8), reason="the table is about 2.0.8")
def test_every_line_of_the_table_leads_to_something_that_2_0_8_has() -> None:
    for name, words in WORDS.items():
        if name in classes():
            for word in words:
                assert not word.new or word.new in said_by(name), (name, word.new)
    assert not set(REPLACED) & set(classes())
    assert set(REFUSED) <= set(classes())


def said_by(name: str) -> list[str]:
    from augbench.policies.pipelines.translation import defaults_of

    return list(defaults_of(name))


@pytest.mark.skipif(HERE < (2, 0, 3), reason="it is drawn so here too")
def test_a_file_from_before_a_change_of_strength_says_so() -> None:
    """2.0.2 moves pixels 3 to 4 times as far as 2.0.3, by the same words."""
    given = leaf("ElasticTransform", alpha=20, sigma=5)
    assert "draws otherwise since 2.0.3" in translated(given, "2.0.2").notes[0]
    assert not translated(given, "2.0.3").notes
