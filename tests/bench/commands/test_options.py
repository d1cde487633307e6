"""Options on the command line: of the model, with its types and defaults, and typed ones known."""

from __future__ import annotations

from typing import Any

import cloup
import pytest
from augbench.bench import cli
from augbench.bench.commands.compare import compare
from augbench.bench.commands.options import verb
from augbench.bench.options.model import known


def test_a_verb_gets_what_was_typed_and_none_elsewhere() -> None:
    received: list[dict[str, Any]] = []

    @verb("some", "policies", "seeds", "margin", "image_size", "log", policies=("mixup",))
    @cloup.option("--loud", is_flag=True)
    def some(asked: dict[str, Any], loud: bool) -> None:
        received.append(asked | {"loud": loud})

    some.main(["--seeds", "4", "--loud", "--log", "a"], standalone_mode=False)
    some.main(["x", "y", "--image-size", "3x4"], standalone_mode=False)
    nothing = dict.fromkeys(("policies", "seeds", "margin", "image_size", "log"))
    assert received[0] == nothing | {
        "policies": ("mixup",),
        "seeds": "4",
        "log": ("a",),
        "loud": True,
    }
    assert received[1] == nothing | {"policies": ("x", "y"), "image_size": "3x4", "loud": False}


def test_help_says_the_defaults_of_the_model() -> None:
    helps = {parameter.name: getattr(parameter, "help", "") for parameter in compare.params}
    for name, option in known().items():
        assert option.option.help in helps[name], name
        if option.default:
            assert f"[default: {option.default}]" in helps[name], name


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
    monkeypatch.setenv("_AUGBENCH_COMPLETE", "bash_complete")
    for words, at, expected in (
        ("augbench com", 1, "compare"),
        ("augbench compare --se", 2, "--seeds"),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(at))
        with pytest.raises(SystemExit):
            cli.main([])
        assert f"plain,{expected}" in capsys.readouterr().out.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_makes_a_shell_complete_is_printed(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--show-completion", shell])
    shown = capsys.readouterr().out
    assert stop.value.code == 0 and f"_AUGBENCH_COMPLETE={shell}_complete" in shown


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (("preview", "--draws", "x"), "--draws must be a whole number from 1 to 100, not 'x'"),
        (("preview", "--draws", "101"), "--draws must be a whole number from 1 to 100, not '101'"),
        (("parity", "--images", "0"), "--images must be a whole number from 1 on, not '0'"),
        (("expand", "keras", "--out", "o", "--factor", "x"), "--factor must be a number, not 'x'"),
        (("choose", "--seed", "-1"), "--seed must be a whole number from 0 on, not '-1'"),
        (("compare", "--data"), "Option '--data' requires an argument."),
        (("report",), "Missing argument 'RUN...'."),
        (("kompare",), "No such command 'kompare' (did you mean 'compare'?)"),
    ],
)
def test_what_is_typed_wrongly_is_answered_in_a_line(
    typed: tuple[str, ...], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(list(typed))
    assert stop.value.code == 2 and capsys.readouterr().err == f"augbench: {answer}\n"
