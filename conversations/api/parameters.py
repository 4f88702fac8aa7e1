"""How an answer is to be made, from the fields that both APIs have for it."""

from __future__ import annotations

from typing import Any

from . import fields
from .errors import ApiError
from .fields import Body, wrong

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
MAX_TOKENS = 10_000_000
MAX_STOPS = 16


def of_chat(body: Body) -> dict[str, Any]:
    """Those of Chat Completions, in our names. What a model refuses of them is left out when it is asked again."""
    found = {
        "max_output_tokens": fields.whole_number(body, "max_completion_tokens", 1, MAX_TOKENS)
        or fields.whole_number(body, "max_tokens", 1, MAX_TOKENS),
        "temperature": fields.number(body, "temperature", 0, 2),
        "top_p": fields.number(body, "top_p", 0, 1),
        "reasoning_effort": fields.choice(body, "reasoning_effort", *EFFORTS),
        "presence_penalty": fields.number(body, "presence_penalty", -2, 2),
        "frequency_penalty": fields.number(body, "frequency_penalty", -2, 2),
        "seed": fields.whole_number(body, "seed", -(2**63), 2**63 - 1),
        "stop": _stop(body),
    }
    return {name: value for name, value in found.items() if value is not None and value != ""}


def of_responses(body: Body) -> dict[str, Any]:
    """Those of Responses."""
    found = {
        "max_output_tokens": fields.whole_number(body, "max_output_tokens", 1, MAX_TOKENS),
        "temperature": fields.number(body, "temperature", 0, 2),
        "top_p": fields.number(body, "top_p", 0, 1),
        "reasoning_effort": fields.choice(fields.mapping(body, "reasoning"), "effort", *EFFORTS),
    }
    return {name: value for name, value in found.items() if value is not None and value != ""}


def variables(body: Body) -> dict[str, Any]:
    """Values for what an assistant's prompt asks for: {"prompt": {"variables": {…}}}."""
    return fields.mapping(fields.mapping(body, "prompt"), "variables", within="prompt.")


def schema_of_chat(body: Body) -> dict[str, Any] | None:
    """The JSON schema of `response_format`. Raises ApiError."""
    given = fields.mapping(body, "response_format")
    kind = fields.choice(given, "type", "text", "json_object", "json_schema") if given else ""
    if kind == "json_object":
        return {"type": "object"}
    if kind != "json_schema":
        return None
    schema = fields.mapping(given, "json_schema", within="response_format.").get("schema")
    if not isinstance(schema, dict):
        raise wrong("response_format.json_schema.schema", "an object")
    return schema


def schema_of_responses(body: Body) -> dict[str, Any] | None:
    """The JSON schema of `text.format`. Raises ApiError."""
    given = fields.mapping(fields.mapping(body, "text"), "format", within="text.")
    kind = fields.choice(given, "type", "text", "json_object", "json_schema") if given else ""
    if kind == "json_object":
        return {"type": "object"}
    if kind != "json_schema":
        return None
    if not isinstance(given.get("schema"), dict):
        raise wrong("text.format.schema", "an object")
    return fields.mapping(given, "schema")


def refuse_what_is_missing(body: Body, **known: Any) -> None:
    """Raises ApiError for a field whose value asks for more than there is, rather than answer as if it weren't there."""
    for name, usual in known.items():
        if (value := body.get(name)) not in (None, usual, [], {}):
            raise ApiError(400, f"“{name}” can’t be {_shown(value)} here.", param=name, code="unsupported_value")


def _shown(value: Any) -> str:
    return str(value)[:40] if isinstance(value, bool | int | float | str) else "used"


def _stop(body: Body) -> list[str] | None:
    value = body.get("stop")
    stops = [value] if isinstance(value, str) else value
    if stops is None:
        return None
    if not isinstance(stops, list) or not all(isinstance(one, str) and one for one in stops) or len(stops) > MAX_STOPS:
        raise wrong("stop", f"a text, or a list of at most {MAX_STOPS} texts")
    return stops or None
