"""A difference, put together again, is the old text and the new one; changed words are marked where that helps."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.studio.text_difference import CONTEXT, Line, compare, hunks, with_hunks

TEXTS = st.lists(st.text("ab \t", max_size=8), max_size=CONTEXT).map("\n".join)  # short enough that nothing is skipped


def side(lines: list[Line], *kinds: str) -> str:
    return "\n".join("".join(piece.text for piece in line.pieces) for line in lines if line.kind in kinds)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_it(old: str, new: str) -> None:
    lines = compare(old, new)
    if old == new:
        assert lines == []
    else:
        assert side(lines, "same", "removed") == old
        assert side(lines, "same", "added") == new


def test_words_are_marked_within_a_line_that_changed_a_little() -> None:
    removed, added = compare("Answer in one short sentence.", "Answer in two short sentences.")
    assert [piece.text for piece in removed.pieces if piece.changed] == ["one", "sentence"]
    assert [piece.text for piece in added.pieces if piece.changed] == ["two", "sentences"]


def test_lines_that_have_nothing_in_common_get_no_marks() -> None:
    lines = compare("How do I start?", "Compare SQLite and PostgreSQL")
    assert not any(piece.changed for line in lines for piece in line.pieces)


def test_what_did_not_change_is_left_out_but_for_a_few_lines() -> None:
    text = [f"line {number}" for number in range(100)]
    lines = compare("\n".join(text), "\n".join([*text[:50], "new", *text[50:]]))
    assert [line.kind for line in lines] == ["skipped", *["same"] * CONTEXT, "added", *["same"] * CONTEXT, "skipped"]


def test_a_huge_line_does_not_hold_up_the_page() -> None:
    before = time.thread_time()
    lines = compare("word " * 30_000, "other " * 30_000)
    assert time.thread_time() - before < 5
    assert [line.kind for line in lines] == ["removed", "added"]


@pytest.mark.parametrize("between", [" ", " x "])
def test_what_is_common_but_short_and_apart_does_not_hold_it_up(between: str) -> None:
    """As where a paragraph is written in another language, or by a writer who wants to hold up the page."""
    old, new = (between.join(f"{letter}{number}" for number in range(900)) for letter in "ab")
    began = time.thread_time()
    lines = compare(old, new)
    assert time.thread_time() - began < 3
    assert (side(lines, "same", "removed"), side(lines, "same", "added")) == (old, new)


@given(TEXTS, TEXTS)
def test_all_hunks_make_the_new_text_and_none_the_old_one(old: str, new: str) -> None:
    found = hunks(old, new)
    assert with_hunks(old, found) == new
    assert with_hunks(old, []) == old
    for left_out in found:  # each is taken without the others
        assert with_hunks(with_hunks(old, [left_out]), []) != old


def test_lines_that_stand_against_each_other_are_taken_one_by_one() -> None:
    old, new = "Be kind.\nBe brief.\nBe gone.", "Be very kind.\nBe very brief.\nBe gone.\nGoodbye."
    first, second, added = hunks(old, new)
    assert [(one.line, one.old, one.new) for one in (first, added)] == [(1, ("Be kind.",), ("Be very kind.",)), (4, (), ("Goodbye.",))]
    assert with_hunks(old, [second, added]) == "Be kind.\nBe very brief.\nBe gone.\nGoodbye."
