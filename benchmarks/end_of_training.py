"""How should a trial be measured near its end? Real trials, predicted at many points.

python -m benchmarks.end_of_training [--seeds 10] [--cases digits letters …] [--data FOLDER]

For each case: the variance of the paired difference of a policy to none with the last step's
weights, divided by that with another measure of the same training runs; and how far that measure
shifts the difference. FOLDER holds ``fashion-mnist/``, ``clothing/`` and ``omniglot-latin/``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.data import Dataset, load
from augbench.bench.options.model import Settings
from augbench.bench.trial import models
from augbench.bench.trial.averaged_weights import AveragedWeights
from augbench.bench.trial.block_setup import BlockSetup
from augbench.bench.trial.environment import computing_like_a_worker, limit_threads
from augbench.bench.trial.input_pipeline import InputPipeline
from augbench.bench.trial.sampler import epoch_rows, steps_per_epoch
from augbench.bench.trial.training import WarmModel
from augbench.bench.trial.trial import weight_seed
from augbench.policies.expression import parse
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.standardize import Standardizer

WINDOWS = (20, 30, 40, 50)
PARTS = 2


@dataclass(frozen=True)
class Case:
    """What is trained; sizes in images and pixels."""

    data: str
    epochs: int
    specs: tuple[str, ...]
    train_size: int | None = None
    image_size: tuple[int, int] | None = None
    model: str = "reference"


CASES = {
    "digits": Case("digits", 10, ("flip", "aerial"), train_size=600),
    "fashion-500": Case("fashion-mnist", 10, ("flip",), train_size=500),
    "fashion-5000": Case("fashion-mnist", 6, ("flip",), train_size=5000),
    "letters": Case("omniglot-latin", 20, ("flip", "aerial"), image_size=(28, 28)),
    "clothing": Case("clothing", 10, ("flip", "tutorial"), train_size=400, image_size=(48, 48)),
    "digits-resnet": Case("digits", 8, ("flip",), train_size=600, model="resnet"),
}


class Study:
    """The data sets and warm models of all cases."""

    def __init__(self, data: Path, work: Path) -> None:
        """Read pictures from ``data``; make files in ``work``."""
        self.data, self.work = data, work
        self.datasets: dict[str, Dataset] = {}
        self.models: dict[str, WarmModel] = {}

    def dataset(self, name: str, case: Case) -> Dataset:
        """Return the data of a case, loaded once."""
        if name not in self.datasets:
            place = case.data if case.data == "digits" else str(self.data / case.data)
            if case.data == "fashion-mnist":
                place = str(fashion(Path(place), self.work / "fashion.npz"))
            self.datasets[name] = load(place, image_size=case.image_size)
        return self.datasets[name]

    def trial(self, name: str, case: Case, policy: str, seed: int) -> dict[str, Any]:
        """Train once and return the test accuracies by measure, and seconds."""
        dataset = self.dataset(name, case)
        settings = Settings(train_size=case.train_size, threads=1)
        setup = BlockSetup.of(dataset, settings, load_spec("light"), seed)
        acting = setup.policy(parse(policy))
        steps = steps_per_epoch(len(setup.train), settings.batch_size)
        if name not in self.models:
            shape, classes = dataset.shape, len(dataset.classes)
            self.models[name] = WarmModel(lambda: models.build(case.model, shape, classes))
        model = self.models[name]
        model.reset(weight_seed(seed, 0))
        acting.learn(setup.train, setup.context())
        standardize = Standardizer.fit(setup.spec, setup.train.images, rescale=None)
        pipeline = InputPipeline(
            acting.enlarge(setup.train, setup.context()),
            acting,
            standardize,
            lambda epoch: epoch_rows(
                setup.train, len(setup.train), seed, epoch, case.epochs, settings.batch_size, 0
            ),
            settings.batch_size,
            case.epochs,
            seed,
        )
        return Watched(dataset, setup, model, standardize, steps, case.epochs).run(pipeline)


class Watched:
    """One training, with test accuracies at several points of its second half."""

    def __init__(
        self,
        dataset: Dataset,
        setup: BlockSetup,
        model: WarmModel,
        standardize: Any,
        steps: int,
        epochs: int,
    ) -> None:
        """Watch ``model`` train on the block of ``setup`` for ``epochs`` of ``steps`` steps."""
        rows, labels = setup.block.test, dataset.labels[setup.block.test]
        self.model, self.steps, self.epochs = model, steps, epochs
        self.accuracy = lambda: float(
            (model.predict(dataset.images, rows, standardize).argmax(1) == labels).mean()
        )
        variables = model.model.variables
        moving = [v for v in variables if not v.trainable]
        self.fine = AveragedWeights(variables, steps)
        self.coarse = AveragedWeights(variables, steps)
        self.weights = AveragedWeights(model.model.trainable_variables, steps) if moving else None
        self.done = self.since = 0
        self.at: dict[float, float] = {}
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def after_steps(self, steps: int) -> None:
        """Take up the weights; predict at each part of an epoch in the second half."""
        began = time.perf_counter()
        before, self.done, self.since = self.done, self.done + steps, self.since + steps
        self.fine.update(steps)
        self.seconds["averaging"] += time.perf_counter() - began
        if self.weights:
            self.weights.update(steps)
        if self.since >= 16 or self.done % self.steps == 0:
            self.coarse.update(self.since)
            self.since = 0
        part = PARTS * self.done // self.steps
        if part > PARTS * before // self.steps and 2 * self.done > self.epochs * self.steps:
            middle = time.perf_counter()
            self.at[part / PARTS] = self.accuracy()
            self.seconds["one prediction"] = time.perf_counter() - middle
        self.seconds["watching"] += time.perf_counter() - began

    def run(self, pipeline: InputPipeline) -> dict[str, Any]:
        """Train and return accuracies by measure."""
        began = time.perf_counter()
        self.model.fit(pipeline, lambda *_: None, self.after_steps)
        self.seconds["training"] = time.perf_counter() - began - self.seconds["watching"]
        accuracies: dict[str, Any] = {"last": self.at[self.epochs]}
        for window in WINDOWS:
            first = self.epochs - -(-window * self.epochs // 100)
            late = {at: value for at, value in self.at.items() if at > first}
            accuracies[f"last {window} %"] = np.mean([v for at, v in late.items() if at == int(at)])
            accuracies[f"last {window} %, {PARTS} an epoch"] = np.mean(list(late.values()))
        accuracies[f"last epoch, {PARTS} points"] = np.mean(
            [v for at, v in self.at.items() if at > self.epochs - 1]
        )
        for name, average in (
            ("averaged", self.fine),
            ("averaged every 16 steps", self.coarse),
            ("averaged, last statistics", self.weights),
        ):
            if average:
                with average.in_use():
                    accuracies[name] = self.accuracy()
        return accuracies | {"seconds": dict(self.seconds), "steps": self.steps}


def fashion(folder: Path, file: Path) -> Path:
    """Write Fashion-MNIST with its first 500 test images as an .npz."""
    arrays: dict[str, Any] = {}
    for name, start, count in (("train", "train", 60_000), ("test", "t10k", 500)):
        with gzip.open(folder / f"{start}-images-idx3-ubyte.gz") as stored:
            images = np.frombuffer(stored.read(), np.uint8, offset=16).reshape(-1, 28, 28)
        with gzip.open(folder / f"{start}-labels-idx1-ubyte.gz") as stored:
            labels = np.frombuffer(stored.read(), np.uint8, offset=8)
        arrays |= {f"x_{name}": images[:count], f"y_{name}": labels[:count].astype(np.int64)}
    np.savez(file, **arrays)
    return file


def report(name: str, trials: dict[tuple[str, int], dict[str, Any]]) -> None:
    """Print the comparison of measures over the seeds that all policies of a case finished."""
    policies = sorted({policy for policy, _ in trials} - {"none"})
    seeds = [s for p, s in trials if p == "none" and all((q, s) in trials for q in policies)]
    if len(seeds) < 3:
        return
    measures = [m for m in trials["none", seeds[0]] if m not in ("seconds", "steps")]
    spent = [trial["seconds"] for trial in trials.values()]
    train, prediction, averaging = (
        np.mean([s[what] for s in spent]) for what in ("training", "one prediction", "averaging")
    )
    print(
        f"\n{name}: {len(seeds)} seeds, {trials['none', seeds[0]]['steps']} steps an epoch; "
        f"training {train:.2f} s, one prediction of the test part "
        f"{100 * prediction / train:.1f} % of it, averaging {100 * averaging / train:.1f} %"
    )
    columns = [f"none {'mean':>5} {'sd':>4}", *(f"{p:>22}" for p in policies)]
    print(f"{'points; variance ÷, shift':28}" + " | ".join(columns))
    for measure in measures:
        value = {key: 100 * trial[measure] for key, trial in trials.items()}
        base = np.array([value["none", s] for s in seeds])
        cells = [f"{base.mean():9.1f} {base.std(ddof=1):5.2f}"]
        for policy in policies:
            delta = np.array([value[policy, s] - value["none", s] for s in seeds])
            last = np.array(
                [100 * (trials[policy, s]["last"] - trials["none", s]["last"]) for s in seeds]
            )
            shift = delta - last
            ratio = last.var(ddof=1) / delta.var(ddof=1)
            error = shift.std(ddof=1) / len(seeds) ** 0.5
            cells.append(f"{delta.mean():+6.2f} ÷{ratio:4.1f} {shift.mean():+5.2f}±{error:.2f}")
        print(f"{measure:28}" + " | ".join(cells))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--data", type=Path, default=os.environ.get("AUGBENCH_TEST_DATA", "."))
    parser.add_argument("--keep", type=Path, help="a file of what is measured, to go on with")
    asked = parser.parse_args(arguments)
    limit_threads(1)
    by_case: dict[str, dict[tuple[str, int], dict[str, Any]]] = {name: {} for name in asked.cases}
    for line in asked.keep.read_text().splitlines() if asked.keep and asked.keep.exists() else ():
        trial = json.loads(line)
        place = by_case.setdefault(trial.pop("case"), {})
        place[trial.pop("policy"), trial.pop("seed")] = trial
    with computing_like_a_worker(1), tempfile.TemporaryDirectory() as folder:
        os.environ["AUGBENCH_CACHE"] = folder
        study = Study(asked.data, Path(folder))
        for seed in range(asked.seeds):
            for name in asked.cases:
                case = CASES[name]
                for spec in ("none", *case.specs):
                    if (spec, seed) in by_case[name]:
                        continue
                    policy = "none" if spec == "none" else f'albumentations(spec="{spec}")'
                    trial = study.trial(name, case, policy, seed)
                    by_case[name][spec, seed] = trial
                    if asked.keep:
                        with asked.keep.open("a") as file:
                            line = {"case": name, "policy": spec, "seed": seed, **trial}
                            file.write(json.dumps(line) + "\n")
    for name, trials in by_case.items():
        report(name, trials)


if __name__ == "__main__":
    main()
