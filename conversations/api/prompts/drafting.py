"""GET and PUT /v1/prompts/{slug}/draft: the draft that all authors of a prompt share."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, JsonResponse

from conversations.api import bodies
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.models import PromptDraft, Scope
from conversations.studio import drafts
from conversations.studio.wording import Wording
from conversations.studio.wording_fields import FIELDS

from . import access, documents


def shown(request: HttpRequest, caller: Caller, *, slug: str) -> JsonResponse:
    prompt = access.one(caller, slug)
    return JsonResponse(documents.of_draft(prompt, drafts.of(prompt)))


def save(request: HttpRequest, caller: Caller, *, slug: str) -> JsonResponse:
    """Fields that the body leaves out stay as they are. With `revision`, 409 where the draft isn't the one that was seen.

    Without the scope to read prompts, the response has only the fields that were sent.
    """
    found, body = access.to_change(caller, slug), bodies.json_object(request)
    changed = _changed(body)
    with transaction.atomic():
        prompt = drafts.locked(found)
        before = drafts.of(prompt)
        require_revision(body, before)
        draft = drafts.save(prompt, {**drafts.edited(prompt), **changed}, caller.user)
        if (draft.revision if draft else 0) != (before.revision if before else 0):
            access.log(caller, prompt, "Saved the draft." if draft else "The draft says what is live: it ended.")
    saved = documents.of_draft(prompt, draft)
    if Scope.READ_PROMPTS not in caller.scopes:  # what others wrote isn't for it to see
        saved = {name: value for name, value in saved.items() if name not in FIELDS or name in changed}
    return JsonResponse(saved)


def require_revision(body: dict[str, Any], draft: PromptDraft | None) -> None:
    """Raises ApiError where the body names the revision that its author saw, and there is another one now."""
    if (seen := body.get("revision")) is None:
        return
    if type(seen) is not int:
        raise ApiError(400, "revision must be a whole number.", param="revision")
    now = draft.revision if draft else 0
    if seen != now:
        raise ApiError(409, f"The draft has revision {now} by now: read it again.", code="changed", param="revision")


def _changed(body: dict[str, Any]) -> Wording:
    """Checked as the admin's form checks them."""
    changed: Wording = {}
    for name, value in body.items():
        if name == "revision":
            continue
        if name not in FIELDS:
            raise ApiError(400, f"A draft has no field of this name. Its fields are {', '.join(FIELDS)}.", param=name[:80])
        try:
            changed[name] = FIELDS[name].clean(value)
        except ValidationError as error:
            raise ApiError(400, " ".join(error.messages), param=name) from None
    return changed
