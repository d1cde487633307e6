"""What breaks labels is struck out with the pair of classes; what is merely new to see is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from augbench.bench.data import Dataset, Parts, block, load
from augbench.bench.options.model import Settings
from augbench.bench.search.screening.flips_and_turns import sides_of
from augbench.bench.search.screening.folds import Size, fold_tasks
from augbench.bench.search.screening.screen import screen
from augbench.bench.search.screening.screened import Screened
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.spec.loading import load_spec

from tests.bench.making_images import class_folders

LIGHT = load_spec("light")


def candidate(name: str, **words: object) -> str:
    return f"{name}=albumentations(spec={words!r})"


BREAKING = [
    candidate("mirror", horizontal_flip=True),
    candidate("upside down", vertical_flip=True),
    candidate("any turn", rotation_range=180.0),
    candidate("up to 90", rotation_range=90.0),
    "tutorial=albumentations(spec='tutorial')",
    "drawn by the library=albumentations(spec={'horizontal_flip': True}, draws='native')",
]
HARMLESS = [
    candidate("turned", rotation_range=15.0),
    candidate("shifted", width_shift_range=0.1, height_shift_range=0.1),
    candidate("zoomed", zoom_range=0.2),
    candidate("darker", brightness_range=(0.5, 1.2)),
]


def screened(data: Dataset, settings: Settings, texts: list[str], seed: int = 0) -> list[Screened]:
    return screen(data, settings, LIGHT, [parse(text) for text in texts], seed=seed)


@pytest.fixture
def digits() -> Dataset:
    return load("digits", model_minimum=10)


@pytest.fixture(scope="module")
def digits_screened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Screened]:
    settings = Settings(data="digits", train_size=200, epochs=40, jobs=2)
    others = ["mixup", "none", "gan(steps=10) + albumentations"]
    with pytest.MonkeyPatch.context() as cache:
        cache.setenv("AUGBENCH_CACHE", str(tmp_path_factory.getbasetemp() / "augbench-cache"))
        digits = load("digits", model_minimum=10)
        found = screened(digits, settings, BREAKING + HARMLESS + others)
    return {one.label: one for one in found}


@pytest.mark.slow
def test_mirrored_and_turned_digits_are_struck_out_and_others_kept(
    digits_screened: dict[str, Screened],
) -> None:
    struck = [label for label, one in digits_screened.items() if one.struck]
    assert struck == [parse(text).label for text in BREAKING]
    worst = digits_screened["any turn"].turned[0]
    assert {worst.source, worst.target} == {"6", "9"}
    assert worst.by == "half turn"
    assert worst.augmented - worst.clean > 0.3
    assert 0 < worst.low < worst.augmented - worst.clean < worst.high
    assert digits_screened["turned"].affinity > 0.85 > digits_screened["mirror"].affinity
    for label in ("mixup", "none", "gan(steps=10) + albumentations"):
        assert not digits_screened[label].judged and np.isnan(digits_screened[label].affinity)


@pytest.mark.slow
def test_pictures_show_training_images_of_the_worst_pair(
    digits: Dataset, digits_screened: dict[str, Screened]
) -> None:
    mirror = digits_screened["mirror"]
    assert mirror.pictures is not None
    assert mirror.pictures.shape[1:] == (2, *digits.shape)
    assert 1 <= len(mirror.pictures) <= 8
    np.testing.assert_array_equal(mirror.pictures[:, 1], mirror.pictures[:, 0, :, ::-1])
    rows = block(digits, 0, Parts(train_size=200)).train
    training = {(digits.images[row].tobytes(), digits.classes[digits.labels[row]]) for row in rows}
    source = mirror.turned[0].source
    assert {(one.tobytes(), source) for one in mirror.pictures[:, 0]} <= training


@pytest.mark.slow
def test_equal_arguments_give_equal_answers_however_many_processes(digits: Dataset) -> None:
    said = [
        screened(digits, Settings(data="digits", train_size=100, epochs=5, jobs=jobs), BREAKING[:1])
        for jobs in (1, 2)
    ]
    one, other = (json.dumps(found[0].to_dict()) for found in said)
    assert one == other and said[0][0].judged


@pytest.mark.slow
@pytest.mark.real_images
def test_mirrored_letters_are_other_letters(letters: Path) -> None:
    settings = Settings(data=str(letters), image_size=(40, 40), epochs=20, jobs=2)
    data = load(str(letters), image_size=(40, 40))
    light = candidate("light", rotation_range=10.0, zoom_range=0.1, width_shift_range=0.05)
    mirror, upside_down, harmless = screened(data, settings, [*BREAKING[:2], light])
    assert mirror.struck and upside_down.struck and not harmless.struck
    names = dict(zip(data.classes, "abcdefghijklmnopqrstuvwxyz", strict=True))
    turned = {names[one.source] + names[one.target] for one in upside_down.turned}
    assert {"bp", "pb", "dq", "qd"} & turned


@pytest.mark.slow
@pytest.mark.real_images
def test_photos_of_clothes_may_be_mirrored(clothing: Path) -> None:
    settings = Settings(data=str(clothing), image_size=(32, 32), epochs=12, jobs=2)
    data = load(str(clothing), image_size=(32, 32))
    photos = "photos=albumentations(spec='photos')"
    assert not any(one.struck for one in screened(data, settings, [BREAKING[0], photos]))


@pytest.mark.parametrize(
    ("policy", "sides"),
    [
        ("albumentations(spec={'horizontal_flip': True})", ["horizontal flip"]),
        ("keras(spec={'vertical_flip': True})", ["vertical flip"]),
        ("albumentations(spec={'rotation_range': 44})", []),
        ("albumentations(spec={'rotation_range': 45})", ["quarter turn"]),
        ("albumentations(spec={'rotation_range': 90})", ["half turn", "quarter turn"]),
        (
            "albumentations(spec={'horizontal_flip': True, 'vertical_flip': True})",
            ["horizontal flip", "vertical flip", "half turn"],
        ),
        ("albumentations(spec='flip') + mixup", ["horizontal flip"]),
        ("mixup", []),
    ],
)
def test_the_most_that_a_spec_does_to_the_side_of_an_image(policy: str, sides: list[str]) -> None:
    assert sides_of(build(parse(policy)), (28, 28, 1)) == sides


def test_an_image_that_is_not_square_is_not_judged_by_a_quarter_turn() -> None:
    policy = build(parse("albumentations(spec={'rotation_range': 90})"))
    assert sides_of(policy, (28, 30, 1)) == ["half turn"]


def test_every_image_is_judged_once_and_by_who_has_not_seen_it(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "data", {"cat": 12, "dog": 9, "one": 1})
    for number in (3, 5):  # equal pixels
        (folder / "cat" / f"{number}.png").write_bytes((folder / "cat" / "0.png").read_bytes())
    data = load(str(folder), image_size=(12, 12))
    settings = Settings(data=str(folder))
    train = block(data, 0, Parts.of(settings)).train
    tasks = fold_tasks(data, settings, ["keras"], [], Size(3, 1000, 1000, 2), 0)
    single = data.classes.index("one")
    judged = np.concatenate([task.rows for task in tasks])
    assert sorted(judged) == [row for row in train if data.labels[row] != single]
    for task in tasks:
        assert not set(data.duplicate_of[task.rows]) & set(data.duplicate_of[task.trained])
        np.testing.assert_array_equal(train[task.places], task.rows[task.drawn])


def test_too_few_images_to_cross_fit_are_not_judged(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "data", {"cat": 3, "dog": 3})
    data = load(str(folder), image_size=(12, 12))
    (one,) = screened(data, Settings(data=str(folder)), ["keras"])
    assert not one.judged and not one.struck


def test_nothing_is_trained_where_no_candidate_can_be_judged(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "data", {"cat": 20, "dog": 20})
    data = load(str(folder), image_size=(12, 12))
    found = screened(data, Settings(data=str(folder)), ["none", "repeat(factor=2)"])
    assert [one.label for one in found] == ["none", "repeat(factor=2)"]
    assert not any(one.judged for one in found)


def test_what_is_found_survives_json() -> None:
    one = Screened("none")
    text = json.dumps(one.to_dict(), allow_nan=False)
    assert np.isnan(Screened.from_dict(json.loads(text)).affinity)


def test_who_asks_needs_no_tensorflow() -> None:
    code = "import sys, augbench.bench.search.screening.screen; print('tensorflow' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
