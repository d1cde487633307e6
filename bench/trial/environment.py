"""On what a run was made: versions, distributions, processor; and what makes it fast."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from augbench.policies.quiet_import import silent_import

from augbench.backend import DISTRIBUTIONS, JAX, TENSORFLOW, backend
from augbench.errors import InputError

#: distributions whose versions can change pixels or numbers: part of every trial's key
MAKES_NUMBERS = (
    "tensorflow",
    "keras",
    "albumentations",
    "albumentationsx",
    "albucore",
    "opencv-python-headless",
    "opencv-python",
    "numpy",
    "scipy",
    "pillow",
    "scikit-learn",
)

#: what hides GPUs from TensorFlow and from JAX; the user's own words are kept beside it
_HIDING = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
_GIVEN = "AUGBENCH_"
_OUR_FLAGS = ("--xla_cpu_multi_thread_eigen", "--xla_gpu_deterministic_ops")


def prepare_process(threads: int, device: str = "cpu") -> None:
    """Set what must be set before TensorFlow, OpenCV and Albumentations are imported.

    oneDNN gives 1.5 times the speed on processors where TensorFlow does not choose it by itself.
    On ``cpu`` GPUs are hidden; on ``gpu`` those are seen again that the user lets be seen, and a
    trial takes the memory that it needs and no more.
    """
    for name, hidden in _HIDING.items():
        if device == "gpu":
            if (given := os.environ.pop(_GIVEN + name, None)) is not None:
                os.environ.pop(name, None)
                os.environ.update({name: given} if given else {})
        else:
            os.environ.setdefault(_GIVEN + name, os.environ.get(name, ""))
            os.environ[name] = hidden
    if backend() == JAX:
        _prepare_jax(threads, device)
    os.environ.update(
        {
            "TF_ENABLE_ONEDNN_OPTS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "NO_ALBUMENTATIONS_UPDATE": "1",
            "OMP_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": str(threads),
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        }
    )


def _prepare_jax(threads: int, device: str) -> None:
    """Set what XLA reads when JAX first computes: the size of its pools of threads, and flags."""
    flags = os.environ.get("XLA_FLAGS", "").split()
    wanted = ["--xla_cpu_multi_thread_eigen=false"] if threads == 1 else []
    wanted += ["--xla_gpu_deterministic_ops=true"] if device == "gpu" else []
    flags = [flag for flag in flags if flag.partition("=")[0] not in _OUR_FLAGS] + wanted
    os.environ.update(
        {
            "NPROC": str(threads),
            "XLA_FLAGS": " ".join(flags),
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
    )


def compute_on_gpu() -> None:
    """Let Keras of this process compute on the GPUs that it sees, in a deterministic mode.

    That of JAX is a flag of XLA, which `prepare_process` sets.

    Raises:
        InputError: it sees none.
    """
    if not gpus_seen():
        raise InputError(f"--device gpu: {backend()} sees no GPU; give --device cpu")
    if backend() == TENSORFLOW:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def gpus_seen() -> list[str]:
    """Return the names of the GPUs that Keras' backend sees in this process."""
    if backend() == JAX:
        jax = _jax()
        return [each.device_kind for each in jax.devices() if each.platform == "gpu"]
    if backend() != TENSORFLOW:
        return []
    with silent_import():
        import tensorflow as tf

    return [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ]


def limit_threads(threads: int, device: str = "cpu") -> None:
    """Make Keras' backend, OpenCV and NumPy of this process compute with ``threads`` threads.

    Raises:
        InputError: it is to compute on a GPU, and there is none.
    """
    from threadpoolctl import threadpool_limits

    with silent_import():
        import cv2
        import tensorflow as tf

    if backend() == JAX:
        _jax()
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.get_logger().setLevel("ERROR")
    if device == "gpu":
        compute_on_gpu()
    cv2.setNumThreads(1)
    threadpool_limits(threads, "blas")  # NumPy may be older here than the variables


def _jax() -> Any:
    """Return JAX, which sees what `prepare_process` lets it see though it was imported before."""
    import jax

    jax.config.update("jax_platforms", os.environ.get("JAX_PLATFORMS") or None)
    return jax


@contextmanager
def computing_like_a_worker(threads: int, device: str = "cpu") -> Iterator[None]:
    """Let this process compute as a worker does, so that a policy learns here as it does there."""
    from threadpoolctl import threadpool_limits

    prepare_process(threads, device)
    if device == "gpu":
        compute_on_gpu()
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    with threadpool_limits(threads, "blas"):  # NumPy is there already and reads no variable now
        yield


def versions() -> dict[str, str]:
    """Return the installed distributions that make numbers, Keras' backend too, with versions."""
    installed = {}
    for name in (*MAKES_NUMBERS, *DISTRIBUTIONS.get(backend(), ())):
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def augbench_version() -> str:
    """Return the version of augbench itself."""
    try:
        return metadata.version("augbench")
    except metadata.PackageNotFoundError:
        return "not installed"


def describe(threads: int, jobs: int, device: str = "CPU") -> dict[str, Any]:
    """Return what ``environment.json`` says of the machine and its software.

    Args:
        threads: CPU threads of a trial.
        jobs: trials at a time.
        device: what they compute on, in words.
    """
    return {
        "augbench": augbench_version(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "device": device,
        "backend": backend(),
        "onednn": True,
        "threads": threads,
        "jobs": jobs,
        "versions": versions(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def peak_memory_mb() -> float:
    """Return the largest resident size of this process so far, in MB (10⁶ bytes)."""
    import psutil

    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return memory.peak_wset / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6
