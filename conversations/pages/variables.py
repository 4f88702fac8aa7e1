"""The variables of a prompt: what a form asks for before a conversation begins, and later."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from conversations.commands import choice, given_variables
from conversations.models import Conversation, PromptVersion
from conversations.models.variables import MAX_CHARACTERS, label_of

from .json_requests import body_of, own, signed_in, user_of


@signed_in
@require_GET
def of_prompt(request: HttpRequest) -> HttpResponse:
    """Those of the prompt that `prompt` names, or else of the default one."""
    user = user_of(request)
    begun = Conversation(owner=user)
    choice.take_prompt(begun, user, request.GET.get("prompt"))
    return JsonResponse({"variables": _asked(given_variables.version_of(begun)), "values": {}})


@signed_in
@require_http_methods(["GET", "POST"])
def of_conversation(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Those of the conversation's prompt, with its values. A POST replaces the values, from the next answer on."""
    user = user_of(request)
    if request.method == "POST":
        given = body_of(request).get("values")
        conversation = given_variables.change(user, conversation_id, given if isinstance(given, dict) else {})
    else:
        conversation = own(user, conversation_id)
    return JsonResponse({"variables": _asked(given_variables.version_of(conversation)), "values": conversation.variables})


def _asked(version: PromptVersion | None) -> list[dict[str, Any]]:
    return [
        {
            "name": one["name"],
            "type": one["type"],
            "label": label_of(one),
            "help": one.get("help", ""),
            "required": bool(one.get("required")) and "default" not in one,
            "default": one.get("default"),
            "choices": one.get("choices", []),
            "max_characters": MAX_CHARACTERS.get(one["type"]),
        }
        for one in (version.variables if version else [])
    ]
