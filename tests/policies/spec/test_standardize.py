"""The last step on the way to the model, against ImageDataGenerator's own."""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.spec.standardize import Standardizer

from augbench.errors import InputError

WORDS = [
    {},
    {"rescale": 1 / 127.5},
    {"featurewise_center": True},
    {"featurewise_std_normalization": True},
    {"samplewise_center": True},
    {"samplewise_std_normalization": True},
    {"zca_whitening": True},
    {"zca_whitening": True, "zca_epsilon": 0.1},
    {"preprocessing_function": np.flip},
]


def photos(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 6, 5, 3)).astype(np.uint8)


def keras(spec: AugmentationSpec, train: np.ndarray, images: np.ndarray) -> np.ndarray:
    """What IDG makes of images when its fit sees them as they arrive at that step."""
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    words = spec.to_idg_kwargs()
    factor = np.float32(words.pop("rescale", 1))
    own = words.pop("preprocessing_function", lambda image: image)
    generator = ImageDataGenerator(**words)
    generator.fit(np.stack([own(one.astype(np.float32)) for one in train]) * factor)
    return np.stack([generator.standardize(own(one.astype(np.float32)) * factor) for one in images])


@pytest.mark.parametrize("words", WORDS, ids=lambda words: str(words)[:40])
@pytest.mark.parametrize("count", [40, 200], ids=["fewer images than values", "more"])
def test_standardizing_is_that_of_image_data_generator(words: dict, count: int) -> None:
    spec = AugmentationSpec(**words)
    train, new = photos(count), photos(count + 7)[-7:]
    found = Standardizer.fit(spec, train)(new)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, keras(spec, train, new), atol=3e-5)


def test_whitened_training_images_have_the_identity_as_covariance() -> None:
    train = photos(5000)
    white = Standardizer.fit(AugmentationSpec(zca_whitening=True), train)(train)
    flat = white.reshape(len(white), -1).astype(np.float64)
    np.testing.assert_allclose(flat.T @ flat / len(flat), np.eye(flat.shape[1]), atol=1e-3)


def test_statistics_come_from_the_training_images_alone() -> None:
    spec = AugmentationSpec(featurewise_center=True)
    fitted = Standardizer.fit(spec, photos(50))
    before = fitted(photos(50))
    fitted(np.zeros((9, 6, 5, 3), np.uint8))
    np.testing.assert_array_equal(fitted(photos(50)), before)
    assert abs(before.mean()) < 1e-6


def test_the_images_are_left_as_they_were() -> None:
    images = photos(3)
    kept = images.copy()
    Standardizer.fit(AugmentationSpec(samplewise_std_normalization=True), images)(images)
    np.testing.assert_array_equal(images, kept)


def test_a_model_with_its_own_preprocessing_sees_grey_levels() -> None:
    images = photos(3)
    raw = Standardizer.fit(AugmentationSpec(), images, rescale=1.0)(images)
    np.testing.assert_array_equal(raw, images.astype(np.float32))


def test_zca_of_large_images_is_refused_with_the_memory_it_would_need() -> None:
    with pytest.raises(InputError, match=r"128×128×3 would need 58 GB"):
        Standardizer.fit(AugmentationSpec(zca_whitening=True), np.zeros((1, 128, 128, 3), np.uint8))
