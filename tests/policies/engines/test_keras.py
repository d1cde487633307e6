"""Is the keras engine ImageDataGenerator itself, with and without its quirks?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.engines.keras import KerasEngine, image_data_generator, parameters
from augbench.policies.spec.draws import draw
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import Refusal
from tests.policies.pictures import batch_of, difference, pictures

WHOLE: dict[str, Any] = {
    "rotation_range": 30,
    "width_shift_range": 0.2,
    "height_shift_range": 0.2,
    "shear_range": 10,
    "zoom_range": 0.2,
    "horizontal_flip": True,
    "channel_shift_range": 15,
    "brightness_range": [0.7, 1.2],
    "fill_mode": "reflect",
}


def test_in_square_images_the_draws_are_handed_over_as_they_are(clothing: Path) -> None:
    spec = AugmentationSpec(**WHOLE)
    images = pictures(clothing, 12, (36, 36, 3))
    drawn = draw(spec, 0, 0, 12, (36, 36))
    from tensorflow.keras.preprocessing.image import ImageDataGenerator

    words = {word: value for word, value in WHOLE.items()}
    generator = ImageDataGenerator(**words)
    expected = [
        generator.apply_transform(
            image.astype(np.float32),
            {
                "theta": drawn.theta[row],
                "tx": drawn.shift_x[row],
                "ty": drawn.shift_y[row],
                "shear": drawn.shear[row],
                "zx": drawn.zx[row],
                "zy": drawn.zy[row],
                "flip_horizontal": drawn.flip_horizontal[row],
                "flip_vertical": drawn.flip_vertical[row],
                "channel_shift_intensity": drawn.channel_shift[row],
                "brightness": drawn.brightness[row],
            },
        )
        for row, image in enumerate(images)
    ]
    made = KerasEngine(spec).change(batch_of(images)).images
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made, np.clip(np.rint(np.stack(expected)), 0, 255))


def test_a_width_shift_moves_columns_as_documented_and_rows_with_the_quirks() -> None:
    ramp = np.tile(np.arange(0, 200, 5, dtype=np.uint8)[None, None, :, None], (6, 30, 1, 1))
    words = {"width_shift_range": [4]}
    documented = KerasEngine(words).change(batch_of(ramp)).images
    assert (np.abs(documented[:, 15, 20, 0].astype(int) - 100) == 20).all()
    quirky = KerasEngine(words, quirks="keras").change(batch_of(ramp)).images
    np.testing.assert_array_equal(quirky, ramp)  # rows moved, and all rows are equal


def test_images_that_are_not_square_turn_about_their_centre(clothing: Path) -> None:
    image = np.zeros((1, 21, 61, 1), np.uint8)
    image[0, 10, 30] = 255  # the centre pixel
    batch = batch_of(image)
    made = KerasEngine({"rotation_range": 90}).change(batch).images
    assert made[0, 10, 30, 0] == 255
    quirky = KerasEngine({"rotation_range": 90}, quirks="keras").change(batch).images
    assert quirky[0, 10, 30, 0] < 255


def test_native_draws_are_random_transform_with_a_seed_of_the_batch(clothing: Path) -> None:
    spec, images = AugmentationSpec(**WHOLE), pictures(clothing, 16, (30, 44, 3))
    batch = batch_of(images)
    np.random.seed(int(batch.replace().rng.integers(2**32)))
    generator = image_data_generator(spec)
    real = [generator.random_transform(image.astype(np.float32)) for image in images]
    expected = np.clip(np.rint(np.stack(real)), 0, 255)
    np.testing.assert_array_equal(KerasEngine(spec, "native").change(batch).images, expected)


def test_native_draws_repeat_and_leave_the_global_generator_alone(clothing: Path) -> None:
    images = pictures(clothing, 16, (30, 44, 3))
    engine = KerasEngine(WHOLE, draws="native")
    np.random.seed(7)
    expected = np.random.random(3)
    np.random.seed(7)
    first = engine.change(batch_of(images)).images
    np.testing.assert_array_equal(np.random.random(3), expected)
    batch = batch_of(images)
    for _ in range(2):  # the same batch object twice, too
        np.testing.assert_array_equal(engine.change(batch).images, first)
    assert difference(first, engine.change(batch_of(images, epoch=1)).images)[1] > 0.3
    assert difference(first, engine.change(batch_of(images, seed=1)).images)[1] > 0.3


def test_threads_get_what_one_thread_gets(clothing: Path) -> None:
    images = pictures(clothing, 16, (30, 44, 3))
    engine = KerasEngine(WHOLE, draws="native")
    batches = [batch_of(images, epoch=epoch) for epoch in range(6)]
    alone = [engine.change(batch).images for batch in batches]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda batch: engine.change(batch).images, batches))
    np.testing.assert_array_equal(found, alone)


def test_descriptions_are_those_of_the_draws_and_absent_where_keras_draws() -> None:
    batch = batch_of(np.zeros((5, 12, 12, 1), np.uint8), first=3)
    drawn = draw(AugmentationSpec(**WHOLE), 0, 0, 8, (12, 12))
    assert KerasEngine(WHOLE).describe(batch) == drawn.captions()[3:]
    assert KerasEngine(WHOLE).describe(batch) == AlbumentationsEngine(WHOLE).describe(batch)
    assert KerasEngine(WHOLE, draws="native").describe(batch) == []


def test_an_empty_batch_stays_empty() -> None:
    batch = batch_of(np.zeros((0, 12, 12, 1), np.uint8))
    assert KerasEngine(WHOLE).change(batch).images.shape == (0, 12, 12, 1)


def test_brightness_of_two_channels_is_refused_with_an_engine_that_can() -> None:
    with pytest.raises(Refusal, match=r"2 channels.*engines that can: albumentations"):
        KerasEngine(WHOLE).check((12, 12, 2), 3)
    KerasEngine(WHOLE).check((12, 12, 1), 3)


def test_parameters_leave_out_the_levels_that_the_spec_does_not_name() -> None:
    spec = AugmentationSpec(rotation_range=3)
    (row,) = parameters(draw(spec, 0, 0, 1, (8, 8)), spec, (8, 8))
    assert "brightness" not in row
    assert "channel_shift_intensity" not in row
