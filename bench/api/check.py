"""`augbench.check`: do augmentations still do what they did?"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augbench.bench.api.inputs import Data, PolicyLike, Specs, asked_for
from augbench.bench.api.verb import verb
from augbench.bench.gate import TOLERANCE

if TYPE_CHECKING:
    import pandas as pd
    from augbench.bench.gate.tier_one import Asked
    from augbench.reports.gate.forms import Found

TERMINAL_WIDTH = 120


@dataclass(frozen=True, repr=False)
class Checked:
    """What a check or a calibration found.

    Attributes:
        found: all of it.
    """

    found: Found

    @property
    def verdict(self) -> str:
        """Passed, regressed or inconclusive; "" for a calibration."""
        return getattr(self.found, "verdict", "")

    @property
    def passed(self) -> bool:
        """Whether nothing regressed and nothing is left open."""
        return self.verdict == "passed"

    @property
    def table(self) -> pd.DataFrame:
        """A row a policy and measure, fractions; for a calibration a row a number of seeds.

        Without training a row a policy, with the kinds of what was found.
        """
        import pandas as pd
        from augbench.reports.run.check import Check
        from augbench.reports.run.tier_one import TierOne

        content = self.found.to_dict()
        if isinstance(self.found, TierOne):
            return pd.DataFrame(
                [
                    {**policy, "findings": [finding["kind"] for finding in policy["findings"]]}
                    for policy in content["policies"]
                ]
            )
        if not isinstance(self.found, Check):
            return pd.json_normalize(content["rows"])
        return pd.DataFrame(
            [
                {"policy": policy["policy"], "seeds": policy["seeds"], **measure}
                for policy in content["policies"]
                for measure in policy["measures"]
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data, as ``--json`` prints it."""
        return self.found.to_dict()

    def __repr__(self) -> str:
        """The text that the command line shows."""
        from augbench.reports.gate.forms import forms_of
        from rich.console import Console

        text = io.StringIO()
        console = Console(file=text, width=TERMINAL_WIDTH, color_system=None, force_jupyter=False)
        forms_of(self.found).show(self.found, console)
        return text.getvalue().strip()


