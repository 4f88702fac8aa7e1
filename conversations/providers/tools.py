"""A caller's functions that the model may call, in our own terms and in those of both APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson


class ToolCall(NamedTuple):
    """One call that a model made."""

    id: str
    name: str
    arguments: str
    """JSON, as the model wrote it."""


class Function(NamedTuple):
    name: str
    description: str = ""
    parameters: Mapping[str, Any] | None = None
    """The JSON schema of its arguments."""
    strict: bool | None = None


class Tools(NamedTuple):
    """`choice`: "auto", "none" or "required"; where a function is `named`, the model has to call that one. `parallel`: several at once."""

    functions: Sequence[Function]
    choice: str = ""
    named: str = ""
    parallel: bool | None = None

    @property
    def text(self) -> str:
        """What a model reads of the definitions, as near as it can be known."""
        schemas = (orjson.dumps(function.parameters or {}).decode() for function in self.functions)
        return "".join(f"{function.name}{function.description}{schema}" for function, schema in zip(self.functions, schemas, strict=True))


def chat_completions(tools: Tools) -> dict[str, Any]:
    """The request's fields, as in https://platform.openai.com/docs/api-reference/chat/create."""
    functions = [{"type": "function", "function": _described(function)} for function in tools.functions]
    named = {"type": "function", "function": {"name": tools.named}} if tools.named else None
    return _fields(tools, functions, named)


def responses(tools: Tools) -> dict[str, Any]:
    """The request's fields, as in https://platform.openai.com/docs/api-reference/responses/create."""
    functions = [
        {"type": "function", **_described(function), "strict": bool(function.strict)}  # here, what is not said means strict
        for function in tools.functions
    ]
    named = {"type": "function", "name": tools.named} if tools.named else None
    return _fields(tools, functions, named)


def of_responses(fields: Mapping[str, Any]) -> Tools:
    """What `responses` made these fields of."""
    functions = [Function(one["name"], one.get("description", ""), one.get("parameters"), one["strict"]) for one in fields["tools"]]
    choice = fields.get("tool_choice", "")
    named = choice["name"] if isinstance(choice, Mapping) else ""
    return Tools(functions, "" if named else choice, named, fields.get("parallel_tool_calls"))


def _described(function: Function) -> dict[str, Any]:
    described: dict[str, Any] = {"name": function.name}
    if function.description:
        described["description"] = function.description
    described["parameters"] = {"type": "object", "properties": {}} if function.parameters is None else function.parameters
    if function.strict is not None:
        described["strict"] = function.strict
    return described


def _fields(tools: Tools, functions: list[dict[str, Any]], named: dict[str, Any] | None) -> dict[str, Any]:
    fields: dict[str, Any] = {"tools": functions}
    if named or tools.choice:
        fields["tool_choice"] = named or tools.choice
    if tools.parallel is not None:
        fields["parallel_tool_calls"] = tools.parallel
    return fields
