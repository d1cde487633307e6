"""Was a pool of generated images worth using, in words?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Figures = Mapping[str, Any]
_NAMED_CLASSES = 5
_MEASURES = {"deviation": "standard deviation of a pixel", "vendi": "Vendi score"}
_CONTROL = {
    "better": "beats the Gaussian control",
    "level": "not told from the Gaussian control",
    "worse": "less than the Gaussian control",
}


def pool_judged(of: Figures) -> str:
    """Whether the pool was used, why not, and its measures."""
    merits = _merits(of)
    if not of["faults"]:
        worth = "the pool is worth using"
        if of.get("control") in ("level", "worse"):
            worth = "no better than the Gaussian control, which is free"
        return f"generated images: {worth}: {merits}"
    used = "used because insist=True, although " if of["used"] else "no expansion: "
    faults = "; ".join(_fault(fault) for fault in of["faults"])
    return f"generated images: {used}{faults} ({merits})"


def few_images(of: Figures) -> str:
    """Which classes have too few images to learn from, and what came of it."""
    counts = [f"{name} ({count})" for name, count in of["classes"].items()]
    over = len(counts) - _NAMED_CLASSES
    names = ", ".join(counts[:_NAMED_CLASSES]) + (f" and {over} more" if over > 0 else "")
    left_out = (
        "generated because insist=True"
        if of["generated"]
        else "not generated, so that generated batches hold the other classes only"
    )
    return f"fewer than {of['needed']} images, too few to learn from: {names}; {left_out}"


def _fault(of: Figures) -> str:
    if of["fault"] == "labels-wrong":
        return f"labels right in {of['gan_test']:.0%} only, less than {of['least']:.0%}"
    if of["fault"] == "cas-under-half":
        return (
            f"a classifier that learnt from it alone is right in {of['cas']:.0%}, less than half "
            f"of the {of['cas_real']:.0%} after real images"
        )
    if of["fault"] == "cas-under-control":
        return (
            f"a classifier that learnt from it alone is right in {of['cas']:.0%}, clearly less "
            f"than the {of['cas_gaussian']:.0%} after the Gaussian control's images"
        )
    if of["fault"] == "copies":
        return f"{of['copies']:.0%} of it are copies of training images"
    return (
        "its images of a class are almost all the same "
        f"({_MEASURES[of['measure']]} {of['value']:.3g}, real images {of['real']:.3g})"
    )


def _merits(of: Figures) -> str:
    floor, before = of.get("gan_test_floor"), of.get("gan_test_before")
    right = f"labels right in {of['gan_test']:.0%}"
    parts = [right if floor is None else f"{right} (held-out real images {floor:.0%})"]
    if of.get("cas") is not None:
        parts.append(
            f"CAS {of['cas']:.0%} (real {of['cas_real']:.0%}, Gaussian "
            f"{of['cas_gaussian']:.0%}: {_CONTROL[of['control']]})"
        )
    parts.append(f"copies {of['copies']:.1%}" if of["copies"] else "no copies")
    if before is not None:
        parts.append(f"before the translation in {before:.0%}")
    return ", ".join(parts)
