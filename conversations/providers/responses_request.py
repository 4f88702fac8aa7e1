"""What the Responses API is asked."""

from typing import Any

from . import drawn, file_parts, output_schema, system_role, tools
from .endpoint import Endpoint
from .identity import identity
from .request import Request, Turn


def body(endpoint: Endpoint, request: Request, refused: set[str]) -> dict[str, Any]:
    """The request's JSON. What never changes comes first, so that the provider can cache it."""
    fields: dict[str, Any] = {"model": request.model}
    system, turns = system_role.asked(request, refused)
    if system:
        fields["instructions"] = system
    fields["input"] = [item for turn in turns for item in _items(turn)]
    fields["stream"] = True
    for name, value in request.parameters.items():
        if name == "reasoning_effort":
            fields["reasoning"] = {"effort": value}
            if endpoint.is_openai and "reasoning.summary" not in refused:
                fields["reasoning"]["summary"] = "auto"
        else:
            fields[name] = value
    if request.output_schema and "text.format" not in refused:
        fields["text"] = {"format": {"type": "json_schema", **output_schema.format_of(request.output_schema)}}
    if request.tools:
        fields |= tools.responses(request.tools)
    if request.drawing is not None and request.drawing.may_begin and drawn.TOOL not in refused:
        fields["tools"] = [*fields.get("tools", ()), drawn.tool(request.drawing, refused)]
        if drawn.BOUND not in refused:
            fields[drawn.BOUND] = drawn.PICTURES
    if endpoint.resume == "background":
        fields |= {"background": True, "store": True}
    elif endpoint.is_openai:
        fields["store"] = False
    if endpoint.is_openai:
        fields |= identity(request)
        if "stream_options" not in refused:
            fields["stream_options"] = {"include_obfuscation": False}
    return fields


def _items(turn: Turn) -> list[dict[str, Any]]:
    if turn.call_id:
        return [{"type": "function_call_output", "call_id": turn.call_id, "output": file_parts.responses(turn)}]
    calls = [{"type": "function_call", "call_id": id_, "name": name, "arguments": said} for id_, name, said in turn.calls]
    return [_item(turn), *calls] if turn.text or turn.files or not calls else calls


def _item(turn: Turn) -> dict[str, Any]:
    if turn.role == "user":
        return {"role": "user", "content": file_parts.responses(turn)}
    if turn.role == "system":
        return {"role": "system", "content": turn.text}
    # OpenAI takes the short form here, too, but llama.cpp's server wants answers as it would have given them.
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": turn.text}]}
