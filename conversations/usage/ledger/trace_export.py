"""Where traces go: an OTLP collector, LangSmith, Langfuse or Helicone. OpenTelemetry's SDK sends them from a thread of its own."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

log = logging.getLogger(__name__)

ENDPOINTS = {
    "langsmith": "https://api.smith.langchain.com/otel",
    "langfuse": "https://cloud.langfuse.com",
    "helicone": "https://api.helicone.ai",
    "otlp": "http://localhost:4318",
}
PATHS = {"langfuse": "/api/public/otel/v1/traces", "helicone": "/v1/trace/log"}
USUAL_PATH = "/v1/traces"
FLUSH_MILLISECONDS = 3_000


def span(
    name: str,
    trace: int,
    own: int,
    parent: int | None,
    times: tuple[int, int],
    attributes: Mapping[str, Any],
    *,
    failed: bool = False,
    client: bool = False,
    is_callers: bool = False,
) -> ReadableSpan:
    """One that is over. `times`: its beginning and its end, in nanoseconds since 1970. `is_callers`: the parent is another program's."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    def context(of: int, is_remote: bool = False) -> SpanContext:
        return SpanContext(trace, of, is_remote=is_remote, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    return ReadableSpan(
        name,
        context=context(own),
        parent=None if parent is None else context(parent, is_callers),
        resource=resource(),
        attributes=dict(attributes),
        kind=SpanKind.CLIENT if client else SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR if failed else StatusCode.OK),
        start_time=times[0],
        end_time=times[1],
    )


def begin() -> None:
    """Load OpenTelemetry's SDK, which takes a third of a second that the first answer is not to wait for."""
    if settings.TRACING:
        _processor()


def send(spans: Iterable[ReadableSpan]) -> None:
    """Never waits; what can't be sent is dropped, and the log says so."""
    processor = _processor()
    for one in spans:
        processor.on_end(one)


def flush() -> None:
    """Send what waits, for the process ends. Waits for at most three seconds."""
    if _processor.cache_info().currsize:
        _processor().force_flush(FLUSH_MILLISECONDS)


@cache
def _processor() -> BatchSpanProcessor:
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = _exporter()
    if settings.TRACING_CONTENT:  # spans are long then: few wait for a service that can't be reached, and few go at once
        return BatchSpanProcessor(exporter, max_queue_size=256, max_export_batch_size=16)
    return BatchSpanProcessor(exporter)


def _exporter() -> SpanExporter:
    if settings.TRACING == "helicone":  # of OTLP it takes JSON alone
        from .otlp_json import JsonExporter

        return JsonExporter(address(), headers())
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=address(), headers=headers(), timeout=10)


def address(path: str = "") -> str:
    """Of traces, or of what else is taken by OTLP."""
    return _endpoint() + (path or PATHS.get(settings.TRACING, USUAL_PATH))


def api_address() -> str:
    """Of the service's other paths. LangSmith takes OTLP at one of them."""
    return _endpoint().removesuffix("/otel")


def _endpoint() -> str:
    return (settings.TRACING_ENDPOINT or ENDPOINTS[settings.TRACING]).rstrip("/")


def headers() -> dict[str, str]:
    """By which the service knows whose traces these are."""
    key = settings.TRACING_KEY
    if settings.TRACING == "langsmith":
        return {"x-api-key": key, **({"Langsmith-Project": settings.TRACING_PROJECT} if settings.TRACING_PROJECT else {})}
    if settings.TRACING == "langfuse":  # by this version what is sent is there at once
        return {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}", "x-langfuse-ingestion-version": "4"}
    return {"Authorization": f"Bearer {key}"} if key else {}


@cache
def resource() -> Any:
    """This process: a collector adds up what its instances count."""
    from opentelemetry.sdk.resources import Resource

    return Resource.create({"service.name": settings.SITE_NAME, "service.instance.id": str(uuid4())})
