"""What became of each candidate of a search, and why?"""

from __future__ import annotations

from augbench.reports.choice.choice import BASELINE, Choice
from augbench.reports.choice.unit import of_result, unit
from augbench.reports.choice.wording import blocks, fresh_seeds, struck_reason
from augbench.reports.findings.wording.phrases import reason
from augbench.reports.formatting import is_missing

#: what can become of a candidate, in the order of the table
OUTCOMES = ("chosen", "confirmed", "raced", "dropped", "struck out", "not tried")


def outcome_of(choice: Choice, label: str) -> str:
    """One of `OUTCOMES`."""
    raced = choice.taking_part.get(label)
    if label == choice.answer.policy and (raced or choice.done):
        return "chosen"
    if choice.confirm is not None and label in choice.confirm.policies:
        return "confirmed"
    if raced:
        return "raced" if raced[-1] == len(choice.blocks) - 1 else "dropped"
    screened = choice.screened.get(label)
    return "struck out" if screened is not None and screened.struck else "not tried"


def reason_of(choice: Choice, label: str) -> str:
    """Why that became of a candidate, in words."""
    outcome = outcome_of(choice, label)
    if label == BASELINE:
        return "gains are measured against it"
    if outcome == "struck out":
        return struck_reason(choice.screened[label])
    if outcome == "not tried":
        return "no time was left for it" if choice.done else "not yet"
    if outcome in ("chosen", "confirmed"):
        return _tested_reason(choice, label)
    return _failure(choice, label) or _behind(choice, label)


def _tested_reason(choice: Choice, label: str) -> str:
    """What fresh seeds say of one that they measured, else what the race says."""
    confirm, result = choice.confirm, choice.result
    if confirm is None or result is None:
        return f"ahead after {blocks(len(choice.taking_part[label]))}"
    where = f"on {fresh_seeds(result.seeds)}"
    if label == result.policy:
        return f"{of_result(choice, result)} {where}"
    measure = unit(choice)
    return f"{measure.signed(confirm.gain(label))} {measure.name} {where}"


def _failure(choice: Choice, label: str) -> str:
    mine = [trial for trial in choice.trials if trial.policy == label]
    failed = [trial for trial in mine if is_missing(trial.figure)]
    if not failed:
        return ""
    where = "in every block" if len(failed) == len(mine) else f"in {len(failed)} of {len(mine)}"
    return f"failed {where}: {reason(failed[0].error)}"


def _behind(choice: Choice, label: str) -> str:
    estimate, best = choice.estimate.get(label), choice.estimate.get(choice.winner)
    count = len(choice.taking_part.get(label, ()))
    if estimate is None:
        return f"after {blocks(count)}"
    if outcome_of(choice, label) == "dropped":
        loses = estimate.mean + 2 * estimate.sd < 0
        return f"{'loses' if loses else 'behind'} after {blocks(count)}"
    if not choice.done:
        return "racing"
    if best is not None and estimate.mean >= best.mean:
        return "a simpler one is as good" if 2 * count >= best.blocks else "ahead in few blocks"
    return f"behind at the end, after {blocks(count)}"
