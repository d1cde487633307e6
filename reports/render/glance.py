"""What does each policy do to the same image, and what does it then get wrong? A row a policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from augbench.reports.render.examples import arrays_of, mistakes, seed_with_examples
from augbench.reports.render.pictures import Budget, EmbeddedPicture
from augbench.reports.run.run import Run

_DRAWS = 3
_MISTAKES = 3


@dataclass(frozen=True)
class GlanceRow:
    """One policy at a glance.

    Attributes:
        policy: its label.
        made: the same training image under it; as it is where the policy leaves it alone, then
            images that the policy added.
        mistakes: test images that its networks take for another class.
    """

    policy: str
    made: tuple[EmbeddedPicture, ...]
    mistakes: tuple[EmbeddedPicture, ...]


def glance(
    run: Run, confusion: pd.DataFrame, budget: Budget, policies: Sequence[str]
) -> list[GlanceRow]:
    """A row for each of these policies that has pictures, in their order.

    Args:
        run: the run.
        confusion: the table confusion; an image of the class that suffers most is shown.
        budget: what may be spent.
        policies: labels.
    """
    seed = seed_with_examples(run)
    wrong = {
        group.policy: group.pictures for group in mistakes(run, confusion, budget, _MISTAKES, 24)
    }
    rows = []
    at: int | None = None
    for policy in policies:
        trial = run.trials.get((policy, seed)) if seed is not None else None
        arrays = arrays_of(trial) if trial is not None and trial.done else {}
        made: list[EmbeddedPicture | None] = []
        if {"originals", "augmented"} <= arrays.keys() and len(arrays["originals"]):
            if at is None:
                at = _most_telling(run, confusion, arrays.get("labels"), len(arrays["originals"]))
            if at < len(arrays["originals"]):
                original, draws = arrays["originals"][at], arrays["augmented"][:, at]
                changed = [draw for draw in draws if not np.array_equal(draw, original)]
                words = f"the same image under {policy}"
                made += [budget.picture(image, words) for image in changed[:_DRAWS]]
                if not changed:
                    made.append(budget.picture(original, f"{words}, as it is"))
        for image in arrays.get("added", ())[: _DRAWS - min(len(made), 1)] if len(made) < 2 else ():
            made.append(budget.picture(image, f"an image that {policy} added"))
        shown = tuple(picture for picture in made if picture is not None)
        if shown or policy in wrong:
            rows.append(GlanceRow(policy, shown, wrong.get(policy, ())))
    return rows


def _most_telling(run: Run, confusion: pd.DataFrame, labels: np.ndarray | None, count: int) -> int:
    """The place of an image of the class that some policy confuses most; else the first."""
    if labels is None or confusion.empty:
        return 0
    names = [run.classes[k] if k < len(run.classes) else "" for k in labels[:count]]
    for name in confusion.sort_values("delta_mean", ascending=False)["true_class"]:
        if name in names:
            return names.index(name)
    return 0
