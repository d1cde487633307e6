"""Which classes does an augmentation turn into each other? From a classifier's answers alone.

A classifier that saw only clean images fails on much that is merely new to it: images that are
shifted, turned or darker sink into one class or scatter over all. Where an augmentation breaks
labels, it does something else: it makes images of A that belong to B, and, since what it does can
be undone by what it does (a mirror by a mirror, a turn by a turn), images of B that belong to A.
So a pair of classes is named where three things come together.

* **Reciprocal**: images of A are called B, and images of B are called A, more often than the clean
  ones are, one of them beyond doubt; what sinks into one class goes one way.
* **Reversed**: of two augmented images, one of each class, the one of A is the more B-like. A
  classifier that only got worse brings two classes closer, down to chance, and never past it.
* **Towards each other**, where the augmentation keeps all that images look like beside their side
  (flips, half turns): images of A move to B more than those of other classes do, and the other way
  round. It names pairs that the classifiers know too little of for the order to be reversed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, norm

Floats = NDArray[np.float64]

#: geometric mean of the two increases that a pair has at least
LEAST = 0.12
#: the smaller of them, relative to the larger
LEAST_BACK = 0.2
#: the chance that a candidate which turns nothing is said to, by either kind of evidence
ALPHA = 0.05
#: what the evidence for each named pair by itself has at most
ALPHA_OF_PAIR = 0.01


@dataclass(frozen=True)
class View:
    """What the classifiers say of images after something was done to them.

    Attributes:
        forward: float, D×n×K, log-probabilities of D draws of the n images, nats.
        backward: the same of what undoes it; the same array where it undoes itself.
        changed: bool, D×n, which draws count.
        exact: whether it moves pixels on their grid and does nothing else, so that the images
            look like clean ones but for their side.
    """

    forward: np.ndarray
    backward: np.ndarray
    changed: np.ndarray
    exact: bool = False

    @property
    def undoes_itself(self) -> bool:
        """Whether forward and backward are one."""
        return self.backward is self.forward


@dataclass(frozen=True)
class Increase:
    """How much more often augmented images of a class are called another, in shares.

    Attributes:
        source: the class.
        target: what its images are called.
        clean: the share of clean images of which that is so.
        augmented: the share of augmented ones.
        low: the lower end of the 95 % interval of the increase.
        high: its upper end.
        images: how many images there are of the class.
        draws: how many augmented ones.
    """

    source: int
    target: int
    clean: float
    augmented: float
    low: float
    high: float
    images: int
    draws: int


@dataclass(frozen=True)
class Pair:
    """Two classes that turn into each other.

    Attributes:
        there: the increase of the larger one.
        back: that of the other.
        strength: the geometric mean of the two increases.
    """

    there: Increase
    back: Increase
    strength: float


def turned_pairs(labels: np.ndarray, clean: np.ndarray, view: View) -> list[Pair]:
    """Return the pairs of classes that turn into each other, the worst first.

    Args:
        labels: int64, n.
        clean: float, n×K, log-probabilities of the clean images.
        view: what was done to them.
    """
    there = _increases(labels, clean, view.forward, view.changed)
    back = there if view.undoes_itself else _increases(labels, clean, view.backward, view.changed)
    strength = np.sqrt(np.maximum(there, 0) * np.maximum(back.T, 0))
    smaller, larger = np.minimum(there, back.T), np.maximum(there, back.T)
    reciprocal = (strength >= LEAST) & (smaller >= LEAST_BACK * larger)
    if not reciprocal.any():
        return []
    named = reciprocal & (_reversed(labels, view) | _towards(labels, clean, view))
    pairs = []
    for a, b in zip(*np.nonzero(named), strict=True):
        if view.undoes_itself and a > b:
            continue
        both = (
            _increase(labels, clean, view.forward, view.changed, int(a), int(b)),
            _increase(labels, clean, view.backward, view.changed, int(b), int(a)),
        )
        first, second = sorted(both, key=lambda increase: increase.clean - increase.augmented)
        if first.low > 0:
            pairs.append(Pair(first, second, float(strength[a, b])))
    return sorted(pairs, key=lambda pair: -pair.strength)


def call_rates(
    labels: np.ndarray, log_probabilities: np.ndarray, counts: np.ndarray
) -> tuple[Floats, Floats]:
    """Return which share of each class's images is called what, K×K, and of how many, K.

    Args:
        labels: int64, n.
        log_probabilities: float, D×n×K.
        counts: bool, D×n, which of them count.
    """
    K = log_probabilities.shape[-1]
    called = log_probabilities.argmax(-1)
    table = np.zeros((K, K))
    draw, image = np.nonzero(counts)
    np.add.at(table, (labels[image], called[draw, image]), 1.0)
    number = table.sum(axis=1)
    return table / np.maximum(number, 1)[:, None], number


def reversals(labels: np.ndarray, view: View) -> Floats:
    """Return for each pair of classes how clearly the classifier has their order reversed, K×K.

    A standard normal quantile of Mann and Whitney's U: at [a, b] that of images of a, which are
    after what was done more like b than those of b are after what undoes it. Images are the units:
    the draws of one are averaged. 0 where one of the classes has no image.
    """
    K = view.forward.shape[-1]
    forward, any_forward = _over_draws(view.forward, view.changed)
    backward = forward if view.undoes_itself else _over_draws(view.backward, view.changed)[0]
    of_class = [np.flatnonzero((labels == label) & any_forward) for label in range(K)]
    z = np.zeros((K, K))
    for a in range(K):
        for b in range(K):
            if a == b or (view.undoes_itself and a > b):
                continue
            x = forward[of_class[a], b] - forward[of_class[a], a]
            y = backward[of_class[b], b] - backward[of_class[b], a]
            z[a, b] = mann_whitney(x, y)
    return z + z.T if view.undoes_itself else z


def movements(
    labels: np.ndarray, clean: np.ndarray, augmented: np.ndarray, changed: np.ndarray
) -> Floats:
    """Return how clearly images of each class move to each other more than others do, K×K.

    A standard normal quantile of Mann and Whitney's U: at [a, b] of the change in log-probability
    of b by which images of a exceed those of all other classes but b. Images are the units.
    """
    K = clean.shape[1]
    mean, any_draw = _over_draws(augmented, changed)
    change = mean - clean
    z = np.zeros((K, K))
    for b in range(K):
        for a in range(K):
            others = any_draw & (labels != a) & (labels != b)
            if a != b:
                z[a, b] = mann_whitney(change[any_draw & (labels == a), b], change[others, b])
    return z


def mann_whitney(x: Floats, y: Floats) -> float:
    """Return the normal quantile of U, corrected for ties and for continuity towards 0.

    Above 0 where ``x`` tends to be larger than ``y``; 0 where one is empty or all are equal.
    """
    n, m = len(x), len(y)
    if not n or not m:
        return 0.0
    ordered = np.sort(y)
    below, up_to = np.searchsorted(ordered, x, "left"), np.searchsorted(ordered, x, "right")
    excess = float((below + up_to).sum()) / 2 - n * m / 2
    _, ties = np.unique(np.concatenate([x, y]), return_counts=True)
    N = n + m
    variance = n * m / 12 * (N + 1 - float((ties.astype(float) ** 3 - ties).sum()) / (N * (N - 1)))
    if variance <= 0:
        return 0.0
    return float(np.sign(excess) * max(0.0, abs(excess) - 0.5) / np.sqrt(variance))


def increase_interval(
    clean: tuple[float, float], augmented: tuple[float, float], level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of an increase from two shares and how many cases each is worth.

    Newcombe's (1998, method 10) of two Wilson intervals.
    """
    z = float(norm.ppf((1 + level) / 2))
    p, low_p, high_p = augmented[0], *_wilson(*augmented, z)
    q, low_q, high_q = clean[0], *_wilson(*clean, z)
    below, above = np.hypot(p - low_p, high_q - q), np.hypot(high_p - p, q - low_q)
    return float(p - q - below), float(p - q + above)


