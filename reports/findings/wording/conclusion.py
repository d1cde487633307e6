"""What should someone with this data do, in plain words? Sentences for what a run concludes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from augbench.reports.findings.wording.collapse import collapse_words
from augbench.reports.findings.wording.phrases import (
    amount,
    baseline_name,
    listed,
    margin_name,
    reason,
    seeds,
)
from augbench.reports.formatting import interval, shown

Figures = Mapping[str, Any]


def _gain(label: str, of: Figures) -> str:
    over = f"over {baseline_name(of['baseline'])} on {seeds(of['seeds'])}"
    names = listed([label, *of["equals"]], "or")
    alike = ", whose predictions are equal" if of["equals"] else ""
    gained = amount(of["mean"], of["low"], of["high"])
    if of["small"]:
        return (
            f"Use {names}{alike}, but expect little: {gained} {over} is sure, and less "
            f"than the {margin_name(of['margin'])} that matters"
        )
    return f"Use {names}{alike}: {gained} {over}"


def _loss(label: str, of: Figures) -> str:
    """Such as "a costs 9.0 points (5.1 to 12.9) because the network underfits"."""
    bounds = interval(-of["high"], -of["low"], "gap")
    because = " because the network underfits" if of["underfits"] else ""
    others = of["others"]
    also = f", and {listed(others)} {'lose' if len(others) > 1 else 'loses'} too" if others else ""
    return f"{label} costs {shown(-of['mean'], 'gap')} points ({bounds}){because}{also}"


def _only_losses(label: str, of: Figures) -> str:
    return f"Use {baseline_name(of['baseline'])}: on {seeds(of['seeds'])} {_loss(label, of)}"


def _no_difference(label: str, of: Figures) -> str:
    names, several = listed(of["policies"]), len(of["policies"]) > 1
    where = f"{baseline_name(of['baseline'])} on {seeds(of['seeds'])}"
    if of["equal"]:
        verb = "predict" if several else "predicts"
        before, _, on = where.rpartition(" on ")
        return (
            f"It makes no difference: {names} {verb} the same as {before} for every "
            f"test image on {on}"
        )
    return (
        f"It makes no difference that matters: {names} {'are' if several else 'is'} within "
        f"± {margin_name(of['margin'])} of {where}"
    )


def _unsettled(label: str, of: Figures) -> str:
    return f"{_nothing_proven(of)}: {label} {_doubt(of)}"


def _several_unsettled(label: str, of: Figures) -> str:
    return f"{_nothing_proven(of)}: {listed(of['policies'])} may each gain or lose"


def _least_loss(label: str, of: Figures) -> str:
    return f"none of them gained on average: what lost least, {label}, {_doubt(of)}"


def _losses(of: Figures) -> str:
    """Such as "a (-3.0 points) and b (-41.0 points) lost in each of 4 seeds"."""
    names = [f"{name} ({shown(mean, 'points')} points)" for name, mean in of["policies"]]
    every = "its only seed" if of["seeds"] == 1 else f"each of {seeds(of['seeds'])}"
    return f"{listed(names)} lost in {every}"


def _only_unproven_losses(label: str, of: Figures) -> str:
    return (
        f"No reason to use {'it' if len(of['policies']) == 1 else 'any of them'}: {_losses(of)}, "
        "though chance is not excluded"
    )


def _collapsed(label: str, of: Figures) -> str:
    return f"{label} {collapse_words(of['by']['kind'], of['by']['figures'])}."


def _measures_disagree(label: str, of: Figures) -> str:
    return (
        "The classes differ in size, and the measures disagree: "
        f"{label} changes accuracy by {shown(of['accuracy'], 'points')} points, but mean recall, "
        f"where each class counts the same, by {shown(of['recall'], 'points')}, and macro F1 by "
        f"{shown(of['f1'], 'points')}."
    )


def _nothing_proven(of: Figures) -> str:
    opening = "No gain is proven" if of["others_settled"] else "Nothing is settled"
    return f"{opening} on {seeds(of['seeds'])}"


def _doubt(of: Figures) -> str:
    """Such as "differs from keras by +1.2 points (-3.0 to +5.4), which cannot be told from …"."""
    by = amount(of["mean"], of["low"], of["high"], "points")
    unsure = "cannot be told" if of["has_interval"] else f"{seeds(of['seeds'])} cannot tell"
    return f"differs from {baseline_name(of['baseline'])} by {by}, which {unsure} from chance"


def _seeds_that_settle(label: str, of: Figures) -> str:
    low, high = of["low"], of["high"]
    if low is None:
        return "more seeds alone would not settle it, more test images would"
    if high is None:
        return f"it would take at least {low} seeds to settle it, and perhaps more test images"
    return f"about {low if low == high else f'{low} to {high}'} seeds should settle it"


def _all_failed(label: str, of: Figures) -> str:
    which = "the only trial" if of["trials"] == 1 else f"all {of['trials']} trials"
    why = f" ({reason(of['error'])})" if of["error"] else ""
    return f"Nothing can be concluded: {which} failed{why}"


def _baseline_unfinished(label: str, of: Figures) -> str:
    return (
        f"Nothing can be said of any gain: the baseline {of['baseline']} has no finished trial "
        f"to compare with (the highest mean test accuracy was {shown(of['mean'], 'percent')}, "
        f"of {label})"
    )


def _harmed(label: str, of: Figures) -> str:
    texts = [f"{name} ({shown(by, 'points')} points)" for name, by in of["classes"]]
    which = "the class" if len(texts) == 1 else f"{len(texts)} classes:"
    return f"But {label} harms {which} {listed(texts)}."


def _gap(label: str, of: Figures) -> str:
    less = of["verdict"] == "less"
    low, high = (-of["high"], -of["low"]) if less else (of["low"], of["high"])
    by = f"{shown(abs(of['mean']), 'gap')} points ({interval(low, high, 'gap')})"
    return (
        f"{'' if less else 'But '}{label} overfits {of['verdict']}: the gap between training and "
        f"validation accuracy is {by} {'smaller' if less else 'larger'}."
    )


def _rivals(plural: str, singular: str) -> Callable[[str, Figures], str]:
    """Policies with their means, and what is said of several and of one."""

    def text(label: str, of: Figures) -> str:
        names = [f"{name} ({shown(mean, 'points')} points)" for name, mean in of["policies"]]
        return f"{listed(names)} {singular if len(names) == 1 else plural}."

    return text


def _hollow_gap(label: str, of: Figures) -> str:
    return (
        f"{label} has the smallest gap between training and validation accuracy "
        f"({shown(of['gap'], 'gap')} points), which is no merit: the network underfits."
    )


def _no_expansion(label: str, of: Figures) -> str:
    part = of["trials"] < of["of"]
    where = f" in {of['trials']} of {seeds(of['of'])}" if part else ""
    return (
        f"{label} made no expansion{where}: its generated images were refused, so its "
        "figures are those of training without them."
    )


def _policy_failed(label: str, of: Figures) -> str:
    every = of["trials"] == of["of"]
    where = "every seed" if every else f"{of['trials']} of {of['of']} seeds"
    who = f"The baseline {label}" if of["is_baseline"] else label
    return f"{who} failed in {where} ({reason(of['error'])})."


def _incomplete(label: str, of: Figures) -> str:
    verb = "is" if of["trials"] == 1 else "are"
    return f"{of['trials']} of {of['of']} trials {verb} not run yet, so this may change."


#: kind -> its words, of the policy concerned and the figures
SENTENCES: dict[str, Callable[[str, Figures], str]] = {
    "nothing-finished": lambda _, of: "Nothing can be concluded: no trial has finished yet",
    "all-failed": _all_failed,
    "baseline-alone": lambda _, of: (
        f"Only the baseline {of['baseline']} was run: name a policy to compare with it"
    ),
    "baseline-unfinished": _baseline_unfinished,
    "only-baseline-finished": lambda _, of: (
        f"Nothing can be said of any gain: only the baseline {of['baseline']} has finished trials"
    ),
    "no-shared-seed": lambda _, of: (
        "Nothing can be said of any gain: no policy finished a seed that the baseline "
        f"{of['baseline']} finished too"
    ),
    "gain": _gain,
    "loss": _loss,
    "only-losses": _only_losses,
    "no-difference": _no_difference,
    "unsettled": _unsettled,
    "several-unsettled": _several_unsettled,
    "least-loss": _least_loss,
    "lost-in-every-seed": lambda _, of: _losses(of),
    "only-unproven-losses": _only_unproven_losses,
    "nothing-learned": lambda _, of: (
        "Nothing can be concluded: under no policy did the network learn anything"
    ),
    "collapsed": _collapsed,
    "measures-disagree": _measures_disagree,
    "best-unsettled": lambda label, of: f"the best, {label}, {_doubt(of)}",
    "finish-the-run": lambda _, of: "finish the run first",
    "run-more-seeds": lambda _, of: f"run at least {of['seeds']} seeds (--seeds {of['seeds']})",
    "seeds-that-settle": _seeds_that_settle,
    "no-difference-besides": lambda _, of: (
        f"{listed(of['policies'])} made no difference that matters"
    ),
    "harmed-classes": _harmed,
    "gap-of-the-best": _gap,
    "no-expansion": _no_expansion,
    "policy-failed": _policy_failed,
    "incomplete": _incomplete,
    "may-be-as-good": _rivals("gain too and may be as good", "gains too and may be as good"),
    "gain-less": _rivals("gain less", "gains less"),
    "may-be-better": _rivals(
        "are not settled and may be better still", "is not settled and may be better still"
    ),
    "hollow-gap": _hollow_gap,
}
