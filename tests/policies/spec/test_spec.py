"""Is a spec ImageDataGenerator's words and their documented meaning, and no more than data?"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import platform
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
import yaml
from augbench.policies import code_identity
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.presets import PRESETS
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import AugbenchWarning, InputError

EVERYTHING: dict[str, Any] = {
    "rotation_range": 20.0,
    "width_shift_range": 0.1,
    "height_shift_range": [1, 4],
    "brightness_range": [0.8, 1.2],
    "shear_range": 5.0,
    "zoom_range": [0.9, 1.2],
    "channel_shift_range": 10.0,
    "fill_mode": "grid-constant",
    "cval": 12.0,
    "horizontal_flip": True,
    "vertical_flip": True,
    "rescale": 0.5,
    "samplewise_center": True,
    "interpolation_order": 3,
    "quirks": "keras",
}


def test_every_word_of_keras_is_a_word_here_with_its_default() -> None:
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    signature = inspect.signature(ImageDataGenerator.__init__).parameters
    theirs = {name: p.default for name, p in signature.items() if name != "self"}
    ours = {name: field.default for name, field in AugmentationSpec.model_fields.items()}
    assert set(ours) - set(theirs) == set(AugmentationSpec.words_beyond_keras())
    assert set(theirs) <= set(ours)
    differing = {word for word in theirs if ours[word] != theirs[word]}
    assert differing == {"rescale"}
    assert ours["rescale"] == 1 / 255


@pytest.mark.parametrize(
    ("word", "value", "expected"),
    [
        ("rotation_range", 20, 20.0),
        ("rotation_range", np.float32(20), 20.0),
        ("width_shift_range", 0.1, 0.1),
        ("width_shift_range", 2, 2),
        ("width_shift_range", 2.0, 2.0),
        ("width_shift_range", [-3, 3], (-3, 3)),
        ("width_shift_range", np.array([1, 2]), (1, 2)),
        ("zoom_range", 0.2, 0.2),
        ("zoom_range", [0.5, 0.9], (0.5, 0.9)),
        ("zoom_range", (0.5, 1.9), (0.5, 1.9)),
        ("brightness_range", (0.5, 1.5), (0.5, 1.5)),
        ("brightness_range", None, None),
        ("rescale", 0, None),
        ("rescale", None, None),
        ("rescale", 1 / 127.5, 1 / 127.5),
        ("data_format", "channels_last", "channels_last"),
        ("validation_split", None, 0.0),
        ("dtype", np.float32, "float32"),
        ("fill_mode", "grid-wrap", "grid-wrap"),
    ],
)
def test_each_form_of_a_value_is_taken(word: str, value: Any, expected: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AugbenchWarning)
        found = getattr(AugmentationSpec(**{word: value}), word)
    assert found == expected
    assert type(found) is type(expected)  # 2 and 2.0 mean different shifts


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"rotation_rnage": 3}, "rotation_rnage.*did you mean 'rotation_range'"),
        ({"width_shift": 3}, "width_shift_range"),
        ({"hflip": True}, "hflip"),
        ({"rotation_range": -3}, "rotation_range must be 0 or more degrees"),
        ({"rotation_range": "20"}, "must be a number, not '20'"),
        ({"zoom_range": [0.8, 10**400]}, "zoom_range must be a number that an image"),
        ({"rotation_range": 1e300}, "rotation_range must be a number that an image"),
        ({"width_shift_range": [1, 10**7]}, "width_shift_range must be a number that an image"),
        ({"brightness_range": [0, 1e300]}, "brightness_range must be a number that an image"),
        ({"rescale": "1./255"}, "write 0.003921568627, without quotes"),
        ({"rescale": "1/0"}, "must be a number, not '1/0'"),
        ({"target_size": [150, 150]}, "an option of a run: give --image-size"),
        ({"rotation_range": True}, "must be a number, not True"),
        ({"rotation_range": float("nan")}, "finite"),
        ({"width_shift_range": -0.1}, "width_shift_range must be 0 or more"),
        ({"width_shift_range": []}, "at least one"),
        ({"zoom_range": [1, 2, 3]}, "zoom_range must be a number z"),
        ({"zoom_range": [1.2, 0.8]}, "lower value first"),
        ({"zoom_range": -0.1}, "zoom_range must be 0 or more"),
        ({"brightness_range": 0.2}, "brightness_range must be a pair"),
        ({"brightness_range": [-1, 1]}, "factors from 0"),
        ({"fill_mode": "nearst"}, "did you mean 'nearest'"),
        ({"cval": 300}, "0 to 255"),
        ({"interpolation_order": 7}, "0 to 5"),
        ({"interpolation_order": 1.5}, "0 to 5"),
        ({"data_format": "channels_first"}, "channels_last"),
        ({"validation_split": 0.2}, "stratified split"),
        ({"dtype": "float16"}, "float32"),
        ({"dtype": "banana"}, "float32"),
        ({"preprocessing_function": "my:function"}, "Python function"),
        ({"horizontal_flip": "maybe"}, "horizontal_flip"),
        ({"quirks": "tensorflow"}, "quirks"),
        ({"rotation_range": -1, "cval": 999}, "rotation_range.*; cval"),
    ],
)
def test_an_impossible_word_is_refused_in_one_line(words: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as told:
        AugmentationSpec(**words)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("suffix", [".toml", ".yaml", ".yml", ".json"])
def test_files_of_every_kind_mean_the_same(tmp_path: Path, suffix: str) -> None:
    write = {".toml": tomli_w.dumps, ".json": json.dumps}.get(suffix, yaml.safe_dump)
    path = tmp_path / f"spec{suffix}"
    path.write_text(write(EVERYTHING), encoding="utf-8")
    assert load_spec(path) == load_spec(str(path)) == AugmentationSpec(**EVERYTHING)
    assert load_spec(path).hash() == AugmentationSpec(**EVERYTHING).hash()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "rotation_range = ", "a.toml is not valid toml"),
        ("a.json", "{", "a.json is not valid json"),
        ("a.yaml", "a: [", "a.yaml is not valid yaml"),
        ("a.yaml", "!!python/object/apply:os.system ['touch hacked']", "python/object"),
        ("a.yaml", "- 3", r"table of words, such as rotation_range, not \[3\]"),
        ("a.toml", "rotation_rang = 3", "a.toml.*did you mean 'rotation_range'"),
        ("a.toml", "cval = 1000", "a.toml.*cval"),
        ("a.toml", "[rotation_range]\nx = 3", "rotation_range must be a number"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    with pytest.raises(InputError, match=said) as told:
        load_spec(name)
    assert "\n" not in str(told.value)
    assert not Path("hacked").exists()


def test_an_absent_file_or_preset_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_spec(tmp_path / "nothing.toml")
    with pytest.raises(InputError, match="did you mean 'photos'"):
        load_spec("photo")


def test_an_empty_file_is_the_spec_that_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    assert load_spec(tmp_path / "a.yaml") == AugmentationSpec()


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(Exception, match="frozen"):
        AugmentationSpec().cval = 3.0  # type: ignore[misc]


@pytest.mark.parametrize("words", [{}, EVERYTHING, {"rescale": None}], ids=["none", "all", "null"])
def test_the_words_of_a_spec_make_it_again(words: dict[str, Any]) -> None:
    spec = AugmentationSpec(**words)
    plain = tomli_w.dumps(spec.to_dict())
    assert load_spec(spec.to_dict()) == spec
    assert json.loads(json.dumps(spec.to_dict())) == spec.to_dict()
    assert ("rotation_range" in plain) == ("rotation_range" in words)


def test_the_hash_names_the_meaning_and_not_the_writing() -> None:
    assert AugmentationSpec(cval=0).hash() == AugmentationSpec().hash()
    assert AugmentationSpec(rotation_range=3).hash() == load_spec({"rotation_range": 3.0}).hash()
    assert (
        AugmentationSpec(width_shift_range=2).hash() != load_spec({"width_shift_range": 2.0}).hash()
    )
    others = {word: value for word, value in EVERYTHING.items() if word != "cval"}
    hashes = {load_spec({word: value}).hash() for word, value in others.items()}
    assert len(hashes) == len(others)


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module of the user's beside the script that runs, with a function in it."""
    (tmp_path / "my_pixels.py").write_text("def halved(image):\n    return image / 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("my_pixels")
    del sys.modules["my_pixels"]


def test_a_function_travels_by_its_name_and_comes_back_as_itself(own_module: Any) -> None:
    spec = AugmentationSpec(preprocessing_function=own_module.halved)
    words = json.loads(json.dumps(spec.to_dict()))
    assert words == {"preprocessing_function": "my_pixels:halved"}
    assert load_spec(words).preprocessing_function is own_module.halved
    assert load_spec(words) == spec and load_spec(words).hash() == spec.hash()


def test_the_hash_sees_inside_the_module_of_a_function(own_module: Any) -> None:
    spec = AugmentationSpec(preprocessing_function=own_module.halved)
    before = spec.hash()
    assert before != AugmentationSpec().hash()
    source = Path(own_module.__file__)
    for text, same in (
        ("def halved(image):\n    return image / 2  # a comment\n", True),
        ("HALF = 3\n\n\ndef halved(image):\n    return image / 2\n", False),
    ):
        source.write_text(text)
        assert (spec.hash() == before) == same


def test_of_an_installed_package_the_version_counts() -> None:
    assert code_identity.package_identity("numpy.linalg") == f"numpy {np.__version__}"
    assert code_identity.package_identity("json") == f"Python {platform.python_version()}"


def in_this_module(image: np.ndarray) -> np.ndarray:
    return image


def test_a_function_that_no_other_process_can_import_is_refused_at_once_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def inside(image: np.ndarray) -> np.ndarray:
        return image

    def refused(function: Any) -> str:
        with pytest.raises(InputError, match="preprocessing_function must be") as told:
            AugmentationSpec(preprocessing_function=function)
        assert "\n" not in str(told.value)
        return str(told.value)

    assert "a lambda has no name" in refused(lambda image: image)
    assert "inside is defined inside a function" in refused(inside)
    assert "a partial has no name" in refused(functools.partial(np.sqrt))
    assert "'my:function': the module my cannot be imported" in refused("my:function")
    assert "numpy has no 'sqr'" in refused("numpy:sqr")
    assert "not 'numpy:pi'" in refused("numpy:pi")
    monkeypatch.setattr(in_this_module, "__module__", "__main__")
    assert "in the script or notebook itself" in refused(in_this_module)


def test_a_file_names_no_function_and_the_error_says_who_may(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("preprocessing_function = 'numpy:sqrt'\n")
    with pytest.raises(InputError, match=r"a\.toml: preprocessing_function is set from Python"):
        load_spec(path)
    path.with_suffix(".json").write_text('{"preprocessing_function": null}')
    assert load_spec(path.with_suffix(".json")) == AugmentationSpec()


FORMS: list[dict[str, Any]] = [
    EVERYTHING,
    {"width_shift_range": 3, "zoom_range": 0.4},
    {"featurewise_std_normalization": True},
    {"samplewise_std_normalization": True},
    {"zca_whitening": True, "featurewise_std_normalization": True},
    {"rescale": None},
    *PRESETS.values(),
]


@pytest.mark.parametrize("words", FORMS, ids=lambda words: ",".join(words) or "none")
def test_keras_takes_every_spec_without_a_warning(words: dict[str, Any]) -> None:
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AugbenchWarning)
        spec = AugmentationSpec(**words)
    given = spec.to_idg_kwargs()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generator = ImageDataGenerator(**given)
    assert generator.rescale == spec.rescale
    assert tuple(generator.zoom_range) == pytest.approx(spec.zoom)
    assert generator.rotation_range == spec.rotation_range
    assert generator.featurewise_center == (
        spec.featurewise_center or spec.featurewise_std_normalization or spec.zca_whitening
    )


def test_what_a_spec_does_is_told_by_its_properties() -> None:
    assert not AugmentationSpec(horizontal_flip=True).affine
    assert AugmentationSpec(width_shift_range=[0, 2]).affine
    assert not AugmentationSpec().needs_standardizing
    assert AugmentationSpec(zca_whitening=True).needs_standardizing


def test_load_spec_takes_presets_words_specs_and_nothing() -> None:
    spec = AugmentationSpec(rotation_range=3)
    assert load_spec(spec) is spec
    assert load_spec({"rotation_range": 3}) == spec
    assert load_spec(None) == load_spec("light")
