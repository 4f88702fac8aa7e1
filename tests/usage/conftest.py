"""A collector that TRACING names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.usage.ledger import otlp_metrics, trace_export
from tests.support.collector import Collector


@pytest.fixture
def collector(settings: Any) -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever, args=(0.02,))
    thread.start()
    trace_export._processor.cache_clear()
    otlp_metrics._histograms.cache_clear()
    settings.TRACING, settings.TRACING_ENDPOINT = "otlp", collector.address
    yield collector
    if trace_export._processor.cache_info().currsize:
        trace_export._processor().shutdown()
        trace_export._processor.cache_clear()
    if otlp_metrics._histograms.cache_info().currsize:
        otlp_metrics._histograms().provider.shutdown()
        otlp_metrics._histograms.cache_clear()
    collector.server.shutdown()
    thread.join()
    collector.server.server_close()
