"""Is a good pool called good, and a bad one bad for the right reason?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.quality import collapse
from augbench.policies.quality.hold_out import HoldOut, evenly_spaced, held_out, held_out_rows
from augbench.policies.quality.judgement import Judgement, compared, judge_pool
from augbench.policies.quality.probe_classifier import ProbeClassifier, ProbeTrainer
from augbench.policies.training_set import ImageStack, TrainingSet
from sklearn.datasets import load_digits

STEPS = 200
CLASSES = tuple("0123456789")
Bench = tuple[HoldOut, ProbeTrainer, ProbeClassifier, np.ndarray, np.ndarray]


def held(
    images: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], seed: int, **more: np.ndarray
) -> HoldOut:
    train = TrainingSet(ImageStack([(images, None)]), labels, classes, **more)
    return held_out(train, np.arange(len(labels)), seed)


@pytest.fixture(scope="module")
def bench() -> Bench:
    """800 digits to learn from and judge by, and 800 others, as good as a pool can be."""
    digits = load_digits()
    images = (digits.images * (255 / 16)).astype(np.uint8)[..., None]
    order = np.random.default_rng(0).permutation(len(images))  # they stand writer by writer
    images, labels = images[order], digits.target[order].astype(np.int64)
    parts = held(images[:800], labels[:800], CLASSES, 0)
    trainer = ProbeTrainer(parts.shape, 10, 0)
    probe = trainer.train(parts.fit, parts.fit_labels, STEPS)
    return parts, trainer, probe, images[800:1520], labels[800:1520]


def judged(bench: Bench, pool: np.ndarray, labels: np.ndarray) -> Judgement:
    parts, trainer, probe, others, _ = bench
    return judge_pool(parts, pool, labels, others[: len(pool)], trainer, probe, STEPS, 0)


def test_other_real_images_are_a_pool_worth_using_with_every_figure_near_its_floor(
    bench: Bench,
) -> None:
    _, _, _, pool, labels = bench
    found = judged(bench, pool, labels)
    assert found.faults == ()
    assert found.control == "level"
    figures = found.figures
    assert figures["kid"] == pytest.approx(figures["kid_floor"], abs=0.06)
    for name in ("precision", "recall", "density", "coverage", "gan_test", "authentic"):
        assert figures[name] == pytest.approx(figures[f"{name}_floor"], abs=0.15), name
    assert figures["cas"] == pytest.approx(figures["cas_real"], abs=0.1)
    assert figures["copies"] == figures["copies_floor"] == 0.0
    for name in ("deviation", "vendi", "similarity"):
        assert figures[name] == pytest.approx(figures[f"{name}_floor"], rel=0.15), name
    assert abs(figures["copying_score"]) < 4
    assert set(figures["gan_test_of"]) == set(figures["gan_test_floor_of"]) == set(CLASSES)


def test_every_floor_stands_right_behind_its_measure(bench: Bench) -> None:
    _, _, _, pool, labels = bench
    names = list(judged(bench, pool, labels).figures)
    for name in names:
        if f"{name}_floor" in names:
            assert names.index(f"{name}_floor") == names.index(name) + 1


def test_a_pool_of_copies_is_called_copies(bench: Bench) -> None:
    parts = bench[0]
    found = judged(bench, parts.fit, parts.fit_labels)
    assert found.figures["copies"] == 1.0 and found.figures["authentic"] == 0.0
    assert found.figures["copying_score"] < -10
    assert {"fault": "copies", "copies": 1.0} in found.faults


def test_a_pool_of_one_image_a_class_is_called_collapsed(bench: Bench) -> None:
    _, _, _, others, labels = bench
    firsts = np.array([np.flatnonzero(labels == k)[0] for k in range(10)])
    found = judged(bench, others[firsts][labels], labels)
    assert found.figures["deviation"] == 0.0 and found.figures["similarity"] == pytest.approx(1.0)
    assert [fault["measure"] for fault in found.faults if fault["fault"] == "collapsed"] == [
        "deviation"
    ]


def test_swapped_labels_make_gan_test_and_cas_fall(bench: Bench) -> None:
    _, _, _, pool, labels = bench
    swapped = np.where(labels == 3, 5, np.where(labels == 5, 3, labels))
    found = judged(bench, pool, swapped)
    of = found.figures["gan_test_of"]
    assert of["3"] < 0.2 and of["5"] < 0.2 and of["0"] > 0.9
    assert found.figures["gan_test_lowest"] == min(of.values())
    wrong = judged(bench, pool, (labels + 1) % 10)
    assert wrong.figures["gan_test"] < 0.1 and wrong.figures["cas"] < 0.1
    assert [fault["fault"] for fault in wrong.faults[:2]] == ["labels-wrong", "cas-under-half"]
    assert wrong.faults[1]["cas_real"] == wrong.figures["cas_real"]


def test_noise_is_far_from_the_data(bench: Bench) -> None:
    labels = bench[4]
    noise = np.random.default_rng(0).integers(0, 256, bench[3].shape, np.uint8)
    figures = judged(bench, noise, labels).figures
    assert figures["kid"] > 10 * abs(figures["kid_floor"])
    assert figures["precision"] < 0.75 * figures["precision_floor"]
    assert figures["coverage"] < 0.5 * figures["coverage_floor"]


def test_a_classifier_is_better_only_where_mcnemars_test_says_so() -> None:
    right = np.ones(100, bool)
    some = right.copy()
    some[:5] = False
    assert compared(right, some) == "level"  # 5 : 0, p = 0.0625
    some[5] = False
    assert compared(right, some) == "better" and compared(some, right) == "worse"
    assert compared(right, right) == "level"


def test_a_stratified_tenth_is_held_out_and_small_classes_give_one_of_five() -> None:
    labels = np.repeat([0, 1, 2, 3], [200, 30, 5, 4])
    own = np.arange(len(labels))
    held = held_out_rows(labels, own, 7)
    assert np.bincount(labels[held], minlength=4).tolist() == [20, 3, 1, 0]
    assert (held_out_rows(labels, own, 7) == held).all()
    assert (held_out_rows(labels, own, 8) != held).any()


def test_equal_images_are_held_out_together_or_not_at_all() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(0, 256, (60, 8, 8, 1), np.uint8)
    images, labels = np.concatenate([one, one, one[:1].repeat(30, 0)]), np.zeros(150, np.int64)
    parts = held(images, labels, ("a",), 3)
    assert 10 <= len(parts.held) <= 15
    apart = {image.tobytes() for image in parts.held}
    assert not apart & {image.tobytes() for image in parts.fit}
    assert one[0].tobytes() not in apart  # 32 times there: more than a tenth
    labels[-1] = 1  # the one image of another class
    assert held(images, labels, ("a", "b"), 3).fit_labels.max() == 1


@pytest.mark.parametrize(("patients", "least", "most"), [(40, 8, 12), (6, 20, 20), (2, 0, 0)])
def test_a_group_is_held_out_as_a_whole(patients: int, least: int, most: int) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (120, 8, 8, 1), np.uint8)
    group = np.arange(120) % patients
    images[1] = images[patients]  # one picture of two patients, who are one group then
    parts = held(images, np.zeros(120, np.int64), ("a",), 3, group=group)
    assert least <= len(parts.held) <= most
    of_picture = {image.tobytes(): int(g) for image, g in zip(images, group, strict=True)}
    apart = {of_picture[image.tobytes()] for image in parts.held}
    learnt = {of_picture[image.tobytes()] for image in parts.fit}
    assert not apart & learnt and (0 in apart) == (1 in apart)


def test_rows_are_spread_over_data_that_stand_in_order() -> None:
    assert evenly_spaced(5, 9).tolist() == [0, 1, 2, 3, 4]
    assert evenly_spaced(1000, 3).tolist() == [0, 500, 999]
    assert evenly_spaced(0, 3).tolist() == []


def test_a_class_that_was_not_generated_is_no_answer_of_any_classifier(bench: Bench) -> None:
    parts, trainer, probe, pool, labels = bench
    some = labels < 2
    pool, labels = pool[some], labels[some]
    found = judge_pool(parts, pool, labels, pool, trainer, probe, STEPS, 0).figures
    assert found["cas"] == pytest.approx(found["cas_real"], abs=0.07)
    assert found["cas_real"] > 0.9


def test_ssim_of_equal_images_is_one_and_agrees_with_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (2, 3, 11, 9, 1), np.uint8)
    assert collapse.ssim(x, x) == pytest.approx(np.ones(3))
    window = np.exp(-0.5 * (np.arange(-3, 4) / 1.5) ** 2)
    window = np.outer(window, window) / window.sum() ** 2
    one, other = x[0, :, :, 0].astype(float), y[0, :, :, 0].astype(float)
    found = []
    for i in range(5):
        for j in range(3):
            a, b = one[i : i + 7, j : j + 7], other[i : i + 7, j : j + 7]
            ma, mb = (window * a).sum(), (window * b).sum()
            va, vb = (window * (a - ma) ** 2).sum(), (window * (b - mb) ** 2).sum()
            cov = (window * (a - ma) * (b - mb)).sum()
            c1, c2 = 2.55**2, 7.65**2
            found.append(
                (2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
            )
    assert collapse.ssim(x, y)[0] == pytest.approx(np.mean(found))


def test_vendi_score_counts_orthogonal_images() -> None:
    assert collapse.vendi_score(np.eye(7)) == pytest.approx(7.0)
    assert collapse.vendi_score(np.ones((7, 3))) == pytest.approx(1.0)
    assert collapse.vendi_score(np.repeat(np.eye(3), 4, axis=0)) == pytest.approx(3.0)


def test_a_probe_always_starts_from_the_same_weights(bench: Bench) -> None:
    parts, trainer, probe, _, _ = bench
    again = trainer.train(parts.fit, parts.fit_labels, STEPS)
    assert all(np.array_equal(a, b) for a, b in zip(probe.weights, again.weights, strict=True))
    shown = parts.fit[evenly_spaced(len(parts.fit), 512)]
    assert np.square(probe.features(shown)).mean() == pytest.approx(1.0, rel=1e-3)
