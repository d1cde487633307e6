"""Do the images that are chosen stand for the real ones, and is the choice a fixed one?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from augbench.policies.gan.herding import CANDIDATES, CHOSEN, Chooser, chosen_pool, herd, restored
from augbench.policies.quality.distances import kernel_distance
from augbench.policies.quality.probe_classifier import ProbeTrainer


def test_herding_takes_step_by_step_what_brings_the_mean_of_the_kernel_closest() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(9, 3))
    kernel = lambda a, b: (a @ b / 3 + 1) ** 3  # noqa: E731
    taken: list[int] = []
    for _ in range(6):
        scores = {
            i: np.mean([kernel(x[i], b) for b in y])
            - sum(kernel(x[i], x[j]) for j in taken) / (len(taken) + 1)
            for i in range(12)
            if i not in taken
        }
        taken.append(max(scores, key=lambda i: scores[i]))
    assert herd(x, y, 6).tolist() == taken


def test_herded_candidates_are_nearer_to_new_images_of_the_real_distribution_than_others() -> None:
    rng = np.random.default_rng(1)
    real, new = rng.normal(size=(300, 5)), rng.normal(size=(2000, 5))
    candidates = rng.normal(0.5, 1.3, size=(128, 5))
    chosen = candidates[herd(candidates, real, 32)]
    assert kernel_distance(new, chosen) < 0.2 * kernel_distance(new, candidates)


def test_all_candidates_are_taken_once_where_all_are_asked_for() -> None:
    x = np.random.default_rng(2).normal(size=(7, 4))
    assert sorted(herd(x, x[:2], 7).tolist()) == list(range(7))
    assert herd(x, x[:2], 0).tolist() == []


@dataclass
class Seeing:
    """Eyes that see brightness, and take all images of 100 and more for class 1."""

    unit: float = 1.0

    def examine(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bright = images.reshape(len(images), -1).mean(1)
        one = np.where(bright >= 100, 0.9, 0.1) + bright * 1e-4
        return bright[:, None] / 100, np.stack([1 - one, one], 1)

    def features(self, images: np.ndarray) -> np.ndarray:
        return self.examine(images)[0]


def flat(*levels: int) -> np.ndarray:
    return np.repeat(np.array(levels, np.uint8), 64).reshape(-1, 8, 8, 1)


def test_images_that_look_like_another_class_are_passed_over_as_long_as_enough_do_not() -> None:
    real = flat(90, 120, 150, 200)
    chooser = Chooser.of(Seeing(), real, np.array([0, 1, 1, 1]))  # type: ignore[arg-type]
    images = flat(60, 90, 110, 140, 160, 250)
    assert chooser.choose(images, 1, 3).mean() >= 110
    assert set(chooser.choose(images, 1, 4)[:, 0, 0, 0].tolist()) == {110, 140, 160, 250}
    # of those seen as class 0, the likeliest fills up
    assert set(chooser.choose(images, 1, 5)[:, 0, 0, 0].tolist()) == {90, 110, 140, 160, 250}


@pytest.fixture(scope="module")
def learnt() -> tuple[Any, Chooser, ProbeTrainer]:
    """An untrained generator of two classes, and a probe trained for a moment on noise."""
    from augbench.policies.gan.training.class_conditional import generator
    from augbench.policies.gan.training.options import TrainingOptions

    options = TrainingOptions(width=4, steps=1, latent=4).complete((8, 8, 1))
    rng = np.random.default_rng(3)
    images, labels = rng.integers(0, 256, (40, 8, 8, 1), np.uint8), np.arange(40) % 2
    trainer = ProbeTrainer((8, 8, 1), 2, 0)
    chooser = Chooser.of(trainer.train(images, labels, 3, start=1), images, labels)
    return generator(options, (8, 8, 1), 2, 0), chooser, trainer


def two(generator: Any) -> list[list[np.ndarray]]:
    """Return two snapshots of a generator."""
    first = generator.get_weights()
    return [first, [2 * w for w in first]]


def test_an_image_depends_on_its_class_and_number_alone(
    learnt: tuple[Any, Chooser, ProbeTrainer],
) -> None:
    generator, chooser, _ = learnt
    snapshots = two(generator)
    zeros = chosen_pool(generator, snapshots, np.zeros(CHOSEN + 5, np.int64), 7, chooser)
    mixed_labels = np.array([1, 0, 0, 1, 0])
    mixed = chosen_pool(generator, snapshots, mixed_labels, 7, chooser)
    assert np.array_equal(mixed[mixed_labels == 0], zeros[:3])
    assert len(np.unique(zeros.reshape(len(zeros), -1), axis=0)) == CHOSEN + 5
    for snapshots_, seed in ((snapshots, 8), (snapshots[:1], 7), (snapshots[1:], 7)):
        other = chosen_pool(generator, snapshots_, mixed_labels, seed, chooser)
        assert not np.array_equal(mixed, other)
    assert CANDIDATES > CHOSEN


def test_a_chooser_comes_back_from_its_arrays(learnt: tuple[Any, Chooser, ProbeTrainer]) -> None:
    generator, chooser, _ = learnt
    arrays = {"weights0000": np.zeros(3), "sheet_real": np.zeros(3)} | chooser.arrays()
    again = restored(arrays, ProbeTrainer((8, 8, 1), 2, 0))
    labels = np.array([0, 1, 1])
    snapshots = two(generator)
    one, other = (chosen_pool(generator, snapshots, labels, 7, who) for who in (chooser, again))
    assert np.array_equal(one, other) and set(again.real) == {0, 1}


def test_two_starts_of_a_judge_are_two_opinions(learnt: tuple[Any, Chooser, ProbeTrainer]) -> None:
    _, _, trainer = learnt
    images, labels = np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 1, 0, 1])
    first, second, again = (trainer.train(images, labels, 1, start) for start in (0, 1, 1))
    assert all(np.array_equal(a, b) for a, b in zip(second.weights, again.weights, strict=True))
    assert not np.array_equal(first.weights[0], second.weights[0])
