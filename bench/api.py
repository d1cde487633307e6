"""Comparisons from Python, in the words of the command line, with tables that show themselves.

    >>> import augbench
    >>> result = augbench.compare("mixup", data="digits", train_size=200, epochs=2, seeds=2)
    >>> list(result.accuracy["policy"])
    ['none', 'mixup']
    >>> result.trials[["policy", "seed", "status"]].iloc[-1].to_dict()
    {'policy': 'mixup', 'seed': 1, 'status': 'done'}
    >>> print(result.report)
    results/report.html
    >>> augbench.load("results").conclusion == result.conclusion
    True

In a notebook a result shows its conclusion, the chart and the table of accuracy. Neither there nor
in a script is an ``if __name__ == "__main__":`` needed: workers do not run the caller's file.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from augbench.bench.executors import Outcome
    from augbench.reports.findings.analysis import Tables

TERMINAL_WIDTH = 100


@dataclass(frozen=True, repr=False)
class Result:
    """A run, as its reports have it. Tables are those of the CSV files, unrounded.

    Attributes:
        folder: the run folder.
        tables: all figures of the run, with their notes.
    """

    folder: Path
    tables: Tables

    @property
    def conclusion(self) -> str:
        """What to do, in plain words."""
        return self.tables.conclusion.sentence

    @property
    def report(self) -> Path:
        """The page for a browser."""
        return self.folder / "report.html"

    @property
    def accuracy(self) -> pd.DataFrame:
        """A row a policy, as in accuracy.csv: means, difference to the baseline, verdict."""
        return self.tables.accuracy

    @property
    def overfitting(self) -> pd.DataFrame:
        """A row a policy, as in overfitting.csv: gap, divergence, calibration, verdict."""
        return self.tables.overfitting

    @property
    def trials(self) -> pd.DataFrame:
        """A row a trial, as in trials.csv; failed ones have their reason in ``error``."""
        return self.tables.trials

    @property
    def curves(self) -> pd.DataFrame:
        """A row a trial and epoch, as in curves.csv."""
        return self.tables.curves

    @property
    def pairs(self) -> pd.DataFrame:
        """A row a pair of policies, as in pairs.csv: tests of equivalence."""
        return self.tables.pairs

    @property
    def per_class(self) -> pd.DataFrame:
        """A row a policy and class, as in per_class.csv."""
        return self.tables.per_class

    @property
    def cost(self) -> pd.DataFrame:
        """A row a trial, as in cost.csv: times of its parts, memory, attempts."""
        return self.tables.cost

    @property
    def synthetic(self) -> pd.DataFrame | None:
        """A row a policy and seed that generated images, as in synthetic.csv; None without any."""
        return self.tables.synthetic

    def __repr__(self) -> str:
        """The text that the command line ends with."""
        from augbench.reports.render.terminal import print_tables
        from rich.console import Console

        text = io.StringIO()
        print_tables(
            self.tables,
            Console(file=text, width=TERMINAL_WIDTH, color_system=None, force_jupyter=False),
        )
        return f"{text.getvalue().strip()}\n\n{self.report}"

    def _repr_html_(self) -> str:
        """What a notebook shows: conclusion, chart and table of accuracy; names stay text."""
        from augbench.reports.render.notebook import html

        return html(self.tables, self.report)


def compare(
    *policies: str,
    out: str | os.PathLike[str] = "results",
    config: str | os.PathLike[str] | None = None,
    quiet: bool = False,
    watch: bool = False,
    **options: Any,
) -> Result:
    """Train the reference CNN under each policy on paired seeds, write the reports, return them.

    Trials that are in ``out`` already are not trained again; interrupted or killed, the same call
    goes on with what is missing. Without policies and options: the embedded hand-written digits.

    Args:
        policies: as on the command line, such as ``"flips=albumentations(spec='flip')"``; a class
            of your own by ``"package.module:Class"``.
        out: the run folder.
        config: a TOML file with options by name, such as a run's ``experiment.toml``.
        quiet: show no progress.
        watch: show the table of the trials so far under the progress bar, on a terminal.
        options: the options of ``augbench compare`` with underscores for dashes: ``data``,
            ``spec`` (also a dict of ImageDataGenerator's words), ``seeds``, ``first_seed``,
            ``epochs``, ``batch_size``, ``image_size`` (N or (H, W)), ``train_size``, ``model``,
            ``jobs``, ``threads``, ``executor``, ``margin``, ``log``.

    Returns:
        The run. A trial that failed for good raises nothing: it warns, stands in ``trials`` with
        its reason, and is tried again by the next call.

    Raises:
        InputError: for anything in the options, the data or the policies that cannot work.
        KeyboardInterrupt: when it is interrupted; finished trials are kept, no worker is left.
    """
    asked = _asked(policies, options)
    with _own_surroundings():
        from augbench.bench.run.comparison import Comparison
        from augbench.bench.run.progress import Display
        from augbench.reports.render.live import so_far

        folder = Path(out)
        comparison = Comparison.prepare(
            asked, None if config is None else Path(config), folder, Display(quiet=quiet)
        )
        outcomes = comparison.run(so_far(folder) if watch else None)
        from augbench import reports

        written = reports.write(folder)
        comparison.log()
    _warn_of_failures(outcomes)
    return Result(folder, written.tables)


def load(folder: str | os.PathLike[str]) -> Result:
    """Return the result of a run folder, without training, data or policies; write nothing.

    Raises:
        ReportError: when the folder is no run, or a stored file cannot be read.
    """
    from augbench.reports.findings.analysis import tables
    from augbench.reports.run.reader import load as read

    return Result(Path(folder), tables(read(Path(folder))))


def _asked(policies: tuple[str, ...], options: dict[str, Any]) -> dict[str, Any]:
    """Return the options as `settings` takes them, or say which word is unknown."""
    from augbench.bench.run.settings import Settings

    from augbench.errors import InputError, nearest

    known = [name for name in Settings.model_fields if name != "policies"]
    for name in options:
        if name not in known:
            hint = nearest(name, [*known, "out", "config", "quiet", "watch"])
            raise InputError(f"compare: unknown option {name!r}{hint}")
    for policy in policies:
        if not isinstance(policy, str):
            raise InputError(
                f'compare: a policy is a text such as "keras" or "my_pkg.mod:MyPolicy(p=0.5)", '
                f"not {policy!r}"
            )
    plain = {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in options.items()
    }
    return plain | {"policies": policies or None}


@contextmanager
def _own_surroundings() -> Iterator[None]:
    """Give the caller back the environment and the import path as they were."""
    environment, path = dict(os.environ), list(sys.path)
    try:
        yield
    finally:
        sys.path[:] = path
        for name in os.environ.keys() - environment.keys():
            del os.environ[name]
        os.environ.update(environment)


def _warn_of_failures(outcomes: list[Outcome]) -> None:
    from augbench.errors import AugbenchWarning

    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if failed:
        first = failed[0]
        warnings.warn(
            f"{len(failed)} of {len(outcomes)} trials failed, the first is {first.plan.label}, "
            f"seed {first.plan.seed}: {first.error}",
            AugbenchWarning,
            stacklevel=3,
        )
