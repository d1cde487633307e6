"""Are findings told gravest first, and has each kind its words?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from augbench.bench.gate.health.checking import FAULTS, health_of
from augbench.bench.gate.rendering.rendering import render
from augbench.bench.gate.rendering.subject import subject_of
from augbench.policies.base import Batch, Policy
from augbench.policies.random import stream
from augbench.reports.findings.wording import words
from augbench.reports.findings.wording.health import HEALTH

from augbench.errors import InputError
from augbench.findings import Finding
from tests.bench.gate.health.asking import health, kinds, shown


class Harsh(Policy):
    """Cuts off most light levels, and repeats it each epoch."""

    def change(self, batch: Batch) -> Batch:
        added = stream(batch.seed, "added", batch.step).uniform(90, 140, len(batch.images))
        lighter = batch.images + added[:, None, None, None]
        return batch.replace(images=np.clip(np.rint(lighter), 0, 255).astype(np.uint8))


def test_faults_are_told_before_cautions_each_with_the_name_of_the_policy() -> None:
    check = health(Harsh())
    assert check.verdict == "fault"
    assert kinds(check) == ["epochs-repeat", "values-clipped"]
    assert {finding.policy for finding in check.findings} == {"Harsh"}


def test_a_policy_that_fails_when_it_is_asked_more_is_named_in_one_line() -> None:
    class Fragile(Policy):
        def change(self, batch: Batch) -> Batch:
            if (batch.images == batch.images[0, 0, 0, 0]).all():
                raise ValueError("one level alone")
            return batch

    rendering = render(subject_of(Fragile()), shown())
    with pytest.raises(InputError, match=r"^Fragile fails when asked whether values stay in"):
        health_of(rendering)


def test_every_fault_has_words() -> None:
    assert set(HEALTH) >= FAULTS


@pytest.mark.parametrize(
    ("kind", "figures", "says"),
    [
        (
            "health-members-share-seed",
            {"library": "keras", "members": ["A", "B"], "seed": None, "flips_together": False},
            "two layers start from the same seed: A and B; give each",
        ),
        (
            "health-native-strength",
            {
                "word": "vertical_flip",
                "parameter": "vertical_flip",
                "how": "never",
                "share": 0.0,
                "images": 256,
            },
            "does not do what the spec says: top–bottom flips in 0 % of images where",
        ),
        ("health-values-wrapped", {"share": 0.004}, "less than 1 % of pixels"),
        ("health-input-changed", {"images": False, "labels": False}, "into the batch that"),
    ],
)
def test_words_of_figures_that_are_rare(kind: str, figures: dict[str, Any], says: str) -> None:
    assert says in words(Finding(kind, figures))
