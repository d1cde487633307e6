"""Which folders did augbench write itself? They are no data, wherever they stand in it."""

from __future__ import annotations

from pathlib import Path

from augbench.reports.run.layout import ENVIRONMENT, EXPERIMENT, GRID, LOCK, REPORTS, SEARCH, TRIALS

#: what tells a folder that `augbench expand` wrote, and says which expansion it is
EXPANSION = "expansion.json"


def is_own_output(folder: Path) -> bool:
    """Return whether ``folder`` is a run (or its beginning), a search, reports or an expansion."""
    try:
        there = {entry.name for entry in folder.iterdir()}
        if EXPANSION in there or len(there & set(REPORTS)) > 1:
            return True
        if TRIALS not in there:
            return False
        begun = there - {LOCK} == {TRIALS} and not any((folder / TRIALS).iterdir())
        return begun or bool(there & {GRID, EXPERIMENT, ENVIRONMENT, SEARCH})
    except OSError:
        return False
