"""`augbench check` as a user and a job of theirs run it, on real digits with small budgets."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from augbench.bench.cli import main
from augbench.reports.schema import calibration_schema, check_schema
from jsonschema import validate

import augbench
from augbench.errors import NotComparable
from tests.bench.running import run_augbench, run_here

SMALL = ["--train-size", "200", "--epochs", "10", "--batch-size", "8", "--model", "small"]
MINE = """
from augbench import Policy


class Mine(Policy):
    def change(self, batch):
        noise = batch.rng.integers(0, 12, batch.images.shape, dtype="uint8")
        return batch.replace(images=batch.images // 4 * 3 + noise)
"""
#: the same policy after an accident: images lose their labels
BROKEN = MINE.replace("+ noise)", "+ noise, labels=batch.rng.permutation(batch.labels))")


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plug-in policy, the run of it and its baseline."""
    folder = tmp_path_factory.mktemp("gate")
    (folder / "plugged.py").write_text(MINE)
    train = ["mine=plugged:Mine", "--data", "digits", *SMALL, "--seeds", "4", "--out", "run"]
    run_here("compare", *train, folder=folder)
    run_here("accept", "run", "--baseline", "b.json", "--margin", "25", folder=folder)
    return folder


@pytest.fixture
def here(accepted: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(accepted)
    return accepted


def run(*words: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["check", *words])
    assert stop.value.code == code


def test_the_accepted_run_passes_in_every_form(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run("run", "--baseline", "b.json", "--json", "--junit", str(tmp_path / "gate.xml"))
    found = json.loads(capsys.readouterr().out)
    validate(found, check_schema())
    assert (found["verdict"], found["policies"][0]["unchanged"]) == ("passed", True)
    assert summary.read_text().startswith("before\n## ✓ No regression")
    suite = ElementTree.parse(tmp_path / "gate.xml").getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["1", "0", "0"]
    run("run", "--baseline", "b.json")
    assert "mine passed" in capsys.readouterr().out


def test_without_a_baseline_there_is_nothing_to_compare_with(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("run", "--baseline", "absent.json", code=4)
    assert "augbench accept RUN --baseline absent.json" in capsys.readouterr().err


def test_other_data_are_not_comparable_and_nothing_is_trained(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (300, 16, 16), dtype=np.uint8)
    np.savez(tmp_path / "other.npz", x_train=images, y_train=np.arange(300) % 10)
    words = ["--data", str(tmp_path / "other.npz"), "--baseline", "b.json", "--epochs", "3"]
    run("mine=plugged:Mine", *words, "--out", str(tmp_path / "out"), code=4)
    first, *listed = capsys.readouterr().err.splitlines()[-6:]
    told = "\n".join([first, *listed])
    assert "  epochs: 10 then, 3 now" in told
    assert "  data: " in told
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_policy_that_was_made_worse_is_a_regression(accepted: Path, tmp_path: Path) -> None:
    (tmp_path / "plugged.py").write_text(BROKEN)
    shutil.copytree(accepted / "run", tmp_path / "run")
    shutil.copy(accepted / "b.json", tmp_path)
    mine = "mine=plugged:Mine"  # named here, since nothing that a file names is imported
    check = ["check", mine, "--data", "digits", "--baseline", "b.json", "--out", "run"]
    before = len(list((tmp_path / "run" / "trials").iterdir()))
    out, _ = run_augbench(*check, "--max-seeds", "4", folder=tmp_path, code=1)
    assert "Regression" in out
    assert "mine regressed" in out
    assert "augbench accept run --baseline b.json" in " ".join(out.split())
    found = json.loads((tmp_path / "run" / "check.json").read_text())
    validate(found, check_schema())
    (mine,) = found["policies"]
    # trials of none were there already
    assert len(list((tmp_path / "run" / "trials").iterdir())) == before + mine["seeds"]
    assert mine["measures"][0]["high"] < 0
    # read again, without training, the run says the same
    told, _ = run_augbench(
        "check", "run", "--baseline", "b.json", "--json", folder=tmp_path, code=1
    )
    assert json.loads(told) == found


@pytest.mark.slow
def test_other_numbers_of_threads_are_no_regression(accepted: Path, tmp_path: Path) -> None:
    check = ["check", "mine=plugged:Mine", "--data", "digits", "--baseline", "b.json"]
    check += ["--threads", "2"]
    (tmp_path / "plugged.py").write_text(MINE)
    shutil.copy(accepted / "b.json", tmp_path)
    out, _ = run_here(*check, "--max-seeds", "4", "--out", "two", "--json", folder=tmp_path)
    found = json.loads(out)
    assert found["verdict"] == "passed"
    assert {"name": "threads", "then": 1, "now": 2} in found["software"]


def test_calibration_says_what_can_be_afforded(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("run", "--calibrate", "--json")
    found = json.loads(capsys.readouterr().out)
    validate(found, calibration_schema())
    assert [row["seeds"] for row in found["rows"]] == [3, 4, 5, 7, 10, 15, 20]
    run("run", "--calibrate", "--margin", "0.001", code=2)
    assert "noise floor" in capsys.readouterr().err


def test_a_margin_below_the_noise_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("run", "--baseline", "b.json", "--margin", "0.001", code=2)
    assert "below the noise floor" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "say what to check against"),
        (("keras", "mixup", "--baseline", "b.json"), "--data DATA"),
        (("nowhere/run", "--baseline", "b.json"), "nowhere/run is no folder"),
        (("run",), "--baseline FILE"),
        (("run", "--baseline", "b.json", "--margin", "0"), "--margin"),
        (("run", "--baseline", "b.json", "--max-seeds", "9"), "--max-seeds is about training"),
        (("run", "--calibrate", "--spec", "light"), "--spec is about training"),
        (("run", "--baseline", "plugged.py"), "is not JSON"),
        (("run", "--baseline", "."), "directory"),
    ],
)
def test_what_cannot_be_checked_is_said_in_a_line(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], named: str
) -> None:
    run(*words, code=2)
    err = capsys.readouterr().err
    assert named in err
    assert err.count("\n") == 1


def test_python_has_it_too(here: Path, tmp_path: Path) -> None:
    found = augbench.check("run", baseline="b.json", junit=tmp_path / "gate.xml")
    assert (found.passed, found.verdict) == (True, "passed")
    assert list(found.table["measure"]) == ["accuracy", "overfitting_gap", "worst_class_recall"]
    assert "mine passed" in repr(found)
    assert (tmp_path / "gate.xml").is_file()
    afforded = augbench.check("run", calibrate=True)
    assert afforded.table["seeds"].iloc[0] == 3
    with pytest.raises(NotComparable):
        augbench.check("run", baseline="absent.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["policies"]["mine"].update(expression="mine=evil_code:Policy"),
        lambda content: content["policies"]["mine"].update(
            expression="keras(spec={'preprocessing_function': 'evil_code:function'})"
        ),
        lambda content: content["conditions"].update(model="evil_code:build"),
        lambda content: content["conditions"].update(
            spec={"preprocessing_function": "evil_code:function"}
        ),
    ],
    ids=["a policy", "a function of a policy", "the model", "the spec"],
)
def test_nothing_that_a_baseline_names_is_imported(
    change, accepted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evil_code.py").write_text("raise SystemExit('it ran')")
    content = json.loads((accepted / "b.json").read_text())
    change(content)
    Path("b.json").write_text(json.dumps(content))
    run("--data", "digits", "--baseline", "b.json", code=2)
    err = capsys.readouterr().err
    assert "is named in b.json, and nothing that a file names is imported" in err
    assert "evil_code" not in sys.modules and not Path("results").exists()
