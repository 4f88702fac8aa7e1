"""Tokens and durations of attempts as metrics by OTLP: two histograms of the GenAI conventions. Off unless TRACING is `otlp`.

The other services take traces only. Each process counts for itself, and sends its sums once a minute, from a thread of the SDK.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from . import genai, trace_export
from .finished_attempt import FinishedAttempt

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram
    from opentelemetry.sdk.metrics import MeterProvider

TOKENS = [4**power for power in range(14)]
SECONDS = [0.01 * 2**power for power in range(14)]
"""Bounds that the conventions advise."""


class Histograms(NamedTuple):
    provider: MeterProvider
    tokens: Histogram
    seconds: Histogram


def begin() -> None:
    """As `trace_export.begin`."""
    if settings.TRACING == "otlp":
        _histograms()


def record(finished: Iterable[FinishedAttempt]) -> None:
    """Count attempts that were written into the ledger."""
    if settings.TRACING != "otlp":
        return
    _, tokens, seconds = _histograms()
    for one in finished:
        if not one.number:
            continue
        attributes = genai.attributes(one)
        seconds.record(one.duration_ms / 1000, attributes)
        attributes.pop("error.type", None)  # the conventions have it with durations alone
        for kind, count in (("input", one.tokens.input), ("output", one.tokens.output)):
            if count is not None:
                tokens.record(count, {**attributes, "gen_ai.token.type": kind})


def flush() -> None:
    """Send what was counted, for the process ends."""
    if _histograms.cache_info().currsize:
        _histograms().provider.force_flush(trace_export.FLUSH_MILLISECONDS)


@cache
def _histograms() -> Histograms:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    exporter = OTLPMetricExporter(endpoint=trace_export.address("/v1/metrics"), headers=trace_export.headers(), timeout=10)
    provider = MeterProvider([PeriodicExportingMetricReader(exporter)], resource=trace_export.resource(), shutdown_on_exit=False)
    meter = provider.get_meter("chatbot")
    used, took = "gen_ai.client.token.usage", "gen_ai.client.operation.duration"
    return Histograms(
        provider,
        meter.create_histogram(used, "{token}", "Tokens of an attempt.", explicit_bucket_boundaries_advisory=TOKENS),
        meter.create_histogram(took, "s", "How long an attempt took.", explicit_bucket_boundaries_advisory=SECONDS),
    )
