"""The command line: verbs, exit codes, and errors as one line. Imports nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer
from typer.main import get_command

#: verb -> what it does; its function has its name in bench/commands/VERB.py
VERBS = ("compare", "report", "preview", "parity", "expand")

BAD_INPUT = 2
TRIAL_FAILED = 5
INTERRUPTED = 130


def application() -> typer.Typer:
    """Return the program with all its verbs."""
    app = typer.Typer(
        name="augbench",
        help="Which image augmentation to use on your data, how much it helps, and whether it "
        "really reduces overfitting.",
        epilog="[bold]Examples[/bold]\n\n"
        "  augbench compare\n\n"
        "  augbench compare keras mixup \"flips=albumentations(spec='flip')\" --data photos/\n\n"
        "  augbench preview albumentations --data photos/ --spec tutorial\n\n"
        "Each verb has examples of its own: augbench compare --help",
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
    )
    for verb in VERBS:
        app.command(verb)(getattr(import_module(f"augbench.bench.commands.{verb}"), verb))

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

        typer.echo(f"augbench {augbench_version()}")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with one of the documented codes."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"] or ["--help"]
    program = get_command(application())
    sys.exit(_guarded(lambda: program.main(given, "augbench", standalone_mode=False), debug))


def _guarded(run: Callable[[], Any], debug: bool) -> int:
    """Run, and turn what goes wrong into one line on standard error and an exit code."""
    try:
        code = run()
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        if hasattr(error, "format_message"):  # the command line's own, such as an unknown option
            typer.echo(f"augbench: {' '.join(error.format_message().split())}", err=True)
            return BAD_INPUT
        if not _is_for_people(error):
            typer.echo(
                f"augbench: unexpected {type(error).__name__}: {_one_line(error)} "
                "(--debug shows where)",
                err=True,
            )
            return 1
        typer.echo(f"augbench: {_one_line(error)}", err=True)
        return BAD_INPUT
    return 0


def _is_for_people(error: Exception) -> bool:
    from augbench.errors import InputError, ReportError

    return isinstance(error, (InputError, ReportError, OSError))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
