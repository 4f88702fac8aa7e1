"""What a model suggests as a title is cleaned or dropped; until then, and without it, the first words of the question stand there."""

import pytest

from conversations.commands.titles import first_words
from conversations.generation.title_suggestion import cleaned


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Moving averages", "Moving averages"),
        ('"Moving averages"', "Moving averages"),
        ("**Title:** Moving averages.", "Moving averages"),
        ("\n\n# Moving   averages\n", "Moving averages"),
        ("Moving averages\nare means over a window", ""),
        ("The person wrote about averages", ""),
        ("„Gleitende Mittel“", "Gleitende Mittel"),
        ("", ""),
        ("...", ""),
        ("I would be happy to help you with a title for this conversation, here it is", ""),
    ],
)
def test_what_the_model_says_becomes_a_title_or_nothing(said: str, title: str) -> None:
    assert cleaned(said) == title


def test_first_words_are_cut_between_words() -> None:
    assert first_words("short\n question") == "short question"
    assert first_words("# Heading\n\n- **one** of `these`\n> quoted, 2 * 3") == "Heading one of these quoted, 2 3"
    assert first_words("***") == "***"
    long = first_words("word " * 40)
    assert long.endswith("word…")
    assert len(long) <= 61
    assert first_words("x" * 200) == "x" * 60 + "…"
