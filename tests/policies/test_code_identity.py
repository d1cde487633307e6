"""Does a KEY follow the code that makes numbers, and nothing else?

The package is copied, each test changes the copy, and a process that imports augbench from there
says what the code of a trial and of its policies is called then.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

#: prints the names of the code of all trials, and of that of two policies, whenever it is asked
ASKED = """
import json, sys
from augbench.policies.code_identity import code_digest
from augbench.policies.expression import parse
from augbench.policies.registry import identity

for line in sys.stdin:
    code_digest.cache_clear()
    names = {"trial": code_digest("augbench.bench.executors.worker")}
    names |= {text: identity(parse(text))["code"] for text in ("gan", "mixup")}
    print(json.dumps(names), flush=True)
"""
#: prints the KEYs of an experiment's plans
KEYS = """
import json
from augbench.bench.run.experiment import prepare
from augbench.bench.options.model import Settings

plans = prepare(Settings(policies=("none", "mixup"), seeds=1, train_size=100)).plans
print(json.dumps({plan.label: plan.key for plan in plans}))
"""


class Copy:
    """A copy of the package, and a process that computes with it."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "augbench"
        ignored = shutil.ignore_patterns("__pycache__")
        for name in ("augbench", "augbench.bench", "augbench.policies", "augbench.reports"):
            spec = importlib.util.find_spec(name)
            assert spec is not None and spec.origin is not None
            target = place / name.replace(".", "/")
            shutil.copytree(Path(spec.origin).parent, target, ignore=ignored, dirs_exist_ok=True)
        self.environment = {**os.environ, "PYTHONPATH": str(place)}
        self.process = self.run(ASKED)

    def run(self, code: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.folder.parent,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def names(self) -> dict[str, object]:
        """What the code of all trials, of `gan` and of `mixup` is called now."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def keys(self) -> dict[str, str]:
        """The KEYs of the trials of `none` and `mixup` now."""
        out, _ = self.run(KEYS).communicate(timeout=300)
        return json.loads(out)

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, file: str, text: str) -> None:
        path = self.folder / file
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(before + text, encoding="utf-8")

    def move(self, old: str, new: str) -> None:
        """Move a module, and change all that names it."""
        (self.folder / new).parent.mkdir(exist_ok=True)
        (self.folder / old).rename(self.folder / new)
        was, now = (f"augbench.{name.removesuffix('.py').replace('/', '.')}" for name in (old, new))
        for path in self.folder.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(rf"{re.escape(was)}\b", now, text), encoding="utf-8")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    copy = Copy(tmp_path_factory.mktemp("copy"))
    yield copy
    copy.process.kill()
    copy.process.communicate()  # closes its pipes


@pytest.fixture
def package(pristine: Copy, tmp_path: Path) -> Iterator[Copy]:
    """The copy, which is as it was when the test ends."""
    saved = tmp_path / "saved"
    shutil.copytree(pristine.folder, saved)
    yield pristine
    shutil.rmtree(pristine.folder)
    shutil.copytree(saved, pristine.folder)


def test_a_module_that_a_trial_begins_to_import_changes_the_key_and_so_does_what_it_says(
    package: Copy,
) -> None:
    before = package.names()
    package.add("bench/trial/extra.py", "FACTOR = 2\n")
    assert package.names() == before  # nobody imports it
    package.change(
        "bench/trial/environment.py",
        "    os.environ.update(\n        {\n",
        "    from augbench.bench.trial.extra import FACTOR\n\n    os.environ.update(\n        {\n",
    )
    imported = package.names()
    assert imported["trial"] != before["trial"]
    package.change("bench/trial/extra.py", "FACTOR = 2", "FACTOR = 30")
    assert package.names()["trial"] not in (before["trial"], imported["trial"])


def test_what_is_passed_on_by_a_package_counts_as_where_it_is_made(package: Copy) -> None:
    (package.folder / "bench/trial/more").mkdir()
    package.add("bench/trial/more/__init__.py", "from augbench.bench.trial.more.deep import F\n")
    package.add("bench/trial/more/deep.py", "F = 2\n")
    package.add("bench/trial/environment.py", "\nfrom augbench.bench.trial.more import F\nG = F\n")
    before = package.names()["trial"]
    package.change("bench/trial/more/deep.py", "F = 2", "F = 30")
    assert package.names()["trial"] != before


def test_the_same_name_from_another_module_changes_the_key(package: Copy) -> None:
    package.add("bench/trial/one.py", "def half(x):\n    return x / 2\n")
    package.add("bench/trial/two.py", "def half(x):\n    return x // 2\n")
    package.add(
        "bench/trial/environment.py",
        "\nimport augbench.bench.trial.one, augbench.bench.trial.two\n"
        "from augbench.bench.trial.one import half\nHALF = half(3)\n",
    )
    before = package.names()["trial"]
    package.change("bench/trial/environment.py", "trial.one import half", "trial.two import half")
    assert package.names()["trial"] != before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("bench/trial/environment.py", 'ONEDNN_OPTS": "1"', 'ONEDNN_OPTS": "0"'),
        ("bench/trial/environment.py", "inter_op_parallelism_threads(1)", "set_nothing(2)"),
        ("bench/data/stratify.py", "SHARE = 0.2", "SHARE = 0.25"),
        ("reports/run/layout.py", "SCHEMA_VERSION = 3", "SCHEMA_VERSION = 33"),
    ],
    ids=["oneDNN", "threads", "split", "layout"],
)
def test_what_makes_numbers_or_records_changes_the_key(
    package: Copy, file: str, old: str, new: str
) -> None:
    before = package.names()["trial"]
    package.change(file, old, new)
    assert package.names()["trial"] != before


def test_words_for_people_change_no_key(package: Copy) -> None:
    before = package.names()
    for path in sorted(package.folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r'^( *)"""(.+)"""$', r'\1"""In other words: \2"""', text, flags=re.M)
        path.write_text(text + "\n# A comment.\n", encoding="utf-8")
        assert compile(path.read_bytes(), path, "exec")
    package.change("bench/data/stratify.py", "is below one image for each of", "is less than")
    package.change("bench/data/remarks.py", "equal to one of another class", "with other labels")
    package.change("policies/spec/spec.py", "subtract each image's own mean", "without its mean")
    package.change(
        "policies/named_objects.py", "cannot be imported: {reason_of", "is not there: {reason_of"
    )
    assert package.names() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bench/data/stratify.py", "bench/data/carving.py"),
        ("policies/training_set.py", "policies/enlarge/rows.py"),
        ("policies/gan/herding.py", "policies/quality/herding.py"),
    ],
)
def test_a_module_that_moves_changes_no_key(package: Copy, old: str, new: str) -> None:
    before = package.names()
    package.move(old, new)
    assert package.names() == before


def test_a_policys_own_code_changes_its_trials_and_no_others(package: Copy) -> None:
    before = package.names()
    package.add("policies/gan/herding.py", "\nMORE = 1\n")
    after = package.names()
    assert after["gan"] != before["gan"]
    assert (after["mixup"], after["trial"]) == (before["mixup"], before["trial"])
    package.add("policies/augment/mixing.py", "\nMORE = 1\n")
    assert package.names()["mixup"] != before["mixup"]
    assert package.names()["trial"] == before["trial"]


def test_reports_commands_and_executors_change_no_key(package: Copy) -> None:
    before = package.names()
    for file in ("reports/render/page.py", "reports/__init__.py", "bench/commands/compare.py"):
        package.add(file, "\n\ndef more():\n    return 1\n")
    package.change("bench/executors/__init__.py", '"local": ', '"other": "x.y:z", "local": ')
    package.add("bench/executors/local.py", "\nPOLL_SECONDS = 0.7\n")
    assert package.names() == before


def test_what_a_package_does_as_it_is_imported_counts(package: Copy) -> None:
    before = package.names()["trial"]
    package.add("bench/executors/__init__.py", "\nimport os\n\nos.environ['X'] = str(1)\n")
    assert package.names()["trial"] != before


def test_the_keys_of_plans_follow(package: Copy) -> None:
    before = package.keys()
    package.add("reports/render/page.py", "\nMORE = 1\n")
    package.add("policies/gan/herding.py", "\nMORE = 1\n")
    assert package.keys() == before
    package.add("policies/augment/mixing.py", "\nMORE = 1\n")
    after = package.keys()
    assert after["none"] == before["none"] and after["mixup"] != before["mixup"]
    package.change("bench/data/stratify.py", "SHARE = 0.2", "SHARE = 0.25")
    assert package.keys()["none"] != before["none"]
