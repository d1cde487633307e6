"""Do the distances between clouds of features agree with formulas written out another way?"""

from __future__ import annotations

import numpy as np
import pytest
from augbench.policies.quality import distances, neighbours
from scipy import linalg, stats


def clouds(n: int = 60, m: int = 40, d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.normal(size=(n, d)), rng.normal(0.4, 1.3, size=(m, d))


def test_kernel_distance_is_the_double_sum_of_its_definition() -> None:
    x, y = clouds()
    kernel = lambda a, b: (a @ b / len(a) + 1) ** 3  # noqa: E731
    n, m = len(x), len(y)
    same_x = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    same_y = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    across = sum(kernel(a, b) for a in x for b in y) / (n * m)
    assert distances.kernel_distance(x, y) == pytest.approx(same_x + same_y - 2 * across, rel=1e-9)


def test_kernel_distance_has_the_figure_of_torchmetrics() -> None:
    # What torchmetrics 1.9 (image.kid.poly_mmd, degree 3, coef 1, float64) returns for these sets.
    from sklearn.datasets import load_digits

    pixels = load_digits().data[:550] / 8
    x, y = pixels[:250], pixels[300:] * 0.8 + np.roll(pixels[300:], 1, 1) * 0.2
    assert distances.kernel_distance(x, y) == pytest.approx(0.14233486644882198, rel=1e-12)


def test_kernel_distance_is_unbiased_so_that_it_averages_to_zero_for_one_distribution() -> None:
    rng = np.random.default_rng(1)
    found = [
        distances.kernel_distance(rng.normal(size=(30, 4)), rng.normal(size=(50, 4)))
        for _ in range(400)
    ]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(400)
    assert min(found) < 0


def test_chunks_change_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = clouds(257, 130)
    whole = (distances.kernel_distance(x, y), neighbours.overlap(x, y), neighbours.authentic(y, x))
    monkeypatch.setattr(distances, "CHUNK", 16)
    monkeypatch.setattr(neighbours, "CHUNK", 16)
    assert distances.kernel_distance(x, y) == pytest.approx(whole[0], rel=1e-9)
    assert (neighbours.overlap(x, y), neighbours.authentic(y, x)) == whole[1:]


def test_frechet_distance_agrees_with_the_matrix_square_root() -> None:
    x, y = clouds(400, 300)
    first, second = np.cov(x.T), np.cov(y.T)
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(
        first + second - 2 * linalg.sqrtm(first @ second).real
    )
    assert distances.frechet_distance(x, y) == pytest.approx(expected, rel=1e-6)
    assert distances.frechet_distance(x, x) == pytest.approx(0.0, abs=1e-9)


def overlap_by_hand(x: np.ndarray, y: np.ndarray, k: int) -> tuple[float, float, float, float]:
    """The definitions of Kynkäänniemi 2019 and Naeem 2020, image by image."""
    far = lambda a, b: float(np.sqrt(((a - b) ** 2).sum()))  # noqa: E731
    reach_x = [sorted(far(a, b) for b in x)[k] for a in x]
    reach_y = [sorted(far(a, b) for b in y)[k] for a in y]
    inside = [[far(a, b) < reach for b in y] for a, reach in zip(x, reach_x, strict=True)]
    recalled = [any(far(a, b) < r for b, r in zip(y, reach_y, strict=True)) for a in x]
    table = np.array(inside)
    return (
        table.any(0).mean(),
        float(np.mean(recalled)),
        table.sum(0).mean() / k,
        table.any(1).mean(),
    )


@pytest.mark.parametrize("k", [1, 5])
def test_precision_recall_density_coverage_are_their_definitions(k: int) -> None:
    x, y = clouds()
    found = neighbours.overlap(x, y, k)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(
        overlap_by_hand(x, y, k)
    )


def test_equal_distributions_overlap_and_distant_ones_do_not() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(500, 8))
    same = neighbours.overlap(x, rng.normal(size=(500, 8)))
    assert same.precision > 0.9 and same.recall > 0.9 and same.coverage > 0.9
    assert same.density == pytest.approx(1.0, abs=0.1)
    other = neighbours.overlap(x, rng.normal(20, 1, size=(500, 8)))
    assert (other.precision, other.recall, other.density, other.coverage) == (0, 0, 0, 0)


