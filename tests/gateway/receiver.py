"""An OTLP receiver over HTTP, on the address where the collector has its own."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from local.stand_in import serving

import attrs
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

OTLP = ("127.0.0.1", 4318)


@attrs.define
class Received:
    """The spans and metrics that arrived, by name, with their attributes."""

    spans: list[tuple[str, dict[str, str]]] = attrs.Factory(list)
    metrics: dict[str, list[dict[str, str]]] = attrs.Factory(dict)
    """Metric name to the attributes of every data point."""
    resource: dict[str, str] = attrs.Factory(dict)
    raw: bytearray = attrs.Factory(bytearray)
    """All request bodies, concatenated in the order of arrival."""


def _attributes(items: Any) -> dict[str, str]:
    return {item.key: str(getattr(item.value, item.value.WhichOneof("value") or "string_value")) for item in items}


class _Receives(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: Received

    def do_POST(self) -> None:
        body = self._body()
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.received.raw += body
        if self.path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.received.resource |= _attributes(resource.resource.attributes)
                for scope in resource.scope_spans:
                    self.received.spans += [(span.name, _attributes(span.attributes)) for span in scope.spans]
        elif self.path == "/v1/metrics":
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        data = getattr(metric, metric.WhichOneof("data"))
                        points = [_attributes(point.attributes) for point in data.data_points]
                        self.received.metrics.setdefault(metric.name, []).extend(points)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def receiver() -> Iterator[Received]:
    """Start a receiver on the collector's address."""
    received = Received()
    with serving(OTLP, type("Receives", (_Receives,), {"received": received})):
        yield received
