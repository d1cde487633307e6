"""`auto` becomes the fastest engine that can express its spec where the run computes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.run import time_budget
from augbench.bench.run.time_budget import resolve_budgets, seconds_a_batch
from augbench.policies.base import Batch
from augbench.policies.engines.base import engine_class
from augbench.policies.expression import parse
from augbench.policies.registry import build

from tests.policies.pictures import pictures

SHAPE = (28, 28, 1)
SPLINES = {"rotation_range": 20, "interpolation_order": 3, "brightness_range": [0.5, 1.5]}


def resolved(text: str, device: str = "cpu", spec: Any = "light", known: Any = None) -> Any:
    options: dict[str, Any] = {"threads": 1, "device": device, "known": known or {}}
    (policy,), budgets = resolve_budgets([parse(text)], SHAPE, 10, spec=spec, **options)
    return policy, budgets


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What a GPU would take for a batch by engine, in seconds; a batch that is not here fails."""
    seconds = {"albumentations": 2.0, "keras-ops": 1.0}
    monkeypatch.setattr(time_budget, "_compute_here", lambda *told: None)
    monkeypatch.setattr(time_budget, "seconds_a_batch", lambda engine, shape: seconds[engine.name])
    return seconds


def test_on_a_cpu_it_is_albumentations_without_any_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("seconds_a_batch", "_compute_here"):
        monkeypatch.setattr(time_budget, name, lambda *told: pytest.fail("it was timed"))
    policy, budgets = resolved("a=auto(spec='tutorial') + mixup")
    assert policy.label == "a"
    assert policy.canonical() == "albumentations(spec='tutorial') + mixup"
    (text,) = budgets.values()
    assert parse(text) == policy


@pytest.mark.parametrize(("ops", "chosen"), [(1.0, "keras-ops"), (3.0, "albumentations")])
def test_on_a_gpu_it_is_what_was_faster(gpu: dict[str, float], ops: float, chosen: str) -> None:
    gpu["keras-ops"] = ops
    policy, budgets = resolved("auto(quirks='keras')", "gpu")
    assert policy.canonical() == f"{chosen}(quirks='keras')"
    gpu["keras-ops"] = 3.0 - ops
    assert resolved("auto(quirks='keras')", "gpu", known=budgets)[0] == policy
    assert resolved("auto(quirks='keras')", known=budgets)[0].terms[0].name == "albumentations"


def test_on_a_gpu_what_the_other_cannot_express_is_not_timed(gpu: dict[str, float]) -> None:
    _, budgets = resolved("auto", "gpu")
    gpu.clear()
    assert resolved("auto", "gpu", SPLINES, known=budgets)[0].canonical() == "albumentations"


def test_native_draws_are_those_of_albumentations(gpu: dict[str, float]) -> None:
    gpu.clear()
    policy, _ = resolved("auto(draws='native')", "gpu")
    assert policy.canonical() == "albumentations(draws='native')"


def test_unresolved_as_in_a_preview_it_does_what_albumentations_does(clothing: Path) -> None:
    images = pictures(clothing, 4, (32, 32, 3))
    batch = Batch(images, np.ones((4, 1), np.float32), np.arange(4), 3, 1, 0)
    mine, other = build(parse("auto"), "tutorial"), build(parse("albumentations"), "tutorial")
    np.testing.assert_array_equal(mine.change(batch).images, other.change(batch).images)
    assert mine.definition == other.definition
    mine.check((32, 32, 3), 10)


def test_the_time_of_a_batch_is_the_median_after_two(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = iter([0.2, 0.2, 0.2, *[0.01] * 8])

    class Still(engine_class("albumentations")):  # type: ignore[misc]
        def change(self, batch: Batch) -> Batch:
            assert batch.images.shape == (32, *SHAPE) and batch.images.dtype == np.uint8
            time.sleep(next(slow))
            return batch

    assert 0.01 <= seconds_a_batch(Still("light"), SHAPE) < 0.2
    assert seconds_a_batch(engine_class("keras")("light"), SHAPE) > 0
