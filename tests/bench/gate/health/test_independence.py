"""Are transforms that share a stream found, and honest ones left alone whatever their order?"""

from __future__ import annotations

from typing import Any

import albumentations as A
import cv2
import numpy as np
import pytest
from augbench.bench.gate.rendering.cards import cards, drawn_pictures

from tests.bench.gate.health.asking import health, kinds, told


def turned(images: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    height, width = images.shape[1:3]
    middle = ((width - 1) / 2, (height - 1) / 2)
    maps = [cv2.getRotationMatrix2D(middle, float(by), 1.0) for by in degrees]
    return np.stack(
        [
            cv2.warpAffine(image, by, (width, height), borderMode=cv2.BORDER_REPLICATE)
            for image, by in zip(images, maps, strict=True)
        ]
    )


def darkened(images: np.ndarray, factor: np.ndarray) -> np.ndarray:
    return np.rint(images * factor[:, None, None, None]).astype(np.uint8)


def one_draw_for_two(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    u = rng.random(len(images))
    return darkened(turned(images, 30 * u - 15), 0.6 + 0.4 * u), labels


def two_draws(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    u, v = rng.random((2, len(images)))
    return darkened(turned(images, 30 * u - 15), 0.6 + 0.4 * v), labels


def flips(images: np.ndarray, across: np.ndarray, down: np.ndarray) -> np.ndarray:
    out = images.copy()
    out[across] = out[across, :, ::-1]
    out[down] = out[down, ::-1]
    return out


def test_one_number_for_two_transforms_is_a_fault() -> None:
    check = health(one_draw_for_two)
    assert (check.verdict, kinds(check)) == ("fault", ["shared-stream"])
    assert set(check.findings[0].figures["pair"]) == {"theta", "scale"}
    assert "turns" in told(check)
    assert "rank correlation" in told(check)
    assert health(two_draws).verdict == "healthy"


def test_a_matched_spec_whose_words_share_a_number_is_a_fault() -> None:
    from dataclasses import replace

    from augbench.policies.engines.albumentations import AlbumentationsEngine
    from augbench.policies.spec.draws import Draws

    class Sharing(AlbumentationsEngine):
        def prepare(self, drawn: Draws, shape: tuple[int, int]) -> Any:
            return super().prepare(replace(drawn, zx=1 + drawn.theta / 100), shape)

    check = health(Sharing({"rotation_range": 20.0, "zoom_range": 0.2}))
    assert (check.verdict, kinds(check)) == ("fault", ["shared-stream"])
    assert "turns and zooms of columns go together: rank correlation 1.00" in told(check)


def test_flips_that_come_only_together_are_a_fault_and_two_coins_are_not() -> None:
    def one_coin(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        coin = rng.random(len(images)) < 0.5
        return flips(images, coin, coin), labels

    def two_coins(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        return flips(images, *(rng.random((2, len(images))) < 0.5)), labels

    check = health(one_coin)
    assert (check.verdict, kinds(check)) == ("fault", ["flips-together"])
    assert "flips come only together" in told(check)
    assert health(two_coins).verdict == "healthy"


def test_one_coin_is_found_beside_turns() -> None:
    def one_coin(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        coin = rng.random(len(images)) < 0.5
        return turned(flips(images, coin, coin), rng.uniform(-15, 15, len(images))), labels

    assert kinds(health(one_coin)) == ["flips-together"]


HONEST = {
    "any turn": [A.Rotate((-180, 180), p=1.0)],
    "turns of one sign, then a flip": [A.Rotate((5, 30), p=1.0), A.HorizontalFlip()],
    "one of two": [
        A.OneOf([A.Affine(rotate=(1, 20), p=1.0), A.RandomBrightnessContrast((0.05, 0.2), p=1.0)])
    ],
    "all at once": [
        A.Affine(scale=(0.8, 1.2), translate_percent=(-0.1, 0.1), rotate=(-20, 20), shear=(-9, 9)),
        A.HorizontalFlip(),
        A.VerticalFlip(),
        A.RandomBrightnessContrast(0.15, 0.15, p=1.0),
    ],
    "two of three, one bends levels": [
        A.SomeOf([A.HorizontalFlip(), A.RandomGamma(p=1.0), A.Affine(rotate=(-30, 30), p=1.0)], n=2)
    ],
    "crops": [A.RandomResizedCrop((24, 32), scale=(0.6, 1.0), p=1.0), A.HorizontalFlip()],
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_pipelines_share_nothing(name: str) -> None:
    check = health(A.Compose(HONEST[name]))
    assert check.verdict == "healthy", told(check)


@pytest.mark.parametrize("transform", [A.RandomRotate90, A.D4, A.Transpose])
def test_symmetries_of_a_square_share_nothing(transform: Any) -> None:
    square = cards(drawn_pictures((24, 24)))
    check = health(A.Compose([transform(p=0.8)]), shown_cards=square)
    assert check.verdict == "healthy", told(check)


def test_nothing_is_said_of_images_too_small_to_read_draws_from() -> None:
    small = cards(drawn_pictures((24, 24))[:, :12, :12])
    check = health("albumentations", "light", shown_cards=small)
    assert check.figures["read"] < 0.9
    assert check.verdict == "healthy", told(check)
