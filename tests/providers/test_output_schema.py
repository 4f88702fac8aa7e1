"""A prompt's output schema goes along in the words of each API, and is left out where it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.providers import chat_completions, responses_request
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.optional_fields import rejected_field
from conversations.providers.output_schema import is_strict
from conversations.providers.request import Request, Turn

STRICT: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
LOOSE: dict[str, Any] = {"type": "object", "properties": {"list": {"type": "array", "items": STRICT}}}


def request(schema: dict[str, Any] | None) -> Request:
    return Request("model", "", [Turn("user", "Hello")], output_schema=schema)


def endpoint(api: Any) -> Endpoint:
    return Endpoint("https://models.example/v1", api, "key", "model", 1000)


def test_chat_completions_get_a_response_format() -> None:
    body = chat_completions.body(endpoint("chat_completions"), request(STRICT), set())
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"name": "answer", "schema": STRICT, "strict": True}}
    assert "response_format" not in chat_completions.body(endpoint("chat_completions"), request(STRICT), {"response_format"})
    assert "response_format" not in chat_completions.body(endpoint("chat_completions"), request(None), set())


def test_responses_get_a_text_format() -> None:
    body = responses_request.body(endpoint("responses"), request(LOOSE), set())
    assert body["text"] == {"format": {"type": "json_schema", "name": "answer", "schema": LOOSE, "strict": False}}
    assert "text" not in responses_request.body(endpoint("responses"), request(LOOSE), {"text.format"})


@pytest.mark.parametrize("field", ["response_format", "text.format"])
def test_a_refused_schema_is_left_out_and_asked_again(field: str) -> None:
    error = ProviderError("invalid", cause=f"Unsupported parameter: {field}", status=400)
    assert rejected_field(error, {"model", field}, set()) == field
    assert rejected_field(error, {"model", field}, {field}) is None


def test_only_a_schema_that_says_all_is_strict() -> None:
    assert is_strict(STRICT)
    assert not is_strict(LOOSE)
    assert is_strict({**LOOSE, "required": ["list"], "additionalProperties": False})
    assert not is_strict({**STRICT, "properties": {"a": {"type": "object"}}, "required": ["a"]})
