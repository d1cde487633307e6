"""What should someone with this data do? A sentence in plain words, true to the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from augbench.reports.formatting import interval, is_missing, shown
from augbench.reports.run.reader import Run
from augbench.reports.statistics.paired import SEEDS_FOR_INTERVALS, SEEDS_FOR_P_VALUES
from augbench.reports.tables.trials import records

REFUSED = "no expansion"
# A sentence names so many policies or classes; the tables name them all.
_NAMED = 3
Row = dict[str, Any]


@dataclass(frozen=True)
class Conclusion:
    """The answer to "what should I use".

    Attributes:
        sentence: the answer, or that there is none yet and what it would take.
        remarks: sentences on what else the reader must know before acting, most important first.
        recommended: the labels to use, the baseline's where nothing is worth more than it; none
            if that is not settled.
    """

    sentence: str
    remarks: tuple[str, ...] = ()
    recommended: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Sentence and remarks as one paragraph."""
        return " ".join((self.sentence, *self.remarks))


@dataclass(frozen=True)
class _Finding:
    """A policy's row of accuracy.csv with what else the sentence needs of it."""

    row: Row
    blocks: int
    underfit: bool

    @property
    def label(self) -> str:
        return str(self.row["policy"])

    @property
    def verdict(self) -> str:
        return str(self.row["verdict"])

    @property
    def mean(self) -> float:
        return float(self.row["delta_mean"])

    def amount(self, bounds: str = "gap") -> str:
        """Such as "+4.9 points (2.1 to 7.7)", without bounds where there is no interval."""
        low, high = self.row["delta_low"], self.row["delta_high"]
        between = f" ({interval(low, high, bounds)})" if not is_missing(low) else ""
        return f"{shown(self.mean, 'points')} points{between}"

    def loss(self) -> str:
        """Such as "costs 9.0 points (5.1 to 12.9) because the network underfits"."""
        bounds = interval(-self.row["delta_high"], -self.row["delta_low"], "gap")
        because = " because the network underfits" if self.underfit else ""
        return f"costs {shown(-self.mean, 'gap')} points ({bounds}){because}"


def conclude(
    run: Run,
    accuracy: pd.DataFrame,
    overfitting: pd.DataFrame,
    pairs: pd.DataFrame,
    per_class: pd.DataFrame,
    margin: float,
) -> Conclusion:
    """Put the tables of a run into words.

    Args:
        run: the run.
        accuracy: the table accuracy; its verdicts decide, nothing is judged anew.
        overfitting: the table overfitting.
        pairs: the table pairs.
        per_class: the table per_class.
        margin: the margin of the verdicts.
    """
    impossible = _impossible(run, accuracy)
    if impossible:
        some_done = any(trial.done for trial in run.stored())
        return Conclusion(impossible, tuple(_incomplete(run) if some_done else ()))
    underfits = set(overfitting.loc[overfitting["verdict"] == "underfit", "policy"])
    findings = [
        _Finding(row, len(run.pairs(row["policy"], run.baseline)), row["policy"] in underfits)
        for row in records(accuracy)
        if row["verdict"] != "baseline" and not pd.isna(row["delta_mean"])
    ]
    better = sorted((f for f in findings if f.verdict == "better"), key=lambda f: -f.mean)
    worse = sorted((f for f in findings if f.verdict == "worse"), key=lambda f: f.mean)
    open_ = sorted((f for f in findings if f.verdict == "inconclusive"), key=lambda f: -f.mean)
    same = [f for f in findings if f.verdict == "equivalent"]
    used: list[str] = [] if open_ else [run.baseline]
    of_winner: list[str] = []
    rivals: list[str] = []
    if better:
        equals = _equals(better, pairs)
        sentence = _gain(run, better[0], equals, margin)
        used = [better[0].label, *equals]
        of_winner = [*_harmed(used[0], per_class), *_gap_of(used[0], overfitting)]
        rivals = _rivals(better, open_, equals, pairs)
    elif open_:
        sentence = _unsettled(run, open_, same, settled=bool(worse or same))
    elif same:
        sentence = _no_difference(run, same, margin)
    else:
        sentence = f"Use {_named(run.baseline)}: on {_fewest_seeds(worse)} {_losses(worse)}"
    if worse and (better or open_ or same):
        sentence += f"; {_losses(worse)}"
    remarks = (
        *of_winner,
        *_refused(run),
        *_incomplete(run),
        *rivals,
        *_hollow_gap(overfitting),
    )
    return Conclusion(f"{sentence}.", remarks, tuple(used))


