"""A check and an acceptance from options to what they found, for every face of the program."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from augbench.bench.gate.effect.calibrating import calibrate, require_affordable
from augbench.bench.gate.effect.checking import hold, too_small_a_margin
from augbench.bench.gate.effect.training import prepare
from augbench.bench.run.comparison import Comparison
from augbench.bench.run.progress import Display
from augbench.reports.run.baseline import Baseline, baseline_of, read_baseline
from augbench.reports.run.calibration import Calibration
from augbench.reports.run.check import CHECK, Check
from augbench.reports.run.reader import load
from augbench.reports.statistics.decision import Decision

from augbench.errors import InputError, NotComparable
from augbench.files import write_whole

#: how far a lift may fall where neither the command nor the baseline says it, in points
DEFAULT_MARGIN = 1.0
DEFAULT_SEEDS = 10
Told = Callable[[Decision], str]


def run_named(words: Sequence[str], asked: Mapping[str, Any], config: Path | None) -> Path | None:
    """Return the run folder that is named; None where the words are policies to train.

    Args:
        words: RUN, or policies.
        asked: options of a run by name, None where they were not asked for; policies are trained
            where ``data`` are among them.
        config: the file of options, None where none is named.

    Raises:
        InputError: neither, or an option about training with the folder of a finished run.
    """
    if asked.get("data") is not None or config is not None:
        return None
    if len(words) == 1 and Path(words[0]).is_dir():
        given = [name for name, value in asked.items() if value is not None]
        if given:
            raise InputError(
                f"--{given[0].replace('_', '-')} is about training, and {words[0]} is looked at as "
                "it is; with --data DATA policies are trained"
            )
        return Path(words[0])
    if len(words) == 1 and ("/" in words[0] or Path(words[0]).exists()):
        raise InputError(f"{words[0]} is no folder; a RUN is what compare --out wrote")
    raise InputError(
        "name a RUN, the folder that compare --out wrote, or policies with --data DATA, "
        f"not {' '.join(words) if words else 'nothing'}"
    )


def accept(run: Path, file: Path, margin: float | None = None) -> Baseline:
    """Write a run's baseline, or replace it; return it.

    Args:
        run: the run folder.
        file: where to; a margin that it has already stays where none is given.
        margin: how far a lift may fall, in points.

    Raises:
        InputError: the run has too few seeds, or something cannot be read or written.
    """
    points = DEFAULT_MARGIN
    if margin is not None:
        points = _checked_margin(margin)
    elif file.exists():
        try:
            points = 100 * read_baseline(file).margin
        except NotComparable:
            points = DEFAULT_MARGIN  # of another version
    baseline = baseline_of(load(run), points / 100)
    try:
        write_whole(file, baseline.text())
    except OSError as error:
        raise InputError(f"--baseline {file}: {error.strerror or error}") from None
    return baseline


def refused_check(run: Path, accepted: Baseline) -> str:
    """Return why ``check`` will refuse the margin of the baseline that a run gave; else ""."""
    return too_small_a_margin(load(run), accepted)


def check_run(run: Path, file: Path | None, margin: float | None = None) -> Check:
    """Hold a run against a baseline, without training.

    Args:
        run: the run folder, of which nothing is changed.
        file: the baseline.
        margin: how far a lift may fall, in points; by default as the baseline says.

    Raises:
        NotComparable: there is no baseline, or it is of another experiment.
        InputError: for anything else that cannot work.
    """
    named = _named(file)
    return hold(load(run), _with_margin(read_baseline(named), margin), named)


def check_policies(
    asked: dict[str, Any],
    config: Path | None,
    out: Path,
    file: Path | None,
    display: Display,
    *,
    margin: float | None = None,
    told: Told = lambda decision: "",
) -> Check:
    """Train block by block until every policy is settled or the seeds are used up; then check.

    Args:
        asked: options of a run by name, None where they were not asked for.
        config: a TOML file with options by name.
        out: the run folder; the same command goes on with what is missing there.
        file: the baseline.
        display: where progress is shown.
        margin: how far a lift may fall, in points; by default as the baseline says.
        told: the words for what a look has settled.

    Raises:
        NotComparable: there is no baseline, or it is of another experiment; nothing is trained.
        InputError: for anything else that cannot work.
        KeyboardInterrupt: with what is kept as its message.
    """
    named = _named(file)
    baseline = _with_margin(read_baseline(named), margin)
    subset = asked.get("policies") is not None or config is not None
    comparison, asking = prepare(asked, config, out, baseline, named, display)
    comparison.run(told=told, asking=asking)
    result = hold(load(out), baseline, named, all_policies=not subset)
    comparison.folder.write(CHECK, result.text())
    return result


def calibrate_run(run: Path, margin: float | None = None) -> Calibration:
    """Say what checks with a baseline of a run can afford; ``margin`` in points is looked at too.

    Raises:
        InputError: the run has too few seeds, or the margin is below the noise floor.
    """
    calibration = calibrate(load(run))
    if margin is not None:
        require_affordable(calibration, _checked_margin(margin) / 100)
    return calibration


def calibrate_policies(
    asked: dict[str, Any],
    config: Path | None,
    out: Path,
    display: Display,
    *,
    margin: float | None = None,
) -> Calibration:
    """Train ``max_seeds`` seeds, 10 by default, and say what checks can afford.

    Raises:
        InputError: for anything that cannot work.
        KeyboardInterrupt: with what is kept as its message.
    """
    if margin is not None:
        _checked_margin(margin)
    seeds = asked.get("max_seeds") or DEFAULT_SEEDS
    options = {**asked, "max_seeds": None, "seeds": seeds}
    Comparison.prepare(options, config, out, display).run()
    return calibrate_run(out, margin)


def _named(file: Path | None) -> Path:
    if file is None:
        raise InputError(
            "--baseline FILE: name what to check against; augbench accept RUN --baseline FILE "
            "writes it"
        )
    return file


def _with_margin(baseline: Baseline, margin: float | None) -> Baseline:
    if margin is None:
        return baseline
    return dataclasses.replace(baseline, margin=_checked_margin(margin) / 100)


def _checked_margin(margin: float) -> float:
    if not 0 < margin <= 100:
        raise InputError(f"--margin: give points above 0 and up to 100, not {margin:g}")
    return margin