@verb
def check(
    *policies: PolicyLike | os.PathLike[str] | Any,
    baseline: str | os.PathLike[str] | None = None,
    fingerprint: str | os.PathLike[str] | None = None,
    health: bool = False,
    tolerance: int = TOLERANCE,
    picture: str | os.PathLike[str] | None = None,
    margin: float | None = None,
    calibrate: bool = False,
    data: Data | None = None,
    spec: Specs | None = None,
    first_seed: int | None = None,
    max_seeds: int | None = None,
    budget: str | float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    train_size: int | None = None,
    folds: int | None = None,
    fixed_test: bool | None = None,
    model: str | None = None,
    jobs: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    executor: str | None = None,
    ray_address: str | None = None,
    cpus_per_trial: float | None = None,
    gpus_per_trial: float | None = None,
    measure: str | None = None,
    junit: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "results",
    config: str | os.PathLike[str] | None = None,
    quiet: bool = False,
) -> Checked:
    """Check that augmentation still does what it did: pixels in seconds, or the effect.

    With ``fingerprint``, pixels, labels and draws are compared with what `augbench.accept` wrote,
    without training; with ``health``, faults of randomness and input are looked for. Both take
    policies as typed, `Policy` objects, transforms of Albumentations, layers of Keras, and
    functions ``images, labels, rng -> images, labels``; with ``data`` they are shown its images.

    With ``baseline``, the lift over none is compared with the baseline's. Without data, a run
    folder is looked at and nothing is trained. With data, policies are trained block by block until
    every one is settled, or ``max_seeds`` are used up; the same call goes on with what is missing
    in ``out``. Options that are not given are as the baseline has them.

    Args:
        policies: A run folder; or with ``data`` policies as in `augbench.compare`, by default those
            of the baseline. Of a fingerprint or health what is looked at, by default what the file
            has, or all engines.
        baseline: What `augbench.accept` wrote; not needed to calibrate.
        fingerprint: What `augbench.accept` wrote of pixels, labels and draws.
        health: Look for faults of randomness and input, with no file.
        tolerance: Grey levels of 0..255 that count as rounding.
        picture: Where the picture of what changed goes. Default: beside the fingerprint.
        margin: How far a lift may fall, in points. Default: as the baseline says.
        calibrate: Say which margin and how many seeds the noise of a run affords; of trained ones,
            ``max_seeds`` seeds.
        data: digits, a name of keras.datasets, a folder of class folders (optionally under train/,
            validation/, test/), an .npz, or a .csv with columns path, label. From Python also
            arrays, a dict of them by split, or a DataFrame.
        spec: A preset such as light or tutorial, or a .toml, .yaml or .json file in
            ImageDataGenerator's words. From Python also a dict of words or an AugmentationSpec; of
            a fingerprint or health also several.
        first_seed: The first seed. Default: 0.
        max_seeds: The most seeds of --seeds auto. Default: 10.
        budget: Start no further seed of --seeds auto beyond this time: 20m, 1h30m, 90s.
        epochs: Epochs a trial.
        batch_size: Batch size.
        image_size: Image size in pixels. From Python also (height, width).
        train_size: Train on a class-balanced part of N images.
        folds: Where the data bring no test part, the block of seed j tests on fold j of K.
        fixed_test: Keep one fifth of the images to test on in all blocks, instead of folds in turn.
        model: reference, small, resnet, my_pkg.mod:build, or a name of keras.applications such as
            "MobileNetV2(weights='file.h5')".
        jobs: Trials at a time. Default: the CPU cores, on GPUs at most 4 for each.
        threads: CPU threads a trial computes with. Default: 1.
        device: What a trial computes on: auto takes a GPU where Keras' backend sees one.
            Default: auto.
        executor: Who runs the trials: processes of this machine, or Ray. Default: local.
        ray_address: The Ray cluster to join; local starts one here whatever there is. Default:
            RAY_ADDRESS, else a cluster that this machine is part of, else local.
        cpus_per_trial: CPUs that Ray sets aside for a trial. Default: --threads.
        gpus_per_trial: GPUs that Ray sets aside for a trial, which computes on them; .5 shares one
            by two. Default: 1 with --device gpu, else 0.
        measure: What verdicts are of: the mean over the end of training, the last step's weights,
            or averaged weights.
        junit: Write the verdicts as JUnit XML too.
        out: The run folder of what is trained.
        config: A TOML file with options by name, such as a run's ``experiment.toml``.
        quiet: Show no progress and no notes.

    Returns:
        What was found: ``verdict`` is passed, regressed or inconclusive.

    Raises:
        NotComparable: there is no baseline, or it is of other data, another spec, model, …
        InputError: for anything that cannot work, a margin below the noise floor too.
        KeyboardInterrupt: when it is interrupted; finished trials are kept.
    """
    from augbench.bench.gate import tier_one
    from augbench.bench.gate.effect import verbs
    from augbench.bench.gate.tier_one import require_one_check
    from augbench.bench.run.progress import Display
    from augbench.reports.findings.wording.settling import look_words

    options = {
        "data": data,
        "first_seed": first_seed,
        "max_seeds": max_seeds,
        "budget": budget,
        "epochs": epochs,
        "batch_size": batch_size,
        "image_size": image_size,
        "train_size": train_size,
        "folds": folds,
        "fixed_test": fixed_test,
        "model": model,
        "jobs": jobs,
        "threads": threads,
        "device": device,
        "executor": executor,
        "ray_address": ray_address,
        "cpus_per_trial": cpus_per_trial,
        "gpus_per_trial": gpus_per_trial,
        "measure": measure,
    }
    require_one_check(
        baseline, fingerprint, health=health, calibrate=calibrate, margin=margin, config=config
    )
    if fingerprint is not None or health:
        with asked_without_training(policies, spec, options, quiet=quiet) as about:
            stored = None if fingerprint is None else Path(fingerprint)
            shown_at = None if picture is None else Path(picture)
            changes = tier_one.check(about, stored, tolerance, shown_at)
        return _written(changes, junit)
    folders = [os.fspath(policy) for policy in policies if isinstance(policy, str | os.PathLike)]
    settings_file = None if config is None else Path(config)
    run = verbs.run_named(folders, {**options, "spec": spec}, settings_file)
    file = None if baseline is None else Path(baseline)
    if run is not None:
        if calibrate:
            return Checked(verbs.calibrate_run(run, margin))
        return _written(verbs.check_run(run, file, margin), junit)
    asked = asked_for(_policies(policies), spec=spec, **options)
    place, display = Path(out), Display(quiet=quiet)
    if calibrate:
        return Checked(
            verbs.calibrate_policies(asked, settings_file, place, display, margin=margin)
        )
    checked = verbs.check_policies(
        asked, settings_file, place, file, display, margin=margin, told=look_words
    )
    return _written(checked, junit)


@contextmanager
def asked_without_training(
    policies: Sequence[Any], spec: Specs | None, options: Mapping[str, Any], *, quiet: bool
) -> Iterator[Asked]:
    """Lend what a check without training is about; a bar shows how far it is.

    Raises:
        InputError: data that cannot be written as a name, or an option that is not about pictures.
    """
    from augbench.bench.gate.tier_one import Asked
    from augbench.bench.run.progress import Display

    specs: tuple[Any, ...] = () if spec is None else (spec,)
    if isinstance(spec, Sequence) and not isinstance(spec, str):
        specs = tuple(spec)
    given = asked_for((), **options)
    with Display(quiet=quiet).loading("policies") as tell:
        yield Asked.of(policies, map(_words, specs), given, tell)


def _words(spec: Any) -> Any:
    return os.fspath(spec) if isinstance(spec, os.PathLike) else spec


def _policies(given: Sequence[PolicyLike | os.PathLike[str]]) -> list[PolicyLike]:
    return [os.fspath(policy) if isinstance(policy, os.PathLike) else policy for policy in given]


def _written(result: Found, junit: str | os.PathLike[str] | None) -> Checked:
    from augbench.reports.gate.forms import forms_of

    from augbench.files import write_whole

    forms = forms_of(result)
    if junit is not None and forms.junit is not None:
        write_whole(Path(junit), forms.junit(result))
    return Checked(result)
