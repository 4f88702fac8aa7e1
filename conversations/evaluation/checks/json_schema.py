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


MAX_PATTERNS = 100
MOST = 1e300
"""Numbers beyond it are none that an answer is measured by."""


def read(text: str) -> Any:
    """The schema that a text holds. Raises InvalidCheck."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidCheck(f"The schema is no JSON: {error}") from error
    looked = _Looking()
    looked.at(schema, "the schema", 0)
    for reference in looked.references:
        found = target(schema, reference)
        if not isinstance(found, bool) and id(found) not in looked.schemas:
            raise InvalidCheck(f"“$ref” to “{reference[:60]}” isn’t understood here: there is no schema at that place.")
    return schema


class _Looking:
    """Goes through a schema once. What references lead to has to be among what was looked at: a default, say, is no schema."""

    def __init__(self) -> None:
        self.schemas: set[int] = set()
        self.references: list[str] = []
        self._patterns = 0

    def at(self, schema: Any, where: str, depth: int) -> None:
        if isinstance(schema, bool):
            return
        if not isinstance(schema, dict):
            raise InvalidCheck(f"In {where} stands no schema, but {type(schema).__name__}.")
        if depth > MAX_DEPTH:
            raise InvalidCheck("The schema is too deep.")
        self.schemas.add(id(schema))
        for name, inner in schema.items():
            if name in _SCHEMAS:
                self.at(inner, name, depth + 1)
            elif name in _LISTS and isinstance(inner, list):
                for one in inner:
                    self.at(one, name, depth + 1)
            elif name in _MAPPINGS and isinstance(inner, dict):
                for key, one in inner.items():
                    if name == "patternProperties":
                        self._pattern(key)
                    self.at(one, f"{name} “{key}”", depth + 1)
            elif not self._is_usable(name, inner):
                raise InvalidCheck(f"“{name}” in {where} isn’t understood here.")

    def _is_usable(self, name: str, value: Any) -> bool:
        if name == "type":
            return all(one in TYPES for one in (value if isinstance(value, list) else [value]))
        if name == "pattern":
            return isinstance(value, str) and self._pattern(value)
        if name == "$ref":
            self.references.append(str(value))
            return isinstance(value, str)
        if name == "required":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        if name == "enum":
            return isinstance(value, list)
        if name in _WHOLE or name in _NUMBERS:
            return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST
        return name in _OTHER or name in _NOTES

    def _pattern(self, pattern: str) -> bool:
        self._patterns += 1
        if self._patterns > MAX_PATTERNS:
            raise InvalidCheck(f"A schema has at most {MAX_PATTERNS} patterns.")
        return bool(patterns.compiled(pattern))


def target(root: Any, reference: str) -> Any:
    """None where it leads nowhere in this schema."""
    found = root
    for name in reference.removeprefix("#").split("/")[1:] if reference.startswith("#") else ["?"]:
        found = found.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
