"""How often are the verdicts wrong? Simulated runs of known truth through the real tables.

    python benchmarks/verdicts.py [--runs 2000]

Every figure is a share of simulated runs. A run has policies, seeds and test images: an image is
right with a probability of its own, a trial adds noise to all its images, and a policy may treat
single images better or worse. The test images are a sample: the truth is the effect on all images
that could have been drawn.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.reports.run.layout import CURVE_COLUMNS
from augbench.reports.run.run import Predictions, Run, Trial
from augbench.reports.statistics.level import Level, level_of
from augbench.reports.statistics.verdict import seeds_needed
from augbench.reports.tables.accuracy import accuracy_effect, accuracy_table
from augbench.reports.tables.overfitting import overfitting_table
from augbench.reports.tables.pairs import pairs_table
from augbench.reports.tables.per_class import per_class_table

HERE = Path("simulated")
CHANGED = (0.25, -0.25, 0.25, *(0.0,) * 7)
NO_CURVES = pd.DataFrame(columns=list(CURVE_COLUMNS)).to_records(index=False)


@dataclass(frozen=True)
class World:
    """What is true.

    Attributes:
        effects: the true effect of each policy that is compared with the baseline, a fraction.
        seeds: how many blocks.
        images: how many test images.
        seed_sd: standard deviation of a trial's accuracy between seeds, a fraction.
        image_effect: how much more or less likely a policy gets a single image right; half of the
            images gain it, half lose it, so that it adds nothing on average.
        accuracy: the baseline's mean accuracy; images are right with probabilities up to .2 below
            and above.
        classes: how many classes; image i is of class i modulo this number.
        class_effects: additional effect of the first policy on each class, (classes,), or none.
    """

    effects: tuple[float, ...]
    seeds: int = 5
    images: int = 200
    seed_sd: float = 0.013
    image_effect: float = 0.0
    accuracy: float = 0.7
    classes: int = 10
    class_effects: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        # A probability cut off at 0 or 1 would change the truth.
        most = max(map(abs, (*self.effects, 0.0))) + max(map(abs, (*self.class_effects, 0.0)))
        reach = 0.2 + most + self.image_effect + 3 * self.seed_sd
        if not reach <= self.accuracy <= 1 - reach:
            raise ValueError(f"probabilities would leave 0 to 1: {self.accuracy} ± {reach}")


def simulate(world: World, rng: np.random.Generator) -> Run:
    """One run of this world, as `augbench.reports.run.reader.load` would read it."""
    labels = np.arange(world.images, dtype=np.int64) % world.classes
    wrong = (labels + 1) % world.classes
    own = world.accuracy + rng.uniform(-0.2, 0.2, world.images)
    confidence = np.full(world.images, 0.9)
    names = ("none", *(f"p{at}" for at in range(1, len(world.effects) + 1)))
    trials = {}
    for name, effect in zip(names, (0.0, *world.effects), strict=True):
        by_image = world.image_effect * rng.choice([-1.0, 1.0], world.images)
        chance = own + effect + (by_image if name != "none" else 0.0)
        if name == "p1" and world.class_effects:
            chance = chance + np.asarray(world.class_effects)[labels]
        of_seeds = chance + world.seed_sd * rng.standard_normal((world.seeds, 1))
        right = rng.random((world.seeds, world.images)) < of_seeds
        for seed in range(world.seeds):
            predicted = np.where(right[seed], labels, wrong)
            test = Predictions(labels, predicted[None], predicted, confidence)
            record = {"status": "done", "test_accuracy": float(right[seed].mean())}
            trials[name, seed] = Trial(name, seed, HERE, record, NO_CURVES, test=test)
    numbers = tuple(range(world.seeds))
    classes = tuple(str(k) for k in range(world.classes))
    return Run(HERE, "simulated", names, "none", numbers, (numbers,), 0.01, trials, classes=classes)


def simulated(world: World, runs: int, seed: int = 0) -> Iterator[Run]:
    """Many runs of this world; the same seed gives the same runs."""
    for number in range(runs):
        yield simulate(world, np.random.default_rng([seed, number]))


def verdicts(run: Run, level: Level | None = None, margin: float = 0.01) -> list[str]:
    """The verdict on each policy but the baseline, by the real table."""
    level = level or level_of(run.seeds, run.looks, len(run.challengers))
    table, _ = accuracy_table(run, level, margin)
    return [word for word in table["verdict"] if word != "baseline"]


def false_alarms(world: World, runs: int, level: Level | None = None, seed: int = 0) -> int:
    """In how many runs any policy at all is called better or worse."""
    return sum(
        any(word in ("better", "worse") for word in verdicts(run, level))
        for run in simulated(world, runs, seed)
    )


def covered(world: World, runs: int, images_count: bool = True, seed: int = 0) -> tuple[int, int]:
    """In how many runs the first policy's interval covers the true effect, and of how many.

    The level is .95. `images_count` says whether test images count as a source of chance. Runs
    without an interval (the same difference in every seed) are left out.
    """
    hits = of = 0
    for run in simulated(world, runs, seed):
        effect = accuracy_effect(run, "p1", "none")
        if not images_count:
            effect = replace(effect, image_variance=0.0)
        low, high = effect.interval(Level(0.05))
        of += not np.isnan(low)
        hits += bool(low <= world.effects[0] <= high)
    return hits, of


def alarms_while_extending(
    world: World, at: Sequence[int], runs: int, spend: bool = True, seed: int = 0
) -> int:
    """In how many runs a false alarm is raised at any look, when seeds are added again and again.

    `spend` says whether the looks are remembered, as a run folder does.
    """
    count = 0
    for run in simulated(replace(world, seeds=max(at)), runs, seed):
        looks: tuple[tuple[int, ...], ...] = ()
        for seeds in at:
            looks = (*looks, tuple(range(seeds)))
            seen = replace(run, seeds=looks[-1], looks=looks)
            level = None if spend else Level(0.05, len(run.challengers))
            if any(word in ("better", "worse") for word in verdicts(seen, level)):
                count += 1
                break
    return count


def called(world: World, runs: int, word: str, margin: float = 0.01, seed: int = 0) -> int:
    """In how many runs the first policy gets this verdict."""
    return sum(verdicts(run, margin=margin)[0] == word for run in simulated(world, runs, seed))


def called_equivalent(world: World, runs: int, margin: float, seed: int = 0) -> int:
    """In how many runs pairs.csv calls the first policy and the baseline equivalent."""
    count = 0
    for run in simulated(world, runs, seed):
        table, _ = pairs_table(run, level_of(run.seeds, run.looks, 1).alpha, margin)
        count += table["verdict"][0] == "equivalent"
    return count


def class_discoveries(world: World, runs: int, seed: int = 0) -> tuple[list[float], int]:
    """The share of false ones among each run's discoveries of per_class.csv, and all true ones."""
    shares, true = [], 0
    for run in simulated(world, runs, seed):
        table, _ = per_class_table(run, level_of(run.seeds, run.looks, 1).alpha, 0.01)
        discoveries = table[table["verdict"].isin(["better", "worse"])]
        effects = world.class_effects or (0.0,) * world.classes
        real = [
            policy == "p1" and effects[int(name)] * (1 if word == "better" else -1) > 0
            for policy, name, word in discoveries[["policy", "class", "verdict"]].itertuples(
                index=False
            )
        ]
        shares.append(1 - sum(real) / len(real) if real else 0.0)
        true += sum(real)
    return shares, true


