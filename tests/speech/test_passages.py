"""What of an answer is read aloud, and in which passages: they are the same while it is being written as when it is whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.speech import spoken_text
from conversations.speech.passages import LONGEST_SENTENCE, Passage, passages

ANSWER = """## The sky

It is **blue**, see [the *page*](https://example.org/a_(b)) & `foo_bar()`. Light of $\\lambda$ costs $5 &amp; 5 * 3 snake_cases!

```python
print("no. No. No.")
```

| a | b |
|---|---|
| 1 | 2 |

- [x] Это так. He said “Stop.” Then
  he left. <br>\\*Not\\* ![Pic](a.png) bold.
1. One[^1]

> A quote

    print("indented")

[^1]: The note
"""
MARKUP = st.sampled_from([*"*_`~$[]()!<>|#-\\&;.:?\n 1aB", "```", "**", "\n\n", "](", "- ", "| - |\n", "$$", "。", "a. "])


def said(answer: str, *, is_whole: bool = True) -> str:
    return "\n".join(passage.text for passage in passages(answer, is_whole=is_whole))


def test_code_tables_and_the_like_are_named_and_nothing_is_spelled_out() -> None:
    assert said(ANSWER).split("\n") == [
        "The sky",
        "It is blue, see the page & foo_bar().",
        "Light of a formula costs $5 & 5 * 3 snake_cases!",
        "Some code.",
        "A table.",
        "Это так.",
        "He said “Stop.”",
        "Then he left.",
        "*Not* a picture bold.",
        "One",
        "A quote",
        "Some code.",
        "The note",
    ]


def test_the_first_sentences_come_alone_and_the_others_together() -> None:
    found = passages("One. Two. Three is a longer sentence. " + "And so on, for a while. " * 20, is_whole=True)
    assert [passage.text.count(".") for passage in found[:3]] == [1, 4, 6]
    assert found[0] == Passage(0, 5, "One.")
    assert all(one.end == another.start for one, another in zip(found, found[1:], strict=False))


def test_an_endless_sentence_is_cut_between_words() -> None:
    found = passages("word " * 300, is_whole=True)
    assert len(found) > 1
    assert all(len(passage.text) <= LONGEST_SENTENCE + 240 and passage.text.endswith("word") for passage in found)


def test_what_is_being_written_is_cut_as_it_will_be() -> None:
    whole = passages(ANSWER, is_whole=True)
    for length in range(len(ANSWER)):
        begun = passages(ANSWER[:length], is_whole=False)
        assert begun == whole[: len(begun)]


@given(st.lists(MARKUP, max_size=60).map("".join))
def test_whatever_a_model_writes_is_cut(answer: str) -> None:
    found = passages(answer, is_whole=True)
    places = [place for passage in found for place in (passage.start, passage.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(answer) for place in places)


@pytest.mark.parametrize("piece", ["!", "[^", "`a ", "_a"])
def test_hostile_text_takes_no_time_with_the_square_of_its_length(piece: str) -> None:
    assert passages(piece * 100_000, is_whole=True) is not None  # the first would take five minutes, which is longer than a test may


def test_an_answer_is_cut_once_however_many_of_its_passages_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from conversations.speech import passages as cutting

    cut: list[str] = []

    def blocks(answer: str) -> Iterator[spoken_text.Block]:
        cut.append(answer)
        return spoken_text.blocks(answer)

    monkeypatch.setattr(cutting, "blocks", blocks)
    text = "A newt swims. It is green. " * 400
    first = [cutting.passages(text, is_whole=True) for _ in range(3)]
    assert (len(cut), len(first[0]) > 40, first[1:]) == (1, True, [first[0]] * 2)
    assert cutting.passages(text[:20], is_whole=False) == first[0][:1], "An answer that is being written is another text."
