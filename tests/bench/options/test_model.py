"""Everything that says something of an option follows the model, or is held to it here."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from augbench.bench.data.loading import NAMES
from augbench.bench.options.model import EMBEDDED, Settings, deciding, known
from augbench.bench.options.table import table
from augbench.bench.trackers import TRACKERS
from augbench.policies.spec.presets import PRESETS
from augbench.reports.multi_run.multi_run import _ELSEWHERE
from augbench.reports.run.layout import MEASURES

from tests.bench.running import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_reading_the_model_imports_nothing_heavy() -> None:
    code = (
        "import sys, augbench.bench.options.model as model; model.known(); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    heavy = {"pydantic", "numpy", "pandas", "click", "rich", "annotated_types"}
    assert "augbench" in done.stdout.split() and not heavy & set(done.stdout.split())


def test_every_option_says_what_it_does_in_a_sentence() -> None:
    for option in known().values():
        assert option.option.help.endswith("."), option.name
        assert bool(option.option.metavar) == (option.kind is not bool), option.name


def test_what_help_texts_list_is_all_that_there_is() -> None:
    assert known()["log"].option.metavar.split("|") == list(TRACKERS)
    assert known()["measure"].option.metavar.split("|") == list(MEASURES)
    assert known()["data"].value in NAMES and EMBEDDED["data"] in NAMES


def test_the_embedded_run_is_one_of_known_options() -> None:
    assert set(EMBEDDED) <= set(known())


def test_trials_are_told_apart_by_what_makes_their_numbers_and_by_nothing_else() -> None:
    trial = {"data", "spec", "epochs", "batch_size", "image_size", "train_size", "folds"}
    trial |= {"fixed_test", "model", "threads", "device"}
    assert set(deciding("trial")) == trial
    assert deciding("study") == ["policies", "measure"]
    assert set(deciding("trial", "study", "run")) == set(Settings.__dataclass_fields__)


def test_reports_leave_out_settings_that_change_no_figure() -> None:
    assert set(deciding("study", "run")) - set(_ELSEWHERE) == {"measure"}


def test_the_readme_has_the_table_of_the_options() -> None:
    assert table() in README


def test_the_readme_lists_all_presets() -> None:
    listed = re.search(r"^A preset \((.*?)\) or a ", README, re.MULTILINE)
    assert listed and sorted(re.findall(r"`(\w+)`", listed[1])) == sorted(PRESETS)


def test_each_tracker_has_an_extra_of_its_name() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(TRACKERS) <= project["optional-dependencies"].keys()


@pytest.mark.parametrize("option", ["--seeds auto\\|N", "--image-size N\\|HxW", "POLICY"])
def test_the_table_names_options_as_they_are_typed(option: str) -> None:
    assert f"\n| `{option}` | " in table()
