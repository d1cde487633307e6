"""What else is worth trying, now that some is known: other strengths, and combinations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from augbench.bench.search.candidates.candidate import Candidate
from augbench.bench.search.candidates.catalogue import combination, strengths
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.race import Estimate

#: members of the largest combination
MOST_MEMBERS = 4
#: newcomers of a block
MOST_NEW = 5
#: a gain that is believed this many of its standard deviations above 0 may be one
SURE = 0.5


def proposals(
    known: Mapping[str, Estimate],
    candidates: Mapping[str, Candidate],
    summary: DataSummary,
    struck: Sequence[str] = (),
) -> list[Candidate]:
    """Return newcomers, the most promising first: none that is known or struck out.

    All that helped together, the two and the three best together, the best in other strengths.

    Args:
        known: what is believed of those that raced.
        candidates: all of these, by label.
        summary: what is known of the data.
        struck: labels of candidates that break labels.
    """
    helped = [
        candidates[name] for name in _best_first(known) if known[name].mean > SURE * known[name].sd
    ]
    simple = _one_a_family(
        candidate for candidate in helped if candidate.kind in ("single", "strength", "given")
    )
    wanted: list[Candidate | None] = [
        combination(simple[:MOST_MEMBERS]),
        combination(simple[:2]),
        combination(simple[:3]),
    ]
    # a preset of words can have these beside it
    others = [candidate for candidate in simple if not candidate.words]
    if helped and others and helped[0] not in others:
        wanted.append(combination([helped[0], others[0]]))
    for best in simple[:2]:
        wanted += [other for other in strengths(best, summary) if other.label not in struck]
    new = {
        candidate.label: candidate
        for candidate in wanted
        if candidate and candidate.label not in known
    }
    policies = {candidates[name].policy for name in known}
    return [candidate for candidate in new.values() if candidate.policy not in policies][:MOST_NEW]


def _best_first(known: Mapping[str, Estimate]) -> list[str]:
    return sorted(known, key=lambda name: -known[name].mean)


def _one_a_family(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the first of each family."""
    first: dict[tuple[str, ...], Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.family, candidate)
    return list(first.values())
