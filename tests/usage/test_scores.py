"""A thumb is a score of the answer where traces go, as it is by now; it is sent by a job, and tried again."""

from __future__ import annotations

import base64
import uuid
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from conversations.commands import feedback
from conversations.models import OK, Attempt, Job, Message, Provider, Purpose, Role, User, text_part
from conversations.usage.ledger import trace_ids
from tests.support import jobs
from tests.support.collector import PROJECT, Collector
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(alice: User) -> Message:
    talk = Talk(alice)
    question = talk.say("Hello")
    return Message.objects.create(
        conversation=talk.conversation, owner=alice, parent=question, role=Role.ASSISTANT, parts=[text_part("Hi")]
    )


@pytest.fixture
def service(collector: Collector, settings: Any) -> Any:
    settings.TRACING_KEY = "pk:sk"
    return settings


def _give(alice: User, answer: Message, **given: Any) -> str:
    """What the job says that it did."""
    Job.objects.all().delete()
    feedback.give(alice, answer.conversation_id, answer.pk, given)
    return jobs.run(Job.objects.get())


def test_langfuse(collector: Collector, service: Any, alice: User, answer: Message) -> None:
    service.TRACING = "langfuse"
    _give(alice, answer, thumb="down", tags=["wrong"], words="Zebrawords")
    assert collector.requests[-1][1]["authorization"] == f"Basic {base64.b64encode(b'pk:sk').decode()}"
    _give(alice, answer, thumb="up")
    _give(alice, answer, thumb=None)
    trace = f"{trace_ids.of_reply(answer.pk):032x}"
    score = {"id": f"feedback-{trace}", "traceId": trace, "name": "feedback", "dataType": "BOOLEAN"}
    assert collector.scores == [
        ("POST", "/api/public/scores", {**score, "value": 0, "comment": "Wrong"}),
        ("POST", "/api/public/scores", {**score, "value": 1}),
        ("DELETE", f"/api/public/scores/{score['id']}", None),
    ]


def test_langsmith(collector: Collector, service: Any, alice: User, answer: Message) -> None:
    """Whose run has the id of our span behind zeros. Its API is beside the path that takes OTLP."""
    service.TRACING, service.TRACING_ENDPOINT, service.TRACING_PROJECT = "langsmith", f"{collector.address}/otel", "Chat"
    _give(alice, answer, thumb="down", tags=["wrong"], words="Zebrawords")
    assert collector.requests[-1][1]["x-api-key"] == "pk:sk"
    _give(alice, answer, thumb="up")
    _give(alice, answer, thumb=None)
    score = str(uuid.UUID(int=trace_ids.of_reply(answer.pk)))
    run = str(uuid.UUID(f"{trace_ids.span_of_reply(answer.pk):032x}"))
    down, up = {"score": 0, "comment": "Wrong"}, {"score": 1, "comment": ""}
    assert collector.scores == [
        ("PATCH", f"/feedback/{score}", down),  # there is none yet
        ("GET", "/sessions?name=Chat&limit=1", None),
        ("POST", "/feedback", {**down, "id": score, "run_id": run, "key": "feedback", "session_id": PROJECT}),
        ("PATCH", f"/feedback/{score}", up),
        ("DELETE", f"/feedback/{score}", None),
    ]
    collector.scores.clear()
    service.TRACING_PROJECT = ""
    _give(alice, answer, thumb="up")
    assert ("GET", "/sessions?name=default&limit=1", None) in collector.scores, "Where LangSmith puts what names no project."


def test_helicone(collector: Collector, service: Any, alice: User, answer: Message) -> None:
    """Which knows only requests that its gateway passed on, by the id that it was told."""
    service.TRACING = "helicone"
    provider = Provider.objects.create(name="Elsewhere", base_url="https://api.openai.com/v1")
    when = {"started": answer.created, "recorded": answer.created, "duration_ms": 1}
    both = {"reply": answer, "owner": alice, "purpose": Purpose.ANSWER, "provider": provider}
    made = Attempt.objects.create(outcome=OK, number=2, **both, **when)
    for outcome, minutes in ((OK, -1), ("provider", 1)):  # the answer is that of the last attempt that ended well
        Attempt.objects.create(
            outcome=outcome, number=2 + minutes, **both, **{**when, "started": answer.created + timedelta(minutes=minutes)}
        )
    headers = {"Helicone-Request-Id": "{{ attempt }}"}
    for fields in ({"headers": headers}, {"base_url": "https://ai-gateway.helicone.ai/v1", "headers": {}}):
        Provider.objects.filter(pk=provider.pk).update(**fields)
        assert "No gateway" in _give(alice, answer, thumb="up") and not collector.scores
    Provider.objects.filter(pk=provider.pk).update(headers=headers)
    _give(alice, answer, thumb="down", tags=["wrong"], words="Zebrawords")
    assert collector.scores == [("POST", f"/v1/request/{made.pk}/feedback", {"rating": False})]
    assert collector.requests[-1][1]["authorization"] == "Bearer pk:sk"
    assert "stays" in _give(alice, answer, thumb=None) and len(collector.scores) == 1


@pytest.mark.parametrize("name", ["langfuse", "langsmith"])
def test_what_fails_is_tried_again(collector: Collector, service: Any, alice: User, answer: Message, name: str) -> None:
    service.TRACING, collector.status = name, 503
    with pytest.raises(httpx2.HTTPStatusError):
        _give(alice, answer, thumb="up")
    assert Job.objects.get().max_attempts > 1


def test_nothing_is_sent_unless_it_is_wished(collector: Collector, service: Any, alice: User, answer: Message) -> None:
    for name in ("", "otlp"):
        service.TRACING = name
        with pytest.raises(Job.DoesNotExist):
            _give(alice, answer, thumb="down")
