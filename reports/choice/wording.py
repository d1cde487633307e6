"""In which words does a search say what to use, how sure that is, and what to avoid?"""

from __future__ import annotations

from augbench.reports.charts.svg import short_label
from augbench.reports.choice.choice import BASELINE, Choice, Estimate, Result, Screened, Turned
from augbench.reports.choice.unit import margin_in_words, of_estimate, of_result, unit
from augbench.reports.findings.wording.phrases import (
    baseline_name,
    listed,
    reason,
    seeds,
)
from augbench.reports.formatting import is_missing

#: an interval that is this many margins wide says too little to be called a bound
WIDE = 2.5
_SENTENCES = 3
# How a headline can begin; else it begins with a name, whose letters stay as they are.
_OPENINGS = ("Use ", "Probably ", "No ", "Nothing ")
_NAMED = 4
# Letters of the name of a class in a sentence, and where there is little room.
_LONGEST, _SHORT = 80, 26


# Phrases


def share(value: float) -> str:
    """Such as "61%": a share of a few images has no decimals."""
    return "–" if is_missing(value) else f"{100 * value:.0f}%"


def clock(choice: Choice) -> str:
    """Such as "28.5 of 30 minutes"."""
    if is_missing(choice.spent) or is_missing(choice.budget):
        return ""
    hours = choice.budget >= 7200
    size, name = (3600, "hours") if hours else (60, "minutes")
    return f"{choice.spent / size:.1f} of {choice.budget / size:.3g} {name}"


def fresh(choice: Choice, count: int) -> str:
    """Such as "5 fresh seeds and 168 test images that nothing was chosen on"."""
    images = choice.summary.get("test")
    tested = f" and {images:,} test images" if isinstance(images, int) and images else ""
    return f"{fresh_seeds(count)}{tested} that nothing was chosen on"


def fresh_seeds(count: int) -> str:
    """Such as "5 fresh seeds"."""
    return seeds(count).replace(" ", " fresh ", 1)


def blocks(count: int) -> str:
    """Such as "3 blocks"."""
    return f"{count} {'block' if count == 1 else 'blocks'}"


# The answer


def headline(choice: Choice) -> tuple[str, str]:
    """What to use and how much that brings, in two parts that read on as one sentence."""
    first, rest = _nothing_known(choice) or _answered(choice)
    if choice.done:
        return first, rest
    stopped = "stopped early" if choice.state == "interrupted" else "the search goes on"
    spent = clock(choice)
    rest = f"{rest}; {stopped}" + (f", {spent} are spent" if spent else "")
    if first.startswith(_OPENINGS):
        first = first[0].lower() + first[1:]
    return f"So far: {first}", rest


def sentence(choice: Choice) -> str:
    """The headline in one piece."""
    first, rest = headline(choice)
    return f"{first}{'' if first.endswith((':', '.')) else ','} {rest}."


def is_known(choice: Choice) -> bool:
    """Whether anything was measured that an answer rests on."""
    return _nothing_known(choice) is None


def _nothing_known(choice: Choice) -> tuple[str, str] | None:
    """What is said where nothing could be measured; None where something was."""
    if any(not is_missing(trial.figure) for trial in choice.trials) or choice.confirm is not None:
        return None
    if choice.trials:
        why = next((trial.error for trial in choice.trials if trial.error), "")
        count = len(choice.trials)
        return (
            "Nothing can be concluded:",
            f"all {count} trials failed ({reason(why)})" if count > 1 else f"it failed ({why})",
        )
    if choice.candidates and len(struck(choice)) == len(choice.candidates):
        return "No augmentation:", "every candidate turns classes into each other"
    if choice.done:
        return "No augmentation:", "the budget was too small to try one"
    return "Nothing is known yet:", "no block of the race has ended"


def _answered(choice: Choice) -> tuple[str, str]:
    if choice.answer.kind == "nothing":
        return _nothing_better(choice)
    policy, result = choice.answer.policy, choice.result
    if result is None:
        estimate = choice.estimate.get(policy)
        by = f": {of_estimate(choice, estimate)} in the race" if estimate else ""
        return (
            f"{policy} is ahead, not proven{by}",
            "on the validation images by which it is chosen",
        )
    gain = f"{of_result(choice, result)} over {baseline_name(BASELINE)}"
    where = f"on {fresh(choice, result.seeds)}"
    if choice.answer.kind == "better":
        return f"Use {policy}: {gain}", where
    return f"Probably {policy}: {gain}, not proven", where


def _nothing_better(choice: Choice) -> tuple[str, str]:
    within, result, measure = choice.answer.within, choice.result, unit(choice)
    known = not is_missing(within) and within <= WIDE * choice.margin
    first = "No augmentation: nothing tried is shown to be better."
    if known:
        first = f"No augmentation: differences are under {measure.plain(within)} {measure.name}."
    if result is None:
        best = next(iter(choice.estimates), None)
        if best is None:
            return first, "No figure of the race can be compared"
        return first, f"The best of the race, {best.policy}, has {of_estimate(choice, best)} there"
    gain = f"{of_result(choice, result)} on {fresh(choice, result.seeds)}"
    return first, f"{_best_of_race(choice, result)}: {gain}"


def _best_of_race(choice: Choice, result: Result) -> str:
    raced = len(choice.estimates)
    return f"The best of {raced} in the race, {result.policy}" if raced > 1 else result.policy


# What else is good, what to avoid, what to do next


