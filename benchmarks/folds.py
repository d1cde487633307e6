"""Do intervals cover the truth where blocks test on folds in turn? Real images, known truth.

    python benchmarks/folds.py FASHION_MNIST_FOLDER [--sets 300] [--model ridge|mlp] [--truth N]

Many small data sets are drawn from Fashion-MNIST. In each, policies are compared with a baseline in
10 blocks of the product's own splits, once on folds in turn and once on a fixed fifth. Models stand
in for the CNN that train in milliseconds and start at random: a random layer with ridge regression,
or scikit-learn's perceptron. The policies: the same model started otherwise (`again`, truth 0), and
training images with their mirror images (`flip`) or with shifted copies (`shift`).

The truth of all is the mean difference over all data sets: what a data set more or less happens to
teach is an error then. With ``--truth N`` (slow) there is a truth of each data set too: the mean
difference on 10,000 images outside of it, over N blocks of other seeds.

Rules: `blocks alone` is the paired t interval, `with images` adds what test images add that come
again, `fold means` is the t interval of the means of each fold's blocks, `Nadeau-Bengio` has
1 / J + 1 / (K - 1) in place of 1 / J.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.bench.data.block import block
from augbench.bench.data.parts import Parts
from augbench.reports.statistics.effect import image_variance
from augbench.reports.statistics.repeated_images import repeated_part

POLICIES = ("again", "flip", "shift")
BLOCKS = 10
NEW_IMAGES = 10_000
SIDE = 14
Fit = Callable[..., Callable[[np.ndarray], np.ndarray]]


def fashion(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return 70,000 images, float32 N×14×14, 0…1, and their labels."""
    pixels, labels = [], []
    for part in ("train", "t10k"):
        raw = gzip.decompress((folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
        images = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)
        pixels.append(images.reshape(-1, SIDE, 2, SIDE, 2).mean((2, 4), dtype=np.float32) / 255)
        raw = gzip.decompress((folder / f"{part}-labels-idx1-ubyte.gz").read_bytes())
        labels.append(np.frombuffer(raw, np.uint8, offset=8).astype(np.int64))
    return np.concatenate(pixels), np.concatenate(labels)


def augmented(policy: str, images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the images with what a policy adds to them, once as many."""
    if policy == "flip":
        return np.concatenate([images, images[:, :, ::-1]])
    if policy == "shift":
        down, right = rng.integers(-1, 2, (2, len(images)))
        rows, columns = np.arange(SIDE)[None, :, None], np.arange(SIDE)[None, None, :]
        rows = np.clip(rows + down[:, None, None], 0, SIDE - 1)
        columns = np.clip(columns + right[:, None, None], 0, SIDE - 1)
        return np.concatenate(
            [images, images[np.arange(len(images))[:, None, None], rows, columns]]
        )
    return np.concatenate([images, images])


def ridge(x: np.ndarray, y: np.ndarray, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """Ridge regression on 120 random hidden units (an extreme learning machine)."""
    rng = np.random.default_rng(seed)
    centre = x.mean(0)
    weights = rng.normal(0, 0.25, (x.shape[1], 120)).astype(np.float32)
    bias = rng.normal(0, 0.5, 120).astype(np.float32)

    def hidden(images: np.ndarray) -> np.ndarray:
        return np.tanh((images - centre) @ weights + bias)

    h = hidden(x)
    gram = h.T @ h + 5.0 * np.eye(120, dtype=np.float32)
    solved = np.linalg.solve(gram, h.T @ np.eye(10, dtype=np.float32)[y])
    return lambda images: (hidden(images) @ solved).argmax(1)


def mlp(x: np.ndarray, y: np.ndarray, seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """A perceptron of 32 hidden units after 10 epochs of Adam."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (32,), batch_size=32, max_iter=10, learning_rate_init=0.005, random_state=seed
    )
    return model.fit(x, y).predict


MODELS: dict[str, Fit] = {"ridge": ridge, "mlp": mlp}


def right(
    fit: Fit, policy: str, images: np.ndarray, labels: np.ndarray, train: np.ndarray, seed: int
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Train under a policy; return what tells which of other images are right."""
    x = augmented(policy, images[train], np.random.default_rng(seed))
    y = np.tile(labels[train], 2)
    start = 2 * seed + (policy == "again")
    predict = fit(x.reshape(len(x), -1), y, start)
    return lambda pixels, truth: predict(pixels.reshape(len(pixels), -1)) == truth


def one_set(
    fit: Fit,
    images: np.ndarray,
    labels: np.ndarray,
    new: tuple[np.ndarray, np.ndarray],
    at: int,
    truth_blocks: int,
) -> tuple[np.ndarray, dict[str, list[tuple[np.ndarray, np.ndarray]]]]:
    """Return the true differences, (policies,), and by design each block's images and differences.

    The latter, (policies, n) of -1, 0, 1.
    """
    data = SimpleNamespace(
        labels=labels,
        split=np.zeros(len(labels), np.uint8),
        duplicate_of=np.arange(len(labels)),
        classes=tuple("0123456789"),
    )

    def differences(
        seed: int, parts: Parts, also: tuple[np.ndarray, np.ndarray] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        rows = block(data, seed, parts)  # type: ignore[arg-type]
        where = also or (images[rows.test], labels[rows.test])
        hits = [
            right(fit, policy, images, labels, rows.train, 1000 * at + seed)(*where)
            for policy in (("none", *POLICIES[1:]) if also else ("none", *POLICIES))
        ]
        return rows.test, np.array(hits[1:], np.int8) - np.array(hits[0], np.int8)

    of_blocks = [differences(100 + k, Parts(), new)[1].mean(1) for k in range(truth_blocks)]
    truth = np.mean(of_blocks, axis=0) if of_blocks else np.full(len(POLICIES) - 1, np.nan)
    designs = {"folds": Parts(), "fixed fifth": Parts(fixed_test=True)}
    return np.array([0.0, *truth]), {
        name: [differences(seed, parts) for seed in range(BLOCKS)]
        for name, parts in designs.items()
    }


def half_widths(blocks: list[tuple[np.ndarray, np.ndarray]], policy: int) -> dict[str, float]:
    """Return the half-width of the 95 % interval by each rule, with the estimate as ``mean``."""
    J, K = len(blocks), Parts().folds
    rows = [of for of, _ in blocks]
    single = [differences[policy].astype(np.float64) for _, differences in blocks]
    values = np.array([of.mean() for of in single])
    fixed = all(np.array_equal(rows[0], other) for other in rows)
    images = image_variance(np.stack(single)) if fixed else repeated_part(rows, single)

    def seeds(values: np.ndarray, factor: float) -> float:
        return float(stats.t.ppf(0.975, len(values) - 1) ** 2 * values.var(ddof=1) * factor)

    variances = {
        "blocks alone": seeds(values, 1 / J),
        "with images": seeds(values, 1 / J) + stats.norm.ppf(0.975) ** 2 * images,
    }
    if not fixed:
        means = np.array([values[fold::K].mean() for fold in range(min(J, K))])
        variances["fold means"] = seeds(means, 1 / len(means))
        variances["Nadeau-Bengio"] = seeds(values, 1 / J + 1 / (K - 1))
    return {rule: variance**0.5 for rule, variance in variances.items()} | {"mean": values.mean()}


def main() -> None:
    """Print coverage and median half-widths."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--sets", type=int, default=300)
    options.add_argument("--images", type=int, default=400)
    options.add_argument("--model", choices=MODELS, default="ridge")
    options.add_argument("--truth", type=int, default=0, help="blocks for each data set's truth")
    options.add_argument("--minutes", type=float, default=10, help="stops after so many")
    asked = options.parse_args()
    warnings.filterwarnings("ignore", module="sklearn")
    pixels, labels = fashion(asked.folder)
    rng = np.random.default_rng(12)
    began = time.monotonic()
    truths, widths = [], []
    for at in range(asked.sets):
        order = rng.permutation(len(labels))
        own, new = order[: asked.images], order[asked.images :][:NEW_IMAGES]
        own = own[np.argsort(own)]
        truth, designs = one_set(
            MODELS[asked.model],
            pixels[own],
            labels[own],
            (pixels[new], labels[new]),
            at,
            asked.truth,
        )
        truths.append(truth)
        widths.append(
            {
                (design, J, policy): half_widths(blocks[:J], policy)
                for design, blocks in designs.items()
                for J in (3, 5, 7, 10)
                for policy in range(len(POLICIES))
            }
        )
        if time.monotonic() - began > 60 * asked.minutes:
            break
    of_sets = np.array(truths)
    last = [("folds", BLOCKS, policy) for policy in range(len(POLICIES))]
    of_all = np.array(
        [0.0, *(np.mean([of_set[at]["mean"] for of_set in widths]) for at in last[1:])]
    )
    print(f"{len(widths)} data sets of {asked.images} images, {asked.model}")
    for name, mean in zip(POLICIES, 100 * of_all, strict=True):
        print(f"truth of {name}: {mean:+.2f} points")
    print(
        "design, blocks, policy, rule: coverage of the truth of all, of the set; median half-width"
    )
    for design, J, policy in widths[0]:
        cells = [of_set[design, J, policy] for of_set in widths]
        off_set = np.array([c["mean"] for c in cells]) - of_sets[:, policy]
        off_all = np.array([c["mean"] for c in cells]) - of_all[policy]
        for rule in [rule for rule in cells[0] if rule != "mean"]:
            half = np.array([c[rule] for c in cells])
            print(
                f"{design:12} {J:3} {POLICIES[policy]:6} {rule:13} "
                f"{np.mean(np.abs(off_all) <= half):.3f} "
                f"{np.mean(np.abs(off_set) <= half) if asked.truth else np.nan:.3f} "
                f"{100 * np.median(half):5.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
