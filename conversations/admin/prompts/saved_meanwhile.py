"""What another administrator saved of a prompt while its form was open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.models import SystemPrompt

DETAILS = ("name", "slug", "description", "audience", "is_default", "model_choice", "listed_models", "effort_choice")


def state_of(prompt: SystemPrompt) -> dict[str, Any]:
    """What the form is opened with, so that its save can tell whether the prompt was saved in between."""
    version = prompt.published.number if prompt.published else 0
    return {"version": version, **{name: getattr(prompt, name) for name in DETAILS}}


def changes_since(opened: Mapping[str, Any], prompt: SystemPrompt) -> list[str]:
    """In words, from the state in which the form was opened."""
    published, current = prompt.published, state_of(prompt)
    changes = []
    if published and opened.get("version") != published.number:
        who = published.author.get_username() if published.author else "a deleted user"
        changes.append(f"{who} published version {published.number}{f' (“{published.note}”)' if published.note else ''}")
    for name in DETAILS:
        if opened.get(name) != current[name]:
            label = "default" if name == "is_default" else name.replace("_", " ")
            changes.append(f"{label} became “{_shown(current[name])}”")
    return changes


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
