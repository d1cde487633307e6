"""What can go wrong when a run is read or reported?"""

from __future__ import annotations


class ReportError(ValueError):
    """A run folder cannot be read or reported; the message says what is wrong and where."""
