"""What of a spec, or of a run's options in a file, is written as code of another library?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from augbench.bench.options.model import Settings
from augbench.bench.options.settings import settings
from augbench.policies.export import Plan, checked_target, export_code, plan_of
from augbench.policies.expression import BASELINE, Expression, parse_grid
from augbench.policies.named_objects import named_in
from augbench.policies.spec.loading import is_config, read_words

from augbench.errors import InputError

_LIBRARIES = ("keras", "tensorflow", "albumentations", "cv2", "numpy", "scipy", "PIL")
#: what scripts import, and what those libraries do
_IMPORTED = frozenset({*sys.stdlib_module_names, *_LIBRARIES})


def exported(spec: Any, target: str) -> str:
    """Return a script in the idiom of a library.

    Args:
        spec: what `load_spec` takes, or a TOML file of a run's options, whose first policy that is
            not ``none`` is meant.
        target: ``keras``, ``albumentations`` or ``keras-layers``.

    Raises:
        InputError: for anything in the spec, the options or the policy that cannot work.
    """
    checked_target(target)
    return export_code(_plan(spec), target)


def checked_script(file: Path) -> Path:
    """Return the path of a file that a script can be written to.

    Raises:
        InputError: it does not end with .py, or would be imported in place of a library.
    """
    if file.stem in _IMPORTED:
        raise InputError(
            f"--out {file}: Python would import this file in place of {file.stem}; choose another "
            "name, such as train.py"
        )
    if file.suffix != ".py":
        raise InputError(f"--out {file}: a file that ends with .py is wanted")
    return file


def _plan(spec: Any) -> Plan:
    file = Path(spec) if isinstance(spec, str | Path) and Path(spec).suffix == ".toml" else None
    if file is None or not is_config(read_words(file)):
        return plan_of(spec=spec)
    chosen = settings({}, file)
    with named_in(str(file)):
        return plan_of(
            _policy(chosen),
            chosen.spec,
            data=_training_folder(chosen.data),
            image_size=chosen.image_size or Plan.image_size,
            batch_size=chosen.batch_size,
            epochs=chosen.epochs,
        )


def _policy(chosen: Settings) -> Expression:
    """Return the first policy that is not the baseline; the baseline where there is none."""
    grid = parse_grid(chosen.policies)
    others = (each for each in grid if any(term.name != BASELINE for term in each.terms))
    return next(others, grid[0])


def _training_folder(data: str) -> str:
    """Return where the class folders of the training images are, as far as that is known."""
    folder = Path(data)
    if not folder.is_dir():
        return Plan.data
    inside = folder / "train"
    return str(inside if inside.is_dir() else folder)
