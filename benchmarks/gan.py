"""Are a GAN's images as useful as real ones, as a Gaussian's, as those of keras.io's recipe?

Trains on 1,000 images of Fashion-MNIST and prints, for each pool of as many images, CAS and
GAN-test on or by the 10,000 test images, the KID to them, copies and minutes:

    python benchmarks/gan.py                          # gaussian and gan, default steps, seed 0
    python benchmarks/gan.py --minutes 15 --seeds 3   # the GAN for 15 minutes, three times
    python benchmarks/gan.py --recipe                 # keras.io's conditional GAN, equal minutes
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import argparse
import gzip
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.base import Context
from policies.expression import parse
from policies.quality.classifier import Classifier, Judge, judge_steps
from policies.quality.distances import kernel_distance
from policies.quality.neighbours import nearly_equal
from policies.random import stream
from policies.registry import build
from policies.stored import class_order
from policies.training_set import ImageStack, TrainingSet

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "fashion-mnist"
CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat")
CLASSES += ("sandal", "shirt", "sneaker", "bag", "boot")


def images_of(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 N×28×28×1 and labels int64 N of ``train`` or ``t10k``."""
    found = []
    for name, offset in ((f"{part}-images-idx3-ubyte", 16), (f"{part}-labels-idx1-ubyte", 8)):
        with gzip.open(folder / f"{name}.gz") as file:
            found.append(np.frombuffer(file.read(), np.uint8, offset=offset))
    return found[0].reshape(-1, 28, 28, 1), found[1].astype(np.int64)


def recipe(train: TrainingSet, seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return as many images as ``train`` has of keras.io's conditional GAN, as it stands there.

    https://keras.io/examples/generative/conditional_gan, but trained on the training split alone.
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
    for one, model in zip(optimizers, (discriminator, generator), strict=True):
        one.build(model.trainable_variables)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)

    @tf.function
    def step(real: Any, one_hot: Any, noise: Any) -> None:
        maps = tf.tile(one_hot[:, None, None, :], (1, 28, 28, 1))
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
    while time.perf_counter() - began < seconds:
        rows = rng.integers(len(pixels), size=64)
        noise = rng.standard_normal((2, 64, latent), np.float32)
        step(tf.constant(pixels[rows]), tf.constant(one_hot[train.labels[rows]]), noise)
    noise = rng.standard_normal((len(train), latent), np.float32)
    made = generator.predict(np.concatenate([noise, one_hot[train.labels]], 1), verbose=0)
    return np.rint(255 * made).astype(np.uint8), train.labels


def pool_of(
    policy: str, train: TrainingSet, seed: int, cache: Path
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return images, labels and seconds of learning of a policy that generates."""
    made = build(parse(policy))
    context = Context(seed, threads=0, cache=cache, data_key=f"benchmark-{seed}", progress=say)
    began = time.perf_counter()
    made.learn(train, context)
    seconds = getattr(made, "learn_seconds", 0.0) or time.perf_counter() - began
    enlarged = made.enlarge(train, context)
    for note in context.notes:
        say(note)
    rows = np.arange(len(train), len(enlarged))
    return enlarged.images[rows], enlarged.labels[rows], seconds


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(seed: int, options: argparse.Namespace, show: Callable[..., None]) -> None:
    """Print a line for each pool of one seed."""
    images, labels = images_of(options.data, "train")
    test, truth = images_of(options.data, "t10k")
    rows = class_order(labels, stream(seed, "benchmark"))[: options.train_size]
    train = TrainingSet(ImageStack([(images[rows], None)]), labels[rows], CLASSES)
    judge, steps = Judge((28, 28, 1), 10, seed), judge_steps(len(train))
    eyes: Classifier = judge.train(images[rows], labels[rows], steps)
    features = eyes.features(test)

    def row(name: str, made: np.ndarray, of: np.ndarray, seconds: float) -> None:
        cas = judge.train(made, of, steps).accuracy(test, truth)
        kid = kernel_distance(features, eyes.features(made))
        copies = nearly_equal(made, images[rows])
        show(name, seed, cas, eyes.accuracy(made, of), kid, copies, seconds / 60)

    others = np.setdiff1d(np.arange(len(labels)), rows)
    others = others[class_order(labels[others], stream(seed, "others"))[: len(rows)]]
    row("real", images[rows], labels[rows], 0.0)
    row("other real", images[others], labels[others], 0.0)
    given = f", minutes={options.minutes}" if options.minutes else ""
    given += f", steps={options.steps}" if options.steps else ""
    given += f", {options.options}" if options.options else ""
    with tempfile.TemporaryDirectory() as cache:
        row("gaussian", *pool_of("gaussian", train, seed, Path(cache)))
        made, of, seconds = pool_of(f"gan(insist=True{given})", train, seed, Path(cache))
        row("gan", made, of, seconds)
    if options.recipe:
        row("keras.io", *recipe(train, seconds, seed), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=FOLDER, help="folder of the four IDX files")
    parser.add_argument("--train-size", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="of training the GAN")
    parser.add_argument("--steps", type=int, help="instead of minutes")
    parser.add_argument("--options", default="", help="more options of gan(…), as text")
    parser.add_argument("--recipe", action="store_true", help="also keras.io's conditional GAN")
    options = parser.parse_args()
    print(f"{'pool':12} {'seed':>4} {'CAS':>6} {'GAN-test':>8} {'KID':>8} {'copies':>6} {'min':>5}")

    def show(
        name: str, seed: int, cas: float, right: float, kid: float, copies: float, minutes: float
    ) -> None:
        print(
            f"{name:12} {seed:4} {cas:6.3f} {right:8.3f} {kid:8.4f} {copies:6.3f} {minutes:5.1f}",
            flush=True,
        )

    for seed in range(options.seeds):
        measure(seed, options, show)


if __name__ == "__main__":
    main()
