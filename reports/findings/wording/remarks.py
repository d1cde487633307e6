"""What must be said of trials and tables, in words, beside what their columns hold?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from augbench.reports.findings.wording.collapse import COLLAPSES
from augbench.reports.findings.wording.phrases import (
    duration,
    in_words,
    listed,
    margin_name,
    seeds,
)
from augbench.reports.findings.wording.pool import few_images, pool_judged
from augbench.reports.formatting import shown
from augbench.reports.run.layout import END_PERCENT

Figures = Mapping[str, Any]


def _level(of: Figures) -> str:
    comparisons = of["comparisons"]
    share = f", shared by {comparisons} comparisons" if comparisons > 1 else ""
    look = f"look {of['look']} at this run spends {100 * of['alpha']:.2g} % of error{share}"
    which = "all intervals together" if comparisons > 1 else "intervals"
    excluded = ", and what earlier looks excluded stays excluded" if of["look"] > 1 else ""
    return (
        f"{which} at {100 * of['confidence']:.4g} % ({look}{excluded}); intervals from "
        f"{of['seeds_for_intervals']} seeds on, p-values from {of['seeds_for_p_values']}"
    )


def _measured(of: Figures) -> str:
    """Such as "test accuracy is the mean over 6 points in the last 30 % of the 10 epochs"."""
    points = of["points"]
    if of["measure"] == "averaged":
        return (
            "test accuracy is that of averaged weights, as `use_ema` of Keras' optimisers keeps "
            "them, with one epoch as the time constant"
        )
    if points == 1:
        return "test accuracy is that of the last step's weights"
    shared = ""
    if of["points_an_image"] < points:
        times = "one of them" if of["points_an_image"] == 1 else f"{of['points_an_image']} of them"
        shared = f", each test image measured at {times}"
    return (
        f"test accuracy is the mean over {points} points in the last {END_PERCENT} % of the "
        f"{of['epochs']} epochs{shared}"
    )


def _averaged(of: Figures) -> str:
    changed = [
        f"{label} {'' if at else 'is then worth '}{shown(then, 'points')} instead of "
        f"{shown(now, 'points')}"
        for at, (label, then, now) in enumerate(of["changed"])
    ]
    text = (
        "averaging the weights (`use_ema` of Keras' optimisers) is worth "
        f"{shown(of['worth'], 'points')} points here"
    )
    return f"{text}, and {listed(changed)}" if changed else text


def _tested_in_folds(of: Figures) -> str:
    text = f"each seed tests on another of {of['folds']} folds of the images: "
    images, fewest, most = f"{of['images']:,}", of["fewest_times"], of["most_times"]
    if not fewest:
        return text + f"{of['tested']:,} of {images} were tested so far"
    if fewest == most == 1:
        return text + f"all {images} were tested once"
    times = f"{fewest} times" if fewest == most else f"{fewest} to {most} times"
    return text + f"all {images} were tested, {times} each"


def _equivalence(of: Figures) -> str:
    pairs = "1 pair" if of["pairs"] == 1 else f"{of['pairs']} pairs"
    return (
        f"equivalence within ± {margin_name(of['margin'])} by two one-sided tests: intervals at "
        f"{100 * of['confidence']:g} %; better and worse are corrected for {pairs}"
    )


def _discoveries(of: Figures) -> str:
    return (
        f"exploratory: false discovery rate {100 * of['rate']:g} % over {of['comparisons']} "
        f"comparisons, {of['discoveries']} found; intervals at {100 * of['confidence']:.4g} %"
    )


def _control(of: Figures) -> str:
    verdict = {
        "better": "it beats the control",
        "worse": "it is no better than the control, which is free",
        "level": "it is no better than the control, which is free"
        if not of["above"]
        else "it is not told from the control, which is free",
    }[of["control"]]
    return (
        f"CAS above that of the Gaussian control in {of['above']} of {of['seeds']} seeds: {verdict}"
    )


def _too_few_to_balance(of: Figures) -> str:
    return f"the policy made too few images to balance {', '.join(of['classes'])}"


def _other_winners(of: Figures) -> str:
    policy, count, others = of["policy"], of["seeds"], of["others"]
    if count == 1:
        return "One seed only: how much chance plays a part cannot be seen from it."
    if others == 0:
        return (
            f"In each of the {count} seeds {policy} came first, alone or with others: "
            "a single run would have named the same winner."
        )
    if others == count:
        return (
            f"{policy} has the highest mean, but in none of the {count} seeds did it "
            "come first: a single run would always have named another winner."
        )
    part = f"{in_words(others)} {'seed' if others == 1 else 'seeds'} in {in_words(count)}"
    return f"{policy} has the highest mean, but {part} would have named another winner."


def _typical_cost(of: Figures) -> str:
    kind = " of CPU time" if of["of_cpu"] else ""
    text = f"A trial under {of['policy']} takes {shown(of['seconds'], 'seconds')} s{kind}"
    if of["baseline_seconds"] is not None:
        text += f", under {of['baseline']} {shown(of['baseline_seconds'], 'seconds')} s"
    return f"{text}."


def _classes_not_settled(of: Figures) -> str:
    images, least, most = of["images"], min(of["images"]), max(of["images"])
    sizes = f"{least}" if least == most else f"{least} to {most}"
    wide = (
        f", where an interval reaches {shown(of['half_width'], 'gap')} points to both sides"
        if images and of["half_width"] is not None
        else ""
    )
    count = "no" if of["settled"] == 0 else f"{of['settled']:,}"
    return (
        f"{count} of {of['of']:,} changes are settled: {sizes} test images a class on "
        f"{of['seeds']} {'seed' if of['seeds'] == 1 else 'seeds'} are too few for the "
        f"{'others' if of['settled'] else 'classes'}{wide}"
    )


#: kind -> its words, of the figures
REMARKS: dict[str, Callable[[Figures], str]] = {
    # what policies say
    "remark": lambda of: str(of["text"]),
    "few-images": few_images,
    "no-class-to-learn": lambda of: (
        "no expansion: no class has enough images to learn from; insist=True generates them"
    ),
    "pool-judged": pool_judged,
    "too-few-to-balance": _too_few_to_balance,
    # what tables say
    "not-run-yet": lambda of: "not run yet",
    "damaged": lambda of: (
        f"left out, since it is not what was written: {of['reason']}; the same compare command "
        "makes it again"
    ),
    "failed": lambda of: f"failed: {of['error'] or 'no reason recorded'}",
    "no-baseline": lambda of: (
        f"the baseline {of['baseline']} is not in this run: nothing can be compared with it"
    ),
    "no-baseline-trial": lambda of: (
        f"no trial of the baseline {of['baseline']} is done: nothing can be compared with it"
    ),
    "what-is-measured": _measured,
    "averaged-weights": _averaged,
    "level-of-intervals": _level,
    "tested-in-folds": _tested_in_folds,
    "fewer-seeds-than-needed": lambda of: f"fewer than {of['needed']} seeds",
    "equal-predictions": lambda of: "all predictions are equal",
    "same-difference-in-every-seed": lambda of: (
        "the same difference in every seed: too few test images to tell"
    ),
    "settled-after": lambda of: f"settled after {seeds(of['seeds'])}",
    "not-settled-by-plan": lambda of: (
        f"given up after {seeds(of['seeds'])}: {of['most']} would hardly settle it"
    ),
    "ended-by-budget": lambda of: (
        f"the budget of {duration(of['budget'])} ended the run after {seeds(of['seeds'])}; "
        "the same command with a larger one goes on"
    ),
    "smaller-than-matters": lambda of: "smaller than matters",
    "too-few-test-images": lambda of: "more seeds alone cannot settle it, more test images can",
    "compared-on-fewer-seeds": lambda of: (
        f"compared on the {of['seeds']} seeds that {of['baseline']} finished too"
    ),
    "no-validation-curve": lambda of: "no validation curve to compare",
    "equivalence-tests": _equivalence,
    "false-discovery-rate": _discoveries,
    "compared-with-control": _control,
    "other-winners": _other_winners,
    "typical-cost": _typical_cost,
    **COLLAPSES,
    "classes-not-settled": _classes_not_settled,
    "more-trouble": lambda of: f"{of['count']} more such notes are under Warnings",
}
