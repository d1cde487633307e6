"""Are a GAN's images as useful as real ones, as a Gaussian's, as those of keras.io's recipe?

Trains on 1,000 images of Fashion-MNIST and prints, for each pool of as many images, CAS (the mean
of three classifiers) and GAN-test on or by the 10,000 test images, the KID to them, copies and
minutes of learning; at the end the medians over the seeds:

    python -m benchmarks.gan                          # default steps, seed 0
    python -m benchmarks.gan --minutes 15 --seeds 3   # the GAN and keras.io's, both in that time

Two pools are made at a time, each with one thread: at equal minutes they have an equal share of
the machine.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.policies.base import Context
from augbench.policies.enlarge.copies import class_order
from augbench.policies.expression import parse
from augbench.policies.quality.distances import kernel_distance
from augbench.policies.quality.neighbours import nearly_equal
from augbench.policies.quality.probe_classifier import ProbeTrainer, probe_steps
from augbench.policies.random import stream
from augbench.policies.registry import build
from augbench.policies.training_set import ImageStack, TrainingSet

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "fashion-mnist"
POOLS = ("gan", "keras.io", "real", "other real", "gaussian")
CLASSES = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "boot"),
)


def images_of(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 N×28×28×1 and labels int64 N of ``train`` or ``t10k``."""
    arrays = []
    for name, offset in ((f"{part}-images-idx3-ubyte", 16), (f"{part}-labels-idx1-ubyte", 8)):
        with gzip.open(folder / f"{name}.gz") as file:
            arrays.append(np.frombuffer(file.read(), np.uint8, offset=offset))
    return arrays[0].reshape(-1, 28, 28, 1), arrays[1].astype(np.int64)


