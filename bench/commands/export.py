"""`augbench export`: a spec or a chosen policy as a script of a library's own."""

from __future__ import annotations

from pathlib import Path

import cloup
from augbench.bench.commands.options import PATH, verb
from augbench.bench.console import echo


@verb("export")
@cloup.argument(
    "spec",
    default="light",
    metavar="[SPEC]",
    help="A preset such as light or tutorial, or a .toml, .yaml or .json file in "
    "ImageDataGenerator's words, or a chosen.toml, whose first policy that is not none is meant.  "
    "[default: light]",
)
@cloup.option(
    "--to",
    required=True,
    metavar="keras|albumentations|keras-layers",
    help="The library: Keras' ImageDataGenerator, Albumentations, or Keras' layers.",
)
@cloup.option(
    "--out",
    type=PATH,
    metavar="FILE.py",
    help="The file to write.  [default: standard output]",
)
def export(spec: str, to: str, out: Path | None) -> None:
    """Write a spec as a script that trains with it and does not need augbench.

    The script reads class folders, augments training images alone, and fits
    the reference CNN. Words that Keras misreads come corrected; where the
    library cannot say a word, it has the nearest, with a comment.

    Examples:
      augbench export photos --to albumentations
      augbench export mine.toml --to keras-layers --out train.py
      augbench export chosen.toml --to keras --out train.py
    """
    from augbench.bench.run.exported import checked_script, exported

    from augbench.files import write_whole

    file = None if out is None else checked_script(out)
    code = exported(spec, to)
    echo(code, nl=False) if file is None else echo(write_whole(file, code))
