"""How a verb gets its options: those of the model by name, and a few that every verb writes alike.

    @verb("preview", "policies", "data", "spec")
    @cloup.option("--images", type=Number(int, least=1), default=8)
    def preview(asked: dict[str, Any], images: int) -> None: ...

The command then has ``--data`` and ``--spec`` with help and default of
`augbench.bench.options.model`, and ``asked`` holds what was typed of them, None elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import click
import cloup
from augbench.bench.console import echo
from augbench.bench.options.model import Known, default_text, known

#: a verb's own function: its parameters are named as its options are
Function = Callable[..., None]

#: a file or folder, which need not be there
PATH = click.Path(path_type=Path)

config = cloup.option(
    "--config", type=PATH, metavar="FILE.toml", help="Options by name; the command line wins."
)
out = cloup.option(
    "--out",
    type=PATH,
    metavar="RUN",
    default=Path("results"),
    show_default=True,
    help="The run folder.",
)
json = cloup.option("--json", is_flag=True, help="Print the result as JSON on standard output.")
quiet = cloup.option("--quiet", "-q", is_flag=True, help="No progress and no table.")


class Number(click.ParamType):
    """A number within limits; what is none is answered with what the option takes.

    Args:
        kind: ``int`` or ``float``.
        least: the smallest.
        most: the largest.
    """

    name = "number"

    def __init__(
        self, kind: type[int] | type[float], least: float | None = None, most: float | None = None
    ) -> None:
        self._kind, self._least, self._most = kind, least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number that a text says."""
        try:
            number = self._kind(value)
        except ValueError:
            number = None
        below = number is not None and self._least is not None and number < self._least
        above = number is not None and self._most is not None and number > self._most
        if number is not None and not below and not above:
            return number
        assert param is not None
        raise click.UsageError(f"{param.opts[0]} must be {self._wanted()}, not {value!r}", ctx)

    def _wanted(self) -> str:
        from annotated_types import Ge, Le
        from augbench.policies.validation import expected

        wanted: Any = self._kind
        for mark, bound in ((Ge, self._least), (Le, self._most)):
            if bound is not None:
                wanted = Annotated[wanted, mark(bound)]
        return expected(wanted)


margin = cloup.option(
    "--margin",
    type=Number(float),
    metavar="POINTS",
    help="How far a lift may fall.  [default: the baseline's, which is 1 if never given]",
)
specs = cloup.option(
    "--spec",
    multiple=True,
    metavar="SPEC",
    help="A preset such as light or tutorial, or a .toml, .yaml or .json file in "
    "ImageDataGenerator's words; of a fingerprint as often as there are specs.  [default: that of "
    "the baseline or fingerprint]",
)


class Helped(click.Command):
    """A command whose docstring is its help, with examples that stand each in its line."""

    def __init__(self, *args: Any, help: str | None = None, **given: Any) -> None:
        text = cleandoc(help or "").replace("\nExamples:\n", "\n\b\nExamples:\n")
        summary = text.partition("\n\n")[0]  # Click would cut it
        super().__init__(*args, help=text, short_help=summary, **given)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return ``--help``, which writes as all else does here, on a console of ASCII too."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _show_help
        return option


class _Verb(Helped, cloup.Command):
    """A verb."""


def _show_help(ctx: click.Context, option: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        echo(ctx.get_help())
        ctx.exit()


def verb(
    name: str, *names: str, said: Mapping[str, str] | None = None, **defaults: Any
) -> Callable[[Function], click.Command]:
    """Make a function a command, with options of the model, which its ``asked`` receives as a dict.

    Args:
        name: the verb.
        names: options of the model, in the order of the help; ``policies`` are arguments.
        said: how a default is said that this verb has from elsewhere; empty where it has none.
        defaults: what this verb takes for options that are not given, in place of the model's.
    """

    def decorate(function: Function) -> click.Command:
        @wraps(function)
        def called(**given: Any) -> None:
            typed = {option: given.pop(option) for option in names}
            asked = {
                option: defaults.get(option) if value in (None, ()) else _read(option, value)
                for option, value in typed.items()
            }
            function(**({"asked": asked} if names else {}), **given)

        declared: Any = called
        for option in reversed(names):
            declare = _declared(known()[option], defaults.get(option), (said or {}).get(option))
            declared = declare(declared)
        command: click.Command = cloup.command(name, cls=_Verb)(declared)
        return command

    return decorate


def _declared(
    option: Known, default: Any, shown_default: str | None = None
) -> Callable[[Any], Any]:
    """Return what declares an option, without a value, so that what was typed is known."""
    default_words = option.default if default is None else default_text(default)
    if shown_default is not None:
        default_words = shown_default
    text = option.option.help + (f"  [default: {default_words}]" if default_words else "")
    several = get_origin(option.kind) is tuple
    if option.name == "policies":
        several_of = f"[{option.option.metavar}]..."
        return cloup.argument(option.name, nargs=-1, metavar=several_of, help=text)
    if option.kind is bool:
        return cloup.option(option.flag, is_flag=True, default=None, help=text)
    return cloup.option(
        option.flag, multiple=several, metavar=option.option.metavar, help=text, default=None
    )


def _read(name: str, typed: Any) -> Any:
    """Return a number for the text of one; anything else as it was typed."""
    option = known()[name]
    if option.option.parse or {option.kind, *get_args(option.kind)}.isdisjoint({int, float}):
        return typed
    from augbench.bench.options.settings import validated

    return validated(option, typed)
