"""Arrays become uint8 images and labels, or an error that names the array and what would do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.data import load
from augbench.bench.data.sources.ranges import as_uint8, span_notes

from augbench.errors import InputError

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (12, 10, 11, 3)).astype(np.uint8)
Y = np.arange(12) % 3


def saved(folder: Path, **arrays: Any) -> str:
    np.savez(folder / "set.npz", **arrays)
    return str(folder / "set.npz")


def test_uint8_images_and_integer_labels_are_taken_as_they_are(tmp_path: Path) -> None:
    dataset = load(saved(tmp_path, x_train=X, y_train=Y, x_test=X[:3], y_test=Y[:3]))
    np.testing.assert_array_equal(dataset.images[:12], X)
    np.testing.assert_array_equal(dataset.labels, [*Y, *Y[:3]])
    assert dataset.classes == ("0", "1", "2")
    assert dataset.paths[0] == "train/0"
    assert dataset.paths[-1] == "test/2"
    assert dataset.split_origins == {"validation": "stratified per seed", "test": "given"}
    assert (dataset.split == [0] * 12 + [2] * 3).all()
    assert dataset.name == "set"


@pytest.mark.parametrize("word", ["validation", "val"])
def test_validation_may_be_called_val(tmp_path: Path, word: str) -> None:
    more = {f"x_{word}": X[:3], f"y_{word}": Y[:3]}
    dataset = load(saved(tmp_path, x_train=X, y_train=Y, **more))
    assert np.bincount(dataset.split).tolist() == [12, 3]


@pytest.mark.parametrize(
    "names",
    [
        ("train_images", "train_labels", "val_images", "val_labels", "test_images", "test_labels"),
        ("X_train", "Y_train", "X_valid", "Y_valid", "X_test", "Y_test"),
        ("images_train", "labels_train", "images_dev", "labels_dev", "images_test", "labels_test"),
        ("train_x", "train_y", "validation_x", "validation_y", "testing_x", "testing_y"),
        ("train_data", "train_targets", "val_data", "val_targets", "test_data", "test_targets"),
    ],
)
def test_other_names_of_arrays_are_read_as_parts_and_told(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    arrays = (X, Y[:, None], X[:5], Y[:5, None], X[:4], Y[:4, None])
    dataset = load(saved(tmp_path, **dict(zip(names, arrays, strict=True)), extra=Y))
    assert np.bincount(dataset.split).tolist() == [12, 5, 4]
    np.testing.assert_array_equal(dataset.images[:12], X)
    text = " | ".join(dataset.warnings)
    assert "arrays that are not read: 'extra'" in text
    if names[0] != "X_train":
        assert f"{names[0]} and {names[1]} as train" in text


def test_a_name_of_labels_that_is_missing_is_spelled_like_that_of_the_images(
    tmp_path: Path,
) -> None:
    with pytest.raises(InputError, match="has test_images but no test_labels"):
        load(saved(tmp_path, train_images=X, train_labels=Y, test_images=X))


@pytest.mark.parametrize("shape", [(12, 10, 11), (12, 10, 11, 1)])
def test_grey_arrays_stay_one_channel(tmp_path: Path, shape: tuple[int, ...]) -> None:
    grey = X[..., 0].reshape(shape)
    dataset = load(saved(tmp_path, x_train=grey, y_train=Y))
    assert dataset.shape == (10, 11, 1)
    np.testing.assert_array_equal(dataset.images[..., 0], X[..., 0])


def test_a_fourth_channel_is_alpha_over_white(tmp_path: Path) -> None:
    rgba = RNG.integers(0, 256, (12, 10, 11, 4)).astype(np.uint8)
    share = rgba[..., 3:] / 255
    expected = rgba[..., :3] * share + 255 * (1 - share)
    dataset = load(saved(tmp_path, x_train=rgba, y_train=Y))
    assert dataset.shape == (10, 11, 3)
    assert np.abs(dataset.images - expected).max() <= 0.5


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (Y[:, None], ("0", "1", "2")),
        (np.eye(3)[Y], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[Y], ("0", "1", "2")),
        (Y.astype(np.float32), ("0", "1", "2")),
        (Y.astype(np.uint8) * 100, ("0", "100", "200")),
        (Y - 1, ("-1", "0", "1")),
        (np.array(["cat", "ant", "bee"])[Y], ("ant", "bee", "cat")),
        (Y == 1, ("0", "1")),
    ],
)
def test_labels_are_numbers_names_columns_or_one_hot_rows(
    tmp_path: Path, labels: np.ndarray, classes: tuple[str, ...]
) -> None:
    dataset = load(saved(tmp_path, x_train=X, y_train=labels))
    assert dataset.classes == classes
    names = np.array(dataset.classes)[dataset.labels]
    if labels.dtype.kind == "U":
        np.testing.assert_array_equal(names, labels)
    elif labels.ndim == 1:
        np.testing.assert_array_equal(names.astype(int), labels)
    else:
        np.testing.assert_array_equal(names.astype(int), Y)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_fractions_are_multiplied_by_255_and_this_is_told(tmp_path: Path, dtype: str) -> None:
    dataset = load(saved(tmp_path, x_train=(X / 255).astype(dtype), y_train=Y))
    np.testing.assert_allclose(dataset.images, X, atol=0.6 if dtype == "float16" else 0)
    assert "set.npz: pixels in 0…1 were multiplied by 255" in dataset.warnings


def test_each_split_is_judged_by_itself_and_a_difference_is_told() -> None:
    fractions, levels = np.full((1, 2, 2), 1.0), np.full((1, 2, 2), 200.0)
    made, notes = as_uint8({"train": fractions, "test": levels}, "x")
    assert (made["train"].max(), made["test"].max()) == (255, 200)
    (note,) = notes
    assert "different ranges, each read by its own: train as 0…1, test as 0…255" in note
    made, notes = as_uint8({"train": X, "test": X / 255}, "x")
    np.testing.assert_array_equal(made["test"], made["train"])
    assert "train as 0…255, test as 0…1" in notes[0]


@pytest.mark.parametrize(
    ("one", "beyond"),
    [(1.0000001, "to 1.00000012"), (1.05, "to 1.0"), (-1e-7, "from -1.0"), (-0.04, "from -0.0")],
)
def test_fractions_a_little_beyond_0_to_1_are_clipped_and_counted(
    tmp_path: Path, one: float, beyond: str
) -> None:
    x = (X / 255).astype(np.float32)
    x[3, 2, 1, 0] = one
    dataset = load(saved(tmp_path, x_train=x, y_train=Y))
    expected = X.copy()
    expected[3, 2, 1, 0] = 255 if one > 0.5 else 0
    np.testing.assert_array_equal(dataset.images, expected)
    text = " | ".join(dataset.warnings)
    assert "pixels in 0…1 were multiplied by 255" in text
    assert "1 of 3,960 values of x_train beyond 0…1" in text and beyond in text


def test_levels_that_filters_overshoot_are_clipped_and_counted() -> None:
    x = X.astype(np.float32)
    x[0, 0, 0], x[0, 0, 1] = 261.5, -4
    made, (note,) = as_uint8({"train": x}, "set")
    assert made["train"][0, 0].max() == 255 and made["train"][0, 0, 1].max() == 0
    np.testing.assert_array_equal(made["train"][1:], X[1:])
    assert "6 of 3,960 values of x_train beyond 0…255 (from -4 to 261.5) were clipped" in note


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X / 255 * 1.3, "reach 1.3; give 0…255, 0…1"),
        (X / 127.5 - 1, "reach down to -1.*(x \\+ 1) / 2"),
        (RNG.normal(0, 1, X.shape), "reach down to -"),
        (X.astype(float) * 257, "reach 65535"),
        (X * 1.2, "reach 306"),
    ],
)
def test_floats_that_are_neither_fractions_nor_levels_are_refused(x: Any, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(x", "\\(x").replace("1)", "1\\)")):
        as_uint8({"train": x}, "set.npz")


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.round(X[..., 0] / 255.0 * 16), "none passes 16 of 255.*times 15.9.*12-bit"),
        ((X[..., 0].astype(np.uint16) * 16), "none passes 16 of 255"),
        (X[..., 0] // 5 + 100, "lie within 100…151 of 0…255.*(x - 100) * 5"),
        (np.zeros(X.shape[:3], bool), "all 0 of 255"),
    ],
)
def test_pixels_that_use_little_of_the_range_are_told_with_how_to_stretch(
    tmp_path: Path, x: np.ndarray, words: str
) -> None:
    text = " | ".join(load(saved(tmp_path, x_train=x, y_train=Y)).warnings)
    assert re.search(re.sub(r"([()*])", r"\\\1", words.replace(".*", "@")).replace("@", ".*"), text)


def test_a_split_that_uses_little_of_the_range_is_named() -> None:
    spans = {"train": (0, 255), "validation": (0, 100), "test": (0, 100)}
    (note,) = span_notes(spans, "set")
    assert note.startswith("set: validation and test pixels: none passes 100 of 255")
    assert "times 2.55" in note
    assert span_notes({"train": (0, 128), "test": (100, 255)}, "set") == []


@pytest.mark.parametrize("dtype", ["int64", "float32", "uint16"])
def test_0_to_255_in_any_number_type_is_rounded_only(tmp_path: Path, dtype: str) -> None:
    dataset = load(saved(tmp_path, x_train=X.astype(dtype), y_train=Y))
    np.testing.assert_array_equal(dataset.images, X)


def test_sixteen_bit_arrays_are_divided_by_257(tmp_path: Path) -> None:
    deep = RNG.integers(0, 65536, X.shape).astype(np.uint16)
    dataset = load(saved(tmp_path, x_train=deep, y_train=Y))
    np.testing.assert_array_equal(dataset.images, np.rint(deep / 257))
    assert "set.npz: 16-bit pixels were divided by 257" in dataset.warnings


def test_truth_values_are_black_and_white(tmp_path: Path) -> None:
    dataset = load(saved(tmp_path, x_train=X > 100, y_train=Y))
    np.testing.assert_array_equal(dataset.images, np.where(X > 100, 255, 0))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": X}, "holds 'images'; it needs x_train and y_train"),
        ({"x_train": X}, "has x_train but no y_train"),
        ({"x_train": X, "y_train": Y[:5]}, "x_train has 12 images but y_train 5 labels"),
        ({"x_train": X[:0], "y_train": Y[:0]}, "x_train is empty"),
        ({"x_train": X.transpose(0, 3, 1, 2), "y_train": Y}, r"x\.transpose\(0, 2, 3, 1\)"),
        ({"x_train": X.reshape(12, -1), "y_train": Y}, "reshape flat rows"),
        ({"x_train": X[..., :2], "y_train": Y}, "C of 1, 3 or 4"),
        ({"x_train": X / 127.5 - 1, "y_train": Y}, "reach down to -1; give 0…255 or 0…1"),
        ({"x_train": X.astype(int) * 9, "y_train": Y}, r"16 bit as uint16; x / 4095 brings 0…4095"),
        ({"x_train": X, "y_train": Y.astype("S1")}, r"y\.astype\(str\) makes names of bytes"),
        ({"x_train": X, "y_train": np.eye(3)[Y] + np.eye(3)[0] * (Y[:, None] > 0)}, "not several"),
        ({"x_train": np.where(X > 250, np.nan, X), "y_train": Y}, "not finite"),
        ({"x_train": X.astype(complex), "y_train": Y}, "dtype complex128"),
        ({"x_train": X, "y_train": Y * 0}, "one class only"),
        ({"x_train": X, "y_train": Y + 0.5}, "not whole numbers"),
        ({"x_train": X, "y_train": np.ones((12, 3))}, "not one-hot"),
        ({"x_train": X, "y_train": Y.reshape(2, 3, 2)[None].repeat(12, 0)}, "shape"),
        (
            {"x_train": X, "y_train": Y, "x_test": X[:1], "y_test": [9]},
            "labels that y_train lacks: 9",
        ),
        ({"x_train": X, "y_train": Y, "x_test": X[:, :5], "y_test": Y}, "differ in shape"),
        (
            {"x_train": X, "y_train": Y, "x_val": X, "y_val": Y, "x_validation": X},
            "both x_val and x_validation",
        ),
        ({"x_train": X, "y_train": np.array([{}] * 12)}, r"y_train\.astype\(str\)"),
        ({"x_train": np.array([{}] * 12), "y_train": Y}, "dtype object"),
    ],
)
def test_arrays_that_cannot_be_meant_are_refused_with_a_reason(
    tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(saved(tmp_path, **arrays))
    assert "\n" not in str(caught.value)
    assert "set.npz" in str(caught.value)


@pytest.mark.parametrize("cut", [0, 30, 3000])
def test_a_damaged_npz_is_an_error(tmp_path: Path, cut: int) -> None:
    file = Path(saved(tmp_path, x_train=X, y_train=Y))
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(InputError, match=r"not an \.npz file"):
        load(str(file))


def test_flipped_bytes_in_an_npz_are_an_error(tmp_path: Path) -> None:
    file = Path(saved(tmp_path, x_train=X, y_train=Y))
    content = bytearray(file.read_bytes())
    content[1000] ^= 255
    file.write_bytes(content)
    with pytest.raises(InputError, match="Bad CRC"):
        load(str(file))


def test_equal_contents_under_another_name_have_the_same_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = load(saved(tmp_path, x_train=X / 255, y_train=Y))
    two = load(saved(tmp_path / "other", x_train=X / 255, y_train=Y))
    three = load(saved(tmp_path, x_train=X / 255, y_train=Y[::-1]))
    assert one.fingerprint == two.fingerprint != three.fingerprint


def test_the_digits_are_scikit_learns_in_0_to_255_enlarged_to_16_px() -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    dataset = load("digits")
    assert dataset.images.shape == (1797, 16, 16, 1)
    np.testing.assert_array_equal(dataset.labels, digits.target)
    assert dataset.classes == tuple("0123456789")
    assert any("8×8 px are enlarged 2 times to 16×16" in text for text in dataset.warnings)
    own = load("digits", image_size=8, model_minimum=1)
    assert np.abs(own.images[..., 0] - digits.images * 255 / 16).max() <= 0.5
    assert own.warnings == ()
