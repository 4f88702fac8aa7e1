"""Whether a value fits a JSON schema that `json_schema` has read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from . import patterns
from .json_schema import MAX_DEPTH, target

MAX_STEPS = 50_000
CHARACTERS_A_STEP = 100
VALUES_A_STEP = 10
MAX_NAME_CHARACTERS = 60
TOO_LONG = "the answer takes too long to check"


def problem(schema: Any, value: Any) -> str:
    """The first thing of the value that doesn't fit, in a sentence; empty where all of it does."""
    validation = _Validation(schema)
    found = next(validation.problems(schema, value, "the answer", 0), "")
    return TOO_LONG if validation.is_over else found


class _Validation:
    """Of one value. It ends after so many steps: a schema that refers to itself can take any number."""

    def __init__(self, root: Any) -> None:
        self._root, self._steps = root, 0

    @property
    def is_over(self) -> bool:
        """Then what was found says nothing: a “not” may have turned it round."""
        return self._steps > MAX_STEPS

    def problems(self, schema: Any, value: Any, where: str, depth: int) -> Iterator[str]:
        self._steps += 1
        if self.is_over or depth > 4 * MAX_DEPTH:
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
        self._steps += len(schema.get("enum", ())) // VALUES_A_STEP
        if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
            yield f"{where} is none of {json.dumps(schema['enum'], ensure_ascii=False)[:120]}"
        if "const" in schema and not _same(value, schema["const"]):
            yield f"{where} isn’t {json.dumps(schema['const'], ensure_ascii=False)[:120]}"
        if isinstance(value, str):
            yield from _bounded(schema, len(value), "Length", where, "characters")
            self._steps += len(value) // CHARACTERS_A_STEP
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
        self._steps += len(schema.get("required", ())) // VALUES_A_STEP
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where} has no “{name}”"
        yield from _bounded(schema, len(value), "Properties", where, "properties")
        known, by_pattern = schema.get("properties", {}), schema.get("patternProperties", {})
        for name, inner in value.items():
            self._steps += len(by_pattern) * (1 + len(name) // CHARACTERS_A_STEP)
            if self.is_over:
                return
            here = f"{where} → {name[:MAX_NAME_CHARACTERS]}"
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
        if schema.get("uniqueItems"):
            written = [json.dumps(inner, sort_keys=True) for inner in value]
            self._steps += sum(map(len, written)) // CHARACTERS_A_STEP
            if len(set(written)) != len(written):
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
    if (step := schema.get("multipleOf")) and not _is_multiple(value, step):
        yield f"{where} is {value}, no multiple of {step}"


def _is_multiple(value: float, step: float) -> bool:
    """As both are written in decimals: to divide them could leave what a float can hold."""
    return abs(value) < math.inf and Fraction(str(value)) % Fraction(str(step)) == 0


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
    """As JSON has it: true is no 1, but 1.0 is. Looks no further than the smaller of them goes."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return bool(one == other)
