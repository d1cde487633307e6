"""On what do trials compute, and what is said where there is no such thing?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from augbench.bench.executors import device_check
from augbench.bench.executors.device_check import device_words, notes_of, on_this_machine
from augbench.bench.options.model import Settings
from augbench.bench.trial import environment
from augbench.bench.trial.environment import compute_on_gpu, limit_threads, prepare_process

from augbench.errors import InputError
from tests.bench.running import run_here

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_with(monkeypatch: pytest.MonkeyPatch, *gpus: str) -> None:
    monkeypatch.setattr(device_check, "_may_have_gpus", lambda: bool(gpus))
    monkeypatch.setattr(device_check, "gpus_here", lambda: gpus)


def test_without_a_gpu_auto_is_the_cpu_and_no_process_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine_with(monkeypatch)
    monkeypatch.setattr(device_check, "gpus_here", None)
    here = on_this_machine(Settings())
    assert (here.device, here.jobs) == ("cpu", CORES)
    assert device_words(here) == "CPU" and notes_of(here) == []


def test_auto_takes_a_gpu_and_a_few_workers_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch, "A100")
    monkeypatch.setattr(device_check, "_cores", lambda: 64)
    here = on_this_machine(Settings())
    assert (here.device, here.jobs) == ("gpu", 4)
    assert on_this_machine(Settings(jobs=9)).jobs == 9
    assert on_this_machine(Settings(device="cpu")).jobs == 64
    assert device_words(here) == "GPU (A100)"
    assert "GPU (A100)" in notes_of(here)[0] and "deterministic" in notes_of(here)[0]
    assert on_this_machine(here) == here


@pytest.mark.parametrize(("visible", "names"), [(None, ["0", "1", "0"]), ("3, 5", ["3", "5", "3"])])
def test_workers_take_gpus_in_turn(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, names: list[str]
) -> None:
    machine_with(monkeypatch, "A100", "A100")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [device_check.gpu_for(place) for place in range(3)] == names


def test_on_ray_nothing_is_asked_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    machine_with(monkeypatch, "A100")
    monkeypatch.setattr(device_check, "gpus_here", None)
    ray = Settings(executor="ray", device="gpu", gpus_per_trial=0.5)
    assert on_this_machine(ray).device == "gpu" and device_words(ray) == "GPU"


def test_a_gpu_that_tensorflow_does_not_see_is_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.setenv("AUGBENCH_CUDA_VISIBLE_DEVICES", "-1")
    device_check.gpus_here.cache_clear()
    _, said = run_here("compare", "--device", "gpu", "--out", "run", folder=tmp_path, code=2)
    assert "--device gpu: tensorflow sees no GPU" in said and "\n" not in said.strip()
    assert not (tmp_path / "run").exists()


def test_what_the_user_lets_be_seen_is_seen_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUGBENCH_CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for given in ("1", None):
        if given is None:
            os.environ.pop("CUDA_VISIBLE_DEVICES")
        else:
            os.environ["CUDA_VISIBLE_DEVICES"] = given
        for _ in range(2):
            prepare_process(1)
            assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
        for _ in range(2):
            prepare_process(1, "gpu")
            assert os.environ.get("CUDA_VISIBLE_DEVICES") == given


def test_on_a_gpu_tensorflow_is_deterministic(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    called: list[str] = []
    monkeypatch.setattr(environment, "gpus_seen", lambda: ["A100"])
    monkeypatch.setattr(
        tf.config.experimental, "enable_op_determinism", lambda: called.append("deterministic")
    )
    for name in ("set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"):
        monkeypatch.setattr(tf.config.threading, name, lambda threads: None)
    limit_threads(1)
    assert not called
    limit_threads(1, "gpu")
    assert called == ["deterministic"]


def test_a_worker_that_is_to_compute_on_a_gpu_does_not_fall_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "gpus_seen", list)
    with pytest.raises(InputError, match="sees no GPU"):
        compute_on_gpu()