def test_a_pool_of_half_the_modes_keeps_its_precision_and_loses_half_its_recall() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(0, 1, (300, 6)), rng.normal(30, 1, (300, 6))])
    half = neighbours.overlap(x, rng.normal(0, 1, (600, 6)))
    assert half.precision > 0.85
    assert half.recall == pytest.approx(0.5, abs=0.06)
    assert half.coverage == pytest.approx(0.5, abs=0.03)


def test_copies_are_not_authentic_and_held_out_images_are_as_far_as_their_like() -> None:
    rng = np.random.default_rng(5)
    train, held = rng.normal(size=(400, 6)), rng.normal(size=(200, 6))
    assert neighbours.authentic(train[:200], train) == 0.0
    assert 0.35 < neighbours.authentic(held, train) < 0.65
    assert neighbours.copying_score(train[:200] + 1e-3, held, train) < -10
    assert abs(neighbours.copying_score(rng.normal(size=(200, 6)), held, train)) < 3


def test_the_copying_score_is_scipys_mann_whitney_statistic() -> None:
    rng = np.random.default_rng(6)
    train, held, fake = (rng.normal(size=(n, 3)) for n in (90, 40, 70))
    own, real = neighbours.nearest_to(fake, train)[0], neighbours.nearest_to(held, train)[0]
    u = stats.mannwhitneyu(own, real).statistic
    expected = (u - 70 * 40 / 2) / np.sqrt(70 * 40 * 111 / 12)
    assert neighbours.copying_score(fake, held, train) == pytest.approx(expected)


def test_only_images_within_two_grey_levels_count_as_equal() -> None:
    train = np.random.default_rng(7).integers(0, 200, (30, 8, 8, 3), np.uint8)
    pool = np.concatenate([train[:5], train[:5] + 2, train[:5] + 3, 255 - train[:5]])
    assert neighbours.nearly_equal(pool, train) == pytest.approx(10 / 20)


@pytest.mark.parametrize("shape", [(8, 8, 1), (13, 29, 3), (28, 28, 1), (64, 40, 3)])
def test_comparing_fields_first_misses_no_pair_that_is_equal(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(8)
    train = rng.integers(100, 110, (40, *shape)).astype(np.uint8)
    most = np.where(np.arange(40) < 20, 2, 3)[:, None, None, None]  # rms 1.41 and 2
    pool = (train[::-1] + rng.integers(-most, most + 1, train.shape)).astype(np.uint8)
    every = np.square(pool[:, None].astype(float) - train[None]).mean((2, 3, 4)).min(1) <= 1.5**2
    assert every.mean() == pytest.approx(0.5, abs=0.2)
    assert neighbours.nearly_equal(pool, train, 1.5) == every.mean()


def test_bins_differ_by_chance_for_one_distribution_and_in_most_after_a_collapse() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2000, 6))
    assert neighbours.different_bins(x, rng.normal(size=(1000, 6)), 40, 0) < 0.2
    alike = np.repeat(rng.normal(size=(3, 6)), 400, axis=0)
    assert neighbours.different_bins(x, alike, 40, 0) > 0.8


@pytest.mark.parametrize(
    ("k", "figures"),
    [
        (5, (0.872, 0.5566666666666666, 0.7416, 0.6533333333333333)),
        (3, (0.788, 0.37333333333333335, 0.692, 0.45666666666666667)),
    ],
)
def test_overlap_has_the_figures_of_the_package_prdc(
    k: int, figures: tuple[float, float, float, float]
) -> None:
    # What compute_prdc of prdc 0.2, the authors' own, returns for the same two sets.
    from sklearn.datasets import load_digits

    pixels = load_digits().data[:550]
    x, y = pixels[:300], pixels[300:] * 0.8 + np.roll(pixels[300:], 1, 1) * 0.2
    found = neighbours.overlap(x, y, k)
    assert (found.precision, found.recall, found.density, found.coverage) == pytest.approx(figures)
