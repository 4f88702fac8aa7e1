"""Whether a value fits a JSON schema that `json_schema` has read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from . import patterns
from .json_schema import MAX_DEPTH, target

MAX_STEPS = 200_000


def problem(schema: Any, value: Any) -> str:
    """The first thing of the value that doesn't fit, in a sentence; empty where all of it does."""
    return next(_Validation(schema).problems(schema, value, "the answer", 0), "")


class _Validation:
    """Of one value. It ends after so many steps: a schema that refers to itself can take any number."""

    def __init__(self, root: Any) -> None:
        self._root, self._steps = root, 0

    def problems(self, schema: Any, value: Any, where: str, depth: int) -> Iterator[str]:
        self._steps += 1
        if self._steps > MAX_STEPS or depth > 4 * MAX_DEPTH:
            yield f"{where} takes too long to check"
            return
        if isinstance(schema, bool):
            if not schema:
                yield f"{where} isn’t allowed"
            return
        if "$ref" in schema:
            yield from self.problems(target(self._root, schema["$ref"]), value, where, depth + 1)
        yield from self._of_value(schema, value, where)
        yield from self._combined(schema, value, where, depth)
        if isinstance(value, dict):
            yield from self._of_object(schema, value, where, depth)
        elif isinstance(value, list):
            yield from self._of_array(schema, value, where, depth)

    def _fits(self, schema: Any, value: Any, depth: int) -> bool:
        return next(self.problems(schema, value, "", depth + 1), None) is None

    def _of_value(self, schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
        if "type" in schema:
            wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(_is_of(value, one) for one in wanted):
                yield f"{where} is {_type_of(value)}, not {' or '.join(wanted)}"
        if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
            yield f"{where} is none of {json.dumps(schema['enum'], ensure_ascii=False)[:120]}"
        if "const" in schema and not _same(value, schema["const"]):
            yield f"{where} isn’t {json.dumps(schema['const'], ensure_ascii=False)[:120]}"
        if isinstance(value, str):
            yield from _bounded(schema, len(value), "Length", where, "characters")
            if "pattern" in schema and not patterns.is_found(schema["pattern"], value):
                yield f"{where} doesn’t match {schema['pattern']}"
        elif _is_of(value, "number"):
            yield from _number(schema, value, where)

    def _combined(self, schema: dict[str, Any], value: Any, where: str, depth: int) -> Iterator[str]:
        for one in schema.get("allOf", ()):
            yield from self.problems(one, value, where, depth + 1)
        if "anyOf" in schema and not any(self._fits(one, value, depth) for one in schema["anyOf"]):
            yield f"{where} fits none of the alternatives (anyOf)"
        if "oneOf" in schema and (fitting := sum(self._fits(one, value, depth) for one in schema["oneOf"])) != 1:
            yield f"{where} fits {fitting or 'none'} of the alternatives (oneOf), not one"
        if "not" in schema and self._fits(schema["not"], value, depth):
            yield f"{where} fits what it must not (not)"
        if "if" in schema and (then := schema.get("then" if self._fits(schema["if"], value, depth) else "else")) is not None:
            yield from self.problems(then, value, where, depth + 1)

    def _of_object(self, schema: dict[str, Any], value: dict[str, Any], where: str, depth: int) -> Iterator[str]:
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where} has no “{name}”"
        yield from _bounded(schema, len(value), "Properties", where, "properties")
        known, by_pattern = schema.get("properties", {}), schema.get("patternProperties", {})
        for name, inner in value.items():
            here = f"{where} → {name}"
            fitting = [known[name]] if name in known else []
            fitting += [one for pattern, one in by_pattern.items() if patterns.is_found(pattern, name)]
            if not fitting and schema.get("additionalProperties") is False:
                yield f"{where} has “{name}”, which the schema doesn’t know"
            for one in fitting or [schema.get("additionalProperties", True)]:
                yield from self.problems(one, inner, here, depth + 1)

    def _of_array(self, schema: dict[str, Any], value: list[Any], where: str, depth: int) -> Iterator[str]:
        yield from _bounded(schema, len(value), "Items", where, "items")
        first = schema.get("prefixItems", [])
        for number, inner in enumerate(value):
            one = first[number] if number < len(first) else schema.get("items", True)
            yield from self.problems(one, inner, f"{where} → {number + 1}", depth + 1)
        if "contains" in schema and not any(self._fits(schema["contains"], inner, depth) for inner in value):
            yield f"{where} has no item as “contains” asks for"
        if schema.get("uniqueItems") and len({json.dumps(inner, sort_keys=True) for inner in value}) != len(value):
            yield f"{where} has an item twice"


def _bounded(schema: dict[str, Any], number: int, what: str, where: str, unit: str) -> Iterator[str]:
    if number < schema.get(f"min{what}", 0):
        yield f"{where} has {number:,} {unit}, fewer than {schema[f'min{what}']:,}"
    if number > schema.get(f"max{what}", number):
        yield f"{where} has {number:,} {unit}, more than {schema[f'max{what}']:,}"


def _number(schema: dict[str, Any], value: float, where: str) -> Iterator[str]:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    if value < low or value <= above:
        yield f"{where} is {value}, which is too small"
    if value > high or value >= below:
        yield f"{where} is {value}, which is too large"
    if (step := schema.get("multipleOf")) and not math.isclose(value / step, round(value / step), abs_tol=1e-9):
        yield f"{where} is {value}, no multiple of {step}"


def _is_of(value: Any, name: str) -> bool:
    if name == "integer":
        return (isinstance(value, int) or (isinstance(value, float) and value.is_integer())) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return _type_of(value) == name


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "boolean", str: "string", dict: "object", list: "array", int: "integer", float: "number"}
    return kinds.get(type(value), "unknown")


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
