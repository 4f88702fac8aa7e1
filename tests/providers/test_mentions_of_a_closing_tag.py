"""A `</think>` without its opening tag folds away what was said before it, unless the answer only talks about the tag."""

from __future__ import annotations

import pytest

from conversations.providers import thought_endings, thought_tags
from conversations.providers.parts import Delta, WasReasoning
from conversations.providers.thought_tags import ThoughtTags


def read(pieces: list[str]) -> tuple[str, str]:
    """The text and the reasoning that are shown in the end."""
    tags, text, reasoning = ThoughtTags(), "", ""
    for part in [*(part for piece in pieces for part in tags.feed(piece)), *tags.rest()]:
        match part:
            case WasReasoning(characters):
                place = len(text) - characters
                reasoning, text = reasoning + text[place:], text[:place]
            case Delta("reasoning", thought):
                reasoning += thought
            case Delta(_, said):
                text += said
    return text, reasoning


def holds(said: str, expected: tuple[str, str]) -> None:
    for place in range(len(said)):
        assert read([said[:place], said[place:]]) == expected, said[:place]
    assert read(list(said)) == expected


@pytest.mark.parametrize(
    "said",
    [
        "Regex: /(.*)</think>/ matches it.",
        "2. Close it with </think>\n3. Done",
        "1. It thinks.\n2. </think>\n3. It answers.",
        "- It thinks.\n- </think>\n- It answers.",
        "## The end tag </think>\n\nIt ends the thoughts.",
        "The end tag is **</think>** and nothing else.",
        "The closing tag—</think>—ends it.",
        "It is one of <b></think>, </b> and others.",
        'It replaces "Hm.</think>" by nothing.',
        "It ends with...</think>, as always.",
        "> It thinks.\n> </think>\n> It answers.",
        "| It thinks | </think>|\n| It answers | |",
        "The template adds:\n\n    Hm.\n    </think>\n    Yes.",
        "The template adds this.\n\n\t</think>\n\nIt is code.",
        "The template adds this.\n\n    Hm.</think>\n\nIt is code.",
        "The tag that closes it is:\n</think>\nUse it at the end.",
        "The tag that closes it is:\n\n</think>\n\nUse it at the end.",
        "结束标签是：\n</think>\n请使用它。",
        "It ends with a tag.</think>",
    ],
)
def test_a_mention_stays_text(said: str) -> None:
    holds(said, (said, ""))


@pytest.mark.parametrize(
    ("thoughts", "between"),
    [
        ("They greet me.\n", "\n\n"),
        ("They greet me.\n\n", ""),
        ("1. They greet me.\n2. I greet them.\n", "\n"),
        ("They greet me.", "\n\n"),
        ("They greet me. ", "\r\n"),
        ("They greet me!", ""),
        ("They want 4", "\n"),
        ("So: a greeting", ""),
        ("他们打招呼。", ""),
        ("The tag `</think>` is what they ask about.\n", "\n\n"),
    ],
)
def test_thoughts_are_folded_away(thoughts: str, between: str) -> None:
    holds(f"{thoughts}</think>{between}Hello.", ("Hello.", thoughts))


@pytest.mark.parametrize("pieces", [1, 2000])
def test_many_mentions_take_no_more_than_linear_work(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    looked_at = 0
    ends_thoughts = thought_endings.ends_thoughts

    def counting(said: str, after: str) -> bool:
        nonlocal looked_at
        looked_at += len(said) + len(after)
        return ends_thoughts(said, after)

    monkeypatch.setattr(thought_tags, "ends_thoughts", counting)
    mention = "Then the tag `</think>` ends it.\n"
    text = mention * 2000
    size = len(text) // pieces
    assert read([text[place : place + size] for place in range(0, len(text), size)]) == (text, "")
    assert looked_at <= 40 * len(text)
