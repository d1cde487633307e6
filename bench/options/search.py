"""Which options does a search for augmentations have, beside those of a run? Nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

#: what is made as good as can be
Objective = Literal["accuracy", "balanced_accuracy", "loss", "worst_class"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
DEFAULT_BUDGET = "30m"
#: options of a run that a search takes
OPTIONS = (
    "data",
    "follow_links",
    "epochs",
    "batch_size",
    "image_size",
    "train_size",
    "model",
    "jobs",
    "threads",
    "device",
    "trial_timeout",
    "executor",
    "ray_address",
    "cpus_per_trial",
    "gpus_per_trial",
    "margin",
)


@dataclass(frozen=True)
class Asked:
    """What a search was asked for, beside the options of a run.

    Attributes:
        budget: seconds.
        objective: what is made as good as can be, on validation images.
        include: families that are tried whatever the screen says.
        exclude: families that are left out.
        start_from: words of a spec that is in use; None where there is none.
    """

    budget: float
    objective: Objective = "accuracy"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    start_from: dict[str, Any] | None = None
