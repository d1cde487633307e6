"""Which options a run has: name, type, default, help and what each of them decides.

The command line, the Python functions, ``--config``, the help texts and the README's table follow
this model. It imports nothing heavy, so that ``--help`` answers at once; values are validated in
`augbench.bench.options.settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_type_hints

from augbench.reports.run.layout import MOST_SEEDS

#: so that no seed of a run needs more than 63 bits
MOST_FIRST_SEED = 2**63 - 1 - MOST_SEEDS
#: pixels a side of an image
MOST_SIDE = 8192
#: seconds
MOST_DURATION = 366 * 86400.0

#: what an option decides:
#: ``trial`` the numbers of every trial, so it belongs to their KEYs (and to the study);
#: ``study`` which trials are compared: looks at a run are counted among equal ones;
#: ``run`` neither: how many seeds there are, how fast it goes, how results are read
Decides = Literal["trial", "study", "run"]


@dataclass(frozen=True)
class Option:
    """What is known of an option beside its name, type and default.

    Attributes:
        metavar: what stands for its value in help texts; empty for one that is there or not.
        help: what it does, in a sentence or two.
        decides: see `Decides`.
        default: how the default is said where its value does not say it.
        least: the smallest number that it takes.
        above: what a number must exceed.
        most: the largest number that it takes.
        parse: turns what a person writes into its type; raises `ValueError` with what is wrong.
    """

    metavar: str
    help: str
    decides: Decides = "run"
    default: str = ""
    least: int | None = None
    above: int | None = None
    most: int | None = None
    parse: Callable[[Any], Any] | None = None


def parse_size(size: Any) -> Any:
    """Return (height, width) for ``64``, ``"64"``, ``"48x64"`` or such a pair.

    Raises:
        ValueError: something that is no size, or a side below 1 px.
    """
    if isinstance(size, str) and re.fullmatch(r"\s*\d+\s*([xX×]\s*\d+\s*)?", size):
        sides = [int(side) for side in re.findall(r"\d+", size)]
    elif isinstance(size, int):
        sides = [size]
    elif isinstance(size, (list, tuple)) and len(size) == 2:
        sides = list(size)
    else:
        raise ValueError("give 64 or 48x64 (height × width)")
    if any(isinstance(side, int) and side < 1 for side in sides):
        raise ValueError("an image has at least 1 pixel a side")
    if any(isinstance(side, int) and side > MOST_SIDE for side in sides):
        raise ValueError(f"an image has at most {MOST_SIDE} pixels a side")
    return (sides[0], sides[-1])


def parse_seeds(seeds: Any) -> Any:
    """Return ``"auto"`` or a number from 1 to `MOST_SEEDS`.

    Raises:
        ValueError: it is neither.
    """
    if seeds == "auto":
        return seeds
    if isinstance(seeds, str) and seeds.strip().isdecimal():
        seeds = int(seeds)
    if not isinstance(seeds, int) or isinstance(seeds, bool) or not 1 <= seeds <= MOST_SEEDS:
        raise ValueError(f"give auto or a number from 1 to {MOST_SEEDS}")
    return seeds


def parse_duration(duration: Any) -> Any:
    """Return the seconds of ``20m``, ``1h30m``, ``90s``, or of a number of seconds.

    Raises:
        ValueError: it is no duration above 0.
    """
    if isinstance(duration, str):
        parts = re.fullmatch(r"\s*(?:(\d+)h)?\s*(?:(\d+)m(?:in)?)?\s*(?:(\d+)s)?\s*", duration)
        hours, minutes, seconds = (
            (int(part or 0) for part in parts.groups()) if parts else (0, 0, 0)
        )
        duration = 3600 * hours + 60 * minutes + seconds
    if not isinstance(duration, (int, float)) or isinstance(duration, bool) or not duration > 0:
        raise ValueError("give a time such as 20m, 1h30m or 90s")
    if not duration <= MOST_DURATION:
        raise ValueError("give a time of at most a year")
    return float(duration)


def parse_names(names: Any) -> Any:
    """Return a tuple for a single text; anything else as it is."""
    return (names,) if isinstance(names, str) else names


@dataclass(frozen=True)
class Settings:
    """The options of a run; the attributes are their names with underscores for dashes.

    `augbench.bench.options.settings.settings` makes one of what a person gave, and validates it.
    """

    policies: Annotated[
        tuple[str, ...],
        Option(
            "POLICY",
            "name, name(option=value), label=name(…), a(…) + b(…), or package.module:Class(…).",
            "study",
        ),
    ] = ("none", "keras", "albumentations")
    data: Annotated[
        str,
        Option(
            "DATA",
            "digits, a name of keras.datasets, a folder of class folders (optionally under "
            "train/, validation/, test/), an .npz, or a .csv with columns path, label.",
            "trial",
        ),
    ] = "digits"
    follow_links: Annotated[
        bool, Option("", "Follow links that lead out of a folder of data, too.")
    ] = False
    spec: Annotated[
        str | dict[str, Any],
        Option(
            "SPEC",
            "A preset such as light or tutorial, or a .toml, .yaml or .json file in "
            "ImageDataGenerator's words.",
            "trial",
        ),
    ] = "light"
    first_seed: Annotated[int, Option("N", "The first seed.", least=0, most=MOST_FIRST_SEED)] = 0
    seeds: Annotated[
        int | Literal["auto"],
        Option(
            "auto|N",
            "Paired seeds: auto adds seeds until every policy is settled; more extend a run.",
            parse=parse_seeds,
        ),
    ] = "auto"
    max_seeds: Annotated[
        int, Option("N", "The most seeds of --seeds auto.", least=3, most=MOST_SEEDS)
    ] = 10
    budget: Annotated[
        float | None,
        Option(
            "TIME",
            "Start no further seed of --seeds auto beyond this time: 20m, 1h30m, 90s.",
            parse=parse_duration,
        ),
    ] = None
    epochs: Annotated[int, Option("N", "Epochs a trial.", "trial", least=1, most=100_000)] = 10
    batch_size: Annotated[int, Option("N", "Batch size.", "trial", least=1, most=65_536)] = 32
    image_size: Annotated[
        tuple[int, int] | None,
        Option(
            "N|HxW",
            "Image size in pixels.",
            "trial",
            default="the images' own if all are equal and at most 128, else 64x64, stretched",
            parse=parse_size,
        ),
    ] = None
    train_size: Annotated[
        int | None,
        Option(
            "N",
            "Train on a class-balanced part of N images.",
            "trial",
            default="the whole training split",
            least=2,
            most=10**9,
        ),
    ] = None
    folds: Annotated[
        int,
        Option(
            "K",
            "Where the data bring no test part, the block of seed j tests on fold j of K.",
            "trial",
            least=2,
            most=1000,
        ),
    ] = 5
    fixed_test: Annotated[
        bool,
        Option(
            "",
            "Keep one fifth of the images to test on in all blocks, instead of folds in turn.",
            "trial",
        ),
    ] = False
    model: Annotated[
        str,
        Option(
            "MODEL",
            "reference, small, resnet, my_pkg.mod:build, or a name of keras.applications such as "
            "\"MobileNetV2(weights='file.h5')\".",
            "trial",
        ),
    ] = "reference"
    jobs: Annotated[
        int,
        Option(
            "N",
            "Trials at a time.",
            default="the CPU cores, on GPUs at most 4 for each",
            least=0,
            most=1024,
        ),
    ] = 0
    threads: Annotated[
        int, Option("N", "CPU threads a trial computes with.", "trial", least=1, most=1024)
    ] = 1
    device: Annotated[
        Literal["auto", "cpu", "gpu"],
        Option(
            "auto|cpu|gpu",
            "What a trial computes on: auto takes a GPU where Keras' backend sees one.",
            "trial",
        ),
    ] = "auto"
    trial_timeout: Annotated[
        float | None,
        Option(
            "TIME",
            "End a trial that takes longer than this, 30m say, and count it as failed.",
            parse=parse_duration,
        ),
    ] = None
    executor: Annotated[
        str, Option("local|ray", "Who runs the trials: processes of this machine, or Ray.")
    ] = "local"
    ray_address: Annotated[
        str | None,
        Option(
            "HOST:PORT",
            "The Ray cluster to join; local starts one here whatever there is.",
            default="RAY_ADDRESS, else a cluster that this machine is part of, else local",
        ),
    ] = None
    cpus_per_trial: Annotated[
        float | None,
        Option("N", "CPUs that Ray sets aside for a trial.", default="--threads", above=0),
    ] = None
    gpus_per_trial: Annotated[
        float,
        Option(
            "N",
            "GPUs that Ray sets aside for a trial, which computes on them; .5 shares one by two.",
            default="1 with --device gpu, else 0",
            least=0,
        ),
    ] = 0.0
    margin: Annotated[
        float, Option("POINTS", "Differences under it do not matter.", above=0, most=100)
    ] = 1.0
    measure: Annotated[
        Literal["end", "last", "averaged"],
        Option(
            "end|last|averaged",
            "What verdicts are of: the mean over the end of training, the last step's weights, or "
            "averaged weights.",
            "study",
        ),
    ] = "end"
    log: Annotated[
        tuple[str, ...],
        Option(
            "mlflow|tensorboard",
            "Also log each trial to a tracker, never twice; may be repeated.",
            parse=parse_names,
        ),
    ] = ()

    @property
    def seed_list(self) -> list[int]:
        """The seeds of the blocks that there are or may be, ``first_seed`` first."""
        count = self.max_seeds if self.seeds == "auto" else self.seeds
        return list(range(self.first_seed, self.first_seed + count))


#: what is done when nothing at all is asked for: few enough images that augmentation matters, long
#: enough that what it gains is there, and a policy that does harm
EMBEDDED: dict[str, Any] = {
    "policies": (
        "none",
        "keras",
        "albumentations",
        "flips=albumentations(spec='flip')",
        "gan=gan(steps=800)",
        "gan + albumentations=gan(steps=800) + albumentations",
    ),
    "data": "digits",
    "spec": "digits",
    "train_size": 200,
    "epochs": 120,
    "max_seeds": 8,
}


@dataclass(frozen=True)
class Known:
    """An option with all that the model says of it.

    Attributes:
        name: the field of `Settings`; on the command line with dashes.
        kind: its type, without what is known beside it.
        value: its default.
        option: the rest.
    """

    name: str
    kind: Any
    value: Any
    option: Option

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def default(self) -> str:
        """Its default in words; empty where it is nothing."""
        return self.option.default or default_text(self.value)


def default_text(value: Any) -> str:
    """Return a default as help texts show it; empty for nothing."""
    if isinstance(value, (tuple, list)):
        return " ".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None or value is False else str(value)


@cache
def known() -> dict[str, Known]:
    """Return all options by name, in the order of help texts."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        field.name: Known(field.name, kind, field.default, option)
        for field in fields(Settings)
        for kind, option in [get_args(hints[field.name])]
    }


def deciding(*what: Decides) -> list[str]:
    """Return the names of the options that decide this."""
    return [name for name, option in known().items() if option.option.decides in what]
