"""Does a model of the user's work? Built, compiled and trained for a step, before any trial.

In a process of its own, which may hang or die of it.
"""

from __future__ import annotations

import os
import sys
import warnings
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from augbench.bench.executors.last_words import LastWords, speak_into
from augbench.bench.executors.local import begin_worker, nothing_run_at_start, worker_context
from augbench.bench.options.model import Settings
from augbench.bench.trial import models
from augbench.bench.trial.environment import limit_threads, prepare_process
from augbench.bench.trial.models import Shape
from augbench.bench.trial.training import WarmModel

from augbench.errors import AugbenchWarning, InputError, reason_of

_IMAGES = 4


def check_model(settings: Settings, shape: Shape, classes: int) -> None:
    """Try the model of a run, unless it is one of augbench's own.

    Args:
        settings: of the run.
        shape: of the images.
        classes: how many there are.

    Raises:
        InputError: it cannot be built or compiled, does not give probabilities, or takes longer
            than ``--trial-timeout``; with the reason whole.
    """
    if settings.model in models.built_in_names():
        return
    prepare_process(settings.threads)
    context: Any = worker_context()
    words = LastWords()
    ours, theirs = context.Pipe()
    given = (theirs, words.theirs, settings.model, shape, classes, settings.threads)
    process = context.Process(
        target=_try, args=(*given, list(sys.path), dict(os.environ)), daemon=True
    )
    with nothing_run_at_start():
        process.start()
    theirs.close()
    words.started()
    try:
        if not ours.poll(settings.trial_timeout):
            raise InputError(
                f"--model {settings.model} takes longer to be built than --trial-timeout allows "
                f"({settings.trial_timeout:g} s)"
            )
        reason = ours.recv()
    except EOFError:
        process.join()
        raise InputError(
            f"--model {settings.model} ends the process that builds it {words.of_dead(process)}"
        ) from None
    finally:
        process.kill()
        process.join()
    if reason:
        raise InputError(reason)


def _try(
    line: Connection,
    words: Connection | None,
    name: str,
    shape: Shape,
    classes: int,
    threads: int,
    path: list[str],
    variables: dict[str, str],
) -> None:
    """Send what is wrong with a model down the line, or an empty text; the life of the process."""
    speak_into(words)
    begin_worker(path, variables)
    prepare_process(threads)
    limit_threads(threads)
    warnings.simplefilter("ignore", AugbenchWarning)
    try:
        line.send(fault_of(name, shape, classes))
    except InputError as error:
        line.send(str(error))
    except BaseException as error:  # a model may raise what ends a process, SystemExit say
        line.send(f"--model {name}: {reason_of(error)}")


def fault_of(name: str, shape: Shape, classes: int) -> str:
    """Return what is wrong with a model that can be built, an empty text where nothing is.

    Args:
        name: as `models.source` takes it.
        shape: of the images.
        classes: how many there are.

    Raises:
        InputError: it cannot be built.
        Exception: whatever Keras raises where it cannot be compiled or trained.
    """
    warm = WarmModel(lambda: models.build(name, shape, classes), 1)
    images = np.random.default_rng(0).random((_IMAGES, *shape)).astype(np.float32)
    images *= 255.0 if models.source(name).expects_raw else 1.0
    given = np.asarray(warm.model.predict_on_batch(images))
    wanted = "one probability for each class is wanted, from 0 to 1 and 1 in all, as of softmax"
    if given.shape != (_IMAGES, classes):
        return f"--model {name} gives {given.shape} for {_IMAGES} images; {wanted}"
    if not np.isfinite(given).all():
        return f"--model {name} gives numbers that are not finite before it is trained; {wanted}"
    if given.min() < -1e-3 or np.abs(given.sum(axis=1) - 1).max() > 1e-2:
        shown = ", ".join(f"{number:.3g}" for number in given[0][:5])
        return f"--model {name} gives {shown}{', …' if classes > 5 else ''}; {wanted}"
    labels = np.eye(classes, dtype=np.float32)[np.arange(_IMAGES) % classes]
    warm.model.train_on_batch(images, labels)
    return ""
