"""What a user may do in the admin, asked by the model's name."""

from __future__ import annotations

from typing import Any


def may(user: Any, action: str, model: str) -> bool:
    """Whether the user may "view", "add", "change" or "delete" rows of `model`, such as "provider". Who may change may view."""
    actions = ("view", "change") if action == "view" else (action,)
    return any(user.has_perm(f"conversations.{one}_{model}") for one in actions)
