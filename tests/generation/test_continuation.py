"""A continuation joins the text before it: nothing twice, nothing lost, fences and spaces right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from conversations.generation.continuation.repetition import MAX_QUOTATION_CHARACTERS, MAX_REPETITION_CHARACTERS, quotation
from conversations.generation.continuation.seam import Seam

deterministic = settings(derandomize=True, deadline=None, database=None, max_examples=300)
REPETITIVE = some.lists(
    some.sampled_from(["ha", " ", "\n", "ha ha", "…", '"', "```", "```py\n", "1. ", "é", "e\u0301", "👩‍👩‍👧", "語", "."]), max_size=60
)
TEXT = some.one_of(some.text(), some.text(alphabet="ab \n`"), REPETITIVE.map("".join), some.text(min_size=100, max_size=300))
CUTS = some.lists(some.integers(0, 300), max_size=10)


def joined(said: str, *pieces: str) -> str:
    seam = Seam(said)
    return said + "".join([*map(seam.feed, pieces), seam.close()])


def cut(text: str, places: list[int]) -> list[str]:
    borders = sorted({0, len(text), *(min(place, len(text)) for place in places)})
    return [text[start:end] for start, end in zip(borders, borders[1:], strict=False)]


@deterministic
@given(TEXT, some.integers(0, 300), CUTS)
def test_a_model_that_repeats_what_was_quoted_gives_the_original(text: str, broken: int, places: list[int]) -> None:
    said = text[:broken]
    again = text[len(said.rstrip()) - len(quotation(said)) :]
    assert joined(said, *cut(again, places)) == text


@deterministic
@given(TEXT, TEXT, CUTS)
def test_it_does_not_matter_how_the_text_is_cut(said: str, more: str, places: list[int]) -> None:
    assert joined(said, *cut(more, places)) == joined(said, more) == joined(said, *more)


def bare(text: str) -> str:
    return "".join(text.split())


@deterministic
@given(TEXT, TEXT)
def test_only_a_repetition_is_dropped(said: str, more: str) -> None:
    shown = bare(joined(said, more)[len(said) :])
    assert bare(more).endswith(shown)
    dropped = bare(more)[: len(bare(more)) - len(shown)].strip("\"'`“”…")
    info = next((line.strip("`~ ") for line in more.split("\n") if line.lstrip().startswith(("```", "~~~"))), "")
    assert bare(said).strip("\"'`“”…").endswith((dropped, dropped.removeprefix(bare(info)).lstrip("\"'`“”….")))


@deterministic
@given(TEXT.filter(str.strip), some.text(min_size=10, max_size=60), some.booleans())
def test_no_more_is_held_back_than_may_be_a_repetition(said: str, more: str, repeats: bool) -> None:
    seam = Seam(said)
    given = 0
    for fed, character in enumerate((said[-1500:] + more) if repeats else more * 20, 1):
        given += len(seam.feed(character))
        if fed > MAX_REPETITION_CHARACTERS + len(said):
            assert given


@deterministic
@given(TEXT)
def test_what_is_quoted_is_the_end(said: str) -> None:
    quoted = quotation(said)
    assert said.rstrip().endswith(quoted)
    assert len(quoted) <= MAX_QUOTATION_CHARACTERS
    assert quoted == quoted.strip()
    assert bool(quoted) == bool(said.strip())


def test_quotations() -> None:
    assert quotation("") == ""
    assert quotation("One, two, ") == "One, two,"
    assert quotation("word " * 50 + "end") == "word " * 15 + "end"
    assert quotation("First line\nThe second line is long enough.\n") == "The second line is long enough."
    assert quotation("The line before is needed\nhere") == "The line before is needed\nhere"


PARAGRAPH = "France is a country in Western Europe. It is known for its cheese, of which there are many kinds. Its capital"


@pytest.mark.parametrize(
    ("said", "more", "whole"),
    [
        # Repetitions
        ("The capital of France is", "The capital of France is Paris.", "The capital of France is Paris."),
        ("The capital of France is", "France is Paris.", "The capital of France is Paris."),
        ("The capital of Fran", "France is Paris.", "The capital of France is Paris."),
        ("The capital of Fran", "The capital of France is Paris.", "The capital of France is Paris."),
        (PARAGRAPH, PARAGRAPH + " is Paris.", PARAGRAPH + " is Paris."),
        (PARAGRAPH, "It is known for its cheese, of which there are many kinds. Its capital is Paris.", PARAGRAPH + " is Paris."),
        ("Intro.\n\n" + PARAGRAPH, PARAGRAPH + " is Paris.", "Intro.\n\n" + PARAGRAPH + " is Paris."),
        ("It was very very", "very good.", "It was very very good."),
        ("最初の文です。次の文は", "次の文は長いです。", "最初の文です。次の文は長いです。"),
        # White space within it and around it
        ("One  two\nthree four", "One two three four five", "One  two\nthree four five"),
        ("Some words here. ", "Some words here. More.", "Some words here. More."),
        ("Some words here.\n\n", "Some words here.\n\nMore.", "Some words here.\n\nMore."),
        ("Some words here.\n\n", "\n\nMore.", "Some words here.\n\nMore."),
        ("def f():\n    ", "def f():\n        return 1", "def f():\n        return 1"),
        ("Some words here.\n\n", "Some words here. ", "Some words here.\n\n "),
        # Ornaments
        ("The capital of France is", "“The capital of France is” Paris.", "The capital of France is Paris."),
        ("The capital of France is", '"The capital of France is" Paris.', "The capital of France is Paris."),
        ("The capital of France is", "…of France is Paris.", "The capital of France is Paris."),
        ("The capital of France is", "...of France is Paris.", "The capital of France is Paris."),
        ("The capital of France is", '"... of France is Paris."', 'The capital of France is Paris."'),
        # Nothing repeated
        ("The capital", "of France", "The capital of France"),
        ("The capital of France,", "Paris", "The capital of France, Paris"),
        ("The capital", " of France", "The capital of France"),
        ("The capital ", "of France", "The capital of France"),
        ("The capital", ", Paris", "The capital, Paris"),
        ("Paris", "(in France)", "Paris (in France)"),
        ("Paris", "– the capital", "Paris – the capital"),
        ("In 20", "24", "In 2024"),
        ("Pi is 3.", "14", "Pi is 3.14"),
        ("日本", "語", "日本語"),
        ("", " text", " text"),
        ("", "```py\n", "```py\n"),
        ("The end", "The best is yet to come", "The end The best is yet to come"),
        ("Quote:", "“Hello” she said", "Quote:“Hello” she said"),
        # Blocks
        ("Done.", "## Next", "Done.\n\n## Next"),
        ("Done.\n\n", "## Next", "Done.\n\n## Next"),
        ("Like this:", "```py\nx\n```", "Like this:\n\n```py\nx\n```"),
        ("- one\n- two", "- three", "- one\n- two\n- three"),
        ("1. one\n2. two", "3. three", "1. one\n2. two\n3. three"),
        # Fences
        ("```py\nfor x in y:\n", "```py\n    print(x)\n```", "```py\nfor x in y:\n    print(x)\n```"),
        ("```py\nfor x in y:", "```py\n    print(x)\n```", "```py\nfor x in y:\n    print(x)\n```"),
        ("```py\nfor x in y:\n", "```python\nfor x in y:\n    print(x)\n```", "```py\nfor x in y:\n    print(x)\n```"),
        ("```py\nfor x in y:\n    pri", "```python\nfor x in y:\n    print(x)\n```", "```py\nfor x in y:\n    print(x)\n```"),
        ("```\nfor x in y:\n    pri", "```\nfor x in y:\n    print(x)\n```", "```\nfor x in y:\n    print(x)\n```"),
        ("```py\nx = foo(", "```py\nfoo(1)\n```\nDone.", "```py\nx = foo(1)\n```\nDone."),
        ("```py\nx = 1\n", "```\n\nDone.", "```py\nx = 1\n```\n\nDone."),
        ("```py\nx = 1", "```\n\nDone.", "```py\nx = 1\n```\n\nDone."),
        ("```py\nx = 1\n```\n", "```sh\nls\n```", "```py\nx = 1\n```\n```sh\nls\n```"),
        ("```py\nx.", "append(1)", "```py\nx.append(1)"),
        ("```md\n```py opens it:\n", "```md\n```\n", "```md\n```py opens it:\n```\n"),
        ("- item\n\n    ~~~\n    x = 1\n", "~~~py\n    y = 2\n", "- item\n\n    ~~~\n    x = 1\n    y = 2\n"),
    ],
)
def test_examples(said: str, more: str, whole: str) -> None:
    assert joined(said, more) == whole
    assert joined(said, *more) == whole


def test_words_that_are_longer_than_a_quotation() -> None:
    said = "abcdefghijk" * 20
    assert joined(said, quotation(said) + "lmn") == said + "lmn"


def test_the_first_words_come_at_once() -> None:
    seam = Seam("The capital of France is")
    assert seam.feed("P") == " P"
    assert seam.feed("aris") == "aris"
    assert seam.close() == ""


def test_it_is_over_once_nothing_is_held_back() -> None:
    seam = Seam("Some “words” here.\n")
    over = []
    for character in "“Some “words” here.”\nMo":
        seam.feed(character)
        over.append(seam.over)
    assert over == [False] * (len(over) - 3) + [True] * 3
    assert Seam("").over


def test_a_repetition_that_breaks_off_is_shown() -> None:
    assert joined("The capital of France is", "The capital") == "The capital of France is The capital"


def test_a_long_repetition_of_nothing_is_not_waited_for() -> None:
    seam = Seam("x " * 2000)
    assert seam.feed("." * 5000)
    assert seam.feed("more") == "more"