def worth(called: np.ndarray, counts: np.ndarray) -> float:
    """Return how many independent cases draws of images are worth for the share that is called.

    The draws of an image hang together: from their variance between images, at least as many as
    there are images and at most as many as there are draws (Rao and Scott 1992).

    Args:
        called: bool, D×n.
        counts: bool, D×n, which draws count.
    """
    m = counts.sum(axis=0).astype(float)
    m_all, images = m.sum(), int((m > 0).sum())
    if images < 2 or m_all == images:
        return float(images)
    p = float((called & counts).sum()) / m_all
    residual = (called & counts).sum(axis=0) - p * m
    variance = images / (images - 1) * float((residual**2).sum()) / m_all**2
    if variance <= 0:
        return float(images)
    return float(np.clip(p * (1 - p) / variance, images, m_all))


def _wilson(share: float, number: float, z: float) -> tuple[float, float]:
    if number <= 0:
        return 0.0, 1.0
    middle = (share + z**2 / (2 * number)) / (1 + z**2 / number)
    half = z / (1 + z**2 / number) * np.sqrt(share * (1 - share) / number + (z / number) ** 2 / 4)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _increases(
    labels: np.ndarray, clean: np.ndarray, augmented: np.ndarray, changed: np.ndarray
) -> Floats:
    """Return by how much more of each class's images is called what, K×K; 0 where it is called."""
    everyone = np.ones((1, len(labels)), bool)
    before, _ = call_rates(labels, clean[None], everyone)
    after, number = call_rates(labels, augmented, changed)
    increases = np.where(number[:, None] > 0, after - before, 0.0)
    np.fill_diagonal(increases, 0.0)
    return increases


