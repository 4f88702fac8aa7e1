"""An OpenTelemetry collector that takes OTLP over HTTP, and Langfuse's scores, and keeps what came."""

from __future__ import annotations

import gzip
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """Takes OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.spans: list[Any] = []
        self.metrics: list[Any] = []
        self.scores: list[Any] = []
        """What each was sent as, or the address of one that was deleted."""
        self.status = 200
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
                collector.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                if self.path == "/v1/metrics":
                    collector.take_metrics(body)
                elif self.path == "/api/public/scores":
                    collector.scores.append(json.loads(body))
                else:
                    collector.take_spans(body)
                self.answer()

            def do_DELETE(self) -> None:
                collector.scores.append(self.path)
                self.answer()

            def answer(self) -> None:
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def take_spans(self, body: bytes) -> None:
        message = ExportTraceServiceRequest()
        message.ParseFromString(body)
        self.spans += [span for resource in message.resource_spans for scope in resource.scope_spans for span in scope.spans]

    def take_metrics(self, body: bytes) -> None:
        message = ExportMetricsServiceRequest()
        message.ParseFromString(body)
        self.metrics += [metric for resource in message.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def attributes(of: Any) -> dict[str, Any]:
    """Of a span or of a metric's point."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in of.attributes}
