"""Variables are declared with a type, and only values of it are taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from conversations.models.variables import clean_declarations, clean_values

EACH: list[dict[str, Any]] = [
    {"name": "topic", "type": "text", "required": True, "help": "What it is about", "label": "Subject"},
    {"name": "notes", "type": "long_text"},
    {"name": "count", "type": "number", "default": 3},
    {"name": "language", "type": "choice", "choices": ["French", "German"], "default": "French"},
    {"name": "day", "type": "date"},
    {"name": "formal", "type": "yes_no"},
]


def test_declarations_of_each_type_are_taken_as_they_are() -> None:
    assert clean_declarations(EACH) == EACH
    assert clean_declarations([{"name": "a", "label": "", "help": " ", "required": False, "default": "", "choices": []}]) == [
        {"name": "a", "type": "text"}
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": "_a"},
        {"name": "ä"},
        {"name": "1a"},
        {"name": "a b"},
        {"name": "date"},
        {"name": "user.name"},
        {"name": "a" * 41},
        {"name": 1},
        {"name": "a", "type": "list"},
        {"name": "a", "type": ["text"]},
        {"name": "a", "colour": "red"},
        {"name": "a", "type": "choice"},
        {"name": "a", "type": "choice", "choices": [1]},
        {"name": "a", "choices": ["x"]},
        {"name": "a", "type": "choice", "choices": ["x"], "default": "y"},
        {"name": "a", "type": "number", "default": "many"},
        {"name": "a", "help": "two\nlines"},
        {"name": "a", "required": "yes"},
    ],
)
def test_wrong_declarations_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        clean_declarations([wrong])


@pytest.mark.parametrize("wrong", [None, {}, "x", [1], [{"name": "a"}] * 2, [{"name": f"a{number}"} for number in range(21)]])
def test_wrong_lists_are_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        clean_declarations(wrong)


def test_values_are_stored_by_their_type() -> None:
    given = {"topic": "Owls", "notes": "a\r\nb\0", "count": "2.5", "language": "German", "day": "2026-05-03", "formal": False, "other": "x"}
    assert clean_values(EACH, given) == {
        "topic": "Owls",
        "notes": "a\nb",
        "count": 2.5,
        "language": "German",
        "day": "2026-05-03",
        "formal": False,
    }
    assert clean_values(EACH, {"topic": "{{> secret }}", "count": 2.0}) == {"topic": "{{> secret }}", "count": 2}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("topic", ""),
        ("topic", "   "),
        ("topic", None),
        ("topic", 5),
        ("topic", "x" * 201),
        ("topic", "two\nlines"),
        ("notes", "x" * 20_001),
        ("count", "many"),
        ("count", True),
        ("count", "1e400"),
        ("count", "nan"),
        ("count", "9" * 5000),
        ("language", "Klingon"),
        ("day", "tomorrow"),
        ("day", "2026-02-30"),
        ("formal", "yes"),
    ],
)
def test_wrong_values_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_values(EACH, {"topic": "Owls", name: value})
    assert list(refused.value.message_dict) == [name]


def test_a_conversation_holds_only_so_much() -> None:
    many = [{"name": f"a{number}", "type": "long_text"} for number in range(5)]
    with pytest.raises(ValidationError, match="50,000"):
        clean_values(many, {one["name"]: "x" * 20_000 for one in many})
