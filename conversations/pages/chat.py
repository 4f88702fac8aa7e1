"""The chat page, with what its script needs at once."""

from __future__ import annotations

import uuid
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from conversations.commands import choice, pictures, staging
from conversations.commands.api_token_right import may_make
from conversations.commands.questions import MAX_MESSAGE_CHARACTERS
from conversations.files.quota import MIB
from conversations.generation import fallbacks
from conversations.models import PromptLabel, PromptVersion, SystemPrompt, User, switches
from conversations.models.compiled import Select
from conversations.routing import catalog, offered, sight, speaking, speech_to_speech
from conversations.usage.budgets import standing

from . import transcriptions
from .conversation_list import entry, page_of
from .json_requests import own, user_of
from .messages import first_look
from .permissions_policy import allow_microphone

SAMPLER = "js/talk/sampler-worklet.js"
"""Runs in the audio's own thread, which import maps don't reach."""
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
    cards = [_prompt(prompt) for prompt in (_OFFERED_TO_STAFF if user.is_staff else _OFFERED).all()]
    prompts = cards + [_staged(label) for label in staging.offered_to(user)]
    page = {
        "user": {"id": user.pk, "name": user.get_username(), "staff": user.is_staff},
        "embedded": catalog.read().is_built_in,
        "conversation": entry(conversation) if conversation else None,
        "prompts": prompts,
        "efforts": _efforts(prompts),
        "sees": _sees(prompts),
        "prompt": conversation.chosen_prompt if conversation else None,
        **(first_look(conversation) if conversation else {"messages": [], "older": False}),
        **page_of(user, None),
        "warnings": standing.warnings(user.pk),
        "max_message_characters": MAX_MESSAGE_CHARACTERS,
        "files": _file_bounds(),
        "dictation": transcriptions.bounds(),
        "pictures": pictures.offers(),
        "off": switches.off(),
        "speaks": bool(speaking.model()),
        "talks": {"worklet": static(SAMPLER)} if speech_to_speech.model() else None,
    }
    response = render(request, "chat.html", {"page": page, "cards": cards, "makes_api_tokens": may_make(user)})
    if page["dictation"] or page["talks"]:
        allow_microphone(response)
    return response


def _file_bounds() -> dict[str, int] | None:
    """None where messages take no files."""
    most = settings.FILES_PER_MESSAGE
    return {"max_bytes": settings.FILE_MAX_MB * MIB, "per_message": most} if most else None


def _staged(label: PromptLabel) -> dict[str, Any]:
    told = _prompt(label.prompt, label.version)
    name = f"{told['name']} ({label.name})"
    return {**told, "id": f"{told['id']}:{label.name}", "name": name, "label": label.name, "is_default": False}


def _prompt(prompt: SystemPrompt, version: PromptVersion | None = None) -> dict[str, Any]:
    version = version or prompt.published
    return {
        "id": prompt.pk,
        "slug": prompt.slug,
        "name": prompt.name,
        "description": prompt.description,
        "label": "",
        "starters": version.starters if version else [],
        "is_default": prompt.is_default,
        "choice": _choice(prompt, version),
        "sees": fallbacks.sees(version.model, version.pk) if version else sight.sees(""),
        "asks": bool(version and version.variables),
        "off": switches.off(prompt),
    }


def _choice(prompt: SystemPrompt, version: PromptVersion | None) -> dict[str, Any] | None:
    """What users may choose beside the prompt's own model; None where there is nothing to choose."""
    if not prompt.model_choice and not prompt.effort_choice:
        return None
    own = (version.model if version else "") or offered.default()
    return {"own": own, "models": choice.models_of(prompt), "effort": prompt.effort_choice}


def _efforts(prompts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """By model: the efforts that it takes, of all those for which one may be chosen."""
    with_effort = [prompt["choice"] for prompt in prompts if prompt["choice"] and prompt["choice"]["effort"]]
    names = {name for choice in with_effort for name in (choice["own"], *choice["models"])}
    return {name: list(takes) for name in sorted(names) if (takes := offered.efforts(name))}


def _sees(prompts: list[dict[str, Any]]) -> dict[str, bool]:
    """By model: whether it sees, of all that may be chosen, where that is known."""
    names = {name for prompt in prompts if prompt["choice"] for name in prompt["choice"]["models"]}
    return {name: can for name in sorted(names) if (can := fallbacks.sees(name, None)) is not None}


def _offered(user: User) -> Select[SystemPrompt]:
    return Select(lambda: SystemPrompt.objects.offered_to(user).select_related("published"))


_OFFERED, _OFFERED_TO_STAFF = _offered(User()), _offered(User(is_staff=True))
