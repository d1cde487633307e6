"""Are faults of randomness found, and sound policies left alone?"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from augbench.bench.gate.health.checking import CHECKS
from augbench.policies.base import Batch, Policy
from augbench.policies.random import stream

from tests.bench.gate.health.asking import health, kinds, told


def mirrored(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    which = rng.random(len(images)) < 0.5
    out = images.copy()
    out[which] = out[which, :, ::-1]
    return out


def darkened(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    factor = rng.uniform(0.6, 1.0, len(images))[:, None, None, None]
    return np.rint(images * factor).astype(np.uint8)


def sound(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
    return darkened(mirrored(images, rng), rng), labels


class DrawnFrom(Policy):
    """Darkens by draws that are named by what it is told to look at."""

    def __init__(self, named: Callable[[Batch], tuple[int, ...]]) -> None:
        self.named = named

    def change(self, batch: Batch) -> Batch:
        seed, *name = self.named(batch)
        return batch.replace(images=darkened(batch.images, stream(seed, "draws", *name)))


def test_a_sound_policy_is_healthy_by_all_checks() -> None:
    check = health(sound)
    assert (check.verdict, check.findings) == ("healthy", ())
    assert check.figures["checks"] == len(CHECKS)


@pytest.mark.parametrize(
    ("named", "found", "says"),
    [
        (lambda b: (b.seed, b.step), "epochs-repeat", "each epoch repeats the first"),
        (lambda b: (b.seed, b.epoch), "steps-repeat", "each step repeats the first"),
        (lambda b: (0, b.epoch, b.step), "seed-ignored", "the seed is ignored"),
        (lambda b: (0,), "batches-repeat", "all batches get the same augmentation"),
    ],
)
def test_what_repeats_is_named(named: Any, found: str, says: str) -> None:
    check = health(DrawnFrom(named))
    assert (check.verdict, kinds(check)) == ("fault", [found])
    assert says in told(check)


def test_a_policy_that_looks_at_seed_epoch_and_step_repeats_nothing() -> None:
    assert health(DrawnFrom(lambda b: (b.seed, b.epoch, b.step))).verdict == "healthy"


def test_what_is_rarely_done_is_not_called_a_repetition() -> None:
    def rare(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        out = images.copy()
        out[rng.random(len(images)) < 0.005] //= 2
        return out, labels

    assert health(rare).verdict == "healthy"


def test_rare_changes_that_repeat_in_each_epoch_are_found_all_the_same() -> None:
    class Rare(Policy):
        def change(self, batch: Batch) -> Batch:
            rng = stream(batch.seed, "rare", batch.step)
            out = batch.images.copy()
            out[rng.random(len(out)) < 0.05] //= 2
            return batch.replace(images=out)

    assert kinds(health(Rare())) == ["epochs-repeat"]


def with_numpy(images: np.ndarray, labels: np.ndarray, rng: Any) -> Any:
    return (images * np.random.uniform(0.6, 1, (len(images), 1, 1, 1))).astype(np.uint8), labels


def with_python(images: np.ndarray, labels: np.ndarray, rng: Any) -> Any:
    factors = [random.uniform(0.6, 1) for _ in images]
    return (images * np.reshape(factors, (-1, 1, 1, 1))).astype(np.uint8), labels


def with_the_system(images: np.ndarray, labels: np.ndarray, rng: Any) -> Any:
    return darkened(images, np.random.default_rng()), labels


class WithItsOwn(Policy):
    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def change(self, batch: Batch) -> Batch:
        return batch.replace(images=darkened(batch.images, self.rng))


@pytest.mark.parametrize(
    ("what", "source", "says"),
    [
        (with_numpy, "np.random", "NumPy's global generator"),
        (with_python, "random", "Python's global generator"),
        (WithItsOwn(), "state", "a generator that it keeps to itself"),
        (with_the_system, "", "which no seed here reaches"),
    ],
)
def test_randomness_from_elsewhere_is_named_by_its_source(
    what: Any, source: str, says: str
) -> None:
    check = health(what)
    assert (check.verdict, kinds(check)) == ("fault", ["other-randomness"])
    assert check.findings[0].figures["source"] == source
    assert says in told(check)


def test_the_global_generators_are_left_as_they_were() -> None:
    np.random.seed(3)
    random.seed(3)
    wanted = np.random.get_state()[1].copy(), random.getstate()  # type: ignore[union-attr,index]
    health(DrawnFrom(lambda b: (0,)))
    assert np.array_equal(np.random.get_state()[1], wanted[0])  # type: ignore[index]
    assert random.getstate() == wanted[1]


def test_a_policy_that_does_nothing_is_a_caution() -> None:
    check = health("none")
    assert (check.verdict, kinds(check)) == ("caution", ["changes-nothing"])
    assert "it changes nothing" in told(check)


def test_a_policy_that_always_does_the_same_is_a_caution_alone() -> None:
    check = health(lambda images, labels, rng: (images & 240, labels))
    assert (check.verdict, kinds(check)) == ("caution", ["nothing-random"])
    assert "nothing in it is random" in told(check)


def test_one_draw_for_a_whole_batch_is_a_caution() -> None:
    def together(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        return np.rint(images * rng.uniform(0.6, 1.0)).astype(np.uint8), labels

    check = health(together)
    assert (check.verdict, kinds(check)) == ("caution", ["one-draw-a-batch"])
    assert "the images of a batch share a draw" in told(check)


def test_one_coin_for_a_whole_batch_is_told_from_one_for_each_image() -> None:
    def at_once(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> Any:
        return (images[:, :, ::-1].copy() if rng.random() < 0.5 else images), labels

    assert kinds(health(at_once)) == ["one-draw-a-batch"]
    assert health(lambda i, y, rng: (mirrored(i, rng), y)).verdict == "healthy"


@pytest.mark.parametrize(
    "name", ["mixup", "cutmix", "colorjitter", "gaussiannoise", "randomerasing", "trivialaugment"]
)
def test_built_in_policies_without_a_spec_have_no_faults(name: str) -> None:
    check = health(name)
    assert check.verdict != "fault", told(check)
