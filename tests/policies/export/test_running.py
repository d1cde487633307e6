"""Do exported scripts run without augbench, and do their augmentations draw what the spec says?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies.base import Batch
from augbench.policies.export import TARGETS, export_code, plan_of
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.spec.draws import draw
from augbench.policies.spec.geometry import backward_matrices
from augbench.policies.spec.presets import preset
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.spec.standardize import Standardizer
from scipy import stats

from tests.policies.export.running import Job, class_folders, dots, movement, points, run, seen

pytestmark = pytest.mark.slow

SQUARE, OBLONG, SMALL = (72, 72), (60, 90), (20, 30)
COUNT = 400
PRESETS = ("tutorial", "photos", "digits")
CHOSEN = "gan(steps=9) + {engine} + randaugment(n=2) + mixup(alpha=0.3) + cutmix(alpha=2.0, p=0.5)"
SHIFTS = {"width_shift_range": 0.2, "height_shift_range": 0.1}
SAMPLEWISE: dict[str, dict[str, Any]] = {
    "albumentations": {"samplewise_center": True, "samplewise_std_normalization": True},
    "keras-layers": {"samplewise_center": True, "rescale": None},
}
FITTED = {"featurewise_center": True, "featurewise_std_normalization": True}
#: policies that change how images look -> as typed
LOOKS = {
    "colorjitter": "colorjitter(hue=0.1, saturation=0.5)",
    "gaussiannoise": "gaussiannoise(std=0.1)",
    "gaussianblur": "gaussianblur(sigma=1.0, p=0.6)",
    "randomerasing": "randomerasing(p=0.6, scale=(0.05, 0.25), fill=0)",
}
#: largest distance of two distribution functions that is taken for the nearest that can be said
NEAR = 0.14

Made = dict[tuple[str, str], dict[str, np.ndarray]]


def size_of(target: str, spec: str) -> tuple[int, int]:
    """Keras turns about the wrong point unless images are square."""
    return SQUARE if target == "keras" and spec in PRESETS else OBLONG


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return class_folders(tmp_path_factory.mktemp("photos") / "train", OBLONG)


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What came of all scripts, by target and by what was exported."""
    here = tmp_path_factory.mktemp("scripts")
    pictures: dict[tuple[int, int], dict[str, str]] = {}
    for size in (SQUARE, OBLONG):
        files = {"dots": dots(size, COUNT), "grey": np.full((COUNT, 8, 8, 3), 127, np.uint8)}
        pictures[size] = {}
        for name, images in files.items():
            pictures[size][name] = str(here / f"{name}-{size[0]}.npy")
            np.save(pictures[size][name], images)
    jobs: dict[tuple[str, str], Job] = {}

    def add(target: str, name: str, plan: Any, fits: bool, shown: dict[str, str]) -> None:
        script = here / f"train-{target}-{name}.py"
        script.write_text(export_code(plan, target), encoding="utf-8")
        jobs[target, name] = Job(
            str(script), target, str(here / f"{target}-{name}.npz"), shown, fits
        )

    training: dict[str, Any] = {"data": str(folder), "batch_size": 4, "epochs": 1}
    for target in TARGETS:
        for name in (*PRESETS, "shifts"):
            size = size_of(target, name)
            plan = plan_of(spec=SHIFTS if name == "shifts" else name, image_size=size, **training)
            add(target, name, plan, (target, name) == ("keras", "shifts"), pictures[size])
        policy = parse(CHOSEN.format(engine=target))
        add(target, "chosen", plan_of(policy, FITTED, image_size=SMALL, **training), True, {})
    words = {**FITTED, "rescale": 0.01, "rotation_range": 5}
    plan = plan_of(spec=words, image_size=SMALL, **training)
    add("keras", "fitted", plan, False, {})
    for target, words in SAMPLEWISE.items():
        add(target, "samplewise", plan_of(spec=words, image_size=SMALL, **training), False, {})
    shown = {}
    for name, images in shown_to_looks().items():
        shown[name] = str(here / f"{name}.npy")
        np.save(shown[name], images)
    for target in ("albumentations", "keras-layers"):
        for name, policy in LOOKS.items():
            plan = plan_of(parse(policy), image_size=SMALL, **training)
            add(target, name, plan, False, {name: shown[name]})
    plan = plan_of(parse(" + ".join(LOOKS.values())), image_size=SMALL, **training)
    add("keras", "looks", plan, True, {})
    run(list(jobs.values()))
    return {key: dict(np.load(job.made)) for key, job in jobs.items()}


