"""Spans sent as OTLP in JSON, by https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: ids in hexadecimal, names in camel case.

For services that don't take protobuf. Written as OpenTelemetry's exporter for JavaScript writes it: numbers as numbers, and counts of what
was dropped even where it is nothing, for services read them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import httpx2
import orjson
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from conversations.providers import certificates

log = logging.getLogger(__name__)

SECONDS = 10.0
PAUSE_SECONDS = 1.0
TO_TRY_AGAIN = {408, 429, 502, 503, 504}
KIND_OFFSET = 1
"""What OTLP adds to the SDK's numbers of kinds, for its 0 is none."""


class JsonExporter(SpanExporter):
    """To this address. What can't be sent at the second try is dropped, and the log says so."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._client = httpx2.Client(
            headers={**headers, "Content-Type": "application/json"}, timeout=SECONDS, verify=certificates.context()
        )
        self._ended = Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        body = orjson.dumps(encoded(spans))
        problem = self._send(body)
        if problem and not self._ended.wait(PAUSE_SECONDS):
            problem = self._send(body)
        if problem:
            log.warning("%d spans could not be sent: %s", len(spans), problem)
        return SpanExportResult.FAILURE if problem else SpanExportResult.SUCCESS

    def _send(self, body: bytes) -> str:
        """What is in its way and may pass; empty where it was sent, or is refused for good, which the log says."""
        try:
            answer = self._client.post(self._address, content=body)
        except httpx2.HTTPError as error:
            return type(error).__name__
        if answer.status_code in TO_TRY_AGAIN:
            return f"status {answer.status_code}"
        if answer.is_error:
            log.warning("Spans were refused with status %d.", answer.status_code)
        return ""

    def shutdown(self) -> None:
        self._ended.set()
        self._client.close()


def encoded(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """The request's body. All spans are of one process."""
    resource = {"attributes": _attributes(spans[0].resource.attributes), "droppedAttributesCount": 0}
    scope = {"name": "chatbot", "version": ""}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [_span(span) for span in spans]}]}]}


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None
    parent = {} if span.parent is None else {"parentSpanId": f"{span.parent.span_id:016x}"}
    return {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        **parent,
        "name": span.name,
        "kind": span.kind.value + KIND_OFFSET,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes or {}),
        "droppedAttributesCount": 0,
        "events": [],
        "droppedEventsCount": 0,
        "status": {"code": span.status.status_code.value},
        "links": [],
        "droppedLinksCount": 0,
    }


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": value}
        case float():
            return {"doubleValue": value}
        case _:
            return {"stringValue": str(value)}
