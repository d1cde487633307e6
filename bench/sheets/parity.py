"""How far the engines are apart on a user's images: what `augbench parity` prints and returns."""

from __future__ import annotations

import io
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from augbench.bench.data import Parts, block
from augbench.bench.run.experiment import Experiment
from augbench.bench.sheets.parity_picture import picture
from augbench.bench.trial.pictures import example_rows
from augbench.policies.engines.parity import Parity, compare
from rich.console import Console
from rich.table import Table

IMAGES = 64
FILE_NAME = "parity.png"
_WIDTH = 100


@dataclass(frozen=True, repr=False)
class ParityResult:
    """One spec through every engine on training images of a data set.

    Attributes:
        compared: differences, speeds, refusals and quirks.
        data: what the data set is called.
        spec: what the spec is called; None where it is given by its words.
        path: the name of the image that any two engines differ most on; None without two engines.
    """

    compared: Parity
    data: str
    spec: str | None
    path: str | None

    def save(self, out: str | os.PathLike[str]) -> Path | None:
        """Write the picture of the worst image to a .png file or into a folder.

        Returns:
            Its path; None where fewer than two engines could be compared.
        """
        if not self.compared.pairs:
            return None
        file = Path(out)
        if file.suffix.lower() != ".png":
            file = file / FILE_NAME
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(self.compared).save(file)
        return file

    def to_dict(self) -> dict[str, Any]:
        """Return every figure as plain JSON values."""
        compared = self.compared
        words = compared.spec.to_dict()
        return {
            "data": self.data,
            "spec": words if self.spec is None else self.spec,
            "words": words,
            "shape": compared.shape,
            "images": compared.images,
            "seed": compared.seed,
            "images_per_second": compared.images_per_second,
            "refusals": compared.refusals,
            "pairs": [asdict(pair) for pair in compared.pairs],
            "worst": {"image": compared.worst, "path": self.path, "draws": compared.draws},
            "quirks": compared.quirks,
            "cautions": compared.spec.cautions(),
        }

    def __repr__(self) -> str:
        text = io.StringIO()
        console = Console(
            file=text, width=_WIDTH, color_system=None, force_jupyter=False, highlight=False
        )
        print_parity(self, console)
        return text.getvalue().strip()

    def _repr_png_(self) -> bytes | None:
        if not self.compared.pairs:
            return None
        content = io.BytesIO()
        picture(self.compared).save(content, "PNG")
        return content.getvalue()


def parity(experiment: Experiment, images: int = IMAGES) -> ParityResult:
    """Put the spec of an experiment through every engine with the same draws.

    Args:
        experiment: its data, spec and first seed count.
        images: how many images of the first seed's training part; the classes take turns.

    Raises:
        InputError: there is no image.
    """
    dataset, settings = experiment.dataset, experiment.settings
    train = block(dataset, settings.first_seed, Parts.of(settings)).train
    rows = train[example_rows(dataset.labels[train], images)]
    compared = compare(experiment.spec, dataset.images[rows], seed=settings.first_seed)
    path = None if compared.worst is None else dataset.paths[rows[compared.worst]]
    name = settings.spec if isinstance(settings.spec, str) else None
    return ParityResult(compared, dataset.name, name, path)


def print_parity(result: ParityResult, console: Console) -> None:
    """Print what a person wants to know, and where the engines differ most."""
    compared = result.compared
    size = "×".join(map(str, compared.shape))
    console.print(
        f"spec {result.spec or 'of the configuration'} on {compared.images} training images of "
        f"{result.data}, {size}, draws of seed {compared.seed}",
        markup=False,
    )
    speeds = Table("engine", "img/s", "", box=None, pad_edge=False)
    for name, rate in compared.images_per_second.items():
        speeds.add_row(name, f"{rate:,.0f}", "")
    for name, reason in compared.refusals.items():
        speeds.add_row(name, "–", f"refused: {reason}", style="yellow")
    speeds.columns[1].justify = "right"
    console.print(speeds)
    if compared.pairs:
        pairs = Table("engines", "largest", "mean", "pixels that differ", box=None, pad_edge=False)
        for column in pairs.columns[1:]:
            column.justify = "right"
        for pair in compared.pairs:
            pairs.add_row(
                f"{pair.engine_a} and {pair.engine_b}",
                f"{pair.largest} of 255",
                f"{pair.mean:.2g}",
                f"{pair.share:.3%}",
            )
        console.print(pairs)
    else:
        console.print("fewer than two engines can apply this spec: nothing to compare")
    if compared.quirks:
        console.print("quirks:")
    for quirk in compared.quirks:
        console.print(f"  - {quirk}", markup=False, soft_wrap=True)
    if compared.worst is not None:
        console.print(
            f"worst image: {result.path} ({compared.draws})", markup=False, soft_wrap=True
        )
