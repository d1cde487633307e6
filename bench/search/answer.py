"""What has a search found? Written for the report, and as a file that `compare` takes."""

from __future__ import annotations

import dataclasses
import math
import statistics
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from augbench.bench.run.experiment import Experiment, describe, facts_of
from augbench.bench.run.exported import exported
from augbench.bench.run.grid import write_fixed_grid
from augbench.bench.run.plans import plans_of
from augbench.bench.search.candidates.candidate import ENGINE, Candidate
from augbench.bench.search.confirming import Confirmed
from augbench.bench.search.ledger import keep_pictures
from augbench.bench.search.search import CONFIRMING, Search
from augbench.bench.search.trials import Wanted
from augbench.bench.trial.environment import computing_like_a_worker
from augbench.policies.base import Batch
from augbench.policies.export import TARGETS
from augbench.policies.expression import BASELINE
from augbench.policies.registry import build

from augbench.errors import InputError

CHOSEN = "chosen.toml"
#: part of the margin that a gain must reach to be taken unproven
LIKELY = 0.5
#: candidates whose pictures are kept, and images of each
PICTURED = 10
IMAGES = 6
#: how the names of these pictures begin
_LOOKS = ("originals", "looks ")


@dataclass(frozen=True)
class Answer:
    """What to use.

    Attributes:
        kind: ``better`` (confirmed), ``likely`` (not proven), or ``nothing``.
        policy: the label of a candidate, or the baseline.
        within: where nothing is better, what differences stay under, a fraction; NaN unknown.
    """

    kind: str
    policy: str
    within: float = math.nan


def answer_of(search: Search) -> Answer:
    """Return the answer by what is known by now.

    Fresh seeds alone decide once they have an interval: the race flatters whoever wins it, so that
    without any effect every third search would take something by the race's figures too.
    """
    standing, margin = search.standing, search.settings.margin / 100
    result = standing.confirmed.get(BASELINE)
    if standing.winner == BASELINE:
        return Answer("nothing", BASELINE, _within(result))
    if result is not None and result.verdict == "better":
        return Answer("better", standing.winner)
    if result is None or math.isnan(result.low):
        likely, gain = True, standing.known[standing.winner].mean
    else:
        likely, gain = result.likely and result.verdict == "inconclusive", result.mean
    if likely and gain >= LIKELY * margin:
        return Answer("likely", standing.winner)
    return Answer("nothing", BASELINE, _within(result))


def _within(result: Confirmed | None) -> float:
    if result is None or math.isnan(result.low):
        return math.nan
    return max(abs(result.low), abs(result.high))


def content_of(search: Search, command: str) -> dict[str, Any]:
    """Return what the report is made of, as plain values.

    Args:
        search: as far as it is.
        command: how a person goes on.
    """
    standing, settings, field = search.standing, search.settings, search.field
    ranked = sorted(standing.known, key=lambda name: -standing.known[name].mean)
    first = settings.first_seed
    return {
        "dataset": search.dataset.name,
        "state": standing.state,
        "jobs": settings.jobs,
        "margin": settings.margin / 100,
        "objective": search.asked.objective,
        "summary": search.summary.to_dict(),
        "settings": {
            "data": settings.data,
            "epochs": settings.epochs,
            "batch_size": settings.batch_size,
            "train_size": settings.train_size,
            "image_size": list(search.dataset.shape[:2]),
            "model": settings.model,
            "first_seed": first,
        },
        "candidates": [
            candidate.to_dict() | {"policy": candidate.policy}
            for candidate in field.candidates.values()
        ],
        "left_out": [{"name": name, "reason": reason} for name, reason in field.left_out.items()],
        "blocks": [
            {"seed": first + cells[0][1], "policies": [name for name, _ in cells]}
            for cells in search.blocks
        ],
        "figures": [
            {
                "policy": wanted.label,
                "seed": wanted.seed,
                "figure": search.trials.figure(trial),
                "seconds": trial.number("seconds"),
                "error": str(trial.record.get("error") or ""),
            }
            for wanted, trial in search.trials.of("race").items()
        ],
        "estimates": [
            {"policy": name, **dataclasses.asdict(standing.known[name])} for name in ranked
        ],
        "winner": standing.winner,
        "confirm": _confirm(search),
        "answer": dataclasses.asdict(answer_of(search)),
        "command": command,
        "full_report": "",
        "code": {},
        "warnings": search.notes,
    }


