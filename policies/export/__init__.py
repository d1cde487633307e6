"""What does a policy look like as a script of a library's own? Text alone: no library is needed."""

from augbench.policies.export import albumentations, keras, keras_layers
from augbench.policies.export.plan import Plan, plan_of

from augbench.errors import InputError, nearest

#: the name of a target -> the module that writes its script
TARGETS = {
    "keras": keras,
    "albumentations": albumentations,
    "keras-layers": keras_layers,
}


def checked_target(target: str) -> str:
    """Return ``target`` where it is the name of one.

    Raises:
        InputError: it is not.
    """
    if target not in TARGETS:
        hint = nearest(target, TARGETS) or f"; there are {', '.join(TARGETS)}"
        raise InputError(f"--to: no target {target!r}{hint}")
    return target


def export_code(plan: Plan, target: str) -> str:
    """Return a script that trains with what ``plan`` holds, in the idiom of a library.

    Args:
        plan: as `plan_of` returns it.
        target: ``keras``, ``albumentations`` or ``keras-layers``.

    Raises:
        InputError: for another target.

    >>> 'layers.RandomFlip("horizontal")' in export_code(plan_of(spec="flip"), "keras-layers")
    True
    """
    return TARGETS[checked_target(target)].code(plan)


__all__ = ["TARGETS", "Plan", "checked_target", "export_code", "plan_of"]
