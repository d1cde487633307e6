"""The search from its options to its answer: look, screen, race, confirm, within the time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import closing

from augbench.bench.data import Dataset, Parts, block
from augbench.bench.executors import Outcome
from augbench.bench.options.model import Settings, deciding
from augbench.bench.options.search import Asked
from augbench.bench.run.experiment import Experiment, executor_named
from augbench.bench.run.plans import plans_of
from augbench.bench.search.candidates.candidate import USUAL_PRESET
from augbench.bench.search.candidates.field import Field
from augbench.bench.search.confirming import MOST, of_effect, to_confirm
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.ledger import Ledger
from augbench.bench.search.probing import decided_length, fitted, probe_settings, remarks
from augbench.bench.search.race import Cell, Estimate, estimates, race, winner
from augbench.bench.search.screening.remembered import screened_once
from augbench.bench.search.standing import Standing
from augbench.bench.search.stepping import Stepping
from augbench.bench.search.time_left import TimeLeft
from augbench.bench.search.trials import Trials, Wanted
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial.training import TrainingFailed
from augbench.bench.trial.trial import TrialPlan
from augbench.policies.expression import BASELINE
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS

from augbench.errors import InputError

#: seeds from here on confirm, counted from the first one
CONFIRMING = 1000


class Search:
    """A search on its way; `run` does it, and can be called again after any interruption.

    Attributes:
        settings: the options; how long a trial is, is decided as the search goes on.
        dataset: the data, with images as trials have them.
        summary: what is known of the data.
        own_size: height and width of the images before they were made smaller.
        training_rows: int64, the rows of the data set that the first seed trains on.
        field: the candidates.
        trials: those that have ended.
        time: what is left of it.
        blocks: the trials of the race, a block each.
        standing: what is known by now.
        confirming: who is measured on fresh seeds: the baseline, the winner, then its rivals.
        fresh_seeds: those on which they were compared so far.
        notes: what a person is told beside the answer.
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
        self._settings_asked = experiment.settings
        rows = block(self.dataset, self.settings.first_seed, Parts.of(self.settings))
        self.training_rows = rows.train
        self.own_size = self.dataset.shape[:2]
        self.summary = DataSummary.of(self.dataset, rows)
        if not self.summary.validation:
            raise InputError("too few images: none is left to validate on, by which to choose")
        self.ledger = Ledger.open(folder, self._study(), asked.budget)
        self.field = Field(asked, self.summary, self.dataset, self.spec)
        self.trials = Trials(folder, asked.objective, self.settings.measure)
        self.time = TimeLeft(self.ledger, self.trials, self.settings.jobs)
        self.standing = Standing()
        self.confirming: list[str] = []
        self.fresh_seeds = range(0)
        self.blocks: list[tuple[Cell, ...]] = []

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
        steps = self._steps(epochs, on_screen, on_news)
        stepping = Stepping(steps, self.trials, self._plan, self._sure_to_come)
        running = executor_named(self.settings.executor)(
            stepping.more,
            self.folder.path,
            jobs=self.settings.jobs,
            threads=self.settings.threads,
            progress=on_epoch,
            on_message=on_message,
        )
        with closing(running):
            for outcome in running:
                stepping.ended(outcome)
                ended(outcome)
                if stepping.complete:
                    break
        self.ledger.write()

    # What comes next, step by step; each step is a list of trials that are wanted.

    def _steps(
        self,
        epochs: int | None,
        on_screen: Callable[[int, int, str], None],
        on_news: Callable[[Search], None],
    ) -> Generator[list[Wanted]]:
        yield from self._measure_pace(epochs)
        self._screen(on_screen)
        self.field.add_generated(self.dataset, self.settings, self.ledger)
        on_news(self)
        yield from self._race(on_news)
        yield from self._confirm(on_news)
        self.standing.state = "done"
        on_news(self)

    def _measure_pace(self, epochs: int | None) -> Generator[list[Wanted]]:
        """Decide how long a trial is, and how large its images are."""
        asked = self._settings_asked
        length = yield from decided_length(asked, self.summary, self.ledger, self.trials, epochs)
        self.trials.expected = length.seconds
        self.settings = fitted(asked, length, self.summary)
        if length.side is not None:
            self.dataset = self._load(self.settings)
        left = self.ledger.decide("left after the first trials", lambda: self.ledger.left)
        self.notes += remarks(asked, length, self.summary, self.ledger, left)

    def _screen(self, on_screen: Callable[[int, int, str], None]) -> None:
        """Strike out what breaks labels."""
        judged = self.field.to_screen()
        texts = [candidate.expression for candidate in judged]
        try:
            screened = screened_once(
                self.ledger, self.dataset, self.settings, self.spec, texts, on_screen
            )
        except TrainingFailed as error:
            raise InputError(f"what breaks labels cannot be found out: {error}") from error
        self.field.learn_of(judged, screened)

    def _race(self, on_news: Callable[[Search], None]) -> Generator[list[Wanted]]:
        """Race candidates; a block is the seed of its number."""
        first = self.settings.first_seed
        racing = race(
            self.field.racing(),
            lambda number, known: self.field.add_proposals(known),
            self._affordable,
            self.settings.margin / 100,
        )
        figures: dict[Cell, float] = {}
        try:
            cells = next(racing)
            while True:
                block_of = [Wanted("race", name, first + number) for name, number in cells]
                yield block_of
                self.blocks.append(tuple(cells))
                got = {
                    cell: self.trials.figure(self.trials.ended[wanted])
                    for cell, wanted in zip(cells, block_of, strict=True)
                }
                figures |= got
                self._learnt(estimates(figures))
                on_news(self)
                cells = racing.send(got)
        except StopIteration as end:
            self._learnt(end.value)

    def _affordable(self, number: int) -> int:
        """How many trials may race from a block on: what the time leaves beside confirming."""
        decided = self.ledger.decide(
            f"affordable from block {number}", lambda: self.time.to_race(self.standing.winner)
        )
        return int(decided)

    def _learnt(self, known: dict[str, Estimate]) -> None:
        candidates, margin = self.field.candidates, self.settings.margin / 100
        best = winner(known, lambda name: candidates[name].complexity, margin)
        self.standing.known, self.standing.winner = known, best

    def _confirm(self, on_news: Callable[[Search], None]) -> Generator[list[Wanted]]:
        """Measure the winner against others on fresh seeds, as many as the time allows."""
        self.standing.state = "confirming"
        policies = self.confirming = self.ledger.decide("confirmed", self._to_confirm)
        if USUAL_PRESET in policies:
            self.field.add_usual_preset()
        first = self.settings.first_seed + CONFIRMING
        for number in range(MOST if len(policies) > 1 else 0):
            if number >= SEEDS_FOR_INTERVALS:
                enough = self.ledger.decide(
                    f"confirming seed {number}", lambda: self.time.affords_one_of_each(policies)
                )
                if not enough:
                    break
            yield [Wanted("confirm", name, first + number) for name in policies]
            self._compare(policies, range(first, first + number + 1))
            on_news(self)

    def _to_confirm(self) -> list[str]:
        return to_confirm(
            self.standing.known,
            self.standing.winner,
            self.field.candidates,
            self.time.in_trials,
            start_given=self.asked.start_from is not None,
        )

    def _compare(self, policies: list[str], seeds: range) -> None:
        _, best, *others = policies
        self.fresh_seeds, margin = seeds, self.settings.margin / 100
        self.standing.confirmed = {
            other: of_effect(self.trials.effect(best, other, seeds), margin)
            for other in (BASELINE, *others)
        }

    def _sure_to_come(self) -> list[Wanted]:
        """The baseline's trials that confirm whatever wins, once there is a race."""
        if self.standing.state != "racing" or not self.standing.known:
            return []
        first = self.settings.first_seed + CONFIRMING
        return [
            Wanted("confirm", BASELINE, seed) for seed in range(first, first + SEEDS_FOR_INTERVALS)
        ]

    def _plan(self, wanted: Wanted) -> TrialPlan:
        settings = dataclasses.replace(self.settings, first_seed=wanted.seed, seeds=1)
        if wanted.stage == "probe":
            settings = probe_settings(settings, self.summary)
        expression = self.field.expression(wanted.label)
        return plans_of(settings, self.dataset, self.spec, [expression])[0]

    def _study(self) -> str:
        """What tells this search from others on the same folder."""
        asked = dataclasses.asdict(self.asked)
        del asked["budget"]
        content = {name: getattr(self.settings, name) for name in deciding("trial")}
        content |= {"data": self.dataset.fingerprint, "first": self.settings.first_seed, **asked}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
