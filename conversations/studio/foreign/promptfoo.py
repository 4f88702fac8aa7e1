"""The prompts of a Promptfoo configuration: texts, objects with `raw` or `id` and `label`, and chats as JSON or YAML.

Files that it names lie beside it and are no part of what is read: they are told. So are programs, which aren't run.
"""

from __future__ import annotations

import json
from typing import Any

from conversations.studio.files.safe_yaml import YamlProblem, read_plain

from . import chat_messages
from .found import Found, NotRecognised, one_line, quoted
from .json_values import as_json

OTHERS = ("tests", "defaultTest", "scenarios", "assertionTemplates", "derivedMetrics", "redteam", "extensions", "transform")
MAX_NAME_WORDS = 6


def read(data: Any) -> list[Found]:
    if not isinstance(data, dict) or "prompts" not in data or not ({"providers", "targets", *OTHERS} & data.keys()):
        raise NotRecognised
    prompts = data["prompts"] if isinstance(data["prompts"], list) else [data["prompts"]]
    found = [_prompt(prompt, number) for number, prompt in enumerate(prompts, 1)]
    providers = data.get("providers", data.get("targets"))
    for one in found:
        _take_provider(one, providers)
        for name in OTHERS:
            if data.get(name):
                one.leave_out(f"{name} of the configuration")
    return found


def _prompt(prompt: Any, number: int) -> Found:
    if isinstance(prompt, dict):
        raw = prompt.get("raw", prompt.get("id", ""))
        found = _of_text(str(raw), str(prompt.get("label") or prompt.get("display") or ""), number)
        found.take_settings({name: value for name, value in prompt.items() if name not in ("raw", "id", "label", "display", "config")})
        if isinstance(prompt.get("config"), dict):
            found.take_settings(prompt["config"])
        return found
    return _of_text(str(prompt), "", number)


def _of_text(raw: str, label: str, number: int) -> Found:
    found = Found(label or " ".join(one_line(raw).split()[:MAX_NAME_WORDS])[:40] or f"Prompt {number}")
    if _is_reference(raw):
        found.has_text = False
        found.leave_out(f"its text, which is in a file of its own ({quoted(raw)})")
    elif messages := _messages(raw):
        found.name = label or f"Prompt {number}"
        chat_messages.take(found, map(chat_messages.said, messages))
    else:
        found.text = raw
    return found


def _is_reference(raw: str) -> bool:
    line = raw.strip()
    return "\n" not in line and (
        line.startswith(("file://", "exec:", "http://", "https://", "langfuse://", "portkey://", "helicone://"))
        or (" " not in line and line.endswith((".txt", ".json", ".jsonl", ".yaml", ".yml", ".md", ".j2", ".py", ".js", ".ts", ".csv")))
    )


def _messages(raw: str) -> Any:
    """The chat that a text writes as JSON or YAML; None where it is a plain text."""
    text = raw.strip()
    if not text.startswith(("[", "- ")):
        return None
    try:
        value = as_json(json.loads(text) if text.startswith("[") else read_plain(text))
    except (ValueError, RecursionError, YamlProblem):
        return None
    return value if chat_messages.are_messages(value) else None


def _take_provider(found: Found, providers: Any) -> None:
    """The model and settings of the only provider; which of several a prompt is for, nothing says."""
    listed = providers if isinstance(providers, list) else [providers] if providers else []
    names = [str(one.get("id", next(iter(one), ""))) if isinstance(one, dict) else str(one) for one in listed]
    if len(listed) != 1 or not names[0].startswith("openai:"):
        if names:
            found.leave_out(f"the providers {', '.join(names)}")
        return
    found.model = found.model or names[0].split(":")[-1]
    if isinstance(listed[0], dict) and isinstance(listed[0].get("config"), dict):
        found.take_settings({name: value for name, value in listed[0]["config"].items() if name not in found.parameters})
