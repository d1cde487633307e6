"""The command line: verbs, and errors as one line with an exit code. Imports nothing heavy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click
import cloup
from augbench.bench.commands.options import Helped
from augbench.bench.console import any_console, echo, warnings_as_notes
from augbench.bench.exit_codes import ExitCode
from augbench.bench.interruption import interruptible
from click.exceptions import Exit
from click.shell_completion import shell_complete

from augbench.errors import InputError, NotComparable, nearest

#: the verbs; the command of each has its name in bench/commands/VERB.py
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

_NAME = "augbench"
#: set by a shell that completes what is typed
_COMPLETE = "_AUGBENCH_COMPLETE"

#: characters of a line of help
_NARROWEST, _WIDEST = 30, 100

#: characters of an error, beyond which its middle is left out
_LINE = 640

#: what some people type before a policy
_POLICY_FLAGS = ("--policy", "--policies", "-p")


class _Program(Helped, cloup.Group):
    """The program itself, which imports the verb that was typed, or all of them for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs, as they come in a person's work."""
        return list(VERBS)

    def list_sections(
        self, ctx: click.Context, include_default_section: bool = True
    ) -> list[cloup.Section]:
        """Return what the help lists: all verbs."""
        return [cloup.Section("Commands", {name: self.get_command(ctx, name) for name in VERBS})]

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """Return a verb.

        Raises:
            UsageError: there is no such, with the nearest that there is.
        """
        if name not in VERBS:
            ctx.fail(f"No such command '{name}'{nearest(name, VERBS)}")
        command: click.Command = getattr(import_module(f"augbench.bench.commands.{name}"), name)
        return command


def _version(ctx: click.Context, option: click.Parameter, asked: bool) -> None:
    if asked:
        from augbench.bench.trial.environment import augbench_version

        echo(f"augbench {augbench_version()}")
        ctx.exit()


def _completion(ctx: click.Context, option: click.Parameter, shell: str | None) -> None:
    if shell is not None:
        shell_complete(program, {}, _NAME, _COMPLETE, f"{shell}_source")
        ctx.exit()


@cloup.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@cloup.option("--debug", is_flag=True, help="Show the traceback of an error.")
@cloup.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version and stop.",
)
@cloup.option(
    "--show-completion",
    type=click.Choice(["bash", "zsh", "fish"]),
    is_eager=True,
    expose_value=False,
    callback=_completion,
    help="Print what makes a shell complete verbs and options.",
)
def program(debug: bool) -> None:
    """Find out which image augmentation to use, how much it helps, and if it reduces overfitting.

    Examples:
      augbench compare
      augbench compare keras mixup "flips=albumentations(spec='flip')" --data photos/
      augbench preview albumentations --data photos/ --spec tutorial
      augbench compare --help
      eval "$(augbench --show-completion bash)"
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with one of the documented codes."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"] or ["--help"]

    def run() -> Any:
        if instruction := os.environ.get(_COMPLETE):
            return shell_complete(program, {}, _NAME, _COMPLETE, instruction)
        with (
            warnings_as_notes(quiet="--quiet" in given or "-q" in given),
            program.make_context(_NAME, given, formatter_settings=_help_settings()) as context,
        ):
            return program.invoke(context)

    with any_console():
        code = _guarded(run, debug)
    sys.exit(code)


def _help_settings() -> Any:
    width = shutil.get_terminal_size().columns - 2
    bold = cloup.HelpTheme(heading=cloup.Style(bold=True))
    return cloup.HelpFormatter.settings(width=min(max(width, _NARROWEST), _WIDEST), theme=bold)


def _guarded(run: Callable[[], Any], debug: bool) -> int:
    """Run, and turn what goes wrong into one line on standard error and an exit code."""
    interrupted: Callable[[], bool] = bool
    try:
        with interruptible() as interrupted:
            code = run()
        return code if isinstance(code, int) else ExitCode.DONE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exit as ended:
        return ended.exit_code
    except Exception as error:
        if interrupted():
            return _interrupted()
        if debug:
            raise
        if isinstance(error, click.ClickException):  # the command line's own
            return _bad_input(_usage(error))
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


def _usage(error: click.ClickException) -> str:
    """Return what the command line says, and how policies are given to who typed an option."""
    if isinstance(error, click.NoSuchOption) and error.option_name in _POLICY_FLAGS:
        return (
            f"No such option '{error.option_name}'; policies need no option, as in: "
            "augbench compare keras mixup"
        )
    return " ".join(error.format_message().split())


def _is_for_people(error: Exception) -> bool:
    return isinstance(error, (InputError, OSError))


def _one_line(error: Exception) -> str:
    from augbench.errors import in_a_line

    return in_a_line(error)
