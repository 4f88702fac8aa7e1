"""Feedback as scores of traces, where the service takes them: Langfuse. Off unless TRACING names it.

By its API, https://api.reference.langfuse.com: POST and DELETE /api/public/scores. What users wrote with their thumb isn't sent.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2
from django.conf import settings

from conversations.jobs.tasks import task
from conversations.models import Feedback, Thumb
from conversations.providers import certificates

from . import trace_export, trace_ids

PATH = "/api/public/scores"
SECONDS = 10.0
ATTEMPTS = 8


def note(message_id: UUID, user_id: UUID) -> None:
    """This user's feedback on the answer is another now: send it, in the caller's transaction."""
    if settings.TRACING == "langfuse":
        send_feedback.enqueue(message=str(message_id), user=str(user_id))


@task(title="Send feedback to Langfuse", max_attempts=ATTEMPTS)
def send_feedback(*, message: str, user: str) -> str:
    """As it is by now. The score has one id for good, so that it is written over or deleted, however often it is sent."""
    if settings.TRACING != "langfuse":
        return "Traces do not go to Langfuse any more."
    trace = f"{trace_ids.of_reply(UUID(message)):032x}"
    score = f"feedback-{trace}"
    given = Feedback.objects.filter(message=UUID(message), user=UUID(user)).first()
    if given is None:
        _ask("DELETE", f"{PATH}/{score}")
        return "The score was deleted."
    body = {"id": score, "traceId": trace, "name": "feedback", "dataType": "BOOLEAN", "value": int(given.thumb == Thumb.UP)}
    _ask("POST", PATH, {**body, "comment": ", ".join(given.tag_labels)} if given.tags else body)
    return "The score was sent."


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> None:
    """Raises httpx2.HTTPError."""
    address = trace_export.address(path)
    answer = httpx2.request(method, address, json=body, headers=trace_export.headers(), timeout=SECONDS, verify=certificates.context())
    if method != "DELETE" or answer.status_code != 404:
        answer.raise_for_status()
