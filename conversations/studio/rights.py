"""Whose word moves `live`, asked where no request is: when a job does it in a user's name."""

from __future__ import annotations

from conversations.models import SystemPrompt, User

PUBLISH = "conversations.publish_systemprompt"


def may_move_live(user: User, prompt: SystemPrompt) -> bool:
    return bool(user.is_staff and user.has_perm(PUBLISH))
