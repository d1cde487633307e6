"""`augbench.export`: a spec or a chosen policy as a script of a library's own."""

from __future__ import annotations

import os
from pathlib import Path

from augbench.bench.api.inputs import Spec, asked_for
from augbench.bench.api.verb import verb


@verb
def export(
    spec: Spec | None = None,
    *,
    to: str,
    out: str | os.PathLike[str] | None = None,
) -> str:
    """Return a spec as a script that trains with a library's own augmentation, without augbench.

    The script reads class folders, augments training images alone, and fits the reference CNN.
    Where the library cannot say a word, it has the nearest, with a comment on the difference.

    Args:
        spec: A preset such as light or tutorial, or a .toml, .yaml or .json file in
            ImageDataGenerator's words. A chosen.toml or another file of options gives its first
            policy that is not none. From Python also a dict of words or an AugmentationSpec.
            Default: light.
        to: keras (its ImageDataGenerator), albumentations or keras-layers.
        out: A file that ends with .py, to write it to as well.

    Raises:
        InputError: for anything in the spec, the policy or the target that cannot work.
    """
    from augbench.bench.run.exported import checked_script, exported

    from augbench.files import write_whole

    file = None if out is None else checked_script(Path(out))
    code = exported(asked_for((), spec=spec)["spec"], to)
    if file is not None:
        write_whole(file, code)
    return code
