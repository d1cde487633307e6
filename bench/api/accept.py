"""`augbench.accept`: the baseline that `augbench.check` holds runs against."""

from __future__ import annotations

import os
from pathlib import Path

from augbench.bench.api.verb import verb


@verb
def accept(
    run: str | os.PathLike[str],
    *,
    baseline: str | os.PathLike[str],
    margin: float | None = None,
) -> Path:
    """Accept what a run's policies do: write the baseline, or replace it.

    Args:
        run: The folder that `augbench.compare` wrote.
        baseline: Where to, a file that belongs into version control.
        margin: How far a lift may fall, in points. Default: as the file says that is replaced,
            else 1.

    Returns:
        The file.

    Raises:
        InputError: the run has fewer than 3 seeds, or something cannot be read or written.
    """
    from augbench.bench.gate.effect import verbs

    verbs.accept(Path(run), Path(baseline), margin)
    return Path(baseline)
