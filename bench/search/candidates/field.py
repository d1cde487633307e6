"""Which candidates does a search have, and which of them may race?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from augbench.bench.data import Dataset
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

from augbench.errors import InputError

#: a ready-made combination that races from the start
FIRST_PRESET = "light"


class Field:
    """The candidates of a search; they become more as it goes on.

    Attributes:
        candidates: all that were proposed, by label.
        left_out: families that the data or the budget do not suit, by name, each with the reason.
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
            InputError: no family is called as one that is included or excluded.
        """
        self._asked, self._summary, self._spec = asked, summary, spec
        self.candidates: dict[str, Candidate] = {}
        self.left_out = catalogue.left_out(summary)
        self.screened: list[Screened] = []
        self._add(one for one in self._first() if self._works(one, dataset))

    def _first(self) -> list[Candidate]:
        asked, fill = self._asked, catalogue.fill_of(self._summary)
        found = [catalogue.preset_candidate(FIRST_PRESET, "a little of what moves pixels", fill)]
        if asked.start_from is not None:
            words = dict(asked.start_from)
            start = Candidate(START, tuple(words), words, "", "what is in use now", 2, "given")
            found.insert(0, start)
        return found + catalogue.singles(self._summary, asked.include, asked.exclude)

    def _works(self, one: Candidate, dataset: Dataset) -> bool:
        """Whether a candidate can be applied to these images at all."""
        try:
            policy = build(parse(one.expression), self._spec)
            policy.check(dataset.shape, len(dataset.classes))
        except InputError:
            return False
        return True

    def _add(self, new: Iterable[Candidate]) -> None:
        for one in new:
            self.candidates.setdefault(one.label, one)

    def to_screen(self) -> list[Candidate]:
        """Return what is to be judged before anything races: candidates in all their strengths."""
        judged = [*self.candidates.values()]
        for one in [*judged]:
            judged += catalogue.strengths(one, self._summary)
        return list({one.label: one for one in judged}.values())

    def learn_of(self, judged: Iterable[Candidate], screened: list[Screened]) -> None:
        """Keep what the screen says of what it judged; what is struck out is shown."""
        self.screened = screened
        struck = {one.label for one in screened if one.struck}
        self._add(one for one in judged if one.label in struck)

    @property
    def struck(self) -> list[str]:
        """The labels of candidates that are struck out."""
        return [
            one.label
            for one in self.screened
            if one.struck and one.label in self.candidates and not self._included(one.label)
        ]

    def _included(self, label: str) -> bool:
        return bool({*self._asked.include} & {*self.candidates[label].family})

    def add_generated(
        self, dataset: Dataset, train_size: int | None, threads: int, ledger: Ledger
    ) -> None:
        """Add what enlarges the training set, where data and budget suit it.

        Args:
            dataset: the data.
            train_size: images that a trial trains on; None for all there are.
            threads: CPU threads of a trial.
            ledger: keeps how long a network learns.
        """
        fewest, classes = self._summary.fewest, self._summary.classes
        if train_size is not None:
            fewest = min(fewest, train_size // classes)
        found, unsuited = generated(
            TrainedOn(dataset.shape, classes, fewest),
            ledger.budget,
            threads,
            self._asked.include,
            self._asked.exclude,
            lambda choose: str(ledger.decide("gan", choose)),
        )
        self._add(one for one in found if self._works(one, dataset))
        self.left_out |= unsuited

    def add_proposals(self, known: Mapping[str, Estimate]) -> list[str]:
        """Add what is worth trying now that some is known; return its labels."""
        new = proposals(known, self.candidates, self._summary, self.struck)
        self._add(new)
        return [one.label for one in new]

    def add_usual_preset(self) -> None:
        """Add what people take who do not choose, to be compared with."""
        usual = catalogue.preset_candidate(USUAL_PRESET, "what Keras tutorials show")
        self._add([usual])

    def racing(self) -> list[str]:
        """Return who races from the start: where not all can, what was asked for comes first."""
        struck = set(self.struck)
        names = [
            name
            for name, one in self.candidates.items()
            if name not in struck and one.kind != "strength"
        ]
        return sorted(names, key=lambda name: not self._included(name))

    def expression(self, label: str) -> Expression:
        """Return a candidate as a policy, or the baseline."""
        return parse(BASELINE if label == BASELINE else self.candidates[label].expression)
