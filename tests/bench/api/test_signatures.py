"""The verbs have the same options in Python, on the command line and in the model."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import click
import pytest
from augbench.bench import cli
from augbench.bench.options.model import default_text, known

import augbench

VERBS = [verb for verb in cli.VERBS if verb in augbench._PLACES]
#: options that take more in Python than the model's own type
WIDER = {
    "data": "Data | None",
    "spec": "Spec | None",
    "seeds": "int | str | None",
    "budget": "str | float | None",
    "trial_timeout": "str | float | None",
    "measure": "str | None",
    "device": "str | None",
    "image_size": "int | tuple[int, int] | str | None",
    "log": "str | Sequence[str] | None",
}
#: verbs that look at several
SEVERAL = {("check", "spec"): "Specs | None", ("accept", "spec"): "Specs | None"}
ON_THE_COMMAND_LINE_ALONE = {"json", "terminal"}
#: options that a verb means in another way than a run does
OTHERWISE = {
    "choose": {"budget"},
    "accept": {"margin", "spec", "data", "image_size"},
    # these are as the baseline has them
    "check": {
        "policies",
        "margin",
        "data",
        "spec",
        "epochs",
        "batch_size",
        "image_size",
        "train_size",
        "folds",
        "model",
        "measure",
    },
}
OWN_POLICIES = {"preview": ("keras", "albumentations")}


def function(verb: str) -> Callable[..., Any]:
    return getattr(augbench, verb)


def typed_names(verb: str) -> set[str | None]:
    command = cli.program.get_command(click.Context(cli.program), verb)
    return {parameter.name for parameter in command.params}


@pytest.mark.parametrize("verb", VERBS)
def test_python_has_the_options_of_the_command_line(verb: str) -> None:
    words = set(inspect.signature(function(verb)).parameters)
    typed = typed_names(verb) - ON_THE_COMMAND_LINE_ALONE
    if verb in ("preview", "parity"):  # they return what the command writes
        typed -= {"out"}
    assert words == typed


@pytest.mark.parametrize("verb", VERBS)
def test_types_and_defaults_are_those_of_the_model(verb: str) -> None:
    parameters = inspect.signature(function(verb)).parameters
    for name in parameters.keys() & known().keys() - {"policies"}:
        model = known()[name].kind
        plain = f"{model.__name__ if isinstance(model, type) else model}".removesuffix(" | None")
        wider = SEVERAL.get((verb, name)) or WIDER.get(name, f"{plain} | None")
        assert parameters[name].annotation == wider, name
        assert parameters[name].default is None, name  # not asked for: what --config says counts


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_said_of_an_option_is_what_the_model_says(verb: str) -> None:
    said = " ".join((function(verb).__doc__ or "").split())
    for name in inspect.signature(function(verb)).parameters:
        assert f" {name}: " in said, name
        if name in known() and name not in OTHERWISE.get(verb, ()):
            option = known()[name]
            start = said.index(f" {name}: ") + len(name) + 3
            assert said[start:].startswith(option.option.help), name
            default = default_text(OWN_POLICIES.get(verb) if name == "policies" else None)
            default = default or option.default
            if default:
                assert f"Default: {default}." in said[start : start + 500], name


def test_editors_and_type_checkers_see_all_names() -> None:
    tree = ast.parse(inspect.getsource(augbench))
    (for_types,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        name.name: node.module
        for node in for_types.body
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for name in node.names
    }
    assert imported == augbench._PLACES
    assert augbench.__all__ == sorted(augbench._PLACES)
    assert set(augbench.__all__) <= set(dir(augbench))
