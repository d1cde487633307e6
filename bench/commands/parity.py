"""`augbench parity`: one spec through every engine, the same draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import PATH, Number, verb
from augbench.bench.console import echo_json


@verb("parity", "data", "follow_links", "spec", "first_seed", "image_size")
@cloup.option(
    "--images",
    type=Number(int, least=1),
    metavar="N",
    default=64,
    show_default=True,
    help="Training images, spread over the classes.",
)
@cloup.option(
    "--out",
    type=PATH,
    metavar="FOLDER|FILE.png",
    default=Path("parity.png"),
    show_default=True,
    help="Where the picture of the worst image is written.",
)
@options.config
@options.json
@options.quiet
def parity(
    asked: dict[str, Any], images: int, out: Path, config: Path | None, json: bool, quiet: bool
) -> None:
    """Put one spec through every engine with the same draws, and compare the pixels.

    Prints how far apart each two engines are, in grey levels of 0..255, how
    fast each is, which engines refuse the spec and why, and which quirks of
    the libraries matter for it. Writes a picture of the image that they
    differ on most.

    Examples:
      augbench parity
      augbench parity --data photos/ --spec photos
      augbench parity --spec mine.toml --image-size 48x64 --out worst.png
    """
    from augbench.bench.run.preparation import experiment_here
    from augbench.bench.run.progress import Display
    from augbench.bench.sheets.parity import parity as put_through
    from augbench.bench.sheets.parity import print_parity
    from rich.console import Console

    asked |= {"policies": ("none",), "seeds": 1}
    with experiment_here(asked, config, Display(quiet=quiet or json)) as experiment:
        result = put_through(experiment, images)
    file = result.save(out)
    if json:
        content = result.to_dict() | {"picture": str(file) if file else None}
        echo_json(content)
    elif not quiet:
        console = Console(highlight=False)
        print_parity(result, console)
        if file:
            console.print(str(file), markup=False, soft_wrap=True)
