"""Options on the command line: of the model, with its types and defaults, and typed ones known."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from augbench.bench import cli
from augbench.bench.commands.options import with_options
from augbench.bench.options.model import known
from typer.main import get_command


def test_a_verb_gets_what_was_typed_and_none_elsewhere() -> None:
    received: list[dict[str, Any]] = []

    @with_options("policies", "seeds", "margin", "image_size", "log", policies=("mixup",))
    def some(asked: dict[str, Any], loud: bool = False) -> None:
        received.append(asked | {"loud": loud})

    app = typer.Typer()
    app.command()(some)
    get_command(app).main(["--seeds", "4", "--loud", "--log", "a"], standalone_mode=False)
    get_command(app).main(["x", "y", "--image-size", "3x4"], standalone_mode=False)
    nothing = dict.fromkeys(("policies", "seeds", "margin", "image_size", "log"))
    assert received[0] == nothing | {
        "policies": ("mixup",),
        "seeds": "4",
        "log": ["a"],
        "loud": True,
    }
    assert received[1] == nothing | {"policies": ["x", "y"], "image_size": "3x4", "loud": False}


def test_help_says_the_defaults_of_the_model() -> None:
    command = get_command(cli.application()).commands["compare"]  # type: ignore[attr-defined]
    helps = {parameter.name: parameter.help or "" for parameter in command.params}
    for name, option in known().items():
        assert option.option.help in helps[name], name
        if option.default:
            assert rf"\[default: {option.default}]" in helps[name], name


@pytest.mark.parametrize("flag", ["--policy", "--policies", "-p"])
def test_who_types_an_option_for_policies_is_told_how_they_are_given(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["compare", flag, "keras"])
    err = capsys.readouterr().err
    assert stop.value.code == 2 and err.count("\n") == 1
    assert err.rstrip().endswith("policies need no option, as in: augbench compare keras mixup")
    with pytest.raises(SystemExit):
        cli.main(["compare", "--epoch", "3"])
    assert "policies need" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-h"], ["compare", "-h"]])
def test_h_is_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 0 and "Examples" in capsys.readouterr().out


def test_a_shell_completes_verbs_and_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_AUGBENCH_COMPLETE", "complete_bash")
    for words, at, expected in (
        ("augbench com", 1, "compare"),
        ("augbench compare --se", 2, "--seeds"),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(at))
        with pytest.raises(SystemExit):
            cli.main([])
        assert expected in capsys.readouterr().out.split()
