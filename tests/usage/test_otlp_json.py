"""Spans are written in JSON as OTLP has it, and as Helicone's description of its log has it; what can't be sent is tried once more."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult

from conversations.usage.ledger import otlp_json, trace_export
from conversations.usage.ledger.otlp_json import JsonExporter, encoded
from tests.support.collector import Collector, attributes

TRACE, OWN, PARENT = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7, 0x0102030405060708
TIMES = (1_795_827_370_000_000_001, 1_795_827_371_000_000_002)


def _span(parent: int | None = PARENT, **given: Any) -> Any:
    return trace_export.span("chat m", TRACE, OWN, parent, TIMES, given, failed=True, client=True)


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.SITE_NAME = "Chat"


def test_it_says_what_protobuf_says(collector: Collector) -> None:
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    spans = [_span(text="Å", whole=3, part=0.5, flag=True), _span(parent=None)]
    collector.take_spans(encode_spans(spans).SerializeToString())
    collector.take_json(encoded(spans))
    for binary, written in zip(collector.spans[:2], collector.spans[2:], strict=True):
        assert attributes(binary) == attributes(written)
        for name in ("trace_id", "span_id", "parent_span_id", "name", "kind", "start_time_unix_nano", "end_time_unix_nano", "status"):
            assert getattr(binary, name) == getattr(written, name), name


def test_it_is_tried_once_more(collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(otlp_json, "PAUSE_SECONDS", 0)
    exporter = JsonExporter(f"{collector.address}/v1/traces", {"Authorization": "Bearer k"})
    for status, times, result in (
        (503, 2, SpanExportResult.FAILURE),
        (401, 1, SpanExportResult.SUCCESS),
        (200, 1, SpanExportResult.SUCCESS),
    ):
        collector.requests.clear()
        collector.status = status
        assert (exporter.export([_span(text="secret words")]), len(collector.requests)) == (result, times)
        assert collector.requests[0][1]["authorization"] == "Bearer k"
    assert "503" in caplog.text and "401" in caplog.text and "secret" not in caplog.text
    exporter.shutdown()
