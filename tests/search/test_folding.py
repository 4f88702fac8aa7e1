"""What counts as a word, in every script, and what a query asks for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.search.excerpts import excerpt
from conversations.search.folding import MAX_WORD_CHARACTERS, fold, places
from conversations.search.query import parse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Crème BRÛLÉE, Straße", "creme brulee strasse"),
        ("e\u0301te\u0301 Łódź smørrebrød", "ete lodz smorrebrod"),
        ("foo_bar foo.bar foo-bar(baz)", "foo bar foo bar foo bar baz"),
        ("Ελληνικός İstanbul", "ελληνικοσ istanbul"),
        ("東京都に。猫", "東京 京都 都に に 猫"),
        ("ＡＢＣ ｶﾅ", "abc カナ ナ"),
        ("가나다", "가나 나다 다"),
        ("हिन्दी में", "हिन्दी में"),
        ("שָׁלוֹם العَرَبِيَّة", "שלום العربية"),
        ("soft\u00adhyphen 🎉!", "softhyphen 🎉"),
        ("Python3入門 v2", "python3 入門 門 v2"),
        ('\x00 *"() … – \ue000', ""),
        ("a" * 500, "a" * MAX_WORD_CHARACTERS),
    ],
)
def test_words(text: str, words: str) -> None:
    assert fold(text) == words.split()


@given(st.text())
def test_words_hold_nothing_that_means_something_to_a_database(text: str) -> None:
    for word in fold(text):
        assert not set(word) & set(" \t\n\0\"'*:&|!()^+-\\\ue000")
        assert 0 < len(word) <= MAX_WORD_CHARACTERS


@given(st.text(st.characters(codec="utf-8")))
def test_places_are_those_of_the_same_words(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    found = places(text)
    assert [place.word for place in found] == fold(text)
    assert all(0 <= place.begin < place.end <= len(text) for place in found)


@pytest.mark.parametrize(
    ("typed", "words", "prefixes", "sequences"),
    [
        ("red bal", ["red"], ["bal"], []),
        ("c", ["c"], [], []),
        ('"red balloon" x', ["red", "balloon"], [], [" red balloon ", " x"]),
        ("“to be or", ["to", "be"], ["or"], [" to be or"]),
        ("foo_bar baz", ["foo", "bar"], ["baz"], [" foo bar "]),
        ("foo.ba", ["foo"], ["ba"], [" foo ba"]),
        ("東京", ["東京"], [], []),
        ("東京都", ["東京", "京都"], [], [" 東京 京都 "]),
        ("猫 x", [], ["猫"], [" x"]),
        ("NEAR(a, b) AND c*", ["near", "a", "b", "and"], [], [" near a ", " c"]),
    ],
)
def test_a_query(typed: str, words: list[str], prefixes: list[str], sequences: list[str]) -> None:
    query = parse(typed)
    assert query is not None
    assert (list(query.words), list(query.prefixes), list(query.sequences)) == (words, prefixes, sequences)


@pytest.mark.parametrize("typed", ["", " ", '"', '""', "()*:-^", "…", "\x00"])
def test_a_query_without_a_word(typed: str) -> None:
    assert parse(typed) is None


def hits(text: str, typed: str) -> tuple[str, list[str]]:
    query = parse(typed)
    assert query is not None
    shown, found = excerpt(text, query)
    return shown, [shown[begin:end] for begin, end in found]


def test_an_excerpt_shows_where_the_words_stand_together() -> None:
    far = "something else entirely " * 400
    shown, found = hits(f"red {far} a red balloon rises. {far}", "red ball")
    assert "red balloon rises" in shown
    assert found == ["red", "balloon"]
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 200


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("Ein schöner **Gruß** aus `foo_bar`", "GRUSS foo", ["Gruß", "foo"]),
        ("私は東京都に行く", "東京都", ["東京都"]),
        ("私は猫が好き", "猫", ["猫"]),
        ("𝕏 and 🎉🎉 party", "party", ["party"]),
        ("e\u0301te\u0301", "ete", ["été"]),
    ],
)
def test_hits_are_marked_in_the_text_as_it_was_written(text: str, typed: str, found: list[str]) -> None:
    assert hits(text, typed)[1] == found


@given(st.text(), st.text())
def test_there_is_an_excerpt_of_everything(text: str, typed: str) -> None:
    if query := parse(typed):
        shown, found = excerpt(text, query)
        assert all(0 <= begin < end <= len(shown) for begin, end in found)
