"""Metrics for Prometheus, for a client that knows the token."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily

from conversations.live import event_stream
from conversations.models import Job, JobState, KeyState
from conversations.processes import supervisor
from conversations.routing import catalog, circuits, keys
from conversations.usage.ledger.metrics import REGISTRY


def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not secrets.compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(
            "Send the token of METRICS_TOKEN as “Authorization: Bearer …”.\n", status=401, content_type="text/plain; charset=utf-8"
        )
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


class _Now:
    """What is true at the moment of asking."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        process = supervisor.current()
        yield GaugeMetricFamily("chatbot_running_replies", "Answers that this process writes.", value=len(process.registry))
        yield GaugeMetricFamily("chatbot_sockets", "Open pages of this process.", value=len(process.hub.all_watchers()))
        yield GaugeMetricFamily("chatbot_event_streams", "Of these, pages whose WebSockets a proxy blocks.", value=event_stream.count())
        yield GaugeMetricFamily("chatbot_draining", "1 while the process is about to stop.", value=float(process.is_draining))
        names = {str(source.id): source.name for source in catalog.read().sources}
        waiting = GaugeMetricFamily("chatbot_open_circuit_seconds", "Until a provider is tried again.", labels=["provider", "model"])
        for (provider, model), seconds in circuits.open_circuits().items():
            if provider in names:
                waiting.add_metric([names[provider], model], seconds)
        yield waiting
        usable = GaugeMetricFamily(
            "chatbot_keys", "Keys that are enabled, by whether the provider accepts them.", labels=["provider", "accepted"]
        )
        now = timezone.now()
        for source in catalog.latest().sources:
            refused = sum(keys.state(key, now) == KeyState.REFUSED for key in source.keys)
            usable.add_metric([source.name, "true"], len(source.keys) - refused)
            usable.add_metric([source.name, "false"], refused)
        yield usable
        with contextlib.suppress(DatabaseError, InterfaceError):
            yield _jobs(now)


def _jobs(now: datetime) -> GaugeMetricFamily:
    counts = {
        "due": Job.objects.due(now).filter(state=JobState.WAITING),
        "running": Job.objects.filter(state=JobState.RUNNING, due__gte=now),
        "failed": Job.objects.unresolved(),
    }
    jobs = GaugeMetricFamily("chatbot_jobs", "Background jobs of all processes: each of them tells the same.", labels=["state"])
    for state, rows in counts.items():
        jobs.add_metric([state], rows.count())
    return jobs


REGISTRY.register(_Now())
