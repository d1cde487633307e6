"""A search from its options to its files: what the command line and Python have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from augbench.bench.executors.model_check import check_model
from augbench.bench.options.model import known
from augbench.bench.options.search import DEFAULT_BUDGET, OBJECTIVES, Asked
from augbench.bench.options.settings import settings, validated
from augbench.bench.run.preparation import load_experiment
from augbench.bench.run.progress import Display
from augbench.bench.search.answer import (
    CHOSEN,
    answer_of,
    chosen_toml,
    code_of,
    content_of,
    forget_looks,
    keep_looks,
    write_confirmation,
)
from augbench.bench.search.candidates import catalogue
from augbench.bench.search.search import Search
from augbench.bench.storage.run_folder import RunFolder
from augbench.policies.expression import BASELINE
from augbench.policies.spec.loading import load_spec
from augbench.reports.run.layout import GRID, SEARCH

from augbench.errors import InputError


def prepare(
    asked: dict[str, Any],
    out: Path,
    display: Display,
    *,
    budget: str | float | None = None,
    seed: int = 0,
    objective: str = "accuracy",
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    start_from: Any = None,
) -> Search:
    """Validate everything that was asked, load and look at the data, and open the folder.

    Args:
        asked: options of a search by name, None where they were not asked for.
        out: the folder of the search.
        display: where progress and notes are shown.
        budget: how long it may take; `DEFAULT_BUDGET` where it is None.
        seed: the first seed, of which all randomness is.
        objective: one of `OBJECTIVES`.
        include: families to try whatever the screen says.
        exclude: families to leave out.
        start_from: a spec that is in use, in any form that `load_spec` takes.

    Raises:
        InputError: for anything that cannot work.
    """
    aim = next((name for name in OBJECTIVES if name == objective), None)
    if aim is None:
        raise InputError(f"--objective: give {', '.join(OBJECTIVES)}, not {objective!r}")
    catalogue.require_known(include, exclude)
    seconds = validated(known()["budget"], DEFAULT_BUDGET if budget is None else budget)
    given = {**asked, "data": asked.get("data") or "digits"}
    chosen = settings({**given, "policies": (BASELINE,), "spec": {}, "first_seed": seed})
    chosen = dataclasses.replace(chosen, fixed_test=True)
    words = None if start_from is None else load_spec(start_from).to_dict()
    experiment = load_experiment(chosen, display)
    display.notes(experiment.notes)
    check_model(experiment.settings, experiment.dataset.shape, len(experiment.dataset.classes))
    search = Search(
        experiment,
        _folder(out),
        Asked(seconds, aim, tuple(include), tuple(exclude), words),
        lambda smaller: load_experiment(smaller, display).dataset,
    )
    return search


def _folder(out: Path) -> RunFolder:
    if (out / GRID).is_file() and not (out / SEARCH).is_file():
        raise InputError(f"--out {out} is the run of a comparison; give another folder")
    return RunFolder(out)


def run(
    search: Search,
    display: Display,
    command: str,
    report: Callable[[Path], Any],
    full_report: Callable[[Path, Path], Any],
    *,
    epochs: int | None = None,
) -> None:
    """Search, and keep the answer so far in the folder after each block.

    Args:
        search: from `prepare`.
        display: where progress is shown.
        command: how a person goes on.
        report: given the folder, writes its report.
        full_report: given the folder, writes the ordinary report of the confirmation to another.
        epochs: of a trial; None leaves it to the time there is.

    Raises:
        InputError: another command is at work in the folder.
        KeyboardInterrupt: after the answer so far was written.
    """
    with search.folder.held():
        forget_looks(search)
        with display.trials(search.time.expected_trials, search.settings.epochs) as shown:
            shown.budget_left = lambda: search.ledger.left

            def news(search: Search) -> None:
                _keep(search, command)
                report(search.folder.path)
                trials = search.time.expected_trials
                shown.epochs = search.settings.epochs
                spent, budget = search.ledger.spent, search.ledger.budget
                clock = f"{spent / 60:.1f} of {budget / 60:.3g} minutes"
                shown.grown(trials, trials, f"{clock}: {search.standing.leader}")

            def screened(done: int, total: int, what: str) -> None:
                shown.working_on(what)

            try:
                search.run(
                    ended=shown.ended,
                    on_epoch=shown.on_epoch,
                    on_message=shown.on_message,
                    on_screen=screened,
                    on_news=news,
                    epochs=epochs,
                )
            except KeyboardInterrupt:
                search.standing.state = "interrupted"
                _finish(search, command, report, full_report)
                raise
        _finish(search, command, report, full_report)


def _finish(
    search: Search,
    command: str,
    report: Callable[[Path], Any],
    full_report: Callable[[Path, Path], Any],
) -> None:
    folder = search.folder.path
    _keep(search, command)
    keep_looks(search)
    if write_confirmation(search):
        full_report(folder, folder / "confirm")
        search.ledger.found["full_report"] = "confirm/report.html"
    search.ledger.found["code"] = code_of(folder / CHOSEN)
    search.ledger.write()
    report(folder)


def _keep(search: Search, command: str) -> None:
    """Write what is known by now."""
    search.ledger.found |= content_of(search, command)
    search.folder.write(CHOSEN, chosen_toml(search, answer_of(search).policy))
    search.ledger.write()
