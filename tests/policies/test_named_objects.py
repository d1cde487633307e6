"""Is an object found by its name, and a name given only to what can be found by it?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from augbench.policies.named_objects import load_object, name_of, named_in

from augbench.errors import InputError


def test_an_object_is_found_at_any_depth_and_by_its_own_name() -> None:
    assert load_object("yaml:SafeLoader.get_data") is yaml.SafeLoader.get_data
    for function in (yaml.safe_load, np.linalg.norm):
        assert load_object(name_of(function)) is function


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_module:f", "No module named 'no_such_module'"),
        ("yaml:safe_lod", "yaml has no 'safe_lod' (did you mean 'safe_load'?)"),
        ("yaml:SafeLoader.get_dat", "has no 'get_dat' (did you mean 'get_data'?)"),
        ("yaml.:load", "cannot be imported"),
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
    load = yaml.safe_load
    monkeypatch.setattr(yaml, "safe_load", yaml.safe_dump)
    with pytest.raises(InputError, match="yaml:safe_load is something else"):
        name_of(load)


@pytest.mark.parametrize(
    "target", ["os:system", "subprocess:call", "builtins:eval", "os.path:join", "shutil:rmtree"]
)
def test_nothing_of_pythons_library_is_what_somebody_names(target: str) -> None:
    with pytest.raises(InputError, match="Python's own library"):
        load_object(target)


def test_what_a_module_imports_of_pythons_library_is_none_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "borrowing.py").write_text(
        "from functools import partial\nfrom os import system\nown = partial(max, 3)\n"
    )
    with pytest.raises(InputError, match="Python's own library"):
        load_object("borrowing:system")
    assert load_object("borrowing:own")(2) == 3


def test_what_a_file_names_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in_a_file.py").write_text("raise SystemExit('it ran')")
    with named_in("a.json"):
        with pytest.raises(InputError, match=r"'in_a_file:X' is named in a\.json.*command line"):
            load_object("in_a_file:X")
        assert load_object("augbench.policies.base:Policy").__name__ == "Policy"
    with pytest.raises(InputError, match="it ran"):
        load_object("in_a_file:X")
