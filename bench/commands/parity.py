"""`augbench parity`: one spec through every engine, the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from augbench.bench.commands import options

if TYPE_CHECKING:
    import numpy as np
    from augbench.bench.data import Dataset
    from augbench.policies.engines.parity import Parity

IMAGES = 64
FILE_NAME = "parity.png"


def parity(
    data: options.Data = None,
    spec: options.Spec = None,
    first_seed: options.FirstSeed = None,
    image_size: options.ImageSize = None,
    images: Annotated[
        int, typer.Option(metavar="N", min=1, help="Training images, spread over the classes.")
    ] = IMAGES,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER|FILE.png", help="Where the picture of the worst image is written."
        ),
    ] = Path(FILE_NAME),
    config: options.Config = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Put one spec through every engine with the same draws, and compare the pixels.

    Prints how far apart each two engines are, in grey levels of 0..255, how
    fast each is, which engines refuse the spec and why, and which quirks of
    the libraries matter for it. Writes a picture of the image that they
    differ on most.

    [bold]Examples[/bold]

      augbench parity

      augbench parity --data photos/ --spec photos

      augbench parity --spec mine.toml --image-size 48x64 --out worst.png
    """
    from augbench.bench.run.progress import Display
    from augbench.bench.run.settings import settings
    from augbench.bench.trial import environment
    from augbench.policies.engines.parity import compare
    from augbench.policies.spec.loading import load_spec

    asked = {"data": data, "spec": spec, "first_seed": first_seed, "image_size": image_size}
    effective = settings(asked, config)
    environment.prepare_process(effective.threads)
    what = load_spec(effective.spec)
    display = Display(quiet=quiet or json)
    with display.loading("decoding images") as loading:
        dataset = _load(effective, loading)
    rows = _rows(dataset, images)
    found = compare(what, dataset.images[rows], seed=effective.first_seed)
    path = dataset.paths[rows[found.worst]] if found.worst is not None else None
    file = _write(found, out)
    if json:
        typer.echo(_as_json(found, dataset, effective.spec, path, file))
    elif not quiet:
        _print(found, dataset, effective.spec, path, file)


def _load(effective: Any, progress: Any) -> Dataset:
    from augbench.bench.data import load

    return load(
        effective.data,
        image_size=effective.image_size,
        jobs=effective.jobs,
        progress=progress,
    )


def _rows(dataset: Dataset, count: int) -> np.ndarray:
    """Return ``count`` rows of the training part, turning through the classes."""
    import numpy as np
    from augbench.bench.trial.pictures import example_rows

    train = np.flatnonzero(dataset.fixed_split == 0)
    return train[example_rows(dataset.labels[train], count)]


def _write(found: Parity, out: Path) -> Path | None:
    """Write the picture to the file or the folder ``out``; return its path, or None for none."""
    if not found.pairs:
        return None
    from augbench.bench.sheets.parity import sheet

    file = out if out.suffix.lower() == ".png" else out / FILE_NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet(found).save(file)
    return file


def _as_json(
    found: Parity, dataset: Dataset, spec: Any, path: str | None, file: Path | None
) -> str:
    import json as json_format
    from dataclasses import asdict

    return json_format.dumps(
        {
            "data": dataset.name,
            "spec": spec,
            "words": found.spec.to_dict(),
            "shape": found.shape,
            "images": found.images,
            "seed": found.seed,
            "images_per_second": found.images_per_second,
            "refusals": found.refusals,
            "pairs": [asdict(pair) for pair in found.pairs],
            "worst": {"image": found.worst, "path": path, "draws": found.draws},
            "quirks": found.quirks,
            "cautions": found.spec.cautions(),
            "picture": str(file) if file else None,
        },
        ensure_ascii=False,
    )


def _print(found: Parity, dataset: Dataset, spec: Any, path: str | None, file: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    size = "×".join(map(str, found.shape))
    named = spec if isinstance(spec, str) else "of the configuration"
    console.print(
        f"spec {named} on {found.images} training images of {dataset.name}, {size}, "
        f"draws of seed {found.seed}",
        markup=False,
    )
    speeds = Table("engine", "img/s", "", box=None, pad_edge=False)
    for name, rate in found.images_per_second.items():
        speeds.add_row(name, f"{rate:,.0f}", "")
    for name, reason in found.refusals.items():
        speeds.add_row(name, "–", f"refused: {reason}", style="yellow")
    speeds.columns[1].justify = "right"
    console.print(speeds)
    if found.pairs:
        pairs = Table("engines", "largest", "mean", "pixels that differ", box=None, pad_edge=False)
        for column in pairs.columns[1:]:
            column.justify = "right"
        for pair in found.pairs:
            pairs.add_row(
                f"{pair.engine_a} and {pair.engine_b}",
                f"{pair.largest} of 255",
                f"{pair.mean:.2g}",
                f"{pair.share:.3%}",
            )
        console.print(pairs)
    else:
        console.print("fewer than two engines can apply this spec: nothing to compare")
    for title, lines in (("quirks", found.quirks), ("cautions", found.spec.cautions())):
        if lines:
            console.print(f"{title}:")
        for line in lines:
            console.print(f"  - {line}", markup=False, soft_wrap=True)
    if file:
        console.print(f"worst image: {path} ({found.draws})", markup=False, soft_wrap=True)
        console.print(str(file), markup=False, soft_wrap=True)