def _impossible(run: Run, accuracy: pd.DataFrame) -> str:
    """Why nothing can be compared at all, "" where something can."""
    stored = run.stored()
    done = [trial for trial in stored if trial.done]
    if not stored:
        return "Nothing can be concluded: no trial has finished yet."
    if not done:
        reason = next((t.record.get("error") for t in stored if t.record.get("error")), "")
        why = f" ({_short(str(reason))})" if reason else ""
        return f"Nothing can be concluded: {_all_of(len(stored))} failed{why}."
    if not run.challengers:
        return f"Only the baseline {run.baseline} was run: name a policy to compare with it."
    if not run.done(run.baseline):
        means = accuracy["test_accuracy_mean"].fillna(-1.0).tolist()
        at = max(range(len(means)), key=means.__getitem__)
        return (
            f"Nothing can be said of any gain: the baseline {run.baseline} has no finished trial "
            f"to compare with (the highest mean test accuracy was {shown(means[at], 'percent')}, "
            f"of {run.policies[at]})."
        )
    if not any(run.done(label) for label in run.challengers):
        return (
            f"Nothing can be said of any gain: only the baseline {run.baseline} has finished "
            "trials."
        )
    if not any(run.pairs(label, run.baseline) for label in run.challengers):
        return (
            "Nothing can be said of any gain: no policy finished a seed that the baseline "
            f"{run.baseline} finished too."
        )
    return ""


def _gain(run: Run, best: _Finding, equals: Sequence[str], margin: float) -> str:
    over = f"over {_named(run.baseline)} on {_seeds(best.blocks)}"
    names = _list([best.label, *equals], "or")
    alike = ", whose predictions are equal" if equals else ""
    if _small(best, margin):
        return (
            f"Use {names}{alike}, but expect little: {best.amount()} {over} is sure, and less "
            f"than the {_margin(margin)} that matters"
        )
    return f"Use {names}{alike}: {best.amount()} {over}"


def _losses(worse: list[_Finding]) -> str:
    others = [f.label for f in worse[1:]]
    also = f", and {_list(others)} {'lose' if len(others) > 1 else 'loses'} too" if others else ""
    return f"{worse[0].label} {worse[0].loss()}{also}"


def _no_difference(run: Run, same: list[_Finding], margin: float) -> str:
    names, verb = _list([f.label for f in same]), "are" if len(same) > 1 else "is"
    seeds = _fewest_seeds(same)
    if all(f.row["delta_low"] == f.row["delta_high"] == 0 for f in same):
        verb = "predict" if len(same) > 1 else "predicts"
        return (
            f"It makes no difference: {names} {verb} the same as {_named(run.baseline)} for every "
            f"test image on {seeds}"
        )
    return (
        f"It makes no difference that matters: {names} {verb} within ± {_margin(margin)} of "
        f"{_named(run.baseline)} on {seeds}"
    )


def _unsettled(run: Run, open_: list[_Finding], same: list[_Finding], settled: bool) -> str:
    best = open_[0]
    seeds = _seeds(best.blocks)
    others = _list([f.label for f in open_])
    who = (
        best.label
        if len(open_) == 1
        else f"{others} may each gain or lose; the best, {best.label},"
    )
    what = f"{who} differs from {_named(run.baseline)} by {best.amount(bounds='points')}"
    unsure = "cannot be told" if best.blocks >= SEEDS_FOR_INTERVALS else f"{seeds} cannot tell"
    alike = f"; {_list([f.label for f in same])} made no difference that matters" if same else ""
    opening = "No gain is proven" if settled else "Nothing is settled"
    return f"{opening} on {seeds}: {what}, which {unsure} from chance; {_cure(run, best)}{alike}"


def _cure(run: Run, best: _Finding) -> str:
    """What would settle a difference that is inconclusive."""
    low, high = best.row["seeds_needed_low"], best.row["seeds_needed_high"]
    if best.blocks < SEEDS_FOR_INTERVALS:
        if any(label in (best.label, run.baseline) for label, _ in run.missing):
            return "finish the run first"
        return f"run at least {SEEDS_FOR_P_VALUES} seeds (--seeds {SEEDS_FOR_P_VALUES})"
    if pd.isna(low):
        return "more seeds alone would not settle it, more test images would"
    if pd.isna(high):
        return f"it would take at least {low} seeds to settle it, and perhaps more test images"
    return f"about {low if low == high else f'{low} to {high}'} seeds should settle it"


def _harmed(label: str, per_class: pd.DataFrame) -> list[str]:
    rows = per_class[(per_class["policy"] == label) & (per_class["verdict"] == "worse")]
    if rows.empty:
        return []
    rows = rows.sort_values("delta_mean", kind="stable")
    texts = [
        f"{name} ({shown(delta, 'points')} points)"
        for name, delta in zip(rows["class"], rows["delta_mean"], strict=True)
    ]
    which = "the class" if len(rows) == 1 else f"{len(rows)} classes:"
    return [f"But {label} harms {which} {_list(texts)}."]


def _gap_of(label: str, overfitting: pd.DataFrame) -> list[str]:
    """Whether the winner overfits less or more, where that is sure."""
    row = records(overfitting[overfitting["policy"] == label])[0]
    if row["verdict"] not in ("less", "more"):
        return []
    low, high, mean = row["gap_delta_low"], row["gap_delta_high"], row["gap_delta"]
    if row["verdict"] == "less":
        low, high = -high, -low
    amount = f"{shown(abs(mean), 'gap')} points ({interval(low, high, 'gap')})"
    smaller = "smaller" if row["verdict"] == "less" else "larger"
    begin = label if row["verdict"] == "less" else f"But {label}"
    return [
        f"{begin} overfits {row['verdict']}: the gap between training and validation accuracy is "
        f"{amount} {smaller}."
    ]


