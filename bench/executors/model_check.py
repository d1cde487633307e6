"""Does a model of the user's work? Built, compiled and trained for a step, before any trial.

In a process of its own, which may hang or die of it.
"""

from __future__ import annotations

from multiprocessing.connection import Connection

import numpy as np
from augbench.bench.executors.child_process import Child, begin_computing
from augbench.bench.options.model import Settings
from augbench.bench.trial import models
from augbench.bench.trial.environment import prepare_process
from augbench.bench.trial.models import Shape
from augbench.bench.trial.training import WarmModel

from augbench.errors import InputError, reason_of

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
    prepare_process(settings.threads, settings.device)
    given = (settings.model, shape, classes, settings.threads, settings.device)
    child = Child.start(_try, *given)
    try:
        if not child.line.poll(settings.trial_timeout):
            raise InputError(
                f"--model {settings.model} takes longer to be built than --trial-timeout allows "
                f"({settings.trial_timeout:g} s)"
            )
        reason = child.line.recv()
    except EOFError:
        raise InputError(
            f"--model {settings.model} ends the process that builds it {child.last_words()}"
        ) from None
    finally:
        child.end()
    if reason:
        raise InputError(reason)


def _try(
    line: Connection, name: str, shape: Shape, classes: int, threads: int, device: str
) -> None:
    """Send what is wrong with a model down the line, or an empty text; the life of the process."""
    begin_computing(threads, device)
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
    warm = WarmModel(lambda: models.build(name, shape, classes))
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
