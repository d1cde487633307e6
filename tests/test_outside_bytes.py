"""Bytes and JSON of any shape, given to every reader of what comes from outside, by Hypothesis.

They are read, or refused in a line. `tests/test_fuzzing.py` changes sound files instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from augbench.bench.data.loading import load
from augbench.bench.data.sources.pixels import survey
from augbench.bench.data.sources.source import UnreadableImageError
from augbench.bench.gate.fingerprint import stored
from augbench.bench.options.settings import settings
from augbench.policies import artefact
from augbench.policies.expression import parse
from augbench.policies.pipelines.reading import read_pipeline
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec
from augbench.reports.choice.reader import read as read_choice
from augbench.reports.run.baseline import read_baseline
from augbench.reports.run.files import (
    read_curves,
    read_environment,
    read_experiment,
    read_grid,
    read_record,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from augbench import backend, outside
from augbench.errors import InputError
from augbench.files import read_sealed

#: what is odd may be warned of
pytestmark = pytest.mark.filterwarnings("ignore")

WORDS = st.sampled_from([
    "schema_version", "policies", "none", "keras", "transform", "transforms", "__version__",
    "__class_fullname__", "p", "HorizontalFlip", "rotation_range", "zoom_range", "fill_mode",
    "cval", "data", "seeds", "epochs", "spec", "label", "path", "split", "train", "margin",
    "lifts", "conditions", "images", "keys", "looks", "status", "key", "seed", "policy",
    "backend", "meta", "decided", "blocks", "tried", "budget", "format", "files",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | WORDS,
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), part, max_size=5)
    ),
    max_leaves=12,
)
CONTENT = (
    st.binary(max_size=120)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | VALUES.map(lambda value: json.dumps(value).encode())
)
#: name of the file -> what reads it
READERS: dict[str, Callable[[Path], Any]] = {
    "spec.json": load_spec,
    "spec.yaml": load_spec,
    "spec.toml": load_spec,
    "config.toml": lambda file: settings({}, file),
    "pipeline.json": read_pipeline,
    "pipeline.yaml": read_pipeline,
    "baseline.json": read_baseline,
    "fingerprint.json": stored.read,
    "grid.json": lambda file: read_grid(file.parent),
    "environment.json": lambda file: read_environment(file.parent),
    "experiment.toml": lambda file: read_experiment(file.parent),
    "result.json": read_record,
    "curves.csv": read_curves,
    "choose.json": lambda file: read_choice(file.parent),
    "images.npz": lambda file: load(str(file), cache=file.parent / "cache"),
    "table.csv": lambda file: load(str(file), cache=file.parent / "cache"),
    "table.parquet": lambda file: load(str(file), cache=file.parent / "cache"),
    "learned.npz": artefact.load,
    "sealed": read_sealed,
    "keras.json": lambda file: backend.configured(),
}
many = trying(
    max_examples=60,
    deadline=None,
    derandomize=True,  # the same inputs for everybody; by hand, without it, others
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("name", READERS)
@many
@given(content=CONTENT)
def test_any_file_is_read_or_refused_in_a_line(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / name).write_bytes(content)
    try:
        READERS[name](tmp_path / name)
    except InputError as error:
        assert str(error) and "\n" not in str(error)


@many
@given(content=st.binary(max_size=200))
def test_any_bytes_are_an_image_or_none(content: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\x00", b"BM"):
        try:
            survey(start + content)
        except UnreadableImageError as error:
            assert str(error)


@many
@given(content=st.binary(max_size=200), start=st.sampled_from([b"", b"\x93NUMPY\x01\x00", b"PK"]))
def test_any_bytes_are_an_array_or_an_error_of_value(
    content: bytes, start: bytes, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(start + content)
    for read in (outside.map_array, outside.read_arrays, outside.array_headers):
        try:
            read(tmp_path / "x")
        except ValueError as error:
            assert str(error)


@many
@given(words=st.dictionaries(WORDS | st.text(max_size=4), VALUES, max_size=4))
def test_any_words_are_a_spec_or_refused(words: dict[str, Any]) -> None:
    words.pop("self", None)  # no word of a spec, and Python's own business
    try:
        AugmentationSpec(**words)
    except InputError as error:
        assert "\n" not in str(error)


@many
@given(name=WORDS, values=st.lists(VALUES, max_size=3))
def test_any_option_of_a_policy_is_read_back_or_refused(name: str, values: list[Any]) -> None:
    text = f"{name}({', '.join(f'o{at}={value!r}' for at, value in enumerate(values))})"
    try:
        (term,) = parse(text).terms
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert len(term.options) == len(values)
