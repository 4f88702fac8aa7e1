"""Two administrators' changes of one wording are brought together; what both changed is told, and neither text is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.studio.merging import Clash, merge, merge_texts
from conversations.studio.wording import Wording, wording_of

TEXTS = st.lists(st.sampled_from(["a", "b c", "c b", "", "d"]), max_size=6).map("\n".join)


def wording(text: str = "", model: str = "", starters: list[str] | None = None, **parameters: float) -> Wording:
    return {**wording_of(None), "text": text, "model": model, "parameters": parameters, "starters": starters or []}


@given(TEXTS, TEXTS)
def test_a_change_of_one_side_alone_is_taken_whole(base: str, changed: str) -> None:
    assert merge_texts(base, changed, base) == (changed, [])
    assert merge_texts(base, base, changed) == (changed, [])
    assert merge_texts(base, changed, changed) == (changed, [])


@given(TEXTS, TEXTS, TEXTS)
def test_where_nothing_clashes_it_does_not_matter_who_merges(base: str, ours: str, theirs: str) -> None:
    one, other = merge_texts(base, ours, theirs), merge_texts(base, theirs, ours)
    assert bool(one[1]) == bool(other[1])
    if not one[1]:
        assert one == other


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("one\ntwo\nthree", "ONE\ntwo\nthree", "one\ntwo\nTHREE", "ONE\ntwo\nTHREE"),
        ("one\ntwo\nthree", "one\nthree", "one\ntwo\nthree\nfour", "one\nthree\nfour"),
        ("one\ntwo", "zero\none\ntwo", "one\ntwo\nthree", "zero\none\ntwo\nthree"),
        ("Answer in one short sentence.", "Answer in two short sentences.", "Always answer in one short sentence.", None),
        (
            "You are kind and brief.",
            "You are very kind and brief.",
            "You are kind and brief, and honest.",
            "You are very kind and brief, and honest.",
        ),
        ("x", "", "x", ""),
        ("", "ours", "", "ours"),
    ],
)
def test_changes_in_different_places_are_both_kept(base: str, ours: str, theirs: str, merged: str | None) -> None:
    text, clashes = merge_texts(base, ours, theirs)
    if merged is None:
        assert (text, clashes) in [("Always answer in two short sentences.", []), (ours, [(ours, theirs)])]
    else:
        assert (text, clashes) == (merged, [])


def test_where_both_changed_the_same_words_ours_stay_and_both_are_told() -> None:
    text, clashes = merge_texts("Hello.\nBe brief.\nBye.", "Hello.\nBe kind.\nBye.", "Hello!\nBe loud.\nBye.")
    assert text in ("Hello.\nBe kind.\nBye.", "Hello!\nBe kind.\nBye.")
    assert [("kind" in ours, "loud" in theirs) for ours, theirs in clashes] == [(True, True)]


def test_model_parameters_and_starters_are_merged_each_by_itself() -> None:
    base = wording("t", "gpt-5", ["One?", "Two?"], temperature=0.5, top_p=1.0)
    ours = wording("t", "gpt-6", ["One?", "Two?", "Three?"], temperature=0.7, top_p=1.0)
    theirs = wording("t", "gpt-5", ["Zero?", "One?", "Two?"], temperature=0.2)
    merged, clashes = merge(base, ours, theirs)
    assert merged == wording("t", "gpt-6", ["Zero?", "One?", "Two?", "Three?"], temperature=0.7)
    assert clashes == [Clash("Temperature", "0.7", "0.2")]


def test_long_texts_hold_up_no_page() -> None:
    lines = [f"line {number} says something" for number in range(4000)]
    before = time.monotonic()
    text, clashes = merge_texts("\n".join(lines), "\n".join(["new", *lines]), "\n".join([*lines, "last"]))
    assert (text, clashes) == ("\n".join(["new", *lines, "last"]), [])
    merge_texts("word " * 30_000, "other " * 30_000, "third " * 30_000)
    merge_texts("\n" * 100_000, "\n" * 99_000, "x\n" * 100_000)
    assert time.monotonic() - before < 5


def test_variables_and_examples_are_merged_each_by_itself() -> None:
    def asked(name: str, **more: object) -> dict[str, object]:
        return {"name": name, "type": "text", **more}

    def said(*texts: str) -> list[dict[str, str]]:
        return [{"role": ("user", "assistant")[number % 2], "text": text} for number, text in enumerate(texts)]

    base = wording() | {"variables": [asked("a"), asked("b")], "examples": said("1", "2", "3", "4")}
    ours = wording() | {"variables": [asked("a"), asked("b", help="Ours"), asked("c")], "examples": said("1", "2", "3", "4", "5", "6")}
    theirs = wording() | {"variables": [asked("b"), asked("d")], "examples": said("1", "2!", "3", "4"), "output_schema": {"type": "object"}}
    merged, clashes = merge(base, ours, theirs)
    assert merged["variables"] == [asked("b", help="Ours"), asked("c"), asked("d")]
    assert merged["examples"] == said("1", "2!", "3", "4", "5", "6")
    assert merged["output_schema"] == {"type": "object"}
    assert clashes == []
