"""JSON Schema, as far as structured outputs use it, in the terms of draft 2020-12. A keyword that isn't known is refused, never ignored.

References lead into the same schema alone, and patterns are linear (see `patterns`), so a schema of any author's can be used on any answer.
"""

from __future__ import annotations

import json
from typing import Any

from . import patterns
from .bounds import InvalidCheck

MAX_DEPTH = 40
_SCHEMAS = ("items", "additionalProperties", "not", "contains", "if", "then", "else")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPPINGS = ("properties", "patternProperties", "$defs", "definitions")
_WHOLE = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_OTHER = ("type", "enum", "const", "required", "pattern", "uniqueItems", "$ref")
_NOTES = (
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "format",
    "deprecated",
    "readOnly",
    "writeOnly",
    "strict",
)
TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")


def read(text: str) -> Any:
    """The schema that a text holds. Raises InvalidCheck."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidCheck(f"The schema is no JSON: {error}") from error
    _look(schema, schema, "the schema", 0)
    return schema


def _look(root: Any, schema: Any, where: str, depth: int) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise InvalidCheck(f"In {where} stands no schema, but {type(schema).__name__}.")
    if depth > MAX_DEPTH:
        raise InvalidCheck("The schema is too deep.")
    for name, inner in schema.items():
        if name in _SCHEMAS:
            _look(root, inner, name, depth + 1)
        elif name in _LISTS and isinstance(inner, list):
            for one in inner:
                _look(root, one, name, depth + 1)
        elif name in _MAPPINGS and isinstance(inner, dict):
            for key, one in inner.items():
                if name == "patternProperties":
                    patterns.compiled(key)
                _look(root, one, f"{name} “{key}”", depth + 1)
        elif not _is_usable(root, name, inner):
            raise InvalidCheck(f"“{name}” in {where} isn’t understood here.")


def _is_usable(root: Any, name: str, value: Any) -> bool:
    if name == "type":
        return all(one in TYPES for one in (value if isinstance(value, list) else [value]))
    if name == "pattern":
        return isinstance(value, str) and bool(patterns.compiled(value))
    if name == "$ref":
        return isinstance(value, str) and target(root, value) is not None
    if name in ("enum", "required"):
        return isinstance(value, list)
    if name in _WHOLE or name in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return name in _OTHER or name in _NOTES


def target(root: Any, reference: str) -> Any:
    found = root
    for name in reference.removeprefix("#").split("/")[1:] if reference.startswith("#") else ["?"]:
        found = found.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