def _rivals(
    better: list[_Finding], open_: list[_Finding], equals: Sequence[str], pairs: pd.DataFrame
) -> list[str]:
    """Which policies gain too, and which might gain more than the best that is proven."""
    best = better[0]
    rest = [f for f in better[1:] if f.label not in equals]
    beaten = [f for f in rest if _beats(pairs, best.label, f.label)]
    alike = [f for f in rest if f not in beaten]
    texts = []
    if alike:
        gain = "gains" if len(alike) == 1 else "gain"
        texts.append(f"{_amounts(alike)} {gain} too and may be as good.")
    if beaten:
        texts.append(f"{_amounts(beaten)} {'gains' if len(beaten) == 1 else 'gain'} less.")
    higher = [f for f in open_ if f.mean > best.mean]
    if higher:
        verb = "is" if len(higher) == 1 else "are"
        texts.append(f"{_amounts(higher)} {verb} not settled and may be better still.")
    return texts


def _amounts(findings: list[_Finding]) -> str:
    return _list([f"{f.label} ({shown(f.mean, 'points')} points)" for f in findings])


def _beats(pairs: pd.DataFrame, one: str, other: str) -> bool:
    row = _pair(pairs, one, other)
    wanted = "better" if row is not None and row["policy_a"] == one else "worse"
    return row is not None and row["verdict"] == wanted


def _equals(better: list[_Finding], pairs: pd.DataFrame) -> list[str]:
    """The policies whose predictions equal those of the best."""
    found = []
    for finding in better[1:]:
        row = _pair(pairs, better[0].label, finding.label)
        if row is not None and row["delta_low"] == 0 and row["delta_high"] == 0:
            found.append(finding.label)
    return found


def _pair(pairs: pd.DataFrame, one: str, other: str) -> Row | None:
    a, b = pairs["policy_a"], pairs["policy_b"]
    rows = pairs[((a == one) & (b == other)) | ((a == other) & (b == one))]
    return None if rows.empty else dict(rows.iloc[0])


def _hollow_gap(overfitting: pd.DataFrame) -> list[str]:
    """A warning where the smallest gap is an underfitting policy's."""
    known = [row for row in records(overfitting) if not pd.isna(row["gap_best"])]
    least = min(known, key=lambda row: row["gap_best"], default=None)
    if least is None or least["verdict"] != "underfit":
        return []
    return [
        f"{least['policy']} has the smallest gap between training and validation accuracy "
        f"({shown(least['gap_best'], 'gap')} points), which is no merit: the network underfits."
    ]


def _refused(run: Run) -> list[str]:
    texts = []
    for label in run.policies:
        done = run.done(label)
        count = sum(any(REFUSED in note for note in trial.notes) for trial in done)
        if count:
            where = "" if count == len(done) else f" in {count} of {_seeds(len(done))}"
            texts.append(
                f"{label} made no expansion{where}: its generated images were refused, so its "
                "figures are those of training without them."
            )
    return texts


def _incomplete(run: Run) -> list[str]:
    """Which policies failed or are not run yet."""
    texts = []
    for label in run.policies:
        failed = [t for t in run.stored() if t.policy == label and not t.done]
        if failed:
            count = len(failed)
            where = (
                "every seed" if count == len(run.seeds) else f"{count} of {len(run.seeds)} seeds"
            )
            reason = _short(str(failed[0].record.get("error") or "no reason recorded"))
            who = f"The baseline {label}" if label == run.baseline else label
            texts.append(f"{who} failed in {where} ({reason}).")
    if run.missing:
        total = len(run.policies) * len(run.seeds)
        verb = "is" if len(run.missing) == 1 else "are"
        texts.append(
            f"{len(run.missing)} of {total} trials {verb} not run yet, so this may change."
        )
    return texts


def _small(finding: _Finding, margin: float) -> bool:
    return bool(finding.row["delta_high"] < margin)


def _named(baseline: str) -> str:
    return "no augmentation" if baseline == "none" else baseline


def _margin(margin: float) -> str:
    return f"{100 * margin:g} {'point' if margin == 0.01 else 'points'}"


def _seeds(count: int) -> str:
    return f"{count} {'seed' if count == 1 else 'seeds'}"


def _fewest_seeds(findings: list[_Finding]) -> str:
    return _seeds(min(finding.blocks for finding in findings))


def _all_of(count: int) -> str:
    return "the only trial" if count == 1 else f"all {count} trials"


def _list(names: Sequence[str], word: str = "and") -> str:
    """Names in words: the first three of many, "a, b, c and 37 more"."""
    over = len(names) - _NAMED
    told = [*names[:_NAMED], f"{over} more"] if over > 0 else names
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} {word} {told[-1]}"


def _short(reason: str) -> str:
    line = reason.strip().splitlines()[0] if reason.strip() else "no reason recorded"
    return line if len(line) <= 120 else f"{line[:117]}..."
