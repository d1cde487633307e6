"""Trials for a check: which are there, which are wanted, and when are there enough?"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

from augbench.bench.executors.model_check import check_model
from augbench.bench.gate.effect.checking import asking, require_comparable, require_margin
from augbench.bench.options.settings import settings, to_toml
from augbench.bench.run.comparison import Comparison
from augbench.bench.run.experiment import Asking, effective_settings, environment_of, facts_of
from augbench.bench.run.grid import plan_for
from augbench.bench.run.preparation import load_experiment
from augbench.bench.run.progress import Display
from augbench.bench.storage.run_folder import RunFolder, grid_in, history_in
from augbench.bench.trackers import Trackers
from augbench.bench.trial import models
from augbench.policies.expression import BASELINE, parse_grid
from augbench.policies.named_objects import named_in
from augbench.policies.registry.building import build
from augbench.policies.spec.loading import load_spec
from augbench.reports.run.baseline import Baseline, Conditions, portable
from augbench.reports.run.layout import History
from augbench.reports.run.measured import design_of

#: options of a run that a baseline says where they are not asked for
FROM_BASELINE = ("spec", "model", "epochs", "batch_size", "train_size", "measure")


def prepare(
    asked: dict[str, Any],
    config: Path | None,
    out: Path,
    baseline: Baseline,
    file: Path,
    display: Display,
) -> tuple[Comparison, Asking]:
    """Validate what was asked, load the data, and see whether it can be checked at all.

    What is not asked for, and no config says, is as the baseline has it: the policies, the spec,
    the model and so on.

    Args:
        asked: options of a run by name, None where they were not asked for.
        config: a TOML file with options by name.
        out: the run folder.
        baseline: what was accepted, with the margin that counts.
        file: where it is.
        display: where progress and notes are shown.

    Raises:
        NotComparable: before anything is trained or written.
        InputError: for anything that cannot work, a margin below the noise floor too.
    """
    named = asked.get("policies") is not None or config is not None
    given = dict(asked) if config else _completed(asked, baseline)
    if not config:
        _require_importless({name: given[name] for name in given if asked.get(name) is None}, file)
    chosen = settings({**given, "seeds": "auto", "margin": 100 * baseline.margin}, config)
    before, history = grid_in(out), history_in(out) or History()
    experiment = load_experiment(chosen, display, history.settled)
    display.notes(experiment.notes)
    now = Conditions.of(
        tomllib.loads(to_toml(effective_settings(experiment))), environment_of(experiment)
    )
    labels = {
        policy.label: portable(policy.text)
        for policy in experiment.policies
        if policy.label != BASELINE
    }
    require_comparable(baseline, file, now, labels, all_policies=not named)
    known = dataclasses.replace(
        baseline, policies={label: baseline.policies[label] for label in labels}
    )
    plan = plan_for(facts_of(experiment), before, history)
    require_margin(known, design_of(plan, baseline.margin), fixed=False, seeds=plan.most)
    check_model(experiment.settings, experiment.dataset.shape, len(experiment.dataset.classes))
    folder = RunFolder(out)
    comparison = Comparison(experiment, folder, display, Trackers((), folder))
    return comparison, asking(known, len(experiment.dataset.classes))


def _require_importless(taken: dict[str, Any], file: Path) -> None:
    """Raise `InputError` where what is taken from a baseline names code of somebody's."""
    with named_in(str(file)):
        if taken.get("model") is not None:
            models.source(taken["model"])
        spec = load_spec(taken.get("spec"))
        for policy in parse_grid(taken.get("policies") or ()):
            build(policy, spec)


def _completed(asked: dict[str, Any], baseline: Baseline) -> dict[str, Any]:
    """Return options with those of the baseline where they were not asked for."""
    conditions = baseline.conditions
    known: dict[str, Any] = {name: getattr(conditions, name) for name in FROM_BASELINE}
    known["policies"] = tuple(policy.expression for policy in baseline.policies.values())
    known["image_size"] = tuple(conditions.image_shape[:2])
    if not asked.get("fixed_test"):
        known["folds"] = conditions.folds
    if conditions.fixed_test and asked.get("folds") is None:
        known["fixed_test"] = True
    return asked | {
        name: value
        for name, value in known.items()
        if asked.get(name) is None and value is not None
    }
