"""An OpenTelemetry collector that takes OTLP over HTTP, in both encodings, and scores as LangSmith, Langfuse and Helicone do; it keeps what came."""

from __future__ import annotations

import base64
import gzip
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf import json_format  # type: ignore[import-untyped]
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PROJECT = "5f1d7ab0-54fd-4ab9-8d52-51f2a1b9b6c3"
"""The id of LangSmith's project, whatever its name is."""


class Collector:
    """Takes OTLP over HTTP, as a collector does. `status`: what it answers, if not that all is well."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.spans: list[Any] = []
        self.written: list[Any] = []
        """Requests for spans in JSON, as they came."""
        self.metrics: list[Any] = []
        self.scores: list[tuple[str, str, Any]] = []
        """Method, path and body of what was asked beside OTLP."""
        self.status = 200
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
                is_json = self.headers.get("Content-Type") == "application/json"
                collector.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                said: Any = {}
                if self.path.endswith("/v1/metrics"):
                    collector.take_metrics(body)
                elif self.path.endswith(("/v1/traces", "/v1/trace/log")):
                    collector.take_json(json.loads(body)) if is_json else collector.take_spans(body)
                else:
                    collector.scores.append((self.command, self.path, json.loads(body) if body else None))
                    said = [{"id": PROJECT}] if self.path.startswith("/sessions") else {}
                self.answer(json.dumps(said).encode())

            do_GET = do_PATCH = do_DELETE = do_POST  # noqa: N815

            def answer(self, body: bytes) -> None:
                unknown = self.command == "PATCH" and len([one for one in collector.scores if one[1] == self.path]) == 1
                self.send_response(404 if unknown else collector.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def take_spans(self, body: bytes) -> None:
        message = ExportTraceServiceRequest()
        message.ParseFromString(body)
        self._keep(message)

    def take_json(self, body: Any) -> None:
        """Ids are in hexadecimal, where other bytes would be in base 64."""
        self.written.append(json.loads(json.dumps(body)))
        spans = (span for resource in body["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"])
        for span in spans:
            for name in {"traceId", "spanId", "parentSpanId"} & set(span):
                span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
        self._keep(json_format.ParseDict(body, ExportTraceServiceRequest()))

    def _keep(self, message: ExportTraceServiceRequest) -> None:
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
