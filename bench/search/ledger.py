"""choose.json: what a search has decided and found so far, so that it goes on where it was.

What time decided (how long a trial is, how many trials there may be from a block on, which seeds
confirm) is written down when it is decided and holds from then on; everything else follows from
it and from the trials.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from augbench.bench.storage.run_folder import RunFolder
from augbench.reports.run.files import read_arrays
from augbench.reports.run.layout import SEARCH, SEARCH_PICTURES, SEARCH_SCHEMA_VERSION

from augbench.errors import InputError, ReportError
from augbench.files import written_whole

#: what is found once and stays, whatever the budget
_SCREENED: tuple[str, ...] = ("screen", "screen_key")


@dataclass
class Ledger:
    """The memory of a search.

    Attributes:
        folder: where it is.
        study: a hash of what was asked; another one begins anew.
        budget: seconds.
        decided: what time decided, by name.
        found: what was found so far, as the report reads it.
        before: seconds that earlier sessions spent.
        raced: trials of the race that earlier sessions had, where their time decides nothing now.
    """

    folder: RunFolder
    study: str
    budget: float
    decided: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    before: float = 0.0
    raced: int = 0
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._began = self.clock()

    @classmethod
    def open(cls, folder: RunFolder, study: str, budget: float) -> Ledger:
        """Return what the folder remembers of this study; with another budget, of its findings.

        What a smaller or larger budget decided is decided again; trials and the screen stay.
        """
        stored = folder.read_json(SEARCH)
        version = stored.get("schema_version")
        if isinstance(version, int) and version > SEARCH_SCHEMA_VERSION:
            raise InputError(
                f"--out {folder.path}: a later augbench wrote its {SEARCH}, with schema_version "
                f"{version}; go on with that one, or choose another folder"
            )
        if stored.get("study") != study or stored.get("schema_version") != SEARCH_SCHEMA_VERSION:
            return cls(folder, study, budget)
        decided, raced = stored.get("decided"), 0
        spent = stored.get("spent")
        if not isinstance(decided, dict) or not isinstance(spent, int | float):
            return cls(folder, study, budget)  # not what was written
        if stored.get("budget") != budget:
            decided = {name: decided[name] for name in ("length",) if name in decided}
            figures = stored.get("figures")
            raced = len(figures) if isinstance(figures, list | dict) else 0
        screened = {name: stored[name] for name in _SCREENED if name in stored}
        return cls(folder, study, budget, decided, screened, float(spent), raced)

    @property
    def spent(self) -> float:
        """The seconds that this and earlier sessions took."""
        return self.before + self.clock() - self._began

    @property
    def left(self) -> float:
        """The seconds that are left of the budget."""
        return self.budget - self.spent

    def decide(self, name: str, choose: Callable[[], Any]) -> Any:
        """Return what was decided under a name; where nothing was, decide and write it down."""
        if name not in self.decided:
            self.decided[name] = choose()
            self.write()
        return self.decided[name]

    def write(self) -> None:
        """Write it in one step."""
        self.folder.write_json(
            SEARCH,
            {
                "schema_version": SEARCH_SCHEMA_VERSION,
                "study": self.study,
                "budget": self.budget,
                "spent": self.spent,
                "decided": self.decided,
                **self.found,
            },
        )


def keep_pictures(
    folder: Path, new: Mapping[str, np.ndarray], *, instead_of: tuple[str, ...]
) -> None:
    """Add pictures to those of a search, in one step.

    Args:
        folder: of the search.
        new: uint8, by name.
        instead_of: how the names begin of those that go, as they are of an earlier session, in
            which the same name stood for something else.
    """
    place = folder / SEARCH_PICTURES
    stored: dict[str, np.ndarray] = {}
    if place.is_file():
        with suppress(ReportError):  # what cannot be read is lost, and no reason to stop
            stored = read_arrays(place)
    pictures = {
        name: picture for name, picture in stored.items() if not name.startswith(instead_of)
    }
    if new or len(pictures) < len(stored):
        with written_whole(place) as file:
            np.savez_compressed(file, **(pictures | dict(new)))  # type: ignore[arg-type]
