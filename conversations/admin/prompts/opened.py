"""With what a prompt's form was opened, so that its save can tell what others saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from conversations.models import LIVE, SystemPrompt
from conversations.studio import drafts, rights
from conversations.studio.wording import Wording, wording_of
from conversations.studio.wording_fields import FIELDS

DETAILS = (
    *SystemPrompt.DETAILS,
    "slug",
    "tags",
    "is_default",
    "approvals_needed",
    "cases_required",
    "review_percent",
    "who_moves_live",
)
A_DELETED_USER = "a deleted user"


def state_of(prompt: SystemPrompt) -> dict[str, Any]:
    return {"details": {name: _detail(prompt, name) for name in DETAILS}, "draft": draft_state(prompt)}


def draft_state(prompt: SystemPrompt) -> dict[str, Any]:
    """What is edited, with the number of the live version and of the draft's saves: 0 where there is none."""
    draft = drafts.of(prompt)
    version = prompt.published.number if prompt.published else 0
    return {"version": version, "revision": draft.revision if draft else 0, "wording": wording_of(draft or prompt.published)}


def opened_wording(opened: object) -> Wording | None:
    """The wording in what a browser says that the form was opened with; None where it says none."""
    draft = opened.get("draft") if isinstance(opened, dict) else None
    said = draft.get("wording") if isinstance(draft, dict) else None
    if not isinstance(said, dict):
        return None
    try:
        return {name: field.opened(said.get(name)) for name, field in FIELDS.items()}
    except ValidationError:
        return None


def changes_of_details(opened: object, prompt: SystemPrompt) -> list[str]:
    """In words, what became of the prompt's own fields."""
    said = opened.get("details") if isinstance(opened, dict) else None
    before: Mapping[str, Any] = said if isinstance(said, dict) else {}
    changes = []
    for name in DETAILS:
        value = _detail(prompt, name)
        if before.get(name) != value:
            label = "default" if name == "is_default" else name.replace("_", " ")
            changes.append(f"{label} became “{_shown(value)}”")
    return changes


def _detail(prompt: SystemPrompt, name: str) -> Any:
    return rights.who_moves_live(prompt) if name == "who_moves_live" else getattr(prompt, name)


def change_of_wording(opened: object, prompt: SystemPrompt) -> str:
    """In words, who changed what is edited."""
    said = opened.get("draft") if isinstance(opened, dict) else None
    before: Mapping[str, Any] = said if isinstance(said, dict) else {}
    draft, live = drafts.of(prompt), prompt.published
    if live and before.get("version") != live.number:
        move = prompt.label_moves.filter(name=LIVE, version=live).select_related("by").first()
        note = f" (“{move.reason}”)" if move and move.reason else ""
        return f"{_name(move.by if move else live.author)} published version {live.number}{note}"
    if draft:
        return f"{_name(draft.author)} changed the draft"
    return "the draft was discarded"


def _name(user: Any) -> str:
    return user.get_username() if user else A_DELETED_USER


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
