"""How a verb gets its options: those of the model by name, and a few that every verb writes alike.

    @with_options("policies", "data", "spec")
    def preview(asked: dict[str, Any], images: Annotated[int, typer.Option()] = 8) -> None: ...

The command then has ``--data`` and ``--spec`` with type, help and default of
`augbench.bench.options.model`, and ``asked`` holds what was typed of them, None elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer
from augbench.bench.options.model import Known, default_text, known

Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE.toml", help="Options by name; the command line wins."),
]
Out = Annotated[Path, typer.Option(metavar="RUN", help="The run folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")]

Command = Callable[..., None]


def with_options(
    *names: str, said: Mapping[str, str] | None = None, **defaults: Any
) -> Callable[[Command], Command]:
    """Give a command options of the model, which its parameter ``asked`` receives as a dict.

    Args:
        names: options of the model, in the order of the help; ``policies`` are arguments.
        said: how a default is said that this verb has from elsewhere; empty where it has none.
        defaults: what this verb takes for options that are not given, in place of the model's.
    """

    def decorate(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters
        parameters = {
            name: _parameter(known()[name], defaults.get(name), (said or {}).get(name))
            for name in names
        }
        parameters |= {
            name: own[name].replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for name in own
            if name != "asked"
        }

        @wraps(command)
        def called(**given: Any) -> None:
            asked = {}
            for name in names:
                typed = given.pop(name)
                asked[name] = defaults.get(name) if typed in (None, []) else _read(name, typed)
            command(asked=asked, **given)

        called.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
        called.__annotations__ = {name: parameters[name].annotation for name in parameters}
        return called

    return decorate


def _parameter(option: Known, default: Any, said: str | None = None) -> inspect.Parameter:
    """Return an option as typer reads it; without a value, so that what was typed is known."""
    default_words = option.default if default is None else default_text(default)
    if said is not None:
        default_words = said
    help = option.option.help + (rf" \[default: {default_words}]" if default_words else "")
    declared: Any
    if option.name == "policies":
        declared = typer.Argument(metavar=option.option.metavar, help=help, show_default=False)
    else:
        declared = typer.Option(option.flag, metavar=option.option.metavar or None, help=help)
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_typed(option) | None, declared],
    )


def _typed(option: Known) -> Any:
    """Return the type of what a person types for an option; errors about numbers are ours."""
    if option.kind is bool:
        return bool
    return list[str] if get_origin(option.kind) is tuple else str


def _read(name: str, typed: Any) -> Any:
    """Return a number for the text of one; anything else as it was typed."""
    option = known()[name]
    if option.option.parse or {option.kind, *get_args(option.kind)}.isdisjoint({int, float}):
        return typed
    from augbench.bench.options.settings import validated

    return validated(option, typed)
