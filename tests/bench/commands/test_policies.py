"""Does `augbench policies` tell all that can be named, at any width, at once, and for programs?"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from augbench.bench import cli
from augbench.policies.engines import PLACES
from augbench.policies.registry import BUILT_IN, catalogue
from augbench.policies.spec.presets import PRESETS
from augbench.policies.spec.spec import AugmentationSpec

SCRIPT = """
import sys
from augbench.bench.cli import main
try:
    main(["policies", *sys.argv[1:]])
except SystemExit as stop:
    assert not stop.code, stop.code
heavy = {"tensorflow", "keras", "albumentations", "sklearn", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""
MODELS = ("reference", "small", "resnet")


@pytest.fixture(autouse=True)
def only_this_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "VERBS", ("report", "policies"))


def run(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["policies", *arguments])
    assert stop.value.code == code


def piped(*arguments: str, columns: int) -> str:
    """What another process prints into a pipe that wide; it must import nothing heavy."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        env={**os.environ, "COLUMNS": str(columns)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("columns", [40, 80, 100, 160])
def test_all_that_can_be_named_is_listed_plainly_and_no_wider_than_the_terminal(
    columns: int,
) -> None:
    said = piped(columns=columns)
    assert "\x1b" not in said
    assert max(len(line) for line in said.splitlines()) <= columns
    names = (*BUILT_IN, *AugmentationSpec.model_fields, *PRESETS, *MODELS, *PLACES)
    for name in names:
        assert name in said, name
    assert "latent=24" in said


def test_each_word_has_a_tick_for_each_engine_that_can_express_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    run()
    lines = capsys.readouterr().out.splitlines()
    marks = {
        line.split()[0]: dict(zip(PLACES, line.split()[-len(PLACES) :], strict=True))
        for line in lines
        if "✓" in line[60:]
    }
    for word, of_layers in (
        ("rotation_range", "✓"),
        ("shear_range", "native"),
        ("brightness_range", "–"),
        ("fill_mode", "some"),
    ):
        assert marks[word]["keras"] == marks[word]["albumentations"] == "✓"
        assert marks[word]["keras-layers"] == of_layers


@pytest.mark.parametrize("columns", [40, 120])
def test_a_policy_in_full_says_each_option(columns: int) -> None:
    words = " ".join(piped("gan", columns=columns).split())
    for said in ("architecture", "'stylegan'", "latent", "whole number", "reseed", "beta_1"):
        assert said in words
    assert "Words of a spec" not in words


def test_a_policy_with_two_forms_is_shown_in_both(capsys: pytest.CaptureFixture[str]) -> None:
    run("albumentations")
    said = capsys.readouterr().out
    assert "albumentations(spec=None" in said and "albumentations(pipeline=…)" in said


def test_json_has_everything_under_keys_that_stay() -> None:
    told = json.loads(piped("--json", columns=20))
    assert told["schema_version"] == 1
    assert list(told) == [
        *("schema_version", "policies", "every_policy_takes", "words", "presets", "models")
    ]
    keys = {
        "policies": {"name", "origin", "signature", "summary", "about", "options", "problem"},
        "every_policy_takes": {"name", "takes", "schema", "default", "required", "help"},
        "words": {
            *("name", "kind", "takes", "schema", "default", "help", "beyond_keras", "engines")
        },
        "presets": {"name", "words"},
        "models": {"name", "summary"},
    }
    for part, expected in keys.items():
        assert all(set(entry) == expected for entry in told[part]), part
    (gan,) = (policy for policy in told["policies"] if policy["name"] == "gan")
    (width,) = (option for option in gan["options"] if option["name"] == "width")
    assert set(width) == keys["every_policy_takes"]
    assert width["schema"]["anyOf"][0] == {"type": "integer", "minimum": 4, "maximum": 256}
    words = {word["name"]: word for word in told["words"]}
    assert words["shear_range"]["engines"]["keras-layers"]["native"]["extent"] == "all"
    presets = {preset["name"]: preset["words"] for preset in told["presets"]}
    assert presets["flip"] == {"horizontal_flip": True}
    assert tuple(model["name"] for model in told["models"]) == MODELS


def test_json_of_one_policy_has_that_one(capsys: pytest.CaptureFixture[str]) -> None:
    run("mixup", "--json")
    told = json.loads(capsys.readouterr().out)
    assert [policy["name"] for policy in told["policies"]] == ["mixup"]
    assert "words" not in told


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kears", "did you mean 'keras'"),
        ("tutorial", "tutorial is a spec"),
        ("nowhere_at_all:Policy", "No module named 'nowhere_at_all'"),
        ("PIL.Image:Image", "not a policy"),
    ],
)
def test_what_is_no_policy_is_one_line_and_exit_code_2(
    name: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(name, code=2)
    shown = capsys.readouterr()
    assert said in shown.err and shown.err.count("\n") == 1 and not shown.out


def test_an_installed_policy_that_cannot_be_imported_is_listed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "policies_that_break.py").write_text("raise RuntimeError('no [bold]luck')")
    point = importlib.metadata.EntryPoint(
        "mine", "policies_that_break:Mine", catalogue.ENTRY_POINTS
    )
    monkeypatch.setattr(
        catalogue,
        "entry_points",
        lambda **wanted: [point] if wanted.get("name", "mine") == "mine" else [],
    )
    run()
    (line,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("mine"))
    assert "cannot be used" in line and "RuntimeError: no [bold]luck" in line
    run("mine", code=2)
    assert "RuntimeError" in capsys.readouterr().err
