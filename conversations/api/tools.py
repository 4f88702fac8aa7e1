"""A caller's functions, their calls and results, as both APIs write them."""

from __future__ import annotations

import re
from typing import Any

from conversations.providers.tools import Function, ToolCall, Tools

from . import fields
from .errors import ApiError
from .fields import Body, wrong

MAX_FUNCTIONS = 128
CHOICES = ("auto", "none", "required")
NAME = re.compile(r"[\w.-]{1,128}", re.ASCII)
LONGEST_ID = 256


def of(body: Body, *, nested: bool) -> Tools | None:
    """The functions that the model may call; None where there are none. Raises ApiError.

    `nested`: a function's name and schema are in an object of their own, as in Chat Completions.
    """
    given = body.get("tools")
    if given is None or given == []:
        return None
    if not isinstance(given, list) or len(given) > MAX_FUNCTIONS:
        raise wrong("tools", f"a list of at most {MAX_FUNCTIONS} functions")
    functions = [_function(one, f"tools[{number}]", nested=nested) for number, one in enumerate(given)]
    choice, named = _choice(body, nested=nested)
    if named and named not in {function.name for function in functions}:
        raise wrong("tool_choice", "a function of “tools”")
    parallel = fields.flag(body, "parallel_tool_calls") if body.get("parallel_tool_calls") is not None else None
    return Tools(functions, choice, named, parallel)


def calls(given: Any, name: str) -> tuple[ToolCall, ...]:
    """The `tool_calls` of an assistant's message of Chat Completions."""
    if given is None:
        return ()
    if not isinstance(given, list):
        raise wrong(name, "a list of calls")
    found = []
    for number, one in enumerate(given):
        function = one.get("function") if isinstance(one, dict) else None
        if not isinstance(function, dict):
            raise wrong(f"{name}[{number}]", "a call of a function")
        found.append(call(one.get("id"), function, f"{name}[{number}].", id_name="id"))
    return tuple(found)


def call(call_id: Any, function: Body, within: str, *, id_name: str) -> ToolCall:
    arguments = fields.text(function, "arguments", within=within)
    return ToolCall(identified(call_id, f"{within}{id_name}"), _named(function.get("name"), f"{within}name"), arguments or "{}")


def identified(value: Any, name: str) -> str:
    """A call's id. Raises ApiError."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise wrong(name, "the id of a call")
    return value


def _function(given: Any, name: str, *, nested: bool) -> Function:
    if not isinstance(given, dict):
        raise wrong(name, "an object")
    if given.get("type") != "function":
        raise ApiError(400, "Tools of the type “function” only can be used here.", param=f"{name}.type", code="unsupported_value")
    within = f"{name}.function." if nested else f"{name}."
    function = fields.mapping(given, "function", within=f"{name}.") if nested else given
    strict = fields.flag(function, "strict") if function.get("strict") is not None else None
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise wrong(f"{within}parameters", "a JSON schema")
    return Function(_named(function.get("name"), f"{within}name"), fields.text(function, "description", within=within), parameters, strict)


def _choice(body: Body, *, nested: bool) -> tuple[str, str]:
    """One of CHOICES, and a function that has to be called; empty where they aren't given."""
    given = body.get("tool_choice")
    if given is None or given in CHOICES:
        return given or "", ""
    if not isinstance(given, dict) or given.get("type") != "function":
        raise wrong("tool_choice", f"one of {', '.join(CHOICES)}, or a function")
    function = fields.mapping(given, "function", within="tool_choice.") if nested else given
    return "", _named(function.get("name"), "tool_choice.name")


def _named(value: Any, name: str) -> str:
    if not isinstance(value, str) or NAME.fullmatch(value) is None:
        raise wrong(name, "the name of a function: letters, digits, _ . and - only")
    return value