def _increase(
    labels: np.ndarray,
    clean: np.ndarray,
    augmented: np.ndarray,
    changed: np.ndarray,
    a: int,
    b: int,
) -> Increase:
    of_class = labels == a
    called, counts = augmented[:, of_class].argmax(-1) == b, changed[:, of_class]
    before = float((clean[of_class].argmax(-1) == b).mean())
    after = float((called & counts).sum()) / float(counts.sum())
    images = int(of_class.sum())
    low, high = increase_interval((before, images), (after, worth(called, counts)))
    return Increase(a, b, before, after, low, high, images, int(counts.sum()))


def _over_draws(values: np.ndarray, counts: np.ndarray) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the mean over the draws of each image that count, n×K, and which have any."""
    number = counts.sum(axis=0)
    total = np.einsum("dn,dnk->nk", counts.astype(np.float64), values.astype(np.float64))
    return total / np.maximum(number, 1)[:, None], number > 0


def _reversed(labels: np.ndarray, view: View) -> NDArray[np.bool_]:
    """Return which pairs have their order reversed, K×K.

    None where all of them together show no reversal at `ALPHA` (Simes, by Benjamini and
    Hochberg's adjustment); else those that show it at `ALPHA_OF_PAIR` each.
    """
    p = norm.sf(reversals(labels, view))
    family = _family(p, view)
    if not len(family) or false_discovery_control(family).min() > ALPHA:
        return np.zeros(p.shape, bool)
    return p <= ALPHA_OF_PAIR


def _towards(labels: np.ndarray, clean: np.ndarray, view: View) -> NDArray[np.bool_]:
    """Return which pairs move towards each other, K×K; none where more changes than the side.

    Both directions show it by themselves at `ALPHA`, and together (Stouffer) at `ALPHA` among all
    pairs (Bonferroni).
    """
    if not view.exact:
        return np.zeros((clean.shape[1],) * 2, bool)
    there = movements(labels, clean, view.forward, view.changed)
    back = movements(labels, clean, view.backward, view.changed)
    p = norm.sf((there + back.T) / np.sqrt(2))
    each = np.maximum(norm.sf(there), norm.sf(back.T)) <= ALPHA
    return each & (p * max(1, len(_family(p, view))) <= ALPHA)


def _family(p: Floats, view: View) -> Floats:
    """Return those of a K×K array that are one comparison each."""
    K = len(p)
    if view.undoes_itself:
        return p[np.triu_indices(K, 1)]
    return p[~np.eye(K, dtype=bool)]
