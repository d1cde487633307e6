"""Which options does a search for augmentations have, beside those of a run? Nothing heavy."""

from __future__ import annotations

from typing import Literal, get_args

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
    "trial_timeout",
    "executor",
    "ray_address",
    "cpus_per_trial",
    "gpus_per_trial",
    "margin",
)
