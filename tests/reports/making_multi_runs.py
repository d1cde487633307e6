"""How do tests get several runs, each of another data set?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.reports.making_runs import make_run

POLICIES = {"flips": 0.1, "tutorial": -0.2, "keras": 0.0}


def make_data_sets(root: Path, count: int) -> list[Path]:
    """Runs of so many data sets; effects vary between them; the third has a policy of its own."""
    rng = np.random.default_rng(0)
    return [
        make_data_set(
            root / f"run {n}",
            n,
            {p: e + 0.04 * rng.standard_normal() for p, e in POLICIES.items()}
            | ({"gan": 0.0} if n == 2 else {}),
        )
        for n in range(count)
    ]


def make_data_set(
    folder: Path,
    number: int,
    policies: Mapping[str, float],
    same_as: int | None = None,
    **more: Any,
) -> Path:
    """A small run of "data NUMBER", whose fingerprint is its own or that of another number."""
    options: dict[str, Any] = {"seeds": 5, "n_test": 300, "epochs": 1, "pictures": False}
    options |= {"image_sd": 0.0, "accuracy": 0.6}
    options |= {"dataset": f"data {number}", "rng_seed": number} | more
    make_run(folder, policies, **options)
    path = folder / "environment.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["data"]["fingerprint"] = f"of {number if same_as is None else same_as}"
    path.write_text(json.dumps(content), encoding="utf-8")
    return folder
