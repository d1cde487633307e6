"""The command line: verbs, and errors as one line with an exit code. Imports nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import typer
from augbench.bench.console import any_console, echo, warnings_as_notes
from augbench.bench.exit_codes import ExitCode
from augbench.bench.interruption import interruptible
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from augbench.errors import InputError, NotComparable

#: verb -> what it does; its function has its name in bench/commands/VERB.py
VERBS = (
    "compare",
    "choose",
    "report",
    "check",
    "accept",
    "preview",
    "parity",
    "expand",
    "export",
    "policies",
)

#: characters of an error, beyond which its middle is left out
_LINE = 640

#: kind of an error of pydantic, which typer asks -> what a number must be
_NUMBERS = {
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "greater_than_equal": "at least {ge:g}",
    "greater_than": "above {gt:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "below {lt:g}",
}

#: what some people type before a policy
_POLICY_FLAGS = ("--policy", "--policies", "-p")


class _Verb(TyperCommand):
    """A verb, whose help shows no type for options that take no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return all parameters, flags without a word for a value."""
        return _without_types(super().get_params(ctx))


class _Program(TyperGroup):
    """The program itself, likewise."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return all parameters, flags without a word for a value."""
        return _without_types(super().get_params(ctx))


def _without_types(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


def application(words: Sequence[str] = ()) -> typer.Typer:
    """Return the program, with the verb that was typed or else with all of them.

    Args:
        words: what was typed behind the program's name.
    """
    typed = next((word for word in words if not word.startswith("-")), None)
    app = typer.Typer(
        name="augbench",
        help="Which image augmentation to use on your data, how much it helps, and whether it "
        "really reduces overfitting.",
        epilog="[bold]Examples[/bold]\n\n"
        "  augbench compare\n\n"
        "  augbench compare keras mixup \"flips=albumentations(spec='flip')\" --data photos/\n\n"
        "  augbench preview albumentations --data photos/ --spec tutorial\n\n"
        "Each verb has examples of its own: augbench compare --help",
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        cls=_Program,
    )
    for verb in (typed,) if typed in VERBS else VERBS:
        app.command(verb, cls=_Verb)(
            getattr(import_module(f"augbench.bench.commands.{verb}"), verb)
        )

    @app.callback()
    def everywhere(
        debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error."),
        version: bool = typer.Option(
            False, "--version", help="Print the version and stop.", is_eager=True, callback=_version
        ),
    ) -> None:
        """Options of the program itself."""

    return app


def _version(asked: bool) -> None:
    if asked:
        from augbench.bench.trial.environment import augbench_version

        echo(f"augbench {augbench_version()}")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with one of the documented codes."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"] or ["--help"]
    program = get_command(application(given))

    def run() -> Any:
        with warnings_as_notes(quiet="--quiet" in given or "-q" in given):
            return program.main(given, "augbench", standalone_mode=False)

    with any_console():
        code = _guarded(run, debug)
    sys.exit(code)


def _guarded(run: Callable[[], Any], debug: bool) -> int:
    """Run, and turn what goes wrong into one line on standard error and an exit code."""
    interrupted: Callable[[], bool] = bool
    try:
        with interruptible() as interrupted:
            code = run()
        return code if isinstance(code, int) else ExitCode.DONE
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        if interrupted():
            return _interrupted()
        if debug:
            raise
        if hasattr(error, "format_message"):  # the command line's own, such as an unknown option
            return _bad_input(f"{_usage(error)}{_advice(error)}")
        if isinstance(error, NotComparable):
            lines = (" ".join(line.split()) for line in (error.message, *error.differences))
            echo("augbench: " + "\n  ".join(lines), err=True)
            return ExitCode.NOT_COMPARABLE
        if _is_for_people(error):
            return _bad_input(_one_line(error))
        kind = type(error).__name__
        return _bad_input(f"unexpected {kind}: {_one_line(error)} (--debug shows where)")


def _interrupted() -> int:
    echo("augbench: interrupted; the same command begins again where it was", err=True)
    return ExitCode.INTERRUPTED


def _bad_input(text: str) -> int:
    if len(text) > _LINE:  # somebody's names and values, which may be of any length
        text = f"{text[: _LINE * 2 // 3]} … {text[-_LINE // 4 :]}"
    echo(f"augbench: {text}", err=True)
    return ExitCode.BAD_INPUT


def _usage(error: Any) -> str:
    """Return what the command line says of an error; of a number that is none, as we say it."""
    errors: list[Any] = getattr(error.__cause__, "errors", list)()
    first: dict[str, Any] = errors[0] if errors else {"type": ""}
    if first["type"] not in _NUMBERS or getattr(error, "param", None) is None:
        return " ".join(error.format_message().split())
    wanted = _NUMBERS[first["type"]].format(**first.get("ctx", {}))
    return f"{error.param.opts[0]} must be {wanted}, not {first['input']!r}"


def _advice(error: Exception) -> str:
    """Return how policies are given to who typed an option for them."""
    if getattr(error, "option_name", None) not in _POLICY_FLAGS:
        return ""
    return "; policies need no option, as in: augbench compare keras mixup"


def _is_for_people(error: Exception) -> bool:
    return isinstance(error, (InputError, OSError))


def _one_line(error: Exception) -> str:
    from augbench.errors import in_a_line

    return in_a_line(error)
