"""An answer's JSON schema, as both APIs take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAME = "answer"


def format_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": NAME, "schema": schema, "strict": is_strict(schema)}


def is_strict(schema: Any) -> bool:
    """Whether the answer can be held to it, which OpenAI does where every object requires all that it has and allows nothing else."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, Mapping):
        named = set(properties) if isinstance(properties, Mapping) else set()
        required = schema.get("required")
        if schema.get("additionalProperties") is not False or not isinstance(required, list) or named != set(map(str, required)):
            return False
    return all(map(is_strict, schema.values()))
