"""LangSmith's prompt manifests: what LangChain serialises as {"lc": 1, "type": "constructor", "id": [… name], "kwargs": {…}}.

A commit (`owner`, `repo`, `commit_hash`, `manifest`) is read, too. A prompt may stand alone or as the first step before a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from . import chat_messages
from .chat_messages import Said
from .found import Found, NotRecognised, quoted

ROLES = {"SystemMessage": "system", "HumanMessage": "user", "AIMessage": "assistant", "ToolMessage": "tool", "FunctionMessage": "function"}
FALLBACKS = "RunnableWithFallbacks"
SEQUENCES = ("RunnableSequence", "PlaygroundRunnable", "PromptPlayground")
MAX_DEPTH = 12
_FORMAT = re.compile(r"\{\{|\}\}|\{([a-zA-Z_]\w{0,79})\}", re.ASCII)


def read(data: Any) -> list[Found]:
    rows = data if isinstance(data, list) else [data]
    if not rows or not all(isinstance(row, dict) and _is_object(row.get("manifest", row)) for row in rows):
        raise NotRecognised
    return [_prompt(row) for row in rows]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and "lc" in value and isinstance(value.get("id"), list) and bool(value["id"])


def _class(value: dict[str, Any]) -> str:
    return str(value["id"][-1])


def _kwargs(value: dict[str, Any]) -> dict[str, Any]:
    kwargs = value.get("kwargs")
    return kwargs if isinstance(kwargs, dict) else {}


def _listed(kwargs: dict[str, Any], name: str) -> list[Any]:
    found = kwargs.get(name)
    return found if isinstance(found, list) else []


def _prompt(row: dict[str, Any]) -> Found:
    manifest = row.get("manifest", row)
    metadata = _kwargs(manifest).get("metadata")
    known = metadata.get("lc_hub_repo") if isinstance(metadata, dict) else None
    found = Found(str(row.get("repo") or row.get("name") or known or "LangSmith prompt"), str(row.get("description") or ""))
    messages: list[Said] = []
    for part in _parts(manifest):
        kwargs = _kwargs(part)
        if _class(part) == FALLBACKS:
            _take_fallbacks(found, part)
            continue
        if isinstance(kwargs.get("messages"), list):
            messages += [_said(message) for message in kwargs["messages"]]
        elif isinstance(kwargs.get("template"), str):
            messages.append(Said("system", _template(part)))
        elif "Chat" in _class(part) or "model" in kwargs or "model_name" in kwargs:
            found.take_settings(_plain(kwargs))
        else:
            found.leave_out(f"{_class(part)} ({quoted(kwargs)})")
        for name in ("schema_", "schema", "tools", "partial_variables"):
            if kwargs.get(name) and "model" not in kwargs:
                found.leave_out(f"{name} ({quoted(kwargs[name])})")
    chat_messages.take(found, messages)
    if isinstance(row.get("examples"), list) and row["examples"]:
        found.leave_out(f"{len(row['examples'])} examples")
    return found


def _parts(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The steps of a sequence, and those within what a step is bound to."""
    if not _is_object(value) or depth > MAX_DEPTH:
        return
    kwargs = _kwargs(value)
    if _class(value) in SEQUENCES:
        for step in [kwargs.get("first"), *_listed(kwargs, "middle"), kwargs.get("last")]:
            yield from _parts(step, depth + 1)
    elif _class(value) == FALLBACKS:
        yield from _parts(kwargs.get("runnable"), depth + 1)
        yield value
    elif "Binding" in _class(value):
        yield from _parts(kwargs.get("bound"), depth + 1)
        if isinstance(kwargs.get("kwargs"), dict):
            yield {"lc": 1, "id": ["bound"], "kwargs": {"model": None, **kwargs["kwargs"]}}
    else:
        yield value


def _take_fallbacks(found: Found, part: dict[str, Any]) -> None:
    """The model of the first of them; ours answers later than theirs, which is told with what else they say."""
    models = [_model(one) for one in _listed(_kwargs(part), "fallbacks")]
    found.fallback_model = found.fallback_model or next(filter(None, models), "")
    if models:
        found.leave_out(f"{len(models)} fallbacks as such ({quoted(models)}): here a fallback model answers once the model was shut down")


def _model(runnable: Any) -> str:
    """Its name; empty where it says none."""
    settings = Found("")
    for part in _parts(runnable):
        settings.take_settings(_plain(_kwargs(part)))
    return settings.model


def _said(message: Any) -> Said:
    if not _is_object(message):
        return chat_messages.said(message)
    kwargs = _kwargs(message)
    name = _class(message).removesuffix("PromptTemplate").removesuffix("Chunk")
    if name == "MessagesPlaceholder":
        return Said("placeholder", str(kwargs.get("variable_name", "")))
    role = str(kwargs["role"]) if name == "ChatMessage" and "role" in kwargs else ROLES.get(name, name)
    prompt = kwargs.get("prompt", kwargs.get("content", ""))
    prompts = prompt if isinstance(prompt, list) else [prompt]
    parts = [{"text": text} if isinstance(text := _template(one), str) else one for one in prompts]
    return Said(role, parts[0]["text"] if len(parts) == 1 and isinstance(parts[0], dict) and "text" in parts[0] else parts)


def _template(value: Any) -> Any:
    if isinstance(value, str):
        return value
    kwargs = _kwargs(value) if _is_object(value) else {}
    template = kwargs.get("template")
    return _of_format(template) if isinstance(template, str) and kwargs.get("template_format", "f-string") == "f-string" else template


def _of_format(template: str) -> str:
    """Python's format strings, which LangChain uses where it says nothing else, in our words: {name} is a variable, {{ is a brace."""
    return _FORMAT.sub(lambda match: f"{{{{ {match[1]} }}}}" if match[1] else match[0][0], template)


def _plain(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Without keys and addresses: a serialised secret is a name and no value of the prompt's."""
    return {name: value for name, value in kwargs.items() if not _is_object(value)}
