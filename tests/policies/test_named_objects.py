"""Is an object found by its name, and a name given only to what can be found by it?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from augbench.policies.named_objects import load_object, name_of

from augbench.errors import InputError


def test_an_object_is_found_at_any_depth_and_by_its_own_name() -> None:
    assert load_object("json:JSONEncoder.encode") is json.JSONEncoder.encode
    for function in (json.loads, np.sqrt, np.linalg.norm):
        assert load_object(name_of(function)) is function


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_module:f", "No module named 'no_such_module'"),
        ("json:lods", "json has no 'lods' (did you mean 'loads'?)"),
        ("json:JSONEncoder.encod", "has no 'encod' (did you mean 'encode'?)"),
        ("json.:loads", "cannot be imported"),
    ],
)
def test_what_is_not_there_is_one_line_with_the_nearest(target: str, words: str) -> None:
    with pytest.raises(InputError) as told:
        load_object(target)
    assert words in str(told.value) and "\n" not in str(told.value)


def test_an_error_of_an_attribute_while_importing_is_told_as_one_of_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "breaks_on_import.py").write_text("import json\njson.lods\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError, match="breaks_on_import cannot be imported: AttributeError"):
        load_object("breaks_on_import:anything")


def test_a_function_that_its_name_does_not_lead_to_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads = json.loads
    monkeypatch.setattr(json, "loads", json.dumps)
    with pytest.raises(InputError, match="json:loads is something else"):
        name_of(loads)