def shown_to_looks() -> dict[str, np.ndarray]:
    """Return one image a policy of `LOOKS`, often: of one colour, grey, a white point, white."""
    images = {name: np.zeros((COUNT, 33, 33, 3), np.uint8) for name in LOOKS}
    images["colorjitter"][:] = (150, 90, 60)
    images["gaussiannoise"][:] = 127
    images["gaussianblur"][:, 16, 16] = 255
    images["randomerasing"][:] = 255
    return images


def look(name: str, images: np.ndarray) -> np.ndarray:
    """Return the one figure of each image that a policy of `LOOKS` is about."""
    images = images.astype(float)
    if name == "gaussiannoise":
        return images.std(axis=(1, 2, 3))
    if name == "gaussianblur":
        return images[:, 16, 16, 0]
    if name == "randomerasing":
        return (images == 0).mean(axis=(1, 2, 3))
    return images[:, 0, 0, 1] - images[:, 0, 0, 2]  # green against blue: the hue


def by_the_policy(name: str) -> np.ndarray:
    images, rows = shown_to_looks()[name], np.arange(COUNT)
    batch = Batch(images, np.zeros((COUNT, 2), np.float32), rows, 3, 0, 0)
    return look(name, build(parse(LOOKS[name]), AugmentationSpec()).change(batch).images)


