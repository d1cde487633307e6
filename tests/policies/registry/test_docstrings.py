"""Is a Google docstring taken apart where it says so?"""

from __future__ import annotations

from augbench.policies.registry.docstrings import arguments, prose, summary

DOCSTRING = """Does ``one`` thing,
    on two lines.

    Then `another`.

    >>> 1 + 1
    2

    Args:
        first: a text: with a colon.
        second (int): goes on
            here.

        third:
            below.

    Raises:
        ValueError: never.
    """


def test_the_first_paragraph_is_the_summary_and_prose_ends_at_an_example() -> None:
    assert summary(DOCSTRING) == "Does one thing, on two lines."
    assert prose(DOCSTRING) == ("Then another.",)


def test_arguments_are_found_with_all_their_lines() -> None:
    assert arguments(DOCSTRING) == {
        "first": "a text: with a colon.",
        "second": "goes on here.",
        "third": "below.",
    }


def test_nothing_is_found_in_nothing() -> None:
    for nothing in (None, "", "Args:\n    a: b\n"):
        assert (summary(nothing), prose(nothing)) == ("", ())
    assert arguments("Only a line.") == {}
