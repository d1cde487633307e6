"""What should someone with this data do? What a run concludes, as findings true to its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from augbench.reports.findings.asides import (
    collapses,
    disagreeing_measures,
    gap_of_the_best,
    harmed_classes,
    hollow_gap,
    incomplete,
    no_expansion,
    rivals,
)
from augbench.reports.findings.standings import (
    Row,
    Standing,
    equal_to_best,
    fewest_seeds,
    or_none,
    standings,
)
from augbench.reports.findings.wording import phrases, words
from augbench.reports.run.run import Run
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS
from augbench.reports.statistics.verdict import SEEDS_FOR_P_VALUES

from augbench.findings import Finding


@dataclass(frozen=True)
class Conclusion:
    """The answer to "what should I use".

    Attributes:
        answer: what to use, or that this is not known yet and what it would take.
        asides: what else the reader must know before acting, most important first.
        recommended: the labels to use, the baseline's where nothing is worth more than it; none
            if that is not settled.
    """

    answer: tuple[Finding, ...]
    asides: tuple[Finding, ...] = ()
    recommended: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return phrases.sentence([words(finding) for finding in self.answer])

    @property
    def headline(self) -> tuple[str, str]:
        """The answer in two: what is said first, and the rest, "" where there is none."""
        return phrases.headline([words(finding) for finding in self.answer])

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else must be known, a sentence each."""
        return tuple(words(finding) for finding in self.asides)

    @property
    def text(self) -> str:
        """Sentence and remarks as one paragraph."""
        return " ".join((self.sentence, *self.remarks))


def conclude(
    run: Run,
    accuracy: pd.DataFrame,
    overfitting: pd.DataFrame,
    pairs: pd.DataFrame,
    per_class: pd.DataFrame,
) -> Conclusion:
    """Say what the tables of a run mean for someone who has to choose.

    Args:
        run: the run.
        accuracy: the table accuracy; its verdicts decide, nothing is judged anew.
        overfitting: the table overfitting.
        pairs: the table pairs.
        per_class: the table per_class.
    """
    impossible = _impossible(run, accuracy)
    collapsed = collapses(run)
    learned_nothing = [item for item in collapsed if item.figures["by"]["kind"] != "no-softmax"]
    done = sum(bool(run.done(label)) for label in run.policies)
    if not impossible and len(learned_nothing) == done:
        return Conclusion((Finding("nothing-learned"),), (*collapsed, *incomplete(run)))
    if impossible:
        some_done = any(trial.done for trial in run.stored())
        return Conclusion((impossible,), tuple(incomplete(run) if some_done else ()))
    compared = standings(run, accuracy, overfitting)
    better = sorted((s for s in compared if s.verdict == "better"), key=lambda s: -s.mean)
    worse = sorted((s for s in compared if s.verdict == "worse"), key=lambda s: s.mean)
    unsettled = sorted((s for s in compared if s.verdict == "inconclusive"), key=lambda s: -s.mean)
    same = [s for s in compared if s.verdict == "equivalent"]
    recommended: list[str] = [] if unsettled else [run.baseline]
    of_the_best: list[Finding] = []
    compared_with_best: list[Finding] = []
    if better:
        equals = equal_to_best(better, pairs)
        answer = [_gain(run, better[0], equals)]
        recommended = [better[0].label, *equals]
        of_the_best = [
            *harmed_classes(recommended[0], per_class),
            *gap_of_the_best(recommended[0], overfitting),
        ]
        compared_with_best = rivals(better, unsettled, equals, pairs)
    elif unsettled:
        answer = _unsettled(run, unsettled, same, others_settled=bool(worse or same))
    elif same:
        answer = [_no_difference(run, same)]
    else:
        figures = {"baseline": run.baseline, "seeds": fewest_seeds(worse), **_loss(worse)}
        answer = [Finding("only-losses", figures, worse[0].label)]
    if worse and (better or unsettled or same):
        answer.append(Finding("loss", _loss(worse), worse[0].label))
    asides = (
        *collapsed,
        *of_the_best,
        *disagreeing_measures(run, better[:1] or worse or same),
        *no_expansion(run),
        *incomplete(run),
        *compared_with_best,
        *hollow_gap(overfitting),
    )
    return Conclusion(tuple(answer), asides, tuple(recommended))


