"""With TRACING, what is asked of providers is told to a collector: a trace for each reply, without a word of what was said."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from conversations.models import Model, Origin, Provider, SystemPrompt, User
from conversations.providers.request import Turn
from conversations.routing import catalog
from conversations.usage.ledger import helicone, otlp_metrics, trace_export, trace_ids
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.trace_content import Content
from tests.support.api import program_of
from tests.support.collector import Collector, attributes
from tests.support.idle import until_idle
from tests.support.scripted_openai import Finish, Reasoning, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
ATTRIBUTES = _list(_object(key=TEXT, value={**_object(stringValue=TEXT, intValue=NUMBER), "required": []}))
HELICONE = _object(
    resourceSpans=_list(
        _object(
            resource=_object(attributes=ATTRIBUTES, droppedAttributesCount=NUMBER),
            scopeSpans=_list(
                _object(
                    scope=_object(name=TEXT, version=TEXT),
                    spans=_list(
                        _object(
                            **dict.fromkeys(("traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano"), TEXT),
                            **dict.fromkeys(("kind", "droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"), NUMBER),
                            attributes=ATTRIBUTES,
                            events=_list({}),
                            links=_list({}),
                            status=_object(code=NUMBER),
                        )
                    ),
                )
            ),
        )
    )
)
"""Its description of a trace, without anything beside, which it refuses."""


def _published() -> SystemPrompt:
    catalog.read()  # which writes the settings' provider down
    provider = Provider.objects.get(origin=Origin.ENVIRONMENT)
    Model.objects.create(provider=provider, name="scripted-model", input_price=1, output_price=2)
    catalog.forget()
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
    reply = UUID(accepted["reply"])
    scored = f"{trace_ids.of_reply(reply):032x}", f"{trace_ids.span_of_reply(reply):016x}"
    assert (root.trace_id.hex(), root.span_id.hex()) == scored, "Feedback finds it by these."
    assert {span.trace_id for span in attempts} == {root.trace_id} and {span.parent_span_id for span in attempts} == {root.span_id}
    assert [attributes(span)["chatbot.attempt"] for span in attempts] == [1, 2]
    failed, done = attributes(attempts[0]), attributes(attempts[1])
    assert failed["error.type"] and attempts[0].status.code == 2 and "error.type" not in done
    assert (done["gen_ai.operation.name"], done["gen_ai.request.model"]) == ("chat", "scripted-model")
    assert (done["gen_ai.prompt.name"], done["gen_ai.prompt.version"]) == ("tutor", "1")
    assert (done["langfuse.observation.prompt.name"], done["langfuse.observation.prompt.version"]) == ("tutor", 1)
    for span in of_reply:
        _is_mapped(attributes(span), accepted)
    usage = json.loads(done["langsmith.usage_metadata"])
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
    assert json.loads(done["langfuse.observation.usage_details"]) == {"input": usage["input_tokens"], "output": usage["output_tokens"]}
    assert json.loads(done["langfuse.observation.cost_details"])["total"] == usage["total_cost"] > 0
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


def _is_mapped(said: dict[str, Any], accepted: dict[str, Any]) -> None:
    """Every span has what the services group by: docs.langchain.com/langsmith/threads, langfuse.com/integrations/native/opentelemetry."""
    assert said["gen_ai.conversation.id"] == said["session.id"] == said["langsmith.metadata.thread_id"] == accepted["conversation"]
    assert said["user.id"] == said["langsmith.metadata.user_id"]
    assert (said["langsmith.metadata.prompt"], said["langsmith.metadata.prompt_version"]) == ("tutor", "1")
    assert "langsmith.trace.session_id" not in said, "It would be a project of this id."


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
        ("helicone", "/v1/trace/log", "authorization", "Bearer pk:sk"),
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
    assert (sent["content-type"] == "application/json") == bool(collector.written) == (service == "helicone")
    if service == "langsmith":
        assert sent["langsmith-project"] == "Chat"
    if service == "langfuse":
        assert sent["x-langfuse-ingestion-version"] == "4"


async def test_helicone_is_told_each_request(collector: Collector, settings: Any, alice: User, openai: ScriptedOpenAI) -> None:
    """By the names that it reads, in the shape that it describes: https://docs.helicone.ai/rest/trace/post-v1tracelog."""
    settings.TRACING, settings.TRACING_CONTENT = "helicone", True
    openai.queue(failure(503, "Busy"))
    openai.script(Text("Okapi"), Text("words."), Finish())
    accepted = await answered(alice, await sync_to_async(_published)())
    prefix = "traceloop.association.properties.Helicone-"
    said = [attributes(span) for span in collector.spans]
    failed, done = (one for one in said if one.get(f"{prefix}Property-Reply") == accepted["reply"])
    assert failed[f"{prefix}Property-Outcome"] != "ok" and done[f"{prefix}Property-Outcome"] == "ok"
    assert (done[f"{prefix}Session-Id"], done[f"{prefix}Session-Path"], done[f"{prefix}Session-Name"]) == (
        accepted["conversation"],
        "/answer",
        "tutor",
    )
    assert (done[f"{prefix}Property-Prompt"], done[f"{prefix}Property-Version"], done[f"{prefix}Property-Attempt"]) == ("tutor", "1", "2")
    assert done["gen_ai.response.model"] == "scripted-model" and done["gen_ai.system"] and float(done[f"{prefix}Property-Cost"]) > 0
    assert done["llm.usage.total_tokens"] == done["gen_ai.usage.prompt_tokens"] + done["gen_ai.usage.completion_tokens"] > 0
    assert (done["gen_ai.prompt.0.role"], done["gen_ai.prompt.1.content"]) == ("system", "Quaggawords?")
    assert (done["gen_ai.completion.0.role"], done["gen_ai.completion.0.content"]) == ("assistant", "Okapiwords.")
    assert any(one[f"{prefix}Property-Purpose"] == "title" for one in said)
    assert not any(span.parent_span_id for span in collector.spans)
    for body in collector.written:
        jsonschema_rs.validate(HELICONE, body)
    assert str(alice.pk) not in str(collector.written) and alice.username not in str(collector.written)


def test_what_helicone_passed_on_is_there_already() -> None:
    addresses = {"https://ai-gateway.helicone.ai/v1": True, "https://oai.helicone.ai/v1": True, "https://helicone.ai.example/v1": False}
    assert {address: helicone.passed_on(address) for address in addresses} == addresses
    made = [FinishedAttempt(timezone.now(), number, "ok", 1, base_url=address) for number, address in enumerate(addresses, 1)]
    trace = trace_ids.Trace(1, 2)
    assert len(list(helicone.spans(trace, made, {"chatbot.purpose": "title"}))) == 1


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


async def test_nothing_is_traced_unless_it_is_wished(alice: User, openai: ScriptedOpenAI) -> None:
    await answered(alice, await sync_to_async(_published)())
    assert "traceparent" not in openai.streams[0].headers
    trace_export.begin()
    otlp_metrics.begin()
    assert not trace_export._processor.cache_info().currsize and not otlp_metrics._histograms.cache_info().currsize


@pytest.mark.parametrize("service", ["otlp", "langfuse"])
def test_the_sdk_is_there_before_the_first_answer(collector: Collector, settings: Any, service: str) -> None:
    settings.TRACING = service
    trace_export.begin()
    otlp_metrics.begin()
    assert (trace_export._processor.cache_info().currsize, otlp_metrics._histograms.cache_info().currsize) == (1, service == "otlp")


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
