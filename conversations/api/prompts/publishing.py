"""POST /v1/prompts/{slug}/publish: the draft becomes a version, and a label points at it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, JsonResponse

from conversations.api import bodies
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.models import LIVE, SystemPrompt, label_name
from conversations.studio import drafts, publishing, scheduling, sendable
from conversations.studio.checks import line
from conversations.studio.wording import wording_of

from . import access
from .drafting import require_revision

FIELDS = ("label", "note", "revision", "scheduled")
MAX_NOTE_CHARACTERS = 200


def publish(request: HttpRequest, caller: Caller, *, slug: str) -> JsonResponse:
    """By the rules of the admin, but without its way around them in an emergency."""
    found, body = access.to_publish(caller, slug), bodies.json_object(request)
    label, note, scheduled = _asked(body)
    with transaction.atomic():
        prompt = drafts.locked(found)
        draft = drafts.of(prompt)
        require_revision(body, draft)
        if draft is None:
            raise ApiError(409, "There is no draft: what it would say is live already.", code="nothing_to_publish")
        if label == LIVE and (obstacle := publishing.obstacle(prompt, wording_of(draft), caller.user)):
            raise ApiError(403, obstacle, code="not_allowed")
        if label == LIVE and not scheduled and (other := scheduling.other_waiting(prompt, draft)):
            sentence = f"Version {other.version.number} is scheduled to become live: say with “scheduled” whether to “keep” or “cancel” it."
            raise ApiError(409, sentence, code="scheduled", param="scheduled")
        try:
            version, before = publishing.publish(prompt, draft, caller.user, note=note, label=label)
        except sendable.NotSendable as problem:
            raise ApiError(422, f"Nothing was published: {problem}", code="not_sendable") from None
        old = f"version {before.number}" if before else "no version"
        access.log(caller, prompt, f"Published version {version.number}: moved the label “{label}” from {old} to it.")
        if label == LIVE:
            _settle_scheduled(caller, prompt, cancels=scheduled == "cancel")
    told = {"slug": prompt.slug, "label": label, "version": version.number, "before": before.number if before else None}
    return JsonResponse({"object": "prompt.publication", **told})


def _asked(body: dict[str, Any]) -> tuple[str, str, str]:
    """The label, the note, and what becomes of a version that is scheduled."""
    if unknown := body.keys() - set(FIELDS):
        raise ApiError(400, f"The fields are {', '.join(FIELDS)}.", param=min(unknown)[:80])
    label, note, scheduled = body.get("label", LIVE), body.get("note", ""), body.get("scheduled", "")
    try:
        if not isinstance(label, str):
            raise ValidationError("A label is a text.")
        label_name(label)
    except ValidationError as error:
        raise ApiError(400, " ".join(error.messages), param="label") from None
    try:
        note = line("note", note, MAX_NOTE_CHARACTERS)
    except ValidationError as error:
        raise ApiError(400, " ".join(error.messages), param="note") from None
    if scheduled not in ("", "keep", "cancel"):
        raise ApiError(400, "scheduled is “keep” or “cancel”.", param="scheduled")
    return label, note, scheduled


def _settle_scheduled(caller: Caller, prompt: SystemPrompt, *, cancels: bool) -> None:
    """After the draft went live: what was to go live is cancelled if that was asked for, or is live already."""
    scheduled = scheduling.of(prompt)
    if scheduled is not None and (cancels or scheduled.stopped or prompt.published_id == scheduled.version_id):
        access.log(
            caller,
            prompt,
            f"Cancelled the publishing of version {scheduled.version.number}, scheduled for {scheduling.time_of(scheduled)}.",
        )
        scheduling.cancel(scheduled)
