"""Which candidates does a search have, and which of them may race?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from augbench.bench.data import Dataset
from augbench.bench.options.model import Settings
from augbench.bench.options.search import Asked
from augbench.bench.search.candidates import catalogue
from augbench.bench.search.candidates.candidate import START, USUAL_PRESET, Candidate
from augbench.bench.search.candidates.generating import TrainedOn, generated
from augbench.bench.search.candidates.proposals import proposals
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.ledger import Ledger
from augbench.bench.search.race import Estimate
from augbench.bench.search.screening.screened import Screened
from augbench.policies.expression import BASELINE, Expression, parse
from augbench.policies.registry import build
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError, in_a_line

#: a ready-made combination that races from the start
FIRST_PRESET = "light"


class Field:
    """The candidates of a search; they become more as it goes on.

    Attributes:
        candidates: all that were proposed, by label.
        left_out: what the data or the budget do not suit, by name, each with the reason.
        screened: what the screen says of those that it judged.
    """

    def __init__(
        self, asked: Asked, summary: DataSummary, dataset: Dataset, spec: AugmentationSpec
    ) -> None:
        """Begin with what is plausible for the data.

        Args:
            asked: which families are tried in any case or left out; what is in use now.
            summary: what is known of the data.
            dataset: the data.
            spec: of the run.

        Raises:
            InputError: no family is called as one that is included or excluded, or what is in use
                now does nothing to these images, or cannot be applied to them.
        """
        self._asked, self._summary, self._spec = asked, summary, spec
        self.candidates: dict[str, Candidate] = {}
        self.left_out = catalogue.left_out(summary)
        self.screened: list[Screened] = []
        if asked.start_from is not None:
            self._add([self._start(asked.start_from, dataset)])
        fill = catalogue.fill_of(summary)
        light = catalogue.preset_candidate(FIRST_PRESET, "a little of what moves pixels", fill)
        singles = catalogue.singles(summary, asked.include, asked.exclude)
        self._add_working([light, *singles], dataset)

    def _start(self, words: Mapping[str, Any], dataset: Dataset) -> Candidate:
        """Return what is in use now, which is raced and confirmed in any case."""
        start = Candidate(START, tuple(words), dict(words), "", "what is in use now", 2, "given")
        if not set(words) & set(AugmentationSpec.words_of("geometric", "colour")):
            raise InputError("--start-from: the spec changes no image; leave it out")
        if reason := self._refusal(start, dataset):
            raise InputError(f"--start-from: {reason}")
        return start

    def _refusal(self, candidate: Candidate, dataset: Dataset) -> str:
        """Return why a candidate cannot be applied to these images; empty where it can."""
        try:
            policy = build(parse(candidate.expression), self._spec)
            policy.check(dataset.shape, len(dataset.classes))
        except InputError as error:
            return in_a_line(error)
        return ""

    def _add_working(self, new: Iterable[Candidate], dataset: Dataset) -> None:
        """Add what can be applied to these images; what cannot is left out, with the reason."""
        for candidate in new:
            reason = self._refusal(candidate, dataset)
            if not reason:
                self._add([candidate])
                continue
            name = candidate.family[0] if candidate.kind == "single" else candidate.label
            self.left_out.setdefault(name, reason)

    def _add(self, new: Iterable[Candidate]) -> None:
        for candidate in new:
            self.candidates.setdefault(candidate.label, candidate)

    def to_screen(self) -> list[Candidate]:
        """Return what is to be judged before anything races: candidates in all their strengths."""
        judged = [*self.candidates.values()]
        for candidate in [*judged]:
            judged += catalogue.strengths(candidate, self._summary)
        return list({candidate.label: candidate for candidate in judged}.values())

    def learn_of(self, judged: Iterable[Candidate], screened: list[Screened]) -> None:
        """Keep what the screen says of what it judged; what is struck out is shown."""
        self.screened = screened
        struck = {result.label for result in screened if result.struck}
        self._add(candidate for candidate in judged if candidate.label in struck)

    @property
    def struck(self) -> list[str]:
        """The labels of candidates that are struck out."""
        return [
            result.label
            for result in self.screened
            if result.struck
            and result.label in self.candidates
            and not self._included(result.label)
        ]

    def _included(self, label: str) -> bool:
        return bool({*self._asked.include} & {*self.candidates[label].family})

    def add_generated(self, dataset: Dataset, settings: Settings, ledger: Ledger) -> None:
        """Add what enlarges the training set, where data and budget suit it.

        Args:
            dataset: the data.
            settings: the options; how many images a trial trains on, and on what, count here.
            ledger: keeps how long a network learns.
        """
        fewest, classes = self._summary.fewest, self._summary.classes
        if settings.train_size is not None:
            fewest = min(fewest, settings.train_size // classes)
        candidates, unsuited = generated(
            TrainedOn(dataset.shape, classes, fewest),
            ledger.budget,
            settings,
            self._asked.include,
            self._asked.exclude,
            lambda choose: str(ledger.decide("gan", choose)),
        )
        self._add_working(candidates, dataset)
        self.left_out |= unsuited

    def add_proposals(self, known: Mapping[str, Estimate]) -> list[str]:
        """Add what is worth trying now that some is known; return its labels."""
        new = proposals(known, self.candidates, self._summary, self.struck)
        self._add(new)
        return [candidate.label for candidate in new]

    def add_usual_preset(self) -> None:
        """Add what people take who do not choose, to be compared with."""
        usual = catalogue.preset_candidate(USUAL_PRESET, "what Keras tutorials show")
        self._add([usual])

    def racing(self) -> list[str]:
        """Return who races from the start: where not all can, what was asked for comes first."""
        struck = set(self.struck)
        names = [
            name
            for name, candidate in self.candidates.items()
            if name not in struck and candidate.kind != "strength"
        ]
        return sorted(names, key=lambda name: not self._included(name))

    def expression(self, label: str) -> Expression:
        """Return a candidate as a policy, or the baseline."""
        return parse(BASELINE if label == BASELINE else self.candidates[label].expression)