def recipe(train: TrainingSet, seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return as many images as ``train`` has of keras.io's conditional GAN, as it stands there.

    https://keras.io/examples/generative/conditional_gan, but trained on the training split alone.
    There the labels that the discriminator gets beside an image are bands of rows (a repeat without
    an axis, then a reshape), and so they are here.
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    latent, count = 128, len(CLASSES)
    discriminator = keras.Sequential(
        [
            keras.layers.InputLayer((28, 28, 1 + count)),
            keras.layers.Conv2D(64, 3, 2, padding="same"),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Conv2D(128, 3, 2, padding="same"),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(1),
        ]
    )
    generator = keras.Sequential(
        [
            keras.layers.InputLayer((latent + count,)),
            keras.layers.Dense(7 * 7 * (latent + count)),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Reshape((7, 7, latent + count)),
            keras.layers.Conv2DTranspose(128, 4, 2, padding="same"),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Conv2DTranspose(128, 4, 2, padding="same"),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
        ]
    )
    optimizers = [keras.optimizers.Adam(0.0003) for _ in range(2)]
    for optimizer, model in zip(optimizers, (discriminator, generator), strict=True):
        optimizer.build(model.trainable_variables)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def step(real: Any, one_hot: Any, noise: Any) -> None:
        maps = tf.reshape(tf.repeat(one_hot, 28 * 28, axis=1), (-1, 28, 28, count))
        fake = generator(tf.concat([noise[0], one_hot], 1))
        both = tf.concat([tf.concat([fake, maps], -1), tf.concat([real, maps], -1)], 0)
        truth = tf.concat([tf.ones((len(real), 1)), tf.zeros((len(real), 1))], 0)
        with tf.GradientTape() as tape:
            value = loss(truth, discriminator(both))
        variables = discriminator.trainable_weights
        optimizers[0].apply(tape.gradient(value, variables), variables)
        with tf.GradientTape() as tape:
            fake = generator(tf.concat([noise[1], one_hot], 1))
            scores = discriminator(tf.concat([fake, maps], -1))
            value = loss(tf.zeros((len(real), 1)), scores)
        variables = generator.trainable_weights
        optimizers[1].apply(tape.gradient(value, variables), variables)

    pixels = np.asarray(train.images).astype(np.float32) / 255
    one_hot = np.eye(count, dtype=np.float32)
    rng, began = np.random.default_rng(seed), time.perf_counter()
    steps, order = 0, np.zeros(0, np.int64)
    while time.perf_counter() - began < seconds:
        order = order if len(order) else rng.permutation(len(pixels))
        rows, order = order[:64], order[64:]
        noise = rng.standard_normal((2, len(rows), latent), np.float32)
        step(tf.constant(pixels[rows]), tf.constant(one_hot[train.labels[rows]]), noise)
        steps += 1
    say(f"seed {seed}: keras.io's recipe took {steps:,} steps")
    noise = rng.standard_normal((len(train), latent), np.float32)
    made = generator.predict(np.concatenate([noise, one_hot[train.labels]], 1), verbose=0)
    return np.rint(255 * made).astype(np.uint8), train.labels


def pool_of(policy: str, train: TrainingSet, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return images, labels and seconds of learning of a policy that generates."""
    made = build(parse(policy))
    with tempfile.TemporaryDirectory() as cache:
        context = Context(
            seed,
            threads=1,
            cache=Path(cache),
            data_key=f"benchmark-{seed}",
            progress=lambda text: say(f"seed {seed}: {text}"),
        )
        began = time.perf_counter()
        made.learn(train, context)
        seconds = time.perf_counter() - began
    enlarged = made.enlarge(train, context)
    for finding in context.findings:
        say(f"seed {seed}: {finding.kind} {dict(finding.figures)}")
    rows = np.arange(len(train), len(enlarged))
    return enlarged.images[rows], enlarged.labels[rows], seconds


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measured(pool: str, seed: int, asked: argparse.Namespace) -> tuple[str, int, list[float]]:
    """Return pool, seed, and CAS, GAN-test, KID, copies and minutes of one pool."""
    images, labels = images_of(asked.data, "train")
    test, truth = images_of(asked.data, "t10k")
    order = class_order(labels, stream(seed, "benchmark"))
    rows, others = order[: asked.train_size], order[asked.train_size : 2 * asked.train_size]
    train = TrainingSet(ImageStack([(images[rows], None)]), labels[rows], CLASSES)
    if pool in ("real", "other real"):
        rows_of = rows if pool == "real" else others
        made, of, seconds = images[rows_of], labels[rows_of], 0.0
    elif pool == "keras.io":
        made, of = recipe(train, 60 * asked.minutes, seed)
        seconds = 60 * asked.minutes
    elif pool == "gan":
        given = f", minutes={asked.minutes}" if asked.minutes else ""
        given += f", {asked.options}" if asked.options else ""
        made, of, seconds = pool_of(f"gan(insist=True{given})", train, seed)
    else:
        made, of, seconds = pool_of(pool, train, seed)
    trainer, steps = ProbeTrainer((28, 28, 1), 10, seed), probe_steps(len(train))
    probe = trainer.train(images[rows], labels[rows], steps)
    cas = [trainer.train(made, of, steps, start).accuracy(test, truth) for start in range(3)]
    return (
        pool,
        seed,
        [
            float(np.mean(cas)),
            probe.accuracy(made, of),
            kernel_distance(probe.features(test), probe.features(made)),
            nearly_equal(made, images[rows]),
            seconds / 60,
        ],
    )


def prepare() -> None:
    """Make a new process compute with one thread."""
    prepare_process(threads=1)
    limit_threads(1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of the four IDX files")
    parser.add_argument("--train-size", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="of training, for the GAN and keras.io's")
    parser.add_argument("--options", default="", help="more options of gan(…), as text")
    parser.add_argument("--pools", default="", help=f"of {', '.join(POOLS)}; all by default")
    parser.add_argument("--jobs", type=int, default=2, help="pools at a time")
    asked = parser.parse_args()
    pools = [name for name in asked.pools.split(",") if name] or list(POOLS)
    if not asked.minutes and "keras.io" in pools:
        pools.remove("keras.io")  # it has no number of steps of its own
    if unknown := set(pools) - set(POOLS):
        parser.error(f"--pools: {', '.join(unknown)}: expected some of {', '.join(POOLS)}")
    print(f"{'pool':12} {'seed':>6} {'CAS':>6} {'GAN-test':>8} {'KID':>8} {'copies':>6} {'min':>5}")
    by_pool: dict[str, list[list[float]]] = {pool: [] for pool in pools}
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    with ProcessPoolExecutor(asked.jobs, get_context("spawn"), prepare) as processes:
        tasks = [processes.submit(measured, pool, seed, asked) for seed in seeds for pool in pools]
        for task in as_completed(tasks):
            pool, seed, figures = task.result()
            by_pool[pool].append(figures)
            show(pool, str(seed), figures)
    for pool, rows in by_pool.items():
        show(pool, "median", [median(column) for column in zip(*rows, strict=True)])


def show(pool: str, seed: str, figures: list[float]) -> None:
    cas, right, kid, copies, minutes = figures
    print(
        f"{pool:12} {seed:>6} {cas:6.3f} {right:8.3f} {kid:8.4f} {copies:6.3f} {minutes:5.1f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