def _impossible(run: Run, accuracy: pd.DataFrame) -> Finding | None:
    """Why nothing can be compared at all, None where something can."""
    baseline = {"baseline": run.baseline}
    stored = run.stored()
    if not stored:
        return Finding("nothing-finished")
    if not any(trial.done for trial in stored):
        errors = (str(trial.record.get("error") or "") for trial in stored)
        error = next((text for text in errors if text), "")
        return Finding("all-failed", {"trials": len(stored), "error": error})
    if not run.challengers:
        return Finding("baseline-alone", baseline)
    if not run.done(run.baseline):
        means = accuracy["test_accuracy_mean"].fillna(-1.0).tolist()
        at = max(range(len(means)), key=means.__getitem__)
        return Finding("baseline-unfinished", {**baseline, "mean": means[at]}, run.policies[at])
    if not any(run.done(label) for label in run.challengers):
        return Finding("only-baseline-finished", baseline)
    if not any(run.pairs(label, run.baseline) for label in run.challengers):
        return Finding("no-shared-seed", baseline)
    return None


def _gain(run: Run, best: Standing, equals: Sequence[str]) -> Finding:
    figures = {
        **best.difference,
        "baseline": run.baseline,
        "seeds": best.blocks,
        "equals": list(equals),
        "margin": run.margin,
        "small": bool(best.row["delta_high"] < run.margin),
    }
    return Finding("gain", figures, best.label)


def _loss(worse: list[Standing]) -> Row:
    """What the worst policy costs, and which others lose too."""
    others = [standing.label for standing in worse[1:]]
    return {**worse[0].difference, "underfits": worse[0].underfits, "others": others}


def _no_difference(run: Run, same: list[Standing]) -> Finding:
    figures = {
        "policies": [standing.label for standing in same],
        "equal": all(s.row["delta_low"] == s.row["delta_high"] == 0 for s in same),
        "baseline": run.baseline,
        "seeds": fewest_seeds(same),
        "margin": run.margin,
    }
    return Finding("no-difference", figures)


def _unsettled(
    run: Run, unsettled: list[Standing], same: list[Standing], others_settled: bool
) -> list[Finding]:
    """That the best cannot be told from chance, what would help, and what made no difference."""
    lost = [standing for standing in unsettled if standing.lost_everywhere]
    unsettled = [standing for standing in unsettled if not standing.lost_everywhere]
    best = (unsettled or lost)[0]
    figures = {
        **best.difference,
        "baseline": run.baseline,
        "seeds": best.blocks,
        "has_interval": best.blocks >= SEEDS_FOR_INTERVALS,
        "others_settled": others_settled,
    }
    losses = {
        "policies": [[standing.label, standing.mean] for standing in reversed(lost)],
        "seeds": fewest_seeds(lost) if lost else 0,
        "others_settled": others_settled,
    }
    if not unsettled:
        return [Finding("only-unproven-losses", losses), *_besides(same)]
    findings = [Finding("unsettled", figures, best.label)]
    if len(unsettled) > 1:
        together = {
            "policies": [standing.label for standing in unsettled],
            "seeds": best.blocks,
            "others_settled": others_settled,
        }
        findings = [
            Finding("several-unsettled", together),
            Finding("best-unsettled" if best.mean > 0 else "least-loss", figures, best.label),
        ]
    findings.append(_cure(run, best))
    if lost:
        findings.append(Finding("lost-in-every-seed", losses))
    return [*findings, *_besides(same)]


def _besides(same: list[Standing]) -> list[Finding]:
    alike = {"policies": [standing.label for standing in same]}
    return [Finding("no-difference-besides", alike)] if same else []


def _cure(run: Run, best: Standing) -> Finding:
    """What would settle a difference that is inconclusive."""
    if best.blocks >= SEEDS_FOR_INTERVALS:
        low, high = best.row["seeds_needed_low"], best.row["seeds_needed_high"]
        return Finding("seeds-that-settle", {"low": or_none(low), "high": or_none(high)})
    if any(label in (best.label, run.baseline) for label, _ in run.missing):
        return Finding("finish-the-run")
    return Finding("run-more-seeds", {"seeds": SEEDS_FOR_P_VALUES})
