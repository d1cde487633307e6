"""The search from its options to its answer: look, screen, race, confirm, within the time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import statistics
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from augbench.bench.data import Dataset, Parts, block
from augbench.bench.executors import Outcome
from augbench.bench.options.model import Settings, deciding
from augbench.bench.options.search import Objective
from augbench.bench.run.experiment import Experiment, executor_named, failed_result
from augbench.bench.run.plans import plans_of
from augbench.bench.search.candidates import catalogue
from augbench.bench.search.candidates.candidate import Candidate
from augbench.bench.search.candidates.generating import TrainedOn, generated
from augbench.bench.search.confirming import (
    ENOUGH_FOR_RIVALS,
    MOST,
    Confirmed,
    of_effect,
    seeds_to_confirm,
)
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.ledger import Ledger, keep_pictures
from augbench.bench.search.pace import WANTED_TRIALS, Length, length_for
from augbench.bench.search.proposals import proposals
from augbench.bench.search.race import Cell, Estimate, estimates, race, winner
from augbench.bench.search.screening.screen import Screened, screen
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.trial import TrialPlan
from augbench.policies.expression import BASELINE, Expression, parse
from augbench.policies.registry import build
from augbench.reports.run.files import trial_folder
from augbench.reports.run.reader import read_trial
from augbench.reports.run.run import Trial
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS, Effect, paired_effect

from augbench.errors import InputError

Stage = Literal["probe", "race", "confirm"]
#: seeds from here on confirm, counted from the first one
CONFIRMING = 1000
#: images and epochs of the trials that tell how fast this machine is
PROBE_IMAGES = 320
PROBE_EPOCHS = 2
#: two candidates and the baseline race once, and the winner is confirmed on the fewest seeds
FEWEST_TRIALS = 3 + 2 * SEEDS_FOR_INTERVALS
#: part of the budget that writing the answer may take, at least so many seconds
WRITING = 0.01
WRITING_SECONDS = 4.0
#: a trial's share of time that passes between trials
BETWEEN = 1.04
#: what people take who do not choose
USUAL_PRESET = "tutorial"
#: a ready-made combination that races from the start
FIRST_PRESET = "light"


@dataclass(frozen=True)
class Asked:
    """What a search was asked for, beside the options of a run.

    Attributes:
        budget: seconds.
        objective: what is made as good as can be, on validation images.
        include: families that are tried whatever the screen says.
        exclude: families that are left out.
        start_from: words of a spec that is in use; None where there is none.
    """

    budget: float
    objective: Objective = "accuracy"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    start_from: dict[str, Any] | None = None


@dataclass
class Standing:
    """What is known by now, as the report wants it.

    Attributes:
        state: racing, confirming, interrupted or done.
        known: what is believed of each candidate that raced, on validation images.
        winner: the best of them, or the baseline.
        confirmed: what fresh seeds say of the winner against others, by label; the baseline first.
        leader: one line for a person who waits.
    """

    state: str = "racing"
    known: dict[str, Estimate] = field(default_factory=dict)
    winner: str = BASELINE
    confirmed: dict[str, Confirmed] = field(default_factory=dict)

    @property
    def leader(self) -> str:
        if self.winner not in self.known:
            return "no augmentation leads"
        one = self.known[self.winner]
        return (
            f"{self.winner} leads: {100 * one.mean:+.1f} ± {200 * one.sd:.1f} points "
            f"after {one.blocks} seeds"
        )


class Search:
    """A search on its way; `run` does it, and can be called again after any interruption.

    Attributes:
        candidates: all that were proposed, by label.
        summary: what is known of the data.
        left_out: families that the data or the budget do not suit, by name, each with the reason.
        own_size: height and width of the images before they were made smaller.
        training_rows: int64, the rows of the data set that the first seed trains on.
        screened: what the screen says of those that it judged.
        standing: what is known by now.
        confirming: who is measured on fresh seeds: the baseline, the winner, then its rivals.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: RunFolder,
        asked: Asked,
        load: Callable[[Settings], Dataset],
    ) -> None:
        """Prepare a search.

        Args:
            experiment: the data and options; its policies do not count.
            load: loads the data again, with images of another size.
            folder: where trials and the memory of the search are.
            asked: what to search for.

        Raises:
            InputError: no family is called as one that is included or excluded.
        """
        self.settings, self.dataset = experiment.settings, experiment.dataset
        self.folder, self.asked, self.spec = folder, asked, experiment.spec
        self.notes, self._load = list(experiment.notes), load
        rows = block(self.dataset, self.settings.first_seed, Parts.of(self.settings))
        self.training_rows = rows.train
        self.own_size = self.dataset.shape[:2]
        self.summary = DataSummary.of(self.dataset, rows)
        if not self.summary.validation:
            raise InputError("too few images: none is left to validate on, by which to choose")
        self.ledger = Ledger.open(folder, self._study(), asked.budget)
        self.candidates: dict[str, Candidate] = {}
        self.left_out = catalogue.left_out(self.summary)
        self._add(self._first_candidates())
        self.screened: list[Screened] = []
        self.standing = Standing()
        self.confirming: list[str] = []
        self.blocks: list[tuple[Cell, ...]] = []
        self.trials: dict[tuple[Stage, str, int], Trial] = {}
        self._length = Length(self.settings.epochs, self.settings.train_size, None, math.nan)
        self._arrays: dict[bytes, Any] = {}
        self._asked_train_size = self.settings.train_size

    def run(
        self,
        *,
        ended: Callable[[Outcome], None] = lambda outcome: None,
        on_epoch: Callable[[int], None] = lambda epochs: None,
        on_message: Callable[[TrialPlan, str], None] = lambda plan, text: None,
        on_screen: Callable[[int, int, str], None] = lambda done, total, what: None,
        on_news: Callable[[Search], None] = lambda search: None,
        epochs: int | None = None,
    ) -> None:
        """Search until the answer is confirmed or the time is up.

        Args:
            ended: called with each trial that ended.
            on_epoch: called with the epochs that are done in unfinished trials.
            on_message: called with a running trial and what its policy says as it learns.
            on_screen: called with done, all and what, while candidates are screened.
            on_news: called after each block with this search.
            epochs: of a trial; None leaves it to the time there is.

        Raises:
            KeyboardInterrupt: as it comes; what is known stays in `standing`.
        """
        self.folder.sweep()
        steps = _Steps(self, self._steps(epochs, on_screen, on_news))
        running = executor_named(self.settings.executor)(
            steps.more,
            self.folder.path,
            jobs=self.settings.jobs,
            threads=self.settings.threads,
            progress=on_epoch,
            on_message=on_message,
        )
        with closing(running):
            for outcome in running:
                steps.ended(outcome)
                ended(outcome)
                if steps.complete:
                    break
        self.ledger.write()

    @property
    def expected_trials(self) -> int:
        """How many trials there will be in all, as far as can be told."""
        seconds = self._seconds()
        if math.isnan(seconds):
            return 2 * self.settings.jobs + WANTED_TRIALS
        return len(self.trials) + int(max(0.0, self.ledger.left) * self.settings.jobs / seconds)

    # What comes next, step by step; each step is a list of trials that are wanted.

    def _steps(
        self,
        epochs: int | None,
        on_screen: Callable[[int, int, str], None],
        on_news: Callable[[Search], None],
    ) -> Generator[list[_Wanted]]:
        yield from self._measure_pace(epochs)
        self._screen(on_screen)
        self._consider_generated()
        on_news(self)
        yield from self._race(on_news)
        yield from self._confirm(on_news)
        self.standing.state = "done"
        on_news(self)

    def _measure_pace(self, epochs: int | None) -> Generator[list[_Wanted]]:
        """Decide how long a trial is, from a few short ones that run side by side."""
        if "length" not in self.ledger.decided:
            seeds = range(self.settings.first_seed, self.settings.first_seed + self.settings.jobs)
            probes = [_Wanted("probe", BASELINE, seed) for seed in seeds]
            yield probes  # these pay for what a process does once
            again = [_Wanted("probe", BASELINE, seed + self.settings.jobs) for seed in seeds]
            yield again
            size = self._probe_images
            spent = [
                self._trial(one).record["cost"]["train_seconds"] / (PROBE_EPOCHS * size)
                for one in again
                if self._trial(one).done
            ]
            if not spent:
                raise InputError(f"no trial ends well: {self._trial(probes[0]).record['error']}")
            pace = statistics.median(spent)
            self.ledger.decide("length", lambda: dataclasses.asdict(self._fitting(pace, epochs)))
        self._length = length = Length(**self.ledger.decided["length"])
        self.settings = dataclasses.replace(
            self.settings, epochs=length.epochs, train_size=length.train_size
        )
        if length.side is not None:
            height, width = self.summary.height, self.summary.width
            scale = length.side / min(height, width)
            shape = round(height * scale), round(width * scale)
            self.settings = dataclasses.replace(self.settings, image_size=shape)
            self.dataset = self._load(self.settings)
            self.notes.append(
                f"images are made smaller, {shape[0]}×{shape[1]} px, so that enough trials fit "
                "into the time; --image-size keeps their size"
            )
        least = FEWEST_TRIALS * length.seconds / self.settings.jobs
        left = self.ledger.decide("left after the first trials", lambda: self.ledger.left)
        if least > left and not self.ledger.raced:
            self.notes.append(
                f"a search takes at least {least:.0f} s from its first trials on, more than the "
                f"{max(0.0, left):.0f} s that were left: a larger --budget says more"
            )
        if length.train_size not in (None, self._asked_train_size):
            self.notes.append(
                f"trials train on {length.train_size:,} of {self.summary.images:,} images, so that "
                "enough of them fit into the time; --train-size says otherwise"
            )

    @property
    def _probe_images(self) -> int:
        return min(max(PROBE_IMAGES, self.summary.classes), self.summary.images)

    def _fitting(self, pace: float, epochs: int | None) -> Length:
        return length_for(
            self.settings,
            self.summary.images,
            self.summary.classes,
            min(self.summary.height, self.summary.width),
            pace,
            self.ledger.left,
            epochs,
        )

    def _screen(self, on_screen: Callable[[int, int, str], None]) -> None:
        """Strike out what breaks labels."""
        judged = [*self.candidates.values()]
        for one in [*judged]:
            judged += catalogue.strengths(one, self.summary)
        judged = list({one.label: one for one in judged}.values())
        key = hashlib.sha256(repr([one.expression for one in judged]).encode()).hexdigest()[:16]
        found = self.ledger.found
        if found.get("screen_key") != key:
            self.screened = screen(
                self.dataset,
                self.settings,
                self.spec,
                [parse(one.expression) for one in judged],
                seed=self.settings.first_seed,
                on_progress=on_screen,
            )
            keep_pictures(
                self.folder.path,
                {
                    f"turned {place}": one.pictures
                    for place, one in enumerate(self.screened)
                    if one.pictures is not None
                },
            )
            found["screen_key"] = key
            found["screen"] = [
                one.to_dict() | {"pictures": "" if one.pictures is None else f"turned {place}"}
                for place, one in enumerate(self.screened)
            ]
            self.ledger.write()
        else:
            self.screened = [Screened.from_dict(one) for one in found["screen"]]
        struck = {one.label for one in self.screened if one.struck}
        self._add(one for one in judged if one.label in struck)

    def _consider_generated(self) -> None:
        """Add what enlarges the training set, where data and budget suit it."""
        fewest, classes = self.summary.fewest, self.summary.classes
        if self.settings.train_size is not None:
            fewest = min(fewest, self.settings.train_size // classes)
        found, unsuited = generated(
            TrainedOn(self.dataset.shape, classes, fewest),
            self.ledger.budget,
            self.settings.threads,
            self.asked.include,
            self.asked.exclude,
            lambda choose: str(self.ledger.decide("gan", choose)),
        )
        self._add(one for one in found if self._works(one))
        self.left_out |= unsuited

    @property
    def struck(self) -> list[str]:
        """The labels of candidates that are struck out."""
        wanted = set(self.asked.include)
        return [
            one.label
            for one in self.screened
            if one.struck
            and one.label in self.candidates
            and not wanted & set(self.candidates[one.label].family)
        ]

    def _race(self, on_news: Callable[[Search], None]) -> Generator[list[_Wanted]]:
        """Race candidates; a block is the seed of its number."""
        struck = set(self.struck)
        names = [
            name
            for name, one in self.candidates.items()
            if name not in struck and one.kind != "strength"
        ]
        wanted = set(self.asked.include)  # where not all race, what was asked for does
        names.sort(key=lambda name: not wanted & set(self.candidates[name].family))
        first = self.settings.first_seed
        racing = race(names, self._newcomers, self._affordable, self.settings.margin / 100)
        figures: dict[Cell, float] = {}
        try:
            cells = next(racing)
            while True:
                block_of = [_Wanted("race", name, first + number) for name, number in cells]
                yield block_of
                self.blocks.append(tuple(cells))
                got = {
                    cell: self.figure(self._trial(one))
                    for cell, one in zip(cells, block_of, strict=True)
                }
                figures |= got
                self._learnt(estimates(figures))
                on_news(self)
                cells = racing.send(got)
        except StopIteration as end:
            self._learnt(end.value)

    def _learnt(self, known: dict[str, Estimate]) -> None:
        margin = self.settings.margin / 100
        best = winner(known, lambda name: self.candidates[name].complexity, margin)
        self.standing.known, self.standing.winner = known, best

    def _newcomers(self, number: int, known: Any) -> list[str]:
        new = proposals(known, self.candidates, self.summary, self.struck)
        self._add(new)
        return [one.label for one in new]

    def _affordable(self, number: int) -> int:
        """How many trials may race from a block on: what the time leaves beside confirming."""

        def from_time() -> int:
            raced = sum(stage == "race" for stage, _, _ in self.trials)
            trials = self._trials_left() + max(0, self.ledger.raced - raced)
            pair = self._seconds(BASELINE) + self._seconds(self.standing.winner)
            confirming = seeds_to_confirm(raced + trials, 2) * pair / self._seconds()
            return max(0, trials - round(confirming))

        return int(self.ledger.decide(f"affordable from block {number}", from_time))

    def _confirm(self, on_news: Callable[[Search], None]) -> Generator[list[_Wanted]]:
        """Measure the winner against others on fresh seeds, as many as the time allows."""
        self.standing.state = "confirming"
        policies = self.confirming = self.ledger.decide("confirmed", self._to_confirm)
        if USUAL_PRESET in policies:
            self._add([catalogue.preset_candidate(USUAL_PRESET, "what Keras tutorials show")])
        first = self.settings.first_seed + CONFIRMING
        for number in range(MOST if len(policies) > 1 else 0):
            if number >= SEEDS_FOR_INTERVALS:
                enough = self.ledger.decide(
                    f"confirming seed {number}", lambda: self._affords_a_seed(policies)
                )
                if not enough:
                    break
            yield [_Wanted("confirm", name, first + number) for name in policies]
            self._compare(policies, range(first, first + number + 1))
            on_news(self)

    def sure_to_come(self) -> list[_Wanted]:
        """The baseline's trials that confirm whatever wins, once there is a race."""
        if not self.standing.known:
            return []
        first = self.settings.first_seed + CONFIRMING
        return [
            _Wanted("confirm", BASELINE, seed) for seed in range(first, first + SEEDS_FOR_INTERVALS)
        ]

    def _to_confirm(self) -> list[str]:
        """The baseline, the winner, and the rivals that there is time for."""
        known, best = self.standing.known, self.standing.winner
        if best == BASELINE:  # how far below is the best one?
            best = max(known, key=lambda name: known[name].mean, default=BASELINE)
        if best == BASELINE:
            return [BASELINE]
        good = [
            name
            for name, one in known.items()
            if one.mean > 0 and name != best and self.candidates[name].kind in ("single", "given")
        ]
        simplest = sorted(
            good, key=lambda name: (self.candidates[name].complexity, -known[name].mean)
        )
        rivals = [*simplest[:1], *([USUAL_PRESET] if best != USUAL_PRESET else [])]
        if self.asked.start_from is not None and "start" not in (best, *rivals):
            rivals.insert(0, "start")
        trials = self._trials_left()
        room = trials // ENOUGH_FOR_RIVALS - 2
        return [BASELINE, best, *rivals[: max(0, room)]]

    def _compare(self, policies: Sequence[str], seeds: Iterable[int]) -> None:
        _, best, *others = policies
        seeds = list(seeds)
        self.standing.confirmed = {
            other: of_effect(self._effect(best, other, seeds), self.settings.margin / 100)
            for other in (BASELINE, *others)
        }

    def _effect(self, mine: str, other: str, seeds: Sequence[int]) -> Effect:
        pairs = [
            (self.trials["confirm", mine, seed], self.trials["confirm", other, seed])
            for seed in seeds
        ]
        pairs = [pair for pair in pairs if pair[0].done and pair[1].done]
        rights = [(a.test.right, b.test.right) for a, b in pairs if a.test and b.test]
        if self.asked.objective != "accuracy" or len(rights) < len(pairs) or not pairs:
            return paired_effect([self.tested(a) - self.tested(b) for a, b in pairs])
        right_a, right_b = (np.stack(side) for side in zip(*rights, strict=True))
        return paired_effect([a.accuracy - b.accuracy for a, b in pairs], right_a, right_b)

    # Figures of trials.

    def figure(self, trial: Trial) -> float:
        """What a trial is judged by in the race: validation images; NaN where it failed."""
        return _objective(trial, self.asked.objective, "validation")

    def tested(self, trial: Trial) -> float:
        """What a trial is judged by at the end: test images; NaN where it failed."""
        return _objective(trial, self.asked.objective, "test")

    def _seconds(self, label: str | None = None) -> float:
        """What a trial usually takes; one of a policy where it was measured, learning included."""
        took = {
            key: trial.number("seconds")
            for key, trial in self.trials.items()
            if key[0] != "probe" and trial.done
        }
        own = [seconds for (_, name, _), seconds in took.items() if name == label]
        if own or took:
            return float(np.mean(own or [*took.values()]))
        return self._length.seconds

    @property
    def _seconds_left(self) -> float:
        return self.ledger.left - max(WRITING_SECONDS, WRITING * self.ledger.budget)

    def _trials_left(self) -> int:
        seconds = self._seconds() * BETWEEN / self.settings.jobs
        return max(0, int(self._seconds_left / seconds))

    def _affords_a_seed(self, policies: Sequence[str]) -> bool:
        seconds = sum(map(self._seconds, policies)) * BETWEEN / self.settings.jobs
        return self._seconds_left >= seconds

    # Plans of trials.

    def plan(self, wanted: _Wanted) -> TrialPlan:
        """Return the plan of a trial."""
        settings = dataclasses.replace(self.settings, first_seed=wanted.seed, seeds=1)
        if wanted.stage == "probe":
            size = self._probe_images
            settings = dataclasses.replace(settings, epochs=PROBE_EPOCHS, train_size=size)
        expression = self.expression(wanted.label)
        return plans_of(settings, self.dataset, self.spec, [expression])[0]

    def expression(self, label: str) -> Expression:
        """Return a candidate as a policy, or the baseline."""
        return parse(BASELINE if label == BASELINE else self.candidates[label].expression)

    def record(self, wanted: _Wanted, plan: TrialPlan) -> None:
        """Read what a trial that ended has measured."""
        place = trial_folder(self.folder.path, plan.key)
        trial = read_trial(place, wanted.label, wanted.seed, self.settings.measure, self._arrays)
        self.trials[wanted.stage, wanted.label, wanted.seed] = trial

    def _trial(self, wanted: _Wanted) -> Trial:
        return self.trials[wanted.stage, wanted.label, wanted.seed]

    def _first_candidates(self) -> list[Candidate]:
        found = catalogue.singles(self.summary, self.asked.include, self.asked.exclude)
        fill = catalogue.fill_of(self.summary)
        found.insert(
            0, catalogue.preset_candidate(FIRST_PRESET, "a little of what moves pixels", fill)
        )
        if self.asked.start_from is not None:
            words = dict(self.asked.start_from)
            found.insert(
                0, Candidate("start", tuple(words), words, "", "what is in use now", 2, "given")
            )
        return [one for one in found if self._works(one)]

    def _works(self, one: Candidate) -> bool:
        """Whether a candidate can be applied to these images at all."""
        try:
            policy = build(parse(one.expression), self.spec)
            policy.check(self.dataset.shape, len(self.dataset.classes))
        except InputError:
            return False
        return True

    def _add(self, new: Iterable[Candidate]) -> None:
        for one in new:
            self.candidates.setdefault(one.label, one)

    def _study(self) -> str:
        """What tells this search from others on the same folder."""
        asked = dataclasses.asdict(self.asked)
        del asked["budget"]
        content = {name: getattr(self.settings, name) for name in deciding("trial")}
        content |= {"data": self.dataset.fingerprint, "first": self.settings.first_seed, **asked}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class _Wanted:
    """A trial of the search."""

    stage: Stage
    label: str
    seed: int


class _Steps:
    """Gives an executor one step after the other; ahead of time, what is needed in any case."""

    def __init__(self, search: Search, steps: Generator[list[_Wanted]]) -> None:
        self._search, self._steps = search, steps
        self._waiting: dict[str, _Wanted] = {}
        self._ahead: dict[str, _Wanted] = {}
        self.complete = False

    def more(self) -> list[TrialPlan]:
        """The missing trials of the next step, once those of the last one have ended."""
        if self._waiting:
            return self._idle()
        while not self._waiting and not self.complete:
            try:
                wanted = next(self._steps)
            except StopIteration:
                self.complete = True
                break
            todo = []
            for one in wanted:
                plan = self._search.plan(one)
                if self._search.folder.status(plan) == "done":
                    self._search.record(one, plan)
                    continue
                self._waiting[plan.key] = one
                if self._ahead.pop(plan.key, None) is None:
                    todo.append(plan)
            if todo or self._waiting:
                return todo
        return []

    def _idle(self) -> list[TrialPlan]:
        """A trial of the baseline that will confirm, while others of a block still run."""
        if self._search.standing.state != "racing" or self._ahead:
            return []
        for one in self._search.sure_to_come():
            plan = self._search.plan(one)
            if self._search.folder.status(plan) != "done":
                self._ahead[plan.key] = one
                return [plan]
        return []

    def ended(self, outcome: Outcome) -> None:
        """Count a trial that has ended, done or failed."""
        if outcome.status == "failed":
            self._search.folder.keep(outcome.plan, failed_result(outcome))
        key = outcome.plan.key
        wanted = self._waiting.pop(key, None) or self._ahead.pop(key)
        self._search.record(wanted, outcome.plan)


def _objective(trial: Trial, objective: Objective, part: Literal["validation", "test"]) -> float:
    """Return the figure of a trial, larger is better; NaN where it failed."""
    if not trial.done:
        return math.nan
    if objective == "loss":
        return -trial.number(f"{part}_loss")
    if objective == "accuracy":
        return trial.number(f"{part}_accuracy")
    predicted = trial.validation if part == "validation" else trial.test
    if predicted is None:
        return math.nan
    recalls = [predicted.right[predicted.labels == k].mean() for k in np.unique(predicted.labels)]
    return float(np.mean(recalls) if objective == "balanced_accuracy" else np.min(recalls))
