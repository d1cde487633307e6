"""What each policy makes of the same images: the content of a preview sheet, before any drawing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from augbench.bench.run.experiment import Experiment
from augbench.bench.sheets.rendering import Band, Cell, Row, Sheet
from augbench.bench.trial.block_setup import Rehearsal
from augbench.bench.trial.pictures import example_rows
from augbench.policies.base import Batch, Policy
from augbench.policies.registry import build
from augbench.policies.training_set import ORIGINS, TrainingSet

LOOKS = 32  # draws among which the strongest are looked for where ranges are not known

Progress = Callable[[int, int, str], None]


def preview(
    experiment: Experiment,
    images: int,
    draws: int,
    *,
    strongest: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Sheet:
    """Return a sheet with a band for each policy of the experiment.

    Args:
        experiment: as `augbench.bench.run.experiment.prepare` returns it.
        images: how many training images of the first seed, from 1; the classes take turns.
        draws: how often each is drawn anew, and how many new images stand beside it; from 1.
        strongest: show the ends of the ranges instead of what the first epochs draw.
        progress: called with policies done, all policies, and what is being done.

    Raises:
        InputError: a policy cannot work on these images.
    """
    rehearsal = Rehearsal.of(experiment)
    train = rehearsal.train
    rows = example_rows(train.labels, images)
    shown = train.images[rows]
    bands = [Band("original", "", (Row("", tuple(Cell(image, "") for image in shown)),))]
    asked = [one for one in experiment.policies if one.text in experiment.settings.policies]
    for number, expression in enumerate(asked):
        what = f"policy {expression.label}"
        progress(number, len(asked), what)
        context = rehearsal.context(_saying(progress, what))
        policy = build(expression, experiment.spec)
        policy.learn(train, context)
        made: list[Row] = []
        if policy.changes:
            made += _changed(policy, train, rows, rehearsal.seed, draws, strongest)
        elif strongest and policy.enlarges:
            made += _at_ends(policy, shown)
        if policy.enlarges:
            made += _new(policy.enlarge(train, context), len(train), rows, draws)
        note = " ".join(f.figures.get("text", f.kind) for f in context.findings) or (
            "" if made else "makes nothing new of an image"
        )
        bands.append(Band(expression.label, note, tuple(made)))
    return Sheet(
        "What the policies make of the same images",
        _subtitle(experiment, strongest),
        tuple(train.classes[label] for label in train.labels[rows]),
        tuple(rehearsal.source(row) for row in rows),
        tuple(bands),
    )


def _saying(progress: Progress, what: str) -> Callable[[str], None]:
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
        said = policy.describe(batch) or [""] * len(rows)
        return policy.change(batch).images, said

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
    made = np.stack([images for images, _ in looks])
    change = np.abs(made.astype(np.int16) - shown).mean((2, 3, 4))
    order = np.argsort(-change, axis=0, kind="stable")[:draws]
    return [
        Row(
            f"strongest of {len(looks)}" if place == 0 else f"no. {place + 1}",
            tuple(
                Cell(made[look, column], looks[look][1][column])
                for column, look in enumerate(chosen)
            ),
        )
        for place, chosen in enumerate(order)
    ]


def _new(enlarged: TrainingSet, real: int, rows: np.ndarray, draws: int) -> list[Row]:
    """Return rows of stored new images: made from the image above, or else of its class."""
    added = np.arange(real, len(enlarged))
    cells: list[list[Cell]] = []
    used: dict[int, int] = {}
    for row in rows.tolist():
        mine = added[enlarged.source[added] == row]
        if not len(mine):
            label = int(enlarged.labels[row])
            of_class = added[(enlarged.labels[added] == label) & (enlarged.source[added] < 0)]
            start = used.get(label, 0)
            used[label] = start + draws
            mine = of_class[start:]
        cells.append([_stored(enlarged, new) for new in mine[:draws].tolist()])
    most = max(map(len, cells), default=0)
    return [
        Row(
            f"new {number + 1}",
            tuple(column[number] if number < len(column) else Cell(None, "") for column in cells),
        )
        for number in range(most)
    ]


def _stored(enlarged: TrainingSet, row: int) -> Cell:
    origin = ORIGINS[enlarged.origin[row]]
    return Cell(enlarged.images[row], "repeated" if origin == "real" else origin)


def _row(label: str, images: np.ndarray, captions: list[str]) -> Row:
    return Row(label, tuple(Cell(*cell) for cell in zip(images, captions, strict=True)))
