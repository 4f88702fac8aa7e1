"""GET /v1/models: what can be named as `model`, as OpenAI lists it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from . import assistants
from .assistants import Assistant
from .authentication import Caller


def listed(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Assistants first; a model with the name of one can't be asked without it."""
    those = [_assistant(one) for one in assistants.all_of(caller)]
    taken = {one["id"] for one in those}
    those += [_raw(name) for name in assistants.raw_models(caller) if name not in taken]
    return JsonResponse({"object": "list", "data": those})


def one(request: HttpRequest, caller: Caller, *, model: str) -> JsonResponse:
    """Only what is listed, though a server whose models are not listed is asked for whatever a request names."""
    if assistant := assistants.named(caller, model):
        return JsonResponse(_assistant(assistant))
    if model not in assistants.raw_models(caller):
        raise assistants.not_found(model)
    return JsonResponse(_raw(model))


def _assistant(one: Assistant) -> dict[str, Any]:
    return {
        "id": one.id,
        "object": "model",
        "created": int(one.version.created.timestamp()),
        "owned_by": settings.SITE_NAME,
        "name": one.prompt.name,
        "description": one.prompt.description,
    }


def _raw(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "provider"}
