"""What do the data themselves say for or against an augmentation?"""

from __future__ import annotations

from augbench.bench.search.data_look.orientation import TOLD
from augbench.bench.search.data_look.summary import DataSummary

#: families that change what is left, or what is up
_MIRRORING, _TURNING = ("flip",), ("vertical flip", "any rotation")


def is_told(name: str, summary: DataSummary) -> bool:
    """Return whether a linear model tells images that a family flips or turns from others."""
    share = _share_told(name, summary)
    return share is not None and share >= TOLD


def seen(name: str, summary: DataSummary) -> str:
    """Return what the look at the data says about a family, to go on a sentence; empty for none."""
    share = _share_told(name, summary)
    if share is not None:
        what = "mirrored" if name in _MIRRORING else "upside down"
        chance = f"{share:.0%} of them {what}, 50% is chance"
        if share >= TOLD:
            return f"but a linear model tells these images from turned ones ({chance})"
        return f"a linear model hardly tells these images from turned ones ({chance})"
    if name == "shift" and summary.off_centre is not None:
        return f"the middle of what these show varies by {summary.off_centre:.0%} of the side"
    if name in ("brightness", "channel shift") and summary.border is None and summary.light:
        return f"the mean level of these varies by {summary.light:.0f} of 255"
    return ""


def _share_told(name: str, summary: DataSummary) -> float | None:
    if name in _MIRRORING:
        return summary.told_mirrored
    return summary.told_upside_down if name in _TURNING else None
