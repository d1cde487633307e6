"""Is an option checked as its annotation says, and the error one line that mends it?"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from annotated_types import Ge, Gt, Le, Len, Lt
from augbench.policies.registry import BUILT_IN, resolve
from augbench.policies.registry.catalogue import parameters
from augbench.policies.validation import Advice, check, checked, expected

from augbench.errors import InputError

Rate = Annotated[float, Gt(0), Le(1)]


@pytest.mark.parametrize(
    ("annotation", "fitting", "others", "words"),
    [
        (float, [1, 2.5, -3], [True, "1", None, math.inf, math.nan], "a number"),
        (int, [1, -5], [True, 1.0, "1", None], "a whole number"),
        (bool, [True, False], [0, 1, "yes", None], "True or False"),
        (str, ["", "a"], [1, None, b"a"], "a text in quotes"),
        (int | None, [3, None], [2.5, False], "a whole number, or None"),
        (Annotated[float, Ge(1)], [1, 1.5], [0.99], "a number from 1 on"),
        (Annotated[float, Gt(0)], [1e-9], [0, -1], "a number above 0"),
        (Annotated[float, Gt(0), Le(0.5)], [0.5], [0, 0.51], "a number above 0 and at most 0.5"),
        (Annotated[float, Ge(0), Lt(1)], [0, 0.99], [1], "a number from 0 on and below 1"),
        (Annotated[float, Lt(1)], [-9], [1], "a number below 1"),
        (Annotated[int, Ge(4), Le(2_000)], [4], [3, 2_001], "a whole number from 4 to 2,000"),
        (Literal["a", "b"], ["a"], ["c", None, 1], "'a' or 'b'"),
        (Literal["a", "b", "c"] | None, ["c", None], ["d"], "one of 'a', 'b', 'c', or None"),
        (
            Rate | Annotated[Sequence[Rate], Len(2, 2)],
            [0.1, [0.1, 1], (0.1, 1)],
            [0, [0.1], [0.1, 2], (0.1, True), "ab"],
            "a number above 0 and at most 1, or a list of 2 numbers above 0 and at most 1",
        ),
    ],
    ids=str,
)
def test_a_value_is_taken_or_refused_with_what_would_be_right(
    annotation: Any, fitting: list[Any], others: list[Any], words: str
) -> None:
    assert expected(annotation) == words
    for value in fitting:
        check("option", value, annotation)
    for value in others:
        with pytest.raises(InputError, match=r"^option must be ") as told:
            check("option", value, annotation)
        assert f"not {value!r}" in str(told.value) and "\n" not in str(told.value)


def test_the_nearest_choice_and_advice_stand_behind_the_value() -> None:
    mode = Annotated[Literal["mix", "pretrain"], Advice("mix is what most people want")]
    with pytest.raises(InputError) as told:
        check("mode", "mixed", mode)
    assert str(told.value) == (
        "mode must be 'mix' or 'pretrain', not 'mixed' (did you mean 'mix'?); "
        "mix is what most people want"
    )


def test_an_array_is_not_printed_in_an_error() -> None:
    with pytest.raises(
        InputError, match=r"factor must be a number, not something of type ndarray$"
    ):
        check("factor", np.zeros((20, 20)), float)


class Options:
    @checked
    def __init__(self, share: Rate = 0.5, spec: Any = None, *, deep: bool = False) -> None:
        self.given = share, spec, deep


def test_options_are_checked_by_name_and_by_place_and_kept_as_they_came() -> None:
    assert Options(1, {"a": 2}, deep=True).given == (1, {"a": 2}, True)
    assert type(Options(1).given[0]) is int
    for call in (lambda: Options(0), lambda: Options(share=0), lambda: Options(deep=1)):  # type: ignore[arg-type]
        with pytest.raises(InputError, match=r"share must|deep must"):
            call()
    with pytest.raises(TypeError, match="unexpected keyword"):
        Options(shre=0.2)  # type: ignore[call-arg]
    assert list(inspect.signature(Options.__init__).parameters) == ["self", "share", "spec", "deep"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_option_of_a_built_in_policy_says_what_it_takes(name: str) -> None:
    policy = resolve(name)
    for option in parameters(policy):
        if option not in ("spec", "pipeline"):
            wrong = object()
            given = {**{"target": "a", "source": "b"}, option: wrong}
            given = {key: value for key, value in given.items() if key in parameters(policy)}
            with pytest.raises(InputError, match=f"^{option} must be"):
                policy(**given)
