"""Feedback as scores, where the service that TRACING names takes them: Langfuse and LangSmith at the answer's trace, Helicone at a request.

By their APIs: https://api.reference.langfuse.com (POST and DELETE /api/public/scores),
https://docs.langchain.com/langsmith/smith-api/feedback/create-feedback and https://docs.helicone.ai/rest/request/post-v1request-feedback.
What users wrote with their thumb isn't sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from conversations.jobs.tasks import task
from conversations.models import OK, Attempt, Feedback, Purpose, Thumb

from . import helicone, trace_export, trace_ids

if TYPE_CHECKING:
    import httpx2

SECONDS = 10.0
ATTEMPTS = 8
NAME = "feedback"
SENT, DELETED = "The score was sent.", "The score was deleted."


def note(message_id: UUID, user_id: UUID) -> None:
    """This user's feedback on the answer is another now: send it, in the caller's transaction."""
    if settings.TRACING in _SERVICES:
        send_feedback.enqueue(message=str(message_id), user=str(user_id))


@task(title="Send feedback to where traces go", max_attempts=ATTEMPTS)
def send_feedback(*, message: str, user: str) -> str:
    """As it is by now. The score has one id for good, so that it is written over or deleted, however often it is sent."""
    service = _SERVICES.get(settings.TRACING)
    if service is None:
        return "Traces do not go where scores are taken any more."
    return service(UUID(message), Feedback.objects.filter(message=UUID(message), user=UUID(user)).first())


def _to_langfuse(message: UUID, given: Feedback | None) -> str:
    path, trace = "/api/public/scores", f"{trace_ids.of_reply(message):032x}"
    score = f"feedback-{trace}"
    if given is None:
        _ask("DELETE", f"{path}/{score}", or_missing=True)
        return DELETED
    body = {"id": score, "traceId": trace, "name": NAME, "dataType": "BOOLEAN", "value": _value(given)}
    _ask("POST", path, {**body, "comment": _comment(given)} if given.tags else body)
    return SENT


def _to_langsmith(message: UUID, given: Feedback | None) -> str:
    """Its run has the id of our span, with zeros before it: `langsmith_run_id_from_otel_span_id` of its SDK."""
    run, score = UUID(int=trace_ids.span_of_reply(message)), UUID(int=trace_ids.of_reply(message))
    if given is None:
        _ask("DELETE", f"/feedback/{score}", or_missing=True)
        return DELETED
    body = {"score": _value(given), "comment": _comment(given)}
    if _ask("PATCH", f"/feedback/{score}", body, or_missing=True).status_code == 404:
        found = _ask("GET", "/sessions", params={"name": settings.TRACING_PROJECT or "default", "limit": "1"}, or_missing=True)
        projects = found.json() if found.is_success else []
        project = {"session_id": projects[0]["id"]} if projects else {}
        _ask("POST", "/feedback", {**body, **project, "id": str(score), "run_id": str(run), "key": NAME})
    return SENT


def _to_helicone(message: UUID, given: Feedback | None) -> str:
    """It knows the requests by our ids that its gateway passed on, and takes no feedback back."""
    if given is None:
        return "Helicone can't delete feedback, so the score stays."
    answers = Attempt.objects.filter(reply=message, purpose=Purpose.ANSWER, outcome=OK).select_related("provider").order_by("-started")
    attempt = answers.first()
    provider = attempt.provider if attempt is not None else None
    if attempt is None or provider is None or not helicone.knows_attempts(provider.base_url, provider.headers):
        return "No gateway of Helicone's was asked for this answer and told its id."
    _ask("POST", f"/v1/request/{attempt.pk}/feedback", {"rating": given.thumb == Thumb.UP})
    return SENT


_SERVICES = {"langfuse": _to_langfuse, "langsmith": _to_langsmith, "helicone": _to_helicone}


def _value(given: Feedback) -> int:
    return int(given.thumb == Thumb.UP)


def _comment(given: Feedback) -> str:
    return ", ".join(given.tag_labels)


def _ask(
    method: str, path: str, body: dict[str, Any] | None = None, *, params: dict[str, str] | None = None, or_missing: bool = False
) -> httpx2.Response:
    """`or_missing`: there may be nothing there, which is no error. Raises httpx2.HTTPError."""
    import httpx2  # here, for it takes long to load; see `serve`

    from conversations.providers import certificates

    answer = httpx2.request(
        method,
        trace_export.api_address() + path,
        json=body,
        params=params,
        headers=trace_export.headers(),
        timeout=SECONDS,
        verify=certificates.context(),
    )
    if not (or_missing and answer.status_code == 404):
        answer.raise_for_status()
    return answer
