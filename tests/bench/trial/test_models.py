"""What --model names: the tutorials' CNN exactly, a user's own, and keras.applications."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.trial import models

from augbench.errors import InputError

OWN = """
import keras

def build(shape, classes, width=4):
    return keras.Sequential([
        keras.Input(shape), keras.layers.Flatten(),
        keras.layers.Dense(width), keras.layers.Dense(classes, activation="softmax"),
    ])

build.minimum_side = 6
build.expects_raw = True

def free(shape, classes, **options):
    return build(shape, classes, **options)

def wrong_output(shape, classes):
    return build(shape, classes + 1)

def no_model(shape, classes):
    return 7

def broken(shape, classes):
    raise RuntimeError("a message\\nof two lines")

number = 3
"""


@pytest.fixture(autouse=True)
def fresh_names() -> Iterator[None]:
    """Names are looked up once a process; each test looks them up again."""
    models.source.cache_clear()
    yield
    models.source.cache_clear()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the user's in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "own_models.py").write_text(OWN)
    monkeypatch.delitem(sys.modules, "own_models", raising=False)
    importlib.invalidate_caches()
    return "own_models"


def test_the_reference_is_the_cnn_of_the_keras_tutorials() -> None:
    built = models.build("reference", (28, 28, 1), 10)
    kinds = [type(layer).__name__ for layer in built.layers]
    assert kinds == [
        "Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense",
    ]  # fmt: skip
    convolutions = [layer for layer in built.layers if type(layer).__name__ == "Conv2D"]
    assert [(c.filters, c.kernel_size, c.activation.__name__) for c in convolutions] == [
        (32, (3, 3), "relu"), (64, (3, 3), "relu"),
    ]  # fmt: skip
    assert [layer.activation.__name__ for layer in built.layers[-2:]] == ["relu", "softmax"]
    # 28 → 26 → 13 → 11 → 5 px: what `model.summary()` of the tutorials prints
    by_hand = (9 * 1 + 1) * 32 + (9 * 32 + 1) * 64 + (5 * 5 * 64 + 1) * 128 + (128 + 1) * 10
    assert built.count_params() == by_hand == 225_034


def test_small_is_the_reference_at_a_quarter_of_its_width() -> None:
    built = models.build("small", (28, 28, 1), 10)
    by_hand = (9 * 1 + 1) * 8 + (9 * 8 + 1) * 16 + (5 * 5 * 16 + 1) * 32 + (32 + 1) * 10
    assert built.count_params() == by_hand


def test_resnet_has_fourteen_weighted_layers_in_three_resolutions() -> None:
    built = models.build("resnet", (32, 32, 3), 10)
    kinds = [type(layer).__name__ for layer in built.layers]
    convolutions = [layer for layer in built.layers if type(layer).__name__ == "Conv2D"]
    path = [layer for layer in convolutions if layer.kernel_size == (3, 3)]
    assert len(path) + kinds.count("Dense") == 14
    assert {layer.output.shape[1:] for layer in path} == {(32, 32, 16), (16, 16, 32), (8, 8, 64)}
    assert kinds.count("BatchNormalization") == len(convolutions)


@pytest.mark.parametrize("name", ["reference", "small", "resnet"])
def test_every_built_in_works_from_its_least_size_on_with_two_classes(name: str) -> None:
    side = models.source(name).minimum_side
    built = models.build(name, (side, side + 1, 3), 2)
    images = np.random.default_rng(0).random((4, side, side + 1, 3), np.float32)
    probabilities = built.predict_on_batch(images)
    assert probabilities.shape == (4, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert not models.source(name).expects_raw


def test_the_reference_needs_10_px() -> None:
    assert models.source("reference").minimum_side == 10
    with pytest.raises(InputError, match="--model reference cannot be built for images 9×9×1"):
        models.build("reference", (9, 9, 1), 2)


def test_each_build_is_a_fresh_model() -> None:
    one, two = (models.build("small", (12, 12, 1), 2) for _ in range(2))
    assert one is not two
    assert not np.array_equal(one.get_weights()[0], two.get_weights()[0])


def test_names_are_checked_without_importing_keras() -> None:
    code = (
        "import sys\nfrom augbench.bench.trial import models\n"
        "for name in ('reference', 'resnet', 'MobileNetV2', 'VGG16(weights=None)'):\n"
        "    models.source(name).identity()\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("refernce", r"'refernce' is not known \(did you mean 'reference'\?\)"),
        ("mobilenetv2", r"did you mean 'MobileNetV2'"),
        ("small(width=3)", "small takes no options"),
        ("small + resnet", "a single name"),
        ("mine=small", "unexpected"),
        ("small(reseed=1)", "takes no options"),
        ("MobileNetV2(weights='imagenet')", "nothing is downloaded"),
        ("MobileNetV2(weights='/nowhere/w.h5')", "cannot read '/nowhere/w.h5': No such file"),
        ("no_such_module_at_all:build", "no_such_module_at_all cannot be imported"),
        ("small(__import__('os'))", "small"),
    ],
)
def test_a_name_that_cannot_be_meant_is_one_line(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        models.source(name)
    assert "\n" not in str(caught.value)


def test_a_users_function_is_built_with_its_options_and_its_wishes(own: str) -> None:
    model = models.source(f"{own}:build(width=9)")
    assert (model.minimum_side, model.expects_raw, model.options) == (6, True, {"width": 9})
    built = models.build(f"{own}:build(width=9)", (6, 6, 1), 3)
    assert built.count_params() == (36 + 1) * 9 + (9 + 1) * 3
    assert models.build(f"{own}:free(width=2)", (6, 6, 1), 3).count_params() == 37 * 2 + 3 * 3
    assert models.source(f"{own}:wrong_output").minimum_side == 1


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("build(widht=9)", r"has no option 'widht' \(did you mean 'width'\?\); it takes width"),
        ("wrong_output(a=1)", "has no option 'a'.*takes none"),
        ("number", "must be a function"),
        ("bild", r"has no 'bild' \(did you mean 'build'\?\)"),
    ],
)
def test_a_users_function_is_checked_before_anything_runs(
    own: str, what: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        models.source(f"{own}:{what}")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("wrong_output", r"gives \(None, 4\), not \(None, 3\): one probability for each class"),
        ("no_model", r"gives None, not \(None, 3\)"),
        ("broken", "cannot be built for images 6×6×1: RuntimeError: a message of two lines"),
    ],
)
def test_a_function_that_makes_no_classifier_is_one_line(own: str, what: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        models.build(f"{own}:{what}", (6, 6, 1), 3)
    assert "\n" not in str(caught.value)


def test_the_identity_follows_source_and_options_and_is_plain_data(
    own: str, tmp_path: Path
) -> None:
    def identity(name: str) -> str:
        return json.dumps(models.source(name).identity(), sort_keys=True)

    before = identity(f"{own}:build")
    assert identity(f"{own}:build") == before
    assert identity(f"{own}:build(width=9)") != before
    assert identity(f"{own}:free") != before
    (tmp_path / "own_models.py").write_text(OWN + "\nCHANGED = True\n")
    assert identity(f"{own}:build") != before


def test_the_identity_follows_the_weights_files_content(tmp_path: Path) -> None:
    file = tmp_path / "w.weights.h5"
    made = []
    for content in (b"one", b"two", b"one"):
        file.write_bytes(content)
        made.append(models.source(f"MobileNetV2(weights='{file}')").identity())
    assert made[0] == made[2] != made[1]


def test_the_names_and_least_sizes_of_keras_applications_are_keras_own() -> None:
    import keras

    own = {
        name: maker
        for name, maker in vars(keras.applications).items()
        if inspect.isfunction(maker) and name[0].isupper()
    }
    assert set(models.application_names()) == set(own)
    for name, maker in own.items():
        module = sys.modules[inspect.unwrap(maker).__module__]
        # ResNetV2 takes ResNet's; MobileNetV3 states it in words
        (least,) = set(re.findall(r"min_size=(\d+)", inspect.getsource(module))) or {"32"}
        assert models.source(name).minimum_side == int(least), name


def with_lively_head(built: Any, prepared: np.ndarray) -> np.ndarray:
    """Scale the last layer so that answers differ; return the answers to prepared images."""
    import keras

    base = next(layer for layer in built.layers if isinstance(layer, keras.Model))
    features = np.asarray(base(prepared, training=False))
    features_spread = features.std(axis=0).max()
    head = built.layers[-1]
    kernel = np.random.default_rng(1).normal(size=head.kernel.shape) / features_spread
    head.set_weights([kernel, -(features.mean(axis=0) @ kernel)])
    return np.asarray(head(features))


@pytest.mark.parametrize(
    ("name", "folder"),
    [("MobileNetV2(alpha=0.35)", "mobilenet_v2"), ("VGG16", "vgg16")],
)
def test_an_application_gets_its_own_preprocessing_of_raw_images(name: str, folder: str) -> None:
    import keras

    keras.utils.set_random_seed(0)
    built = models.build(name, (32, 32, 3), 4)
    assert models.source(name).expects_raw
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.float32)
    prepared = getattr(keras.applications, folder).preprocess_input(images.copy())
    expected = with_lively_head(built, prepared)
    assert np.abs(expected[0] - expected[1]).max() > 0.05
    np.testing.assert_allclose(built.predict_on_batch(images), expected, atol=1e-3)
    assert np.abs(built.predict_on_batch(prepared) - expected).max() > 0.05


def test_grey_images_are_shown_to_an_application_as_three_equal_channels() -> None:
    import keras

    keras.utils.set_random_seed(0)
    built = models.build("MobileNetV2(alpha=0.35)", (32, 40, 1), 4)
    grey = np.random.default_rng(0).integers(0, 256, (3, 32, 40, 1)).astype(np.float32)
    expected = with_lively_head(built, np.repeat(grey, 3, axis=3) / 127.5 - 1)
    np.testing.assert_allclose(built.predict_on_batch(grey), expected, atol=1e-3)


@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_an_applications_weights_come_from_a_file(tmp_path: Path) -> None:
    import keras

    def without_top(seed: int) -> Any:
        keras.utils.set_random_seed(seed)
        return keras.applications.MobileNetV2(
            (32, 32, 3), alpha=0.35, weights=None, include_top=False
        )

    saved = without_top(1)
    file = tmp_path / "saved.weights.h5"
    saved.save_weights(file)
    built = models.build(f"MobileNetV2(alpha=0.35, weights='{file}')", (32, 32, 3), 4)
    base = next(layer for layer in built.layers if isinstance(layer, keras.Model))
    for one, other in zip(base.get_weights(), saved.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(InputError, match=r"cannot be built for images 32×32×3"):
        models.build(f"MobileNetV2(alpha=0.5, weights='{file}')", (32, 32, 3), 4)


def test_an_option_that_an_application_lacks_is_one_line() -> None:
    with pytest.raises(InputError, match="alhpa") as caught:
        models.source("MobileNetV2(alhpa=0.35)")
        models.build("MobileNetV2(alhpa=0.35)", (32, 32, 3), 4)
    assert "\n" not in str(caught.value)
