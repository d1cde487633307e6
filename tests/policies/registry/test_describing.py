"""Is what is told of a policy what it really takes?"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from augbench.policies.expression import parse
from augbench.policies.registry import build, catalogue
from augbench.policies.registry.describing import RESEED, PolicyInfo, all_policies, described
from augbench.policies.registry.words import all_words
from augbench.policies.terms import Term
from jsonschema import Draft202012Validator

from augbench.errors import InputError
from tests.policies.registry.ranges import examples

PLUG_IN = '''
from augbench.policies.base import Policy


class Posterize(Policy):
    """Keeps the highest ``bits`` of each value,
    and nothing else.

    More of it.

    Args:
        bits: how many,
            from 1 on.
        p (float): how often.
    """

    def __init__(self, bits: int, p: "Unknown" = float("inf"), *, strict=object, **more) -> None:
        pass


class Bare(Policy):
    pass


finished = Bare()
'''
#: what a policy cannot be without, and what it cannot be with at the same time
NEEDED = {"cyclegan": {"target": "a", "source": "b"}}
INSTEAD = {("cyclegan", "folder"): "source"}


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "policies_described.py").write_text(PLUG_IN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "policies_described"
    sys.modules.pop("policies_described", None)


def written(name: str, option: str, value: Any) -> Term:
    """The policy with one option, and those that it needs."""
    given = {**NEEDED.get(name, {}), option: value}
    given.pop(INSTEAD.get((name, option), ""), None)
    return Term(name, given)


def takes(name: str, option: str, value: Any) -> bool:
    try:
        build(parse(written(name, option, value).canonical()))
    except InputError as error:
        assert f"{option} must be" in str(error), error
        return False
    return True


BUILT_IN = [info for info in all_policies() if info.origin == "built-in"]
OPTIONS = [(info.name, option) for info in BUILT_IN for option in info.options]
RANGES = [
    pytest.param(name, option, id=f"{name}-{option.name}")
    for name, option in OPTIONS
    if option.name not in ("spec", "pipeline")
]


def test_every_built_in_name_is_told() -> None:
    assert {info.name for info in BUILT_IN} == catalogue.BUILT_IN.keys()


@pytest.mark.parametrize(("name", "option"), RANGES)
def test_an_option_is_taken_at_the_ends_of_its_range_and_refused_outside(
    name: str, option: Any
) -> None:
    inside, outside = examples(option.takes)
    if option.takes.startswith("a text"):
        inside, outside = ([] if option.required else [option.default]), [1, True]
    if name in NEEDED and option.takes.endswith("or None") and option.takes.startswith("a text"):
        inside = ["somewhere"]  # None is for the other of the two
    for value in inside:
        assert takes(name, option.name, value), value
    for value in outside:
        assert not takes(name, option.name, value), value
    assert outside and (
        option.required
        or option.default is None
        or option.default in inside
        or takes(name, option.name, option.default)
    )


@pytest.mark.parametrize(("name", "option"), RANGES)
def test_json_schema_says_the_same_as_the_words(name: str, option: Any) -> None:
    inside, outside = examples(option.takes)
    schema = Draft202012Validator(option.schema)
    assert option.schema
    for value in inside:
        assert schema.is_valid(value), value
    for value in outside:
        assert not schema.is_valid(value), value


def test_the_form_of_a_policy_that_an_option_takes_over_is_told_too(tmp_path: Path) -> None:
    import albumentations as A

    _, other = described("albumentations")
    assert other.signature == "albumentations(pipeline=…)"
    (option,) = other.options
    assert option.name == "pipeline" and option.required
    A.save(A.Compose([A.HorizontalFlip()]), str(tmp_path / "flip.json"))
    assert takes("albumentations", "pipeline", str(tmp_path / "flip.json"))


def test_every_policy_takes_reseed_in_its_range() -> None:
    for value, right in ((0, True), (7, True), (-1, False), (1.5, False)):
        assert Draft202012Validator(RESEED.schema).is_valid(value) == right
        try:
            assert right == bool(parse(f"mixup({RESEED.name}={value})"))
        except InputError:
            assert not right


@pytest.mark.parametrize("info", BUILT_IN, ids=lambda info: info.signature)
def test_what_it_does_fits_on_a_line_and_every_option_has_help(info: PolicyInfo) -> None:
    assert 10 < len(info.summary) < 100 and info.summary.endswith(".")
    for option in info.options:
        assert option.help, option.name
    for text in (info.summary, *info.about, *(option.help for option in info.options)):
        assert "`" not in text and "\n" not in text


def test_a_policy_of_the_users_own_is_told_by_its_docstrings(plug_in: str) -> None:
    (info,) = described(f"{plug_in}:Posterize")
    assert info.origin == "import"
    assert info.summary == "Keeps the highest bits of each value, and nothing else."
    assert info.about == ("More of it.",)
    told = {option.name: option for option in info.options}
    assert list(told) == ["bits", "p", "strict"]
    assert told["bits"].required and told["bits"].help == "how many, from 1 on."
    assert told["p"].help == "how often."
    assert json.loads(json.dumps(info.to_dict(), allow_nan=False))["options"][1]["default"] == "inf"
    (bare,) = described(f"{plug_in}:Bare")
    assert (bare.summary, bare.options) == ("", ())
    (finished,) = described(f"{plug_in}:finished")
    assert finished.options == ()


def test_installed_policies_are_told_and_broken_ones_with_the_reason(
    plug_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = {
        "mine": f"{plug_in}:Posterize",
        "ready": f"{plug_in}:finished",
        "gone": "policies_that_are_not_there:Policy",
        "wrong": "PIL.Image:Image",
        "gan": f"{plug_in}:Bare",
    }
    points = [
        importlib.metadata.EntryPoint(name, target, catalogue.ENTRY_POINTS)
        for name, target in targets.items()
    ]
    monkeypatch.setattr(
        catalogue,
        "entry_points",
        lambda **wanted: [p for p in points if wanted.get("name", p.name) == p.name],
    )
    told = {info.name: info for info in all_policies() if info.origin == "entry-point"}
    assert list(told) == ["gone", "mine", "ready", "wrong"]
    assert "No module named 'policies_that_are_not_there'" in told["gone"].problem
    assert "not a policy" in told["wrong"].problem
    assert not told["mine"].problem and not told["ready"].problem
    assert described("gan")[0].origin == "built-in"


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'gaussian'"):
        described("gausian")


def test_everything_is_json() -> None:
    for told in (*all_policies(), *all_words()):
        json.dumps(told.to_dict(), allow_nan=False)
