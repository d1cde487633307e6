"""Does the grammar of policies read what users type, and say where it breaks?"""

from __future__ import annotations

import ast

import pytest
from augbench.policies.expression import Term, parse, parse_call, parse_grid
from hypothesis import given, settings
from hypothesis import strategies as st

from augbench.errors import InputError


def test_a_bare_name_is_its_own_label() -> None:
    expression = parse("  keras-layers ")
    assert expression.label == expression.text == "keras-layers"
    assert expression.terms == (Term("keras-layers"),)


def test_options_are_python_literals() -> None:
    (term,) = parse(
        "gan(factor=2.5, share=-1, loss='a+b=(c', on=True, range=(.8, 1), x=None)"
    ).terms
    assert term.options == {
        "factor": 2.5,
        "share": -1,
        "loss": "a+b=(c",
        "on": True,
        "range": (0.8, 1),
        "x": None,
    }


def test_a_label_stands_before_the_equals_sign() -> None:
    expression = parse("flips=albumentations(spec='flip')")
    assert expression.label == "flips"
    assert expression.terms[0].options == {"spec": "flip"}


@pytest.mark.parametrize(
    "label", ["a+b (5 %)", "it's", "größer – als", "gan(minutes=1)", "50%", "<b>&"]
)
def test_a_label_may_hold_odd_characters(label: str) -> None:
    expression = parse(f"{label}=keras(draws='native') + repeat(factor=2)")
    assert expression.label == label
    assert [term.name for term in expression.terms] == ["keras", "repeat"]


def test_an_equals_sign_within_options_is_no_label() -> None:
    expression = parse("gan(loss='a=none') + repeat(factor=2)")
    assert expression.label == expression.text


def test_a_plug_in_is_module_colon_class() -> None:
    assert parse_call("my_pkg.mod:MyPolicy(p=0.5)") == ("my_pkg.mod:MyPolicy", {"p": 0.5})


def test_the_canonical_form_ignores_label_space_and_order() -> None:
    one = parse("x=a( c = 'q' ,b=1 )+d()")
    two = parse('a(b=1, c="q") + d')
    assert one.canonical() == two.canonical() == "a(b=1, c='q') + d"


def test_the_canonical_form_parses_back_to_the_same_terms() -> None:
    expression = parse("l=a(x=[1, 'b=c'], reseed=3) + m.n:K(y={'k': (1,)})")
    again = parse(expression.canonical())
    assert (again.terms, again.reseed) == (expression.terms, expression.reseed)


def test_reseed_is_taken_out_of_the_options_but_stays_in_the_canonical_form() -> None:
    expression = parse("keras(spec='flip', reseed=2)")
    assert expression.reseed == 2
    assert expression.terms == (Term("keras", {"spec": "flip"}),)
    assert expression.canonical() != parse("keras(spec='flip')").canonical()
    assert parse("none(reseed=0)").canonical() == "none"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 1, "missing"),
        ("a +", 4, "missing"),
        ("gan(3)", 5, "3 has no name"),
        ("gan(factor=3, 4)", 16, "positional"),
        ("gan(loss=hinge)", 10, "loss='hinge'"),
        ("gan(insist=true)", 12, "insist=True"),
        ("gan(f=__import__('os').system('x'))", 7, "literal"),
        ("gan(f=1e999)", 7, "literal"),
        ("gan(f=b'x')", 7, "literal"),
        ("gan(f=1, f=2)", 10, "twice"),
        ("gan(**{'a': 1})", 5, "**"),
        ("gan(factor=3", 4, "never closed"),
        ("gan(a='x)", 7, "never closed"),
        ("gan(a=[1))", 9, "']'"),
        ("gan(factor=3) albumentations", 15, "unexpected 'a'"),
        ("gan(factor==3)", 5, "option=literal"),
        ("name(a=1).b(c=2)", 10, "unexpected '.'"),
        ("label=gan(3)", 11, "named"),
        ("a=b=none", 2, "as in 'mine=none'"),
        ("x=0.1=keras(draws='native')", 2, "as in 'mine=keras(draws='native')'"),
        ("a==none", 2, "label=name(…)"),
        ("=none", 1, "empty"),
        ("gan(ä='ö', x=y)", 14, "x='y'"),
    ],
)
def test_a_broken_text_is_refused_in_one_line_with_its_position(
    text: str, position: int, words: str
) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert f"character {position}:" in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("reseed", ["-1", "1.5", "True", "'1'"])
def test_reseed_must_be_a_whole_number(reseed: str) -> None:
    with pytest.raises(InputError, match="reseed"):
        parse(f"none(reseed={reseed})")


def test_reseed_belongs_to_the_whole_chain() -> None:
    assert parse("gan(factor=2) + keras(reseed=4)").reseed == 4
    with pytest.raises(InputError, match="once"):
        parse("gan(reseed=1) + keras(reseed=1)")


def test_none_is_added_first_where_absent() -> None:
    assert [e.label for e in parse_grid(["keras", "a=none"])] == ["none", "keras", "a"]
    assert [e.label for e in parse_grid(["keras", "none"])] == ["keras", "none"]
    assert [e.label for e in parse_grid(["none()", "keras"])] == ["none", "keras"]


def test_two_policies_of_one_label_are_refused_with_a_way_out() -> None:
    with pytest.raises(InputError, match="again=keras"):
        parse_grid(["keras", "keras"])


def test_the_label_none_is_kept_for_the_baseline() -> None:
    with pytest.raises(InputError, match="baseline"):
        parse_grid(["none=keras"])


def test_a_call_is_no_chain() -> None:
    with pytest.raises(InputError, match="chain"):
        parse_call("a + b")


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_either_understood_or_refused(text: str) -> None:
    try:
        parse(text)
    except InputError as error:
        assert "\n" not in str(error)


literals = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["a", "b_c", "spec"]), literals))
@settings(max_examples=100, deadline=None)
def test_options_come_back_as_python_wrote_them(options: dict[str, object]) -> None:
    written = ", ".join(f"{key}={value!r}" for key, value in options.items())
    expression = parse(f"label=p({written})")
    assert expression.label == "label"
    assert expression.terms[0].options == ast.literal_eval(repr(options))
