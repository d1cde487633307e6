"""What each policy makes of the same images: the sheet of `augbench preview`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from augbench.bench.run.experiment import Experiment
from augbench.bench.sheets.html import to_html
from augbench.bench.sheets.png import to_png
from augbench.bench.sheets.sheet import Band, Panel, Row, Sheet
from augbench.bench.trial.block_setup import BlockSetup
from augbench.bench.trial.pictures import example_rows
from augbench.policies import returned
from augbench.policies.base import Batch, Policy
from augbench.policies.expression import parse
from augbench.policies.training_set import ORIGINS, TrainingSet

from augbench.errors import InputError
from augbench.files import write_whole
from augbench.findings import Finding

LOOKS = 32  # draws among which the strongest are looked for where ranges are not known

Progress = Callable[[int, int, str], None]


class Preview(Sheet):
    """The sheet as a file, or as a notebook shows it."""

    def save(self, file: str | os.PathLike[str]) -> Path:
        """Write the sheet as a .png or .html file; return its path.

        Raises:
            InputError: for another kind of file.
        """
        path = checked_file(file)
        png = path.suffix.lower() == ".png"
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_whole(path, to_png(self) if png else to_html(self))

    def __repr__(self) -> str:
        names = ", ".join(band.title for band in self.bands[1:])
        return f"<Preview of {names} on {len(self.columns)} images: {self.subtitle}>"

    def _repr_png_(self) -> bytes:
        return to_png(self)


def checked_file(file: str | os.PathLike[str]) -> Path:
    """Return the path of a file that a sheet can be written to.

    Raises:
        InputError: it ends neither with .png nor with .html.
    """
    path = Path(file)
    if path.suffix.lower() not in (".png", ".html", ".htm"):
        raise InputError(f"--out {path}: a file that ends with .png or .html is wanted")
    return path


def preview(
    experiment: Experiment,
    images: int,
    draws: int,
    *,
    strongest: bool = False,
    progress: Progress = lambda done, total, what: None,
    words: Callable[[Finding], str] = lambda finding: finding.kind,
) -> Preview:
    """Return a sheet with a band for each policy of the experiment.

    Args:
        experiment: as `augbench.bench.run.experiment.prepare` returns it.
        images: how many training images of the first seed, from 1; the classes take turns.
        draws: how often each is drawn anew, and how many new images stand beside it; from 1.
        strongest: show the ends of the ranges instead of what the first epochs draw.
        progress: called with policies done, all policies, and what is being done.
        words: says what a policy has to tell.

    Raises:
        InputError: a policy cannot work on these images.
    """
    settings = experiment.settings
    setup = BlockSetup.of(experiment.dataset, settings, experiment.spec, settings.first_seed)
    train = setup.train
    rows = example_rows(train.labels, images)
    shown = train.images[rows]
    bands = [Band("original", "", (Row("", tuple(Panel(image, "") for image in shown)),))]
    typed = {parse(text).label for text in settings.policies}
    asked = [policy for policy in experiment.policies if policy.label in typed]
    for number, expression in enumerate(asked):
        what = f"policy {expression.label}"
        progress(number, len(asked), what)
        context = setup.context(_telling(progress, what))
        policy = setup.policy(expression)
        policy.learn(train, context)
        made_rows: list[Row] = []
        if policy.changes:
            made_rows += _changed(policy, train, rows, setup.seed, draws, strongest)
        elif strongest and policy.enlarges:
            made_rows += _at_ends(policy, shown)
        if policy.enlarges:
            made_rows += _new(returned.enlarged(policy, train, context), len(train), rows, draws)
        note = " ".join(map(words, context.findings)) or (
            "" if made_rows else "makes nothing new of an image"
        )
        bands.append(Band(expression.label, note, tuple(made_rows)))
    return Preview(
        "What the policies make of the same images",
        _subtitle(experiment, strongest),
        tuple(train.classes[label] for label in train.labels[rows]),
        tuple(setup.source(row) for row in rows),
        tuple(bands),
    )


def _telling(progress: Progress, what: str) -> Callable[[str], None]:
    return lambda text: progress(0, 0, f"{what}: {text}")


def _subtitle(experiment: Experiment, strongest: bool) -> str:
    dataset, settings = experiment.dataset, experiment.settings
    height, width, _ = dataset.shape
    spec = settings.spec if isinstance(settings.spec, str) else "of its own"
    what = "the ends of the ranges" if strongest else "as drawn in the first epochs"
    return (
        f"{dataset.name}, training split of seed {settings.first_seed}, "
        f"{height}×{width} px, spec {spec}; {what}"
    )


def _changed(
    policy: Policy, train: TrainingSet, rows: np.ndarray, seed: int, draws: int, strongest: bool
) -> list[Row]:
    """Return rows of what ``change`` does: epoch by epoch, or at the ends of its ranges."""
    one_hot = np.eye(len(train.classes), dtype=np.float32)[train.labels[rows]]
    shown = train.images[rows]

    def drawn(epoch: int) -> tuple[np.ndarray, list[str]]:
        batch = Batch(shown, one_hot, rows, seed=seed, epoch=epoch, step=0)
        captions = returned.described(policy, batch)
        return returned.changed(policy, batch).images, captions

    if not strongest:
        return [_row(f"epoch {epoch + 1}", *drawn(epoch)) for epoch in range(draws)]
    return _at_ends(policy, shown) or _strongest_of([drawn(n) for n in range(LOOKS)], shown, draws)


def _at_ends(policy: Policy, shown: np.ndarray) -> list[Row]:
    return [
        _row(
            f"{end.name}: {end.caption}" if end.caption else end.name, end.images, [""] * len(shown)
        )
        for end in policy.extremes(shown)
    ]


def _strongest_of(
    looks: list[tuple[np.ndarray, list[str]]], shown: np.ndarray, draws: int
) -> list[Row]:
    """Return for each image the draws that change its pixels most, the strongest first."""
    drawn = np.stack([images for images, _ in looks])
    change = np.abs(drawn.astype(np.int16) - shown).mean((2, 3, 4))
    order = np.argsort(-change, axis=0, kind="stable")[:draws]
    return [
        Row(
            f"strongest of {len(looks)}" if place == 0 else f"no. {place + 1}",
            tuple(
                Panel(drawn[look, column], looks[look][1][column])
                for column, look in enumerate(chosen)
            ),
        )
        for place, chosen in enumerate(order)
    ]


def _new(enlarged: TrainingSet, real: int, rows: np.ndarray, draws: int) -> list[Row]:
    """Return rows of stored new images: made from the image above, or else of its class."""
    added = np.arange(real, len(enlarged))
    columns: list[list[Panel]] = []
    used: dict[int, int] = {}
    for row in rows.tolist():
        below = added[enlarged.source[added] == row]
        if not len(below):
            label = int(enlarged.labels[row])
            of_class = added[(enlarged.labels[added] == label) & (enlarged.source[added] < 0)]
            start = used.get(label, 0)
            used[label] = start + draws
            below = of_class[start:]
        columns.append([_stored(enlarged, new) for new in below[:draws].tolist()])
    most = max(map(len, columns), default=0)
    return [
        Row(
            f"new {number + 1}",
            tuple(
                column[number] if number < len(column) else Panel(None, "") for column in columns
            ),
        )
        for number in range(most)
    ]


def _stored(enlarged: TrainingSet, row: int) -> Panel:
    origin = ORIGINS[enlarged.origin[row]]
    return Panel(enlarged.images[row], "repeated" if origin == "real" else origin)


def _row(label: str, images: np.ndarray, captions: list[str]) -> Row:
    return Row(label, tuple(Panel(*panel) for panel in zip(images, captions, strict=True)))
