"""What editors of a prompt or a fragment are told of its draft while they type: who saved it last, and how often it was saved."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from conversations.models import FragmentDraft, FragmentVersion, PromptDraft, PromptVersion


def told(
    request: HttpRequest, current: PromptVersion | FragmentVersion | None, draft: PromptDraft | FragmentDraft | None
) -> dict[str, Any]:
    """As JSON. `current`: what a draft is compared with."""
    return {
        "version": current.number if current else 0,
        "revision": draft.revision if draft else 0,
        "author": draft.author.get_username() if draft and draft.author else "",
        "is_own": bool(draft and draft.author_id == request.user.pk),
    }
