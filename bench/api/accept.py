"""`augbench.accept`: what `augbench.check` holds against, a baseline or a fingerprint."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from augbench.bench.api.inputs import Data, Specs
from augbench.bench.api.verb import verb

from augbench.errors import InputError


@verb
def accept(
    *what: Any,
    baseline: str | os.PathLike[str] | None = None,
    fingerprint: str | os.PathLike[str] | None = None,
    spec: Specs | None = None,
    data: Data | None = None,
    image_size: int | tuple[int, int] | str | None = None,
    margin: float | None = None,
) -> Path:
    """Accept what policies do: write the file that `augbench.check` holds them against.

    Args:
        what: With ``baseline`` the folder that `augbench.compare` wrote. With ``fingerprint``
            policies as typed, `Policy` objects, transforms of Albumentations, layers of Keras,
            functions ``images, labels, rng -> images, labels``; by default those of the file, or
            every engine that can apply the spec.
        baseline: Where the effect of a run goes, a file that belongs into version control.
        fingerprint: Where pixels, labels and draws go, likewise.
        spec: Of a fingerprint, for policies that take one: a preset, a file, a dict of words, an
            AugmentationSpec, or several of these. Default: light.
        data: Of a fingerprint, what the pictures are taken from. Default: embedded ones.
        image_size: Of a fingerprint, the size of the pictures in pixels. Default: 24x32, or that of
            the data.
        margin: Of a baseline, how far a lift may fall, in points. Default: as the file says that is
            replaced, else 1.

    Returns:
        The file.

    Raises:
        InputError: the run has fewer than 3 seeds, a policy fails, or something cannot be read or
            written.
    """
    if (baseline is None) == (fingerprint is None):
        raise InputError(
            "accept writes a baseline of a run, or a fingerprint of policies: name one"
        )
    if fingerprint is not None:
        from augbench.bench.api.check import asked_without_training
        from augbench.bench.gate import tier_one

        if margin is not None:
            raise InputError("margin is of a baseline; a fingerprint is checked with a tolerance")
        file, pictures = Path(fingerprint), {"data": data, "image_size": image_size}
        with asked_without_training(what, spec, pictures, quiet=True) as about:
            tier_one.accept(about, file)
        return file
    if len(what) != 1 or spec is not None or data is not None or image_size is not None:
        raise InputError("a baseline is of one run, the folder that augbench.compare wrote")
    from augbench.bench.gate.effect import verbs

    assert baseline is not None
    verbs.accept(Path(what[0]), Path(baseline), margin)
    return Path(baseline)