def comparisons(choice: Choice) -> list[Result]:
    """What fresh seeds say of the answer against others than the baseline."""
    if choice.confirm is None or choice.answer.policy == BASELINE:
        return []
    return [result for result in choice.confirm.results if result.against != BASELINE]


def caution(choice: Choice) -> str:
    """How sure the answer is, in a sentence that says what that means."""
    result, kind = choice.result, choice.answer.kind
    if kind == "better":
        return "Proven: chance does not explain it."
    if kind == "likely":
        return (
            "Not proven: chance may explain it."
            if result is not None
            else "Not proven: it has yet to hold on fresh seeds and test images."
        )
    if result is not None and result.verdict == "equivalent":
        return f"Settled: a difference of {margin_in_words(choice)} or more is excluded."
    return "Nothing proven, so the simplest is the best choice."


def struck(choice: Choice) -> list[Screened]:
    """Candidates that were struck out since they break labels."""
    known = {candidate.label for candidate in choice.candidates}
    return [
        screened
        for screened in choice.screen
        if screened.struck and screened.label in known and screened.label not in choice.taking_part
    ]


def insisted(choice: Choice) -> list[Screened]:
    """Candidates that break labels and raced all the same, since they were asked for."""
    return [
        screened
        for screened in choice.screen
        if screened.struck and screened.label in choice.taking_part
    ]


def losing(choice: Choice) -> list[Estimate]:
    """Candidates that lose by what the race believes of them, the worst first."""
    lost = [estimate for estimate in choice.estimates if estimate.mean + 2 * estimate.sd < 0]
    return sorted(lost, key=lambda estimate: estimate.mean)


def turned_sentence(label: str, pair: Turned, longest: int = _LONGEST) -> str:
    """Such as "vertical flip turns b into p: 61% of b are taken for p, 2% of clean ones".

    Args:
        label: the candidate.
        pair: the classes.
        longest: letters of a class's name; longer ones lose their middle.
    """
    source, target = short_label(pair.source, longest), short_label(pair.target, longest)
    named = pair.by in label or label in pair.by
    by = f" ({pair.by})" if pair.by and not named else ""
    clean = f", {share(pair.clean)} of clean ones" if not is_missing(pair.clean) else ""
    return (
        f"{label} turns {source} into {target}{by}: "
        f"{share(pair.augmented)} of {source} are taken for {target}{clean}"
    )


def breaking(screened: Screened) -> str:
    """Why a candidate was struck out, in one sentence: the worst pair and how many more."""
    if not screened.turned:
        return f"{screened.label} breaks labels"
    pairs = len({frozenset((pair.source, pair.target)) for pair in screened.turned})
    more = f"; and {pairs - 1} more {'pair' if pairs == 2 else 'pairs'}" if pairs > 1 else ""
    return turned_sentence(screened.label, screened.turned[0], _SHORT) + more


def struck_reason(screened: Screened) -> str:
    """Such as "b turns into d"."""
    if not screened.turned:
        return "breaks labels"
    return f"{screened.turned[0].source} turns into {screened.turned[0].target}"


def avoid(choice: Choice) -> list[str]:
    """What not to use, in sentences: what breaks labels, then what loses."""
    broken = struck(choice)
    texts = [breaking(screened) for screened in broken[:_SENTENCES]]
    if len(broken) > _SENTENCES:
        texts.append(
            f"{listed([screened.label for screened in broken[_SENTENCES:]])} break labels too"
        )
    lost = losing(choice)
    if lost:
        names = [
            f"{estimate.policy} ({unit(choice).signed(estimate.mean)})"
            for estimate in lost[:_NAMED]
        ]
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        texts.append(f"lost in the race: {', '.join(names)}{more}")
    return texts


def next_step(choice: Choice) -> str:
    """What to do now."""
    if choice.state == "interrupted":
        return "Go on where it stopped: the same command loses nothing that was done"
    if not choice.done:
        return "Wait, and load this page again: it is written anew after each block"
    if not is_known(choice):
        mend = "Mend what failed, and run it again" if choice.trials else "Give it a larger budget"
        return f"{mend}: the command goes on from here"
    if choice.answer.kind == "better":
        return (
            "Train with it. What is left to find is smaller than what was found; a larger budget "
            "goes on from here"
        )
    if choice.answer.kind == "likely":
        return "Use it, or prove it first: with a larger budget more fresh seeds are tested"
    return "Train without. Smaller differences take more seeds: a larger budget goes on from here"


def in_short(choice: Choice) -> list[tuple[str, str]]:
    """The answer's parts for a page of text: a word and what is said under it."""
    parts = []
    if is_known(choice):
        parts.append(("Use", f"{baseline_name(choice.answer.policy)}. {caution(choice)}"))
    for result in comparisons(choice):
        parts.append(("Fresh seeds", f"{result.verdict} {against(choice, result)}"))
    parts += [("Avoid", text) for text in avoid(choice)]
    if choice.left_out:
        reasons = "; ".join(f"{name}, since {reason}" for name, reason in choice.left_out)
        parts.append(("Left out", reasons))
    return [*parts, ("Next", f"{next_step(choice)}.")]


def against(choice: Choice, result: Result) -> str:
    """What goes on after a verdict, such as "than tutorial: +1.7 points (0.4 to 3.0)"."""
    words = {"better": "than", "worse": "than", "equivalent": "to"}
    return f"{words.get(result.verdict, 'against')} {result.against}: {of_result(choice, result)}"
