"""OpenAI's prompt objects (`pmpt_…`), one or a list of them, as its API returns them."""

from __future__ import annotations

from typing import Any

from . import chat_messages
from .found import Found, NotRecognised

MESSAGES = ("instructions", "messages", "input", "prompt")
OF_THEIR_SITE = {"id", "object", "name", "description", "created_at", "updated_at", "created", "version", "is_default", "status"}
"""What is read elsewhere, or says something of the site that it comes from, nothing of the prompt."""


def read(data: Any) -> list[Found]:
    rows = data.get("data") if isinstance(data, dict) and isinstance(data.get("data"), list) else data
    rows = rows if isinstance(rows, list) else [rows]
    if not rows or not all(isinstance(row, dict) and str(row.get("id", "")).startswith("pmpt_") for row in rows):
        raise NotRecognised
    return [_prompt(row) for row in rows]


def _prompt(row: dict[str, Any]) -> Found:
    found = Found(str(row.get("name") or row["id"]), str(row.get("description") or ""))
    taken = []
    said: list[chat_messages.Said] = []
    for name in MESSAGES:
        value = row.get(name)
        if isinstance(value, str) and value:
            said.append(chat_messages.Said("system", value))
        elif isinstance(value, list) and chat_messages.are_messages(value):
            said += map(chat_messages.said, value)
        else:
            continue
        taken.append(name)
    chat_messages.take(found, said)
    if isinstance(variables := row.get("variables"), dict) and all(isinstance(value, str) for value in variables.values()):
        found.defaults = variables
        taken.append("variables")
    found.take_settings({key: value for key, value in row.items() if key not in OF_THEIR_SITE and key not in taken})
    return found
