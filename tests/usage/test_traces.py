"""With TRACING, what is asked of providers is told to a collector: a trace for each reply, without a word of what was said."""

from __future__ import annotations

import base64
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from conversations.models import SystemPrompt, User
from conversations.usage.ledger import trace_export
from tests.support.idle import until_idle
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


class Collector:
    """Takes OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.spans: list[Any] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = ExportTraceServiceRequest()
                message.ParseFromString(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                collector.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                collector.spans += [span for resource in message.resource_spans for scope in resource.scope_spans for span in scope.spans]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector(settings: Any) -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    trace_export._processor.cache_clear()
    settings.TRACING, settings.TRACING_ENDPOINT = "otlp", collector.address
    yield collector
    trace_export._processor().shutdown()
    trace_export._processor.cache_clear()
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


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
    asked = [request.headers["traceparent"] for request in openai.streams[:2]]
    assert asked == [f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" for span in attempts]
    titles = [span for span in collector.spans if attributes(span)["chatbot.purpose"] == "title"]
    assert titles and root.trace_id not in {span.trace_id for span in titles}
    said = str(collector.spans)
    assert "words" not in said and str(alice.pk) not in said and alice.username not in said


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
    if service == "langsmith":
        assert sent["langsmith-project"] == "Chat"
    if service == "langfuse":
        assert sent["x-langfuse-ingestion-version"] == "4"


async def test_nothing_is_traced_unless_it_is_wished(alice: User, openai: ScriptedOpenAI) -> None:
    await answered(alice, await sync_to_async(_published)())
    assert "traceparent" not in openai.streams[0].headers
    assert not trace_export._processor.cache_info().currsize
