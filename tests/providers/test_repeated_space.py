"""White space at the end of a text isn't repeated by its continuation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from conversations.providers.repeated_space import RepeatedSpace

SPACE = some.text(alphabet=" \n\t", max_size=8)


def without(before: str, *pieces: str) -> str:
    repeated = RepeatedSpace(before)
    return "".join(repeated.without(piece) for piece in pieces) + repeated.rest()


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("", " word", " word"),
        (" ", " word", "word"),
        (" ", "word", "word"),
        (" ", "\n\n- item", "\n\n- item"),
        ("\n", "\n\nParagraph", "\nParagraph"),
        ("\n\n", "\nParagraph", "Paragraph"),
        ("\n    ", "\n        return", "    return"),
        ("\n    ", "    return", "return"),
        ("\n", " ", " "),
    ],
)
def test_examples(before: str, after: str, kept: str) -> None:
    assert without(before, after) == kept
    assert without(before, *after) == kept


@settings(derandomize=True, deadline=None, database=None)
@given(SPACE, SPACE, some.text(), some.integers(0, 20))
def test_a_repetition_goes_wherever_the_text_is_cut(before: str, more: str, text: str, cut: int) -> None:
    follows = before + more + text
    assert without(before, follows[:cut], follows[cut:]) == more + text


@settings(derandomize=True, deadline=None, database=None)
@given(SPACE, some.text(alphabet="a \n"))
def test_nothing_but_space_is_taken(before: str, follows: str) -> None:
    assert without(before, *follows).lstrip() == follows.lstrip()


def test_no_more_is_held_back_than_may_be_a_repetition() -> None:
    assert RepeatedSpace(" ").without("  ") == " "
    assert RepeatedSpace("").without(" ") == " "
    assert RepeatedSpace("\n\n").without("\n") == ""
