"""From what a user names to a spec: a preset, a file of words, words, or a spec itself."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augbench.policies.spec.presets import PRESETS, preset
from augbench.policies.spec.spec import AugmentationSpec

from augbench import outside
from augbench.errors import InputError, nearest


def read_words(path: Path) -> dict[str, Any]:
    """Return the words of a TOML, YAML or JSON file; nothing in it is ever executed.

    Raises:
        InputError: where the file is absent, of another kind, or not a table of words.
    """
    try:
        text = outside.read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"spec file {path}: {reason}") from None
    try:
        if path.suffix == ".toml":
            words: Any = outside.parse_toml(text)
        elif path.suffix == ".json":
            words = outside.parse_json(text)
        else:
            import yaml

            try:
                words = outside.checked(yaml.safe_load(text))
            except (yaml.YAMLError, RecursionError) as error:
                raise ValueError(str(error)) from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"spec file {path} is not valid {path.suffix[1:]}: {reason}") from None
    if words is None and path.suffix != ".json":
        words = {}  # YAML without a line
    if not isinstance(words, dict):
        there = "null" if words is None else repr(words)
        there = there if len(there) <= 40 else f"{there[:40]}…"
        raise InputError(
            f"spec file {path} must be a table of words, such as rotation_range, not {there}"
        )
    _refuse_functions(words, path)
    if isinstance(words.get("spec"), dict):
        _refuse_functions(words["spec"], path)
    return {str(word): value for word, value in words.items()}


def _refuse_functions(words: dict[str, Any], path: Path) -> None:
    if words.get("preprocessing_function") is not None:
        raise InputError(
            f"spec file {path}: preprocessing_function is set from Python, in AugmentationSpec: "
            "a file of words never executes anything; only the experiment.toml of a run names the "
            "function again that the run was given"
        )


def is_config(words: Mapping[str, Any]) -> bool:
    """Return whether the content of a file is options of a run, a spec among them."""
    return not words.keys().isdisjoint(("policies", "spec"))


def _spec_of_file(path: Path) -> AugmentationSpec:
    """Return the spec that a file of words holds, or the ``spec`` of a file of a run's options."""
    words = read_words(path)
    if not is_config(words):
        return AugmentationSpec(**words)
    spec = words.get("spec")
    if spec is None or isinstance(spec, dict) or str(spec) in PRESETS:
        return load_spec(spec)
    other = read_words(Path(str(spec)))
    if is_config(other):
        raise InputError(f"the spec {str(spec)!r} holds options of a run, not words of a spec")
    return AugmentationSpec(**other)


def load_spec(what: str | Path | Mapping[str, Any] | AugmentationSpec | None) -> AugmentationSpec:
    """Return the spec that ``what`` names: a preset, a .toml/.yaml/.json file, words, or a spec.

    ``None`` is the preset ``light``. A file with options of a run, as ``--config`` takes it, gives
    its ``spec``.

    Raises:
        InputError: for an unknown preset, an unreadable file, an unknown word, a bad value.
    """
    if isinstance(what, AugmentationSpec):
        return what
    if what is None:
        return preset("light")
    if isinstance(what, Mapping):
        return AugmentationSpec(**{str(word): value for word, value in what.items()})
    if not isinstance(what, (str, Path)):
        raise InputError(
            f"a spec is a preset's name, a file or words, not {reprlib.repr(what)}; write such as "
            "spec='light' or spec={'rotation_range': 15}"
        )
    if str(what) in PRESETS:
        return preset(str(what))
    path = Path(what)
    if path.suffix in (".toml", ".yaml", ".yml", ".json"):
        try:
            return _spec_of_file(path)
        except InputError as error:
            where = "" if str(path) in str(error) else f"spec file {path}: "
            raise InputError(f"{where}{error}") from None
    raise InputError(
        f"no augmentation spec {str(what)!r}{nearest(str(what), PRESETS)}; give a .toml, .yaml or "
        f".json file or one of {', '.join(PRESETS)}"
    )
