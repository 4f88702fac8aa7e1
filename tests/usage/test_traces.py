"""With TRACING, what is asked of providers is told to a collector: a trace for each reply, without a word of what was said."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import httpx2
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.commands import feedback
from conversations.models import Job, SystemPrompt, User
from conversations.providers.request import Turn
from conversations.usage.ledger import otlp_metrics, trace_export, trace_ids
from conversations.usage.ledger.trace_content import Content
from tests.support import jobs
from tests.support.api import program_of
from tests.support.collector import Collector, attributes
from tests.support.idle import until_idle
from tests.support.scripted_openai import Finish, Reasoning, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def _published() -> SystemPrompt:
    prompt = SystemPrompt.objects.create(slug="tutor", name="Tutor")
    prompt.publish(text="Zebrawords.")
    return prompt


async def answered(user: User, prompt: SystemPrompt) -> dict[str, Any]:
    async with Socket(user) as socket:
        accepted = await socket.send("Quaggawords?", prompt=prompt.slug)
        await socket.until("finished", message=accepted["reply"])
        await until_idle()
    await sync_to_async(trace_export.flush)()
    await sync_to_async(otlp_metrics.flush)()
    return accepted


async def test_a_reply_is_a_trace_with_a_span_for_each_attempt(collector: Collector, alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await sync_to_async(_published)()
    openai.queue(failure(503, "Busy"))
    accepted = await answered(alice, prompt)
    of_reply = [span for span in collector.spans if attributes(span).get("chatbot.reply") == accepted["reply"]]
    (root,) = [span for span in of_reply if not span.parent_span_id]
    attempts = [span for span in of_reply if span.parent_span_id]
    assert {span.trace_id for span in attempts} == {root.trace_id} and {span.parent_span_id for span in attempts} == {root.span_id}
    assert [attributes(span)["chatbot.attempt"] for span in attempts] == [1, 2]
    failed, done = attributes(attempts[0]), attributes(attempts[1])
    assert failed["error.type"] and attempts[0].status.code == 2 and "error.type" not in done
    assert (done["gen_ai.operation.name"], done["gen_ai.request.model"]) == ("chat", "scripted-model")
    assert (done["gen_ai.prompt.name"], done["gen_ai.prompt.version"]) == ("tutor", "1")
    assert (done["langfuse.observation.prompt.name"], done["langfuse.observation.prompt.version"]) == ("tutor", 1)
    assert done["gen_ai.conversation.id"] == done["session.id"] == accepted["conversation"]
    assert done["gen_ai.usage.output_tokens"] > 0 and done["gen_ai.system"] == done["gen_ai.provider.name"]
    assert root.name == "invoke_agent tutor" and attributes(root)["langsmith.span.kind"] == "chain"
    assert root.start_time_unix_nano <= attempts[0].start_time_unix_nano <= attempts[1].end_time_unix_nano <= root.end_time_unix_nano
    _are_measured(collector, attempts)
    asked = [request.headers["traceparent"] for request in openai.streams[:2]]
    assert asked == [f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" for span in attempts]
    titles = [span for span in collector.spans if attributes(span)["chatbot.purpose"] == "title"]
    assert titles and root.trace_id not in {span.trace_id for span in titles}
    said = str(collector.spans)
    assert "words" not in said and str(alice.pk) not in said and alice.username not in said


def _are_measured(collector: Collector, attempts: list[Any]) -> None:
    """Tokens and times of the attempts are in the histograms of the conventions."""
    used, took = (
        {metric.name: metric for metric in collector.metrics}[name]
        for name in ("gen_ai.client.token.usage", "gen_ai.client.operation.duration")
    )
    assert (used.unit, took.unit) == ("{token}", "s")
    assert (
        list(used.histogram.data_points[0].explicit_bounds)[:3] == [1, 4, 16] and took.histogram.data_points[0].explicit_bounds[0] == 0.01
    )
    (written,) = [point for point in used.histogram.data_points if attributes(point)["gen_ai.token.type"] == "output"]
    said = [attributes(span) for span in collector.spans if span.parent_span_id]
    assert written.sum == sum(one.get("gen_ai.usage.output_tokens", 0) for one in said) > 0
    names = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "server.address", "server.port")
    assert {name: attributes(written)[name] for name in names} == {name: attributes(attempts[1])[name] for name in names}
    errors = {attributes(point).get("error.type"): point for point in took.histogram.data_points}
    assert errors[attributes(attempts[0])["error.type"]].count == 1
    assert sum(point.count for point in took.histogram.data_points) == len(said)
    assert not {"chatbot.reply", "user.id", "session.id"} & set(attributes(written))


@pytest.mark.parametrize(
    ("service", "path", "header", "value"),
    [
        ("otlp", "/v1/traces", "authorization", "Bearer pk:sk"),
        ("langsmith", "/v1/traces", "x-api-key", "pk:sk"),
        ("langfuse", "/api/public/otel/v1/traces", "authorization", f"Basic {base64.b64encode(b'pk:sk').decode()}"),
    ],
)
async def test_each_service_is_asked_as_it_wants(
    collector: Collector, settings: Any, alice: User, openai: ScriptedOpenAI, service: str, path: str, header: str, value: str
) -> None:
    settings.TRACING, settings.TRACING_KEY, settings.TRACING_PROJECT = service, "pk:sk", "Chat"
    openai.script(Text("Hi"), Finish())
    await answered(alice, await sync_to_async(_published)())
    assert collector.requests[0][0] == path
    sent = collector.requests[0][1]
    assert sent[header] == value
    assert bool(collector.metrics) == (service == "otlp")
    if service == "langsmith":
        assert sent["langsmith-project"] == "Chat"
    if service == "langfuse":
        assert sent["x-langfuse-ingestion-version"] == "4"


@pytest.mark.parametrize("service", ["otlp", "langfuse", "langsmith"])
async def test_what_was_said_is_traced_where_an_administrator_wants_it(
    collector: Collector, settings: Any, alice: User, openai: ScriptedOpenAI, service: str
) -> None:
    settings.TRACING, settings.TRACING_CONTENT = service, True
    openai.script(Reasoning("Gnuwords."), Text("Okapi"), Text("words."), Finish())
    accepted = await answered(alice, await sync_to_async(_published)())
    root, attempt = (span for span in collector.spans if attributes(span).get("chatbot.reply") == accepted["reply"])
    for said in (attributes(root), attributes(attempt)):
        assert json.loads(said["gen_ai.input.messages"]) == [{"role": "user", "parts": [{"type": "text", "content": "Quaggawords?"}]}]
        assert json.loads(said["gen_ai.output.messages"]) == [{"role": "assistant", "parts": [{"type": "text", "content": "Okapiwords."}]}]
        assert "Zebrawords." in said["gen_ai.system_instructions"] and "Gnuwords" not in str(said)
        assert said.get("langfuse.observation.output") == ("Okapiwords." if service == "langfuse" else None)
        assert ("Quaggawords?" in said.get("langfuse.observation.input", "")) == (service == "langfuse")
        assert ("Okapiwords." in said.get("gen_ai.completion", "")) == (service == "langsmith")


def test_long_content_is_cut_to_its_newest() -> None:
    turns = [Turn("user", "old"), Turn("assistant", "a" * 20_000), Turn("user", "b" * 20_000)]
    content = Content("", turns)
    content.said.append("c" * 40_000)
    asked, said = (json.loads(content.attributes()[f"gen_ai.{which}.messages"]) for which in ("input", "output"))
    assert [(one["role"], len(one["parts"][0]["content"])) for one in asked] == [("assistant", 12_000), ("user", 20_000)]
    assert len(said[0]["parts"][0]["content"]) == 32_000


async def test_a_thumb_is_a_score_of_the_answers_trace(collector: Collector, settings: Any, alice: User, openai: ScriptedOpenAI) -> None:
    settings.TRACING, settings.TRACING_KEY = "langfuse", "pk:sk"
    accepted = await answered(alice, await sync_to_async(_published)())
    (root,) = [span for span in collector.spans if attributes(span).get("chatbot.reply") == accepted["reply"] and not span.parent_span_id]

    def give(**given: Any) -> str:
        Job.objects.all().delete()
        feedback.give(alice, uuid.UUID(accepted["conversation"]), uuid.UUID(accepted["reply"]), given)
        return jobs.run(Job.objects.get())

    await sync_to_async(give)(thumb="down", tags=["wrong"], words="Zebrawords")
    assert collector.requests[-1][1]["authorization"] == f"Basic {base64.b64encode(b'pk:sk').decode()}"
    await sync_to_async(give)(thumb="up")
    await sync_to_async(give)(thumb=None)
    score = {"id": f"feedback-{root.trace_id.hex()}", "traceId": root.trace_id.hex(), "name": "feedback", "dataType": "BOOLEAN"}
    down, up, deleted = collector.scores
    assert (down, up) == ({**score, "value": 0, "comment": "Wrong"}, {**score, "value": 1})
    assert deleted == f"/api/public/scores/{score['id']}"
    collector.status = 503  # the queue tries it again
    with pytest.raises(httpx2.HTTPStatusError):
        await sync_to_async(give)(thumb="up")
    settings.TRACING = "otlp"
    with pytest.raises(Job.DoesNotExist):
        await sync_to_async(give)(thumb="down")


async def test_nothing_is_traced_unless_it_is_wished(alice: User, openai: ScriptedOpenAI) -> None:
    await answered(alice, await sync_to_async(_published)())
    assert "traceparent" not in openai.streams[0].headers
    assert not trace_export._processor.cache_info().currsize and not otlp_metrics._histograms.cache_info().currsize


TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


async def test_what_a_program_asks_goes_on_with_its_own_trace(collector: Collector, alice: User, openai: ScriptedOpenAI) -> None:
    program = await sync_to_async(program_of)(alice)

    async def asked(address: str, flags: str, **body: Any) -> str:
        headers = {**program, "traceparent": f"00-{TRACE}-{SPAN}-{flags}"}
        response = await AsyncClient().post(address, {"model": "pirate", **body}, content_type="application/json", headers=headers)
        assert response.status_code == 200, response.content
        await until_idle()
        await sync_to_async(trace_export.flush)()
        return openai.streams[-1].headers["traceparent"]

    for address, body in (
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}]}),
        ("/v1/responses", {"input": "Hi", "store": True}),
    ):
        openai.script(Text("Ahoy"), Finish())
        collector.spans.clear()
        told = await asked(address, "01", **body)
        attempt = next(span for span in collector.spans if span.span_id.hex() == told.split("-")[2])
        root = next(span for span in collector.spans if span.span_id == attempt.parent_span_id)
        assert told == f"00-{TRACE}-{attempt.span_id.hex()}-01" and attempt.trace_id.hex() == root.trace_id.hex() == TRACE
        assert root.parent_span_id.hex() == SPAN

    collector.spans.clear()
    told = await asked("/v1/chat/completions", "00", messages=[{"role": "user", "content": "Hi"}])
    assert told.startswith(f"00-{TRACE}-") and told.endswith("-00") and not collector.spans
    assert trace_ids.new().id != int(TRACE, 16)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("traceparent", "is_valid"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-09-what-will-be", True),
        (f"00-{TRACE}-{SPAN}-01-more", False),
        (f"cc-{TRACE}-{SPAN}-01more", False),
        (f"ff-{TRACE}-{SPAN}-01", False),
        (f"00-{TRACE.upper()}-{SPAN}-01", False),
        (f"00-{'0' * 32}-{SPAN}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"00-{TRACE}-{SPAN}-1", False),
        (f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01", False),
        ("", False),
    ],
)
def test_only_a_valid_traceparent_counts(traceparent: str, is_valid: bool) -> None:
    expected = trace_ids.CallersSpan(int(TRACE, 16), int(SPAN, 16), True) if is_valid else None
    assert trace_ids.read(traceparent) == expected