def gap_alarms(policies: int, seeds: int, runs: int, seed: int = 0) -> int:
    """In how many runs without any effect a policy is said to overfit less or more."""
    count = 0
    numbers = tuple(range(seeds))
    names = ("none", *(f"p{at}" for at in range(1, policies + 1)))
    for number in range(runs):
        rng = np.random.default_rng([seed, number])
        trials = {}
        for name in names:
            for block in numbers:
                curve = pd.DataFrame(1.0, index=[0], columns=list(CURVE_COLUMNS))
                curve["validation_accuracy"] = 0.9 - 0.013 * rng.standard_normal()
                curves = curve.to_records(index=False)
                record = {"status": "done", "train_accuracy": 1.0, "test_accuracy": 0.9}
                trials[name, block] = Trial(name, block, HERE, record, curves)
        run = Run(HERE, "simulated", names, "none", numbers, (numbers,), 0.01, trials)
        level = level_of(run.seeds, run.looks, policies)
        table, _ = overfitting_table(run, level, 0.01, {})
        count += bool(table["verdict"].isin(["less", "more"]).any())
    return count


def settled_as_promised(world: World, runs: int, seed: int = 0) -> tuple[int, int]:
    """How often the high end of `seeds needed` did settle it, and of how many promises."""
    settled = promises = 0
    for number, run in enumerate(simulated(world, runs, seed)):
        level = level_of(run.seeds, run.looks, len(run.challengers))
        if verdicts(run)[0] != "inconclusive":
            continue
        _, high = seeds_needed(accuracy_effect(run, "p1", "none"), level, 0.01)
        if high is None or high > 400:
            continue
        promises += 1
        rng = np.random.default_rng([seed + 1, number])
        longer = simulate(replace(world, seeds=high), rng)
        looks = (run.seeds, longer.seeds)
        settled += verdicts(replace(longer, looks=looks))[0] != "inconclusive"
    return settled, promises


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000, help="simulated runs a line")
    runs = parser.parse_args().runs
    began = time.perf_counter()

    def line(text: str, count: float, of: int = runs) -> None:
        low, high = stats.binomtest(round(count), of).proportion_ci(method="wilson")
        print(f"{text:74} {count / of:6.3f}  ({low:.3f} to {high:.3f})", flush=True)

    print("Coverage of the 95 % interval where images matter (image effect .2)")
    for seeds in (3, 5, 10):
        for images in (120, 1000):
            world = World((0.02,), seeds, images, image_effect=0.2, accuracy=0.5)
            where = f"  {seeds} seeds, {images} test images"
            line(where, *covered(world, runs))
            line(f"{where}, by seeds alone", *covered(world, runs, images_count=False))
    print("The same where images do not matter")
    for seeds in (3, 5, 10):
        line(f"  {seeds} seeds, 200 test images", *covered(World((0.02,), seeds), runs))
    print("Any false alarm under no effect, over all policies together (at most .05)")
    for policies in (1, 4, 6):
        for seeds in (3, 5, 10):
            world = World((0.0,) * policies, seeds)
            line(f"  {policies} policies, {seeds} seeds", false_alarms(world, runs))
    world = World((0.0,) * 6, 5)
    line("  6 policies, 5 seeds, uncorrected", false_alarms(world, runs, Level(0.05)))
    world = World((0.0,) * 6, 5, 120, image_effect=0.2, accuracy=0.5)
    line("  6 policies, 5 seeds, images matter", false_alarms(world, runs))
    world = World((0.0,) * 4, 5, images=40, accuracy=0.79, seed_sd=0.0)
    line("  4 policies, 5 seeds, 40 test images", false_alarms(world, runs))
    print("Any false alarm while seeds are added (3, 5, 8, 12, 20)")
    for policies in (1, 4):
        world = World((0.0,) * policies)
        line(f"  {policies} policies", alarms_while_extending(world, (3, 5, 8, 12, 20), runs))
    count = alarms_while_extending(World((0.0,)), (3, 5, 8, 12, 20), runs, spend=False)
    line("  1 policies, looks not paid for", count)
    print("Power: an effect of 3 points is found (1,000 test images)")
    for policies in (1, 6):
        for seeds in (3, 5, 10):
            world = World((0.03, *(0.0,) * (policies - 1)), seeds, 1000)
            line(f"  {policies} policies, {seeds} seeds", called(world, runs, "better"))
    print("Called equivalent within ± 3 points (10 seeds, 1,000 test images)")
    for effect in (0.03, -0.03, 0.0):
        world = World((effect,), 10, 1000, image_effect=0.1, accuracy=0.6)
        text = f"  a difference of {100 * effect:g} points"
        line(f"{text}, accuracy.csv", called(world, runs, "equivalent", 0.03))
        line(f"{text}, pairs.csv", called_equivalent(world, runs, 0.03))
    print("Per class: mean share of false ones among the discoveries (at most .05)")
    line("  4 policies, 10 classes, no effect", sum(class_discoveries(World((0.0,) * 4), runs)[0]))
    world = World((0.0,) * 2, 5, 1000, class_effects=CHANGED, accuracy=0.5)
    shares, true = class_discoveries(world, runs)
    line("  2 policies, 3 of 20 classes × policies change by 25 points", sum(shares))
    line("    of these found", true, 3 * runs)
    print("Overfitting said to change under no effect (at most .05)")
    line("  4 policies, 5 seeds", gap_alarms(4, 5, runs))
    print("The high end of the seeds that would settle it, kept")
    few = max(20, runs // 10)
    line("  effect of 2 points, 3 seeds", *settled_as_promised(World((0.02,), 3, 1000), few))
    print(f"{time.perf_counter() - began:.0f} s, {runs} runs a line")


if __name__ == "__main__":
    main()