def expected(spec: AugmentationSpec, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """What the policy's own draws do to the dots."""
    table = draw(spec, seed=3, epoch=0, count=4000, shape=shape)
    forward = np.linalg.inv(backward_matrices(table, shape, flips=True))
    start = np.column_stack([points(shape), np.ones(3)])
    return movement(np.einsum("nij,pj->npi", forward, start)[..., :2], shape)


def spec_of(name: str) -> AugmentationSpec:
    return AugmentationSpec(**SHIFTS) if name == "shifts" else preset(name)


@pytest.mark.parametrize("name", [*PRESETS, "shifts"])
def test_image_data_generator_draws_what_the_spec_says(made: Made, name: str) -> None:
    images = made["keras", name]["dots"]
    found, wanted = seen(images), expected(spec_of(name), images.shape[1:3])
    for what in found:
        if np.ptp(wanted[what]) > 1e-6:
            assert stats.ks_2samp(found[what], wanted[what]).pvalue > 1e-3, what


@pytest.mark.parametrize("target", ["albumentations", "keras-layers"])
@pytest.mark.parametrize("name", [*PRESETS, "shifts"])
def test_other_libraries_draw_nearly_what_the_spec_says(made: Made, target: str, name: str) -> None:
    images = made[target, name]["dots"]
    found, wanted = seen(images), expected(spec_of(name), images.shape[1:3])
    if target == "keras-layers" and name == "digits":  # it leans about the corner
        del found["shift_x"]
    for what in found:
        if np.ptp(wanted[what]) > 1e-6:
            assert stats.ks_2samp(found[what], wanted[what]).statistic < NEAR, what


@pytest.mark.parametrize("target", TARGETS)
def test_brightness_of_a_middle_grey_is_that_of_the_spec(made: Made, target: str) -> None:
    levels = made[target, "photos"]["grey"].astype(float).mean(axis=(1, 2, 3))
    wanted = 127 * np.random.default_rng(0).uniform(0.8, 1.2, 4000)
    assert stats.ks_2samp(levels, wanted).statistic < 0.1


@pytest.mark.parametrize("target", TARGETS)
def test_flips_are_half_of_the_images_and_no_more(made: Made, target: str) -> None:
    assert abs(seen(made[target, "photos"]["dots"])["mirrored"].mean() - 0.5) < 0.1
    assert not seen(made[target, "digits"]["dots"])["mirrored"].any()


@pytest.mark.parametrize("name", LOOKS)
def test_albumentations_changes_looks_nearly_as_the_policy_does(made: Made, name: str) -> None:
    found = look(name, made["albumentations", name][name])
    assert stats.ks_2samp(found, by_the_policy(name)).statistic < NEAR


def test_layers_change_looks_as_far_as_their_comments_say(made: Made) -> None:
    found = {name: look(name, made["keras-layers", name][name]) for name in LOOKS}
    wanted = {name: by_the_policy(name) for name in LOOKS}
    assert stats.ks_2samp(found["colorjitter"], wanted["colorjitter"]).statistic < NEAR
    for of in (found, wanted):  # as much variance in all, and what was erased in all
        assert np.mean(of["gaussiannoise"] ** 2) == pytest.approx(25.5**2 / 3, rel=0.15)
        assert np.mean(of["randomerasing"]) == pytest.approx(0.6 * 0.15, rel=0.2)
        assert np.mean(of["randomerasing"] > 0) == pytest.approx(0.6, abs=0.08)
    # Keras draws one width for all: some images are sharp, the others all alike
    sharp = found["gaussianblur"] > 254.5
    assert np.mean(sharp) == pytest.approx(0.4, abs=0.08)
    assert np.ptp(found["gaussianblur"][~sharp]) < 1e-3


def test_image_data_generator_is_followed_by_layers_that_change_looks(
    made: Made, folder: Path
) -> None:
    of = made["keras", "looks"]
    assert of["training"].shape == (16, *SMALL, 3) and of["validation"].shape == (4, *SMALL, 3)
    assert np.ptp(of["training"]) > 1  # a model that standardizes gets 0..255
    assert (of["training"] == 0).mean() > 0.01  # what was erased
    assert (of["validation"] == 0).mean() < 0.01


@pytest.mark.parametrize("target", TARGETS)
def test_validation_images_are_files_as_they_are_and_training_images_are_not(
    made: Made, target: str, folder: Path
) -> None:
    from PIL import Image

    files = [np.asarray(Image.open(file), np.float32) for file in sorted(folder.rglob("*.png"))]
    scale = 1 / 255 if target == "keras" else 1
    of = made[target, "shifts"]
    assert len(of["training"]) == 16 and len(of["validation"]) == 4
    assert of["validation_labels"].sum(axis=0).tolist() == [2, 2] or target == "keras-layers"
    for image in of["validation"]:
        assert min(np.abs(image - file * scale).max() for file in files) < 1e-4
    for image in of["training"]:
        assert min(np.abs(image - file * scale).max() for file in files) > 2 * scale


@pytest.mark.parametrize("target", TARGETS)
def test_mixed_labels_are_shares_of_training_images_alone(made: Made, target: str) -> None:
    of = made[target, "chosen"]
    shares = of["training_labels"]
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert ((shares > 0.001) & (shares < 0.999)).any()
    assert set(np.unique(of["validation_labels"])) == {0, 1}


@pytest.mark.parametrize(
    ("target", "name"), [("keras", "fitted"), *((target, "chosen") for target in TARGETS)]
)
def test_featurewise_words_are_fitted_on_rescaled_training_images(
    made: Made, target: str, name: str
) -> None:
    """Validation images then have nearly mean 0 and deviation 1 in each channel."""
    standardized = made[target, name]["standardized"]
    assert np.abs(standardized.mean(axis=(0, 1, 2))).max() < 0.6
    assert np.abs(standardized.std(axis=(0, 1, 2)) - 1).max() < 0.35


@pytest.mark.parametrize("target", SAMPLEWISE)
def test_samplewise_words_are_those_of_standardizing(made: Made, target: str) -> None:
    images = np.rint(made[target, "samplewise"]["validation"]).astype(np.uint8)
    spec = AugmentationSpec(**SAMPLEWISE[target])
    wanted = Standardizer.fit(spec, images)(images)
    near = 0.6 if target == "keras-layers" else 1e-4  # Keras resizes to fractions of a level
    np.testing.assert_allclose(made[target, "samplewise"]["standardized"], wanted, atol=near)
