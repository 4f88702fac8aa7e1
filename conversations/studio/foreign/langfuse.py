"""Langfuse's JSON export of prompts: a list of versions with name, version, type, prompt, config, labels, tags, commitMessage."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from . import chat_messages
from .found import Found, NotRecognised, quoted

SERVED = "production"
READ = {"name", "version", "type", "prompt", "config", "labels", "tags", "commitMessage"}
OF_THEIR_SITE = {"id", "createdAt", "updatedAt", "createdBy", "projectId", "isActive", "resolutionGraph"}
"""Says something of the site that it comes from, nothing of the prompt."""


def read(data: Any) -> list[Found]:
    rows = data.get("prompts", data.get("data")) if isinstance(data, dict) else data
    rows = [data] if rows is None else rows
    if not isinstance(rows, list) or not rows or not all(_is_version(row) for row in rows):
        raise NotRecognised
    versions = defaultdict(list)
    for row in rows:
        versions[row["name"]].append(row)
    return [_prompt(name, of_name) for name, of_name in versions.items()]


def _is_version(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("name"), str) and isinstance(row.get("prompt"), str | list)


def _words(row: dict[str, Any], key: str) -> list[str]:
    words = row.get(key)
    return [str(word) for word in words] if isinstance(words, list) else []


def _number(row: dict[str, Any]) -> int:
    number = row.get("version")
    return number if isinstance(number, int) else 0


def _prompt(name: str, versions: list[dict[str, Any]]) -> Found:
    """The version that is labelled as served, or else the newest."""
    served = [row for row in versions if SERVED in _words(row, "labels")] or versions
    row = max(served, key=_number)
    found = Found(name)
    if isinstance(row["prompt"], str):
        found.text = row["prompt"]
    else:
        chat_messages.take(found, map(chat_messages.said, row["prompt"]))
    config = row.get("config")
    if isinstance(config, dict):
        found.take_settings(config)
    elif config is not None:
        found.take_settings({"config": config})
    others = sorted(_number(other) for other in versions if other is not row)
    if others:
        found.leave_out(f"version{'s' if len(others) > 1 else ''} {', '.join(map(str, others))}: version {_number(row)} was taken")
    for key in ("labels", "tags"):
        if words := [word for word in _words(row, key) if word not in (SERVED, "latest")]:
            found.leave_out(f"its {key} {', '.join(words)}")
    if row.get("commitMessage"):
        found.leave_out(f"its commit message ({quoted(row['commitMessage'])})")
    found.take_settings({key: value for key, value in row.items() if key not in READ | OF_THEIR_SITE})
    return found