def _confirm(search: Search) -> dict[str, Any] | None:
    """Return what fresh seeds say, as plain values; None where they say nothing yet."""
    confirmed = search.standing.confirmed
    if not confirmed:
        return None
    best = search.confirming[1]
    return {
        "seeds": list(search.fresh_seeds),
        "policies": search.confirming,
        "accuracy": [_tested(search, label) for label in search.confirming],
        "results": [
            {"policy": best, "against": other, **dataclasses.asdict(result)}
            for other, result in confirmed.items()
        ],
    }


def _tested(search: Search, label: str) -> dict[str, Any]:
    """Return mean and deviation of a policy on fresh seeds; trials that failed do not count."""
    trials = (search.trials.ended[Wanted("confirm", label, seed)] for seed in search.fresh_seeds)
    tested = [search.trials.tested(trial) for trial in trials]
    figures = [figure for figure in tested if not math.isnan(figure)]
    return {
        "policy": label,
        "mean": statistics.fmean(figures) if figures else None,
        "sd": statistics.stdev(figures) if len(figures) > 1 else None,
        "seeds": len(figures),
    }


def chosen_toml(search: Search, chosen: str) -> str:
    """Return the answer as a file that ``--config``, ``--spec`` and `export` take."""
    settings = search.settings
    candidate = search.field.candidates.get(chosen, Candidate(BASELINE, ()))
    policies = [BASELINE]
    if chosen != BASELINE:
        policies.append(f"{candidate.label}={candidate.chained(ENGINE)}")
    content = {
        "policies": policies,
        "data": settings.data,
        "epochs": settings.epochs,
        "batch_size": settings.batch_size,
        "image_size": list(search.own_size),
        "model": settings.model,
        "spec": dict(candidate.words),
    }
    if settings.train_size is not None:
        content["train_size"] = settings.train_size
    return tomli_w.dumps({**content, "spec": content.pop("spec")})


def code_of(chosen: Path) -> dict[str, str]:
    """Return the answer as scripts of libraries' own, by the target's name."""
    scripts = {}
    for target in TARGETS:
        with suppress(InputError):  # what cannot be said there has no script
            scripts[target] = exported(chosen, target)
    return scripts


def keep_looks(search: Search) -> None:
    """Keep pictures of what candidates do to the same training images."""
    standing = search.standing
    ranked = sorted(standing.known, key=lambda name: -standing.known[name].mean)
    wanted = {*ranked[:PICTURED], *search.field.struck}
    if not search.field.candidates:
        return
    dataset = search.dataset
    rows = np.linspace(0, search.summary.images - 1, IMAGES).astype(int)
    train = search.training_rows[rows]
    images = np.ascontiguousarray(dataset.images[train])
    labels = np.eye(len(dataset.classes), dtype=np.float32)[dataset.labels[train]]
    pictures = {"originals": images}
    with computing_like_a_worker(search.settings.threads):
        for place, label in enumerate(search.field.candidates):
            if label not in wanted:
                continue
            policy = build(search.field.expression(label), search.spec)
            if not policy.changes:  # it makes new images, and changes none
                continue
            batch = Batch(images, labels, rows, search.settings.first_seed, 0, 0)
            pictures[f"looks {place}"] = policy.change(batch).images
    keep_pictures(search.folder.path, pictures, instead_of=_LOOKS)


def forget_looks(search: Search) -> None:
    """Drop what `keep_looks` kept in an earlier session, where other candidates had these names."""
    keep_pictures(search.folder.path, {}, instead_of=_LOOKS)


def write_confirmation(search: Search) -> bool:
    """Make an ordinary run of the confirmation, so that its full report can be written.

    Returns:
        Whether there is one.
    """
    content = _confirm(search)
    if content is None:
        return False
    expressions = tuple(search.field.expression(label) for label in content["policies"])
    settings = dataclasses.replace(
        search.settings,
        policies=tuple(expression.text for expression in expressions),
        spec=search.spec.to_dict(),
        first_seed=search.settings.first_seed + CONFIRMING,
        seeds=len(content["seeds"]),
        budget=None,
    )
    plans = plans_of(settings, search.dataset, search.spec, expressions)
    experiment = Experiment(
        settings, search.dataset, search.spec, expressions, plans, notes=search.notes
    )
    describe(experiment, search.folder)
    write_fixed_grid(facts_of(experiment), search.folder, look=True)
    return True
