"""What did the screen say? Candidates are judged once, and the memory of the search keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from augbench.bench.data import Dataset
from augbench.bench.search.ledger import Ledger, keep_pictures
from augbench.bench.search.screening.screen import screen
from augbench.bench.search.screening.screened import Screened
from augbench.policies.expression import parse
from augbench.policies.spec.spec import AugmentationSpec

if TYPE_CHECKING:
    from augbench.bench.options.model import Settings


def screened_once(
    ledger: Ledger,
    dataset: Dataset,
    settings: Settings,
    spec: AugmentationSpec,
    candidates: Sequence[str],
    on_progress: Callable[[int, int, str], None],
) -> list[Screened]:
    """Return what the screen says of candidates; those that were judged before are not again.

    Pictures are kept beside the memory, and are not read back.

    Args:
        ledger: the memory of the search.
        candidates: policies as typed.
        dataset: as of `screen`, like all others.
        settings: the options; the first seed decides all that is random.
        spec: of the run.
        on_progress: called with (done, all, what).

    Raises:
        InputError: a candidate cannot be made.
        TrainingFailed: a classifier cannot be trained.
    """
    key = hashlib.sha256(repr(list(candidates)).encode()).hexdigest()[:16]
    remembered = ledger.found
    if remembered.get("screen_key") == key:
        return [Screened.from_dict(content) for content in remembered["screen"]]
    screened = screen(
        dataset,
        settings,
        spec,
        [parse(text) for text in candidates],
        seed=settings.first_seed,
        on_progress=on_progress,
    )
    names = [
        "" if result.pictures is None else f"turned {place}"
        for place, result in enumerate(screened)
    ]
    keep_pictures(
        ledger.folder.path,
        {
            name: result.pictures
            for name, result in zip(names, screened, strict=True)
            if result.pictures is not None
        },
        instead_of=("turned ",),
    )
    remembered["screen_key"] = key
    remembered["screen"] = [
        result.to_dict() | {"pictures": name} for name, result in zip(names, screened, strict=True)
    ]
    ledger.write()
    return screened
