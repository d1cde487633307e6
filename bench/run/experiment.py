"""The grid of trials: which there are, which are missing, and how all get done."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

from augbench.bench.data import Dataset, Parts, block, load
from augbench.bench.data.parts import images_tested
from augbench.bench.executors import EXECUTORS, Executor, Outcome
from augbench.bench.executors.device_check import device_words, notes_of, on_this_machine
from augbench.bench.interruption import within
from augbench.bench.options.model import Settings
from augbench.bench.options.settings import to_toml
from augbench.bench.run.grid import GridFacts, plan_for, write_fixed_grid, write_growing_grid
from augbench.bench.run.plans import plans_of, repeatable, study_of
from augbench.bench.run.schedule import AllAtOnce, BlockByBlock, Decide, which_differ
from augbench.bench.run.time_budget import resolve_budgets
from augbench.bench.run.usage import code_to_use
from augbench.bench.storage.run_folder import RunFolder
from augbench.bench.trial import environment, models
from augbench.bench.trial.trial import TrialPlan, TrialResult
from augbench.policies.expression import BASELINE, Expression, parse_grid
from augbench.policies.probing import probe
from augbench.policies.registry import build
from augbench.policies.spec import standardize
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec
from augbench.reports.run.layout import ENVIRONMENT, EXPERIMENT
from augbench.reports.run.measured import design_of

from augbench.backend import require_installed
from augbench.errors import AugbenchWarning, InputError, nearest


@dataclass(frozen=True)
class Experiment:
    """A validated grid, ready to run: every error of usage has been raised by now.

    Attributes:
        settings: the effective options.
        dataset: the data, decoded and cached.
        spec: the run's augmentation spec.
        plans: a plan a trial, seeds outermost, so that whole blocks get done first; where seeds
            are added as it takes, of all trials that may come.
        budgets: what timing decided in place of ``minutes=``, as `resolve_budgets` says.
        code: by label, Python that does what a policy does without augbench, where there is some.
        notes: warnings of data, spec and policies, for the report.
    """

    settings: Settings
    dataset: Dataset
    spec: AugmentationSpec
    policies: tuple[Expression, ...]
    plans: tuple[TrialPlan, ...]
    budgets: dict[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asking:
    """What a grid of ``--seeds auto`` is made for, by default to compare policies.

    Attributes:
        decide: says after each whole block what is settled.
        study: what tells this question from others about the same policies and data; looks are
            counted for each.
    """

    decide: Decide = which_differ
    study: str = ""


def prepare(
    settings: Settings,
    progress: Callable[..., Any] | None = None,
    budgets: Mapping[str, str] | None = None,
) -> Experiment:
    """Load the data, build every policy once to check it, and lay out the grid.

    Args:
        settings: the effective options.
        progress: called with (done, all, what) while images are decoded.
        budgets: what timing decided before in this run folder.

    Raises:
        InputError: for anything in settings, spec, data or policies that cannot work.
    """
    notes: list[str] = []
    executor_named(settings.executor)
    require_installed()
    settings = on_this_machine(settings)
    notes += notes_of(settings)
    with _collected(notes):
        typed = tuple(parse_grid(settings.policies))
        spec = load_spec(settings.spec)
        with within(settings.trial_timeout, "importing the policies and the model"):
            built = [build(policy, spec) for policy in typed]
            model = models.source(settings.model)
        dataset = load(
            settings.data,
            image_size=settings.image_size,
            model_minimum=model.minimum_side,
            follow_links=settings.follow_links,
            parts=Parts.of(settings),
            jobs=settings.jobs * settings.threads,
            progress=progress,
        )
        standardize.check(spec, dataset.shape)
        for policy, expression in zip(built, typed, strict=True):
            with within(settings.trial_timeout, f"checking the policy {expression.label}"):
                policy.check(dataset.shape, len(dataset.classes))
                policy.check_classes(dataset.classes)
                probe(policy, dataset.shape, len(dataset.classes), expression.label)
        policies, by_timing = resolve_budgets(
            typed,
            dataset.shape,
            len(dataset.classes),
            spec=spec,
            threads=settings.threads,
            device=settings.device,
            known=budgets or {},
        )
    notes += [note for note in dataset.warnings if note not in notes]
    plans = plans_of(settings, dataset, spec, policies)
    pairs = zip(policies, built, strict=True)
    code = {typed.label: code_to_use(typed, policy, settings) for typed, policy in pairs}
    return Experiment(settings, dataset, spec, policies, plans, by_timing, code, notes)


def run(
    experiment: Experiment,
    folder: RunFolder,
    *,
    ended: Callable[[Outcome], None] = lambda outcome: None,
    on_epoch: Callable[[int], None] = lambda epochs: None,
    on_message: Callable[[TrialPlan, str], None] = lambda plan, text: None,
    on_growth: Callable[[BlockByBlock], None] = lambda schedule: None,
    asking: Asking | None = None,
) -> list[Outcome]:
    """Run the trials that are missing and record them; return the outcomes of those run now.

    Call `missing` before, to know which; a trial that failed in an earlier run is tried again.

    Args:
        experiment: the grid.
        folder: where trials are recorded.
        ended: called with each outcome.
        on_epoch: called with the epochs that are done in unfinished trials.
        on_message: called with a running trial and what its policy says as it learns.
        on_growth: called when a grid of ``--seeds auto`` has grown, or something was decided.
        asking: what such a grid is made for.

    Raises:
        InputError: another command is at work in the folder.
    """
    with folder.held():
        return _run(experiment, folder, ended, on_epoch, on_message, on_growth, asking or Asking())


def _run(
    experiment: Experiment,
    folder: RunFolder,
    ended: Callable[[Outcome], None],
    on_epoch: Callable[[int], None],
    on_message: Callable[[TrialPlan, str], None],
    on_growth: Callable[[BlockByBlock], None],
    asking: Asking,
) -> list[Outcome]:
    folder.sweep()
    describe(experiment, folder)
    schedule = _schedule(experiment, folder, on_growth, asking)
    outcomes = []
    running = executor_named(experiment.settings.executor)(
        schedule.more,
        folder.path,
        jobs=experiment.settings.jobs,
        threads=experiment.settings.threads,
        progress=on_epoch,
        on_message=on_message,
    )
    with closing(running):  # so that no worker outlives an interruption
        for outcome in running:
            if outcome.status == "failed":
                folder.keep(outcome.plan, failed_result(outcome))
            schedule.ended(outcome)
            ended(outcome)
            outcomes.append(outcome)
            if schedule.complete:
                break  # what was begun ahead of its time is not needed
    if isinstance(schedule, AllAtOnce):
        write_fixed_grid(facts_of(experiment), folder, look=True)
    return outcomes


def _schedule(
    experiment: Experiment,
    folder: RunFolder,
    on_growth: Callable[[BlockByBlock], None],
    asking: Asking,
) -> AllAtOnce | BlockByBlock:
    """Return what gives the trials of the grid, which it writes."""
    facts = facts_of(experiment)
    if asking.study:
        facts = replace(facts, study=f"{facts.study}-{asking.study}")
    if experiment.settings.seeds != "auto":
        write_fixed_grid(facts, folder)
        return AllAtOnce(missing(experiment, folder))
    plan = plan_for(facts, folder.grid(), folder.history())

    def grown(schedule: BlockByBlock) -> None:
        write_growing_grid(facts, folder, plan, schedule)
        on_growth(schedule)

    return BlockByBlock(
        experiment.plans,
        folder,
        BASELINE,
        design_of(plan, experiment.settings.margin / 100),
        plan.most,
        jobs=experiment.settings.jobs,
        budget=plan.budget,
        stopped=plan.stopped,
        on_growth=grown,
        decide=asking.decide,
    )


def describe(experiment: Experiment, folder: RunFolder) -> None:
    """Write what a run is about: its options and its environment."""
    folder.write(EXPERIMENT, to_toml(effective_settings(experiment)))
    folder.write_json(ENVIRONMENT, environment_of(experiment))


def effective_settings(experiment: Experiment) -> Settings:
    """Return the settings that repeat a run, as experiment.toml has them."""
    return repeatable(experiment.settings, experiment.spec, experiment.policies)


def facts_of(experiment: Experiment) -> GridFacts:
    """Return what the grid of an experiment has whatever its seeds."""
    # As `--config` has it, so that the study is the same one then.
    whole = effective_settings(experiment)
    return GridFacts(
        settings=experiment.settings,
        dataset=experiment.dataset.name,
        policies=tuple(policy.label for policy in experiment.policies),
        plans=experiment.plans,
        study=study_of(whole, experiment.dataset, experiment.spec),
        budgets=experiment.budgets,
        code=experiment.code,
    )


def missing(experiment: Experiment, folder: RunFolder) -> list[TrialPlan]:
    """Return the plans of the grid that no recorded trial answers."""
    return [plan for plan in experiment.plans if folder.status(plan) != "done"]


def executor_named(name: str) -> Executor:
    """Return who runs trials under a name; nothing is imported but what it needs."""
    if name not in EXECUTORS:
        hint = nearest(name, EXECUTORS) or f"; known are {', '.join(EXECUTORS)}"
        raise InputError(f"--executor: there is no executor {name!r}{hint}")
    module, _, function = EXECUTORS[name].partition(":")
    return getattr(import_module(module), function)


def failed_result(outcome: Outcome) -> TrialResult:
    """Return what is recorded of a trial that failed for good."""
    row = {
        "status": "failed",
        "error": outcome.error,
        "seconds": outcome.seconds,
        "cost": {"attempts": outcome.attempts},
    }
    return TrialResult(row=row)


def environment_of(experiment: Experiment) -> dict[str, Any]:
    """Return what environment.json says of a run."""
    dataset, settings = experiment.dataset, experiment.settings
    parts = Parts.of(settings)
    first = block(dataset, settings.first_seed, parts)
    return environment.describe(settings.threads, settings.jobs, device_words(settings)) | {
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "classes": list(dataset.classes),
            "image_shape": list(dataset.shape),
            "train": len(first.train),
            "validation": len(first.validation),
            "test": len(first.test),
            "folds": parts.of_test(dataset),
            "images_tested": images_tested(dataset, parts),
            "splits": parts.origins(dataset),
            "unreadable": [{"path": path, "reason": why} for path, why in dataset.unreadable],
            "duplicates": [
                {"a": a, "b": b, "splits": splits} for a, b, splits in dataset.duplicates
            ],
            "near_duplicates": [
                {"a": a, "b": b, "splits": splits} for a, b, splits in dataset.near_duplicates
            ],
        },
        "spec": {
            "name": settings.spec if isinstance(settings.spec, str) else "",
            "hash": experiment.spec.hash(),
            "words": experiment.spec.to_dict(),
        },
        "seeds": settings.seed_list,
        "warnings": experiment.notes,
    }


@contextmanager
def _collected(notes: list[str]) -> Iterator[None]:
    """Add each augbench warning raised inside to ``notes``, once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", AugbenchWarning)
        yield
    for warning in caught:
        if issubclass(warning.category, AugbenchWarning):
            if str(warning.message) not in notes:
                notes.append(str(warning.message))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
