"""Are the backward maps ImageDataGenerator's, about the centre that its documentation means?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.engines.keras import image_data_generator, parameters
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.geometry import (
    backward_matrices,
    centre,
    corrected_shifts,
    flip2d,
    rotate2d,
    scale2d,
    shear2d,
    translate2d,
)
from augbench.policies.spec.spec import AugmentationSpec
from scipy import ndimage

WORDS = {
    "rotation_range": 90,
    "width_shift_range": 0.3,
    "height_shift_range": 0.3,
    "shear_range": 25,
    "zoom_range": [0.6, 1.5],
}


def drawn_for(shape: tuple[int, int], quirks: str = "none", count: int = 20) -> Draws:
    return draw(AugmentationSpec(**WORDS, quirks=quirks), 1, 0, count, shape)


def test_the_small_matrices_are_what_their_names_say() -> None:
    point = np.array([2.0, 3.0, 1.0])
    np.testing.assert_allclose(translate2d(5, -1) @ point, [7, 2, 1])
    np.testing.assert_allclose(rotate2d(np.pi / 2) @ point, [-3, 2, 1], atol=1e-12)
    np.testing.assert_allclose(scale2d(2, 0.5) @ point, [4, 1.5, 1])
    np.testing.assert_allclose(shear2d(np.pi / 6) @ point, [0.5, 3 * np.sqrt(3) / 2, 1])
    np.testing.assert_allclose(flip2d(True, False, (10, 20)) @ point, [17, 3, 1])
    np.testing.assert_allclose(flip2d(False, True, (10, 20)) @ point, [2, 6, 1])


def test_many_parameters_give_one_matrix_each() -> None:
    angles = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(rotate2d(angles)[1], rotate2d(0.2))
    assert translate2d(angles, 0).shape == (3, 3, 3)


@pytest.mark.parametrize("shape", [(30, 30), (20, 44)])
def test_the_map_is_the_documented_formula_about_the_centre(shape: tuple[int, int]) -> None:
    drawn = drawn_for(shape)
    height, width = shape
    for row, found in enumerate(backward_matrices(drawn, shape)):
        theta, phi = np.deg2rad(drawn.theta[row]), np.deg2rad(drawn.shear[row])
        turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
        lean = np.array([[1, -np.sin(phi)], [0, np.cos(phi)]])
        scale = np.diag([drawn.zx[row], drawn.zy[row]])
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        shift = np.array([drawn.shift_x[row], drawn.shift_y[row]])
        linear = turn @ lean @ scale
        np.testing.assert_allclose(found[:2, :2], linear, atol=1e-12)
        np.testing.assert_allclose(found[:2, 2], middle + turn @ shift - linear @ middle, atol=1e-9)


@pytest.mark.parametrize("quirks", ["none", "keras"])
@pytest.mark.parametrize("shape", [(31, 31), (24, 36)])
def test_scipy_with_the_map_gives_the_picture_of_keras(shape: tuple[int, int], quirks: str) -> None:
    spec = AugmentationSpec(**WORDS, quirks=quirks)
    image = np.random.default_rng(0).uniform(0, 255, (*shape, 1)).astype(np.float32)
    drawn = drawn_for(shape, quirks)
    generator = image_data_generator(spec)
    maps = backward_matrices(drawn, shape, quirks=quirks)
    for given, backward in zip(parameters(drawn, spec, shape), maps, strict=True):
        keras = generator.apply_transform(image, given)
        swapped = backward[:2, :2][::-1, ::-1]  # SciPy counts rows first
        scipy = ndimage.affine_transform(
            image[..., 0], swapped, backward[1::-1, 2], order=1, mode="nearest"
        )
        np.testing.assert_allclose(keras[..., 0], scipy, atol=2e-2)


def test_flips_come_after_the_warp() -> None:
    shape = (20, 30)
    spec = AugmentationSpec(**WORDS, horizontal_flip=True, vertical_flip=True)
    drawn = draw(spec, 0, 0, 50, shape)
    plain, flipped = backward_matrices(drawn, shape), backward_matrices(drawn, shape, flips=True)
    points = np.random.default_rng(0).uniform(0, 20, (50, 3))
    points[:, 2] = 1
    mirrored = points.copy()
    mirrored[drawn.flip_horizontal, 0] = 29 - points[drawn.flip_horizontal, 0]
    mirrored[drawn.flip_vertical, 1] = 19 - points[drawn.flip_vertical, 1]
    np.testing.assert_allclose(
        np.einsum("nij,nj->ni", flipped, points),
        np.einsum("nij,nj->ni", plain, mirrored),
        atol=1e-9,
    )


def test_the_centre_of_the_image_stays_where_there_is_no_shift() -> None:
    shape = (21, 47)
    spec = AugmentationSpec(rotation_range=90, shear_range=20, zoom_range=0.4)
    maps = backward_matrices(draw(spec, 0, 0, 30, shape), shape)
    middle = np.array([*centre(shape), 1.0])
    np.testing.assert_allclose(maps @ middle, np.tile(middle, (30, 1)), atol=1e-9)
    assert centre(shape).tolist() == [23.0, 10.0]
    assert centre(shape, swapped=True).tolist() == [10.0, 23.0]


def test_corrected_shifts_turn_the_wrong_centre_into_the_right_picture() -> None:
    shape = (18, 40)
    drawn = drawn_for(shape)
    x, y = corrected_shifts(drawn, shape)
    shifted = Draws(**{**vars(drawn), "shift_x": x, "shift_y": y})
    np.testing.assert_allclose(
        backward_matrices(shifted, shape, quirks="keras"),
        backward_matrices(drawn, shape),
        atol=1e-9,
    )


def test_square_images_need_no_correction() -> None:
    drawn = drawn_for((25, 25))
    x, y = corrected_shifts(drawn, (25, 25))
    np.testing.assert_array_equal(x, drawn.shift_x)
    np.testing.assert_array_equal(y, drawn.shift_y)
