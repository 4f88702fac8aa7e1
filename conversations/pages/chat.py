"""The chat page, with what its script needs at once."""

from __future__ import annotations

import uuid
from typing import Any

from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from conversations.commands import choice
from conversations.commands.exchange import MAX_MESSAGE_CHARACTERS
from conversations.models import SystemPrompt
from conversations.routing import catalog, offered
from conversations.usage.budgets import standing

from .conversation_list import entry, page_of
from .json_requests import own, user_of
from .messages import first_look

TRUSTED_TYPES = {"require-trusted-types-for": ["'script'"], "trusted-types": ["dompurify"]}


@never_cache
@login_required
@ensure_csrf_cookie
@csp_update(TRUSTED_TYPES)
@require_GET
def chat(request: HttpRequest, conversation_id: uuid.UUID | None = None) -> HttpResponse:
    """A new chat, or one of the user's conversations."""
    user = user_of(request)
    conversation = own(user, conversation_id) if conversation_id else None
    prompts = [_prompt(prompt) for prompt in SystemPrompt.objects.offered_to(user).select_related("published")]
    page = {
        "user": {"id": user.pk, "name": user.get_username(), "staff": user.is_staff},
        "embedded": catalog.read().is_built_in,
        "conversation": entry(conversation) if conversation else None,
        "prompts": prompts,
        "efforts": _efforts(prompts),
        "prompt": conversation.prompt_id if conversation else None,
        **(first_look(conversation) if conversation else {"messages": [], "older": False}),
        **page_of(user, None),
        "warnings": standing.warnings(user.pk),
        "max_message_characters": MAX_MESSAGE_CHARACTERS,
    }
    return render(request, "chat.html", {"page": page})


def _prompt(prompt: SystemPrompt) -> dict[str, Any]:
    return {
        "id": prompt.pk,
        "slug": prompt.slug,
        "name": prompt.name,
        "description": prompt.description,
        "starters": prompt.published.starters if prompt.published else [],
        "is_default": prompt.is_default,
        "choice": _choice(prompt),
        "asks": bool(prompt.published and prompt.published.variables),
    }


def _choice(prompt: SystemPrompt) -> dict[str, Any] | None:
    """What users may choose beside the prompt's own model; None where there is nothing to choose."""
    if not prompt.model_choice and not prompt.effort_choice:
        return None
    own = (prompt.published.model if prompt.published else "") or offered.default()
    return {"own": own, "models": choice.models_of(prompt), "effort": prompt.effort_choice}


def _efforts(prompts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By model: the efforts that it takes, of all those for which one may be chosen."""
    with_effort = [prompt["choice"] for prompt in prompts if prompt["choice"] and prompt["choice"]["effort"]]
    names = {name for choice in with_effort for name in (choice["own"], *choice["models"])}
    return {name: list(takes) for name in sorted(names) if (takes := offered.efforts(name))}
