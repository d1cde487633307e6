"""How long is a trial of this search? A few short ones tell how fast this machine is."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Generator

from augbench.bench.options.model import Settings
from augbench.bench.search.data_look.summary import DataSummary
from augbench.bench.search.ledger import Ledger
from augbench.bench.search.pace import Length, length_for
from augbench.bench.search.trials import Trials, Wanted
from augbench.policies.expression import BASELINE
from augbench.reports.statistics.effect import SEEDS_FOR_INTERVALS

from augbench.errors import InputError

#: images and epochs of the trials that tell how fast this machine is
PROBE_IMAGES = 320
PROBE_EPOCHS = 2
#: two candidates and the baseline race once, and the winner is confirmed on the fewest seeds
FEWEST_TRIALS = 3 + 2 * SEEDS_FOR_INTERVALS


def decided_length(
    settings: Settings,
    summary: DataSummary,
    ledger: Ledger,
    trials: Trials,
    epochs: int | None,
) -> Generator[list[Wanted], None, Length]:
    """Decide how long a trial is, from a few short ones that run side by side.

    Args:
        settings: as they were asked for.
        summary: what is known of the data.
        ledger: remembers it; where it was decided, no trial is wanted.
        trials: where those that were wanted are, once they ended.
        epochs: of a trial; None leaves it to the time there is.

    Yields:
        The trials that are wanted, with `probe_settings`.

    Raises:
        InputError: no trial ends well.
    """
    if "length" not in ledger.decided:
        seeds = range(settings.first_seed, settings.first_seed + settings.jobs)
        probes = [Wanted("probe", BASELINE, seed) for seed in seeds]
        yield probes  # these pay for what a process does once
        again = [Wanted("probe", BASELINE, seed + settings.jobs) for seed in seeds]
        yield again
        size = _probe_images(summary)
        spent = [
            trials.ended[probe].record["cost"]["train_seconds"] / (PROBE_EPOCHS * size)
            for probe in again
            if trials.ended[probe].done
        ]
        if not spent:
            raise InputError(f"no trial ends well: {trials.ended[again[0]].record['error']}")
        length = length_for(
            settings,
            summary.images,
            summary.classes,
            min(summary.height, summary.width),
            statistics.median(spent),
            ledger.left,
            epochs,
        )
        ledger.decide("length", lambda: dataclasses.asdict(length))
    return Length(**ledger.decided["length"])


def probe_settings(settings: Settings, summary: DataSummary) -> Settings:
    """Return the options of a trial that tells how fast this machine is."""
    return dataclasses.replace(settings, epochs=PROBE_EPOCHS, train_size=_probe_images(summary))


def _probe_images(summary: DataSummary) -> int:
    return min(max(PROBE_IMAGES, summary.classes), summary.images)


def fitted(settings: Settings, length: Length, summary: DataSummary) -> Settings:
    """Return the options with trials of a length."""
    settings = dataclasses.replace(settings, epochs=length.epochs, train_size=length.train_size)
    size = _smaller(length, summary)
    return settings if size is None else dataclasses.replace(settings, image_size=size)


def _smaller(length: Length, summary: DataSummary) -> tuple[int, int] | None:
    """Return height and width of images that are made smaller; None where they are not."""
    if length.side is None:
        return None
    scale = length.side / min(summary.height, summary.width)
    return round(summary.height * scale), round(summary.width * scale)


def remarks(
    asked: Settings, length: Length, summary: DataSummary, ledger: Ledger, left: float
) -> list[str]:
    """Return what a person is told of the length of trials.

    Args:
        asked: the options as they were asked for.
        length: of a trial.
        summary: what is known of the data.
        ledger: of the search.
        left: seconds after the trials that told the machine's speed.
    """
    notes = []
    size = _smaller(length, summary)
    if size is not None:
        notes.append(
            f"images are made smaller, {size[0]}×{size[1]} px, so that enough trials fit "
            "into the time; --image-size keeps their size"
        )
    least = FEWEST_TRIALS * length.seconds / asked.jobs
    if least > left and not ledger.raced:
        notes.append(
            f"a search takes at least {least:.0f} s from its first trials on, more than the "
            f"{max(0.0, left):.0f} s that were left: a larger --budget says more"
        )
    if length.train_size not in (None, asked.train_size):
        notes.append(
            f"trials train on {length.train_size:,} of {summary.images:,} images, so that "
            "enough of them fit into the time; --train-size says otherwise"
        )
    return notes
