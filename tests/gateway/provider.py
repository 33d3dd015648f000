"""A provider that speaks OpenAI's API, and a receiver of OTLP, both on loopback."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

OTLP_PORT = 4318


@attrs.frozen
class Asked:
    """One request that reached the provider."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@attrs.define
class Provider:
    """What it was asked. The first part of a path says how it behaves: `ok`, `status-429`, `stream-90-0.5`."""

    port: int
    asked: list[Asked] = attrs.Factory(list)

    def host(self, behaviour: str = "ok") -> str:
        """The base URL of a behaviour."""
        return f"http://127.0.0.1:{self.port}/{behaviour}/v1"


def chunk(text: str | None) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": None if text else "stop"}
    document = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(document)}\n\n".encode()


COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes: with Nagle the second waits for an acknowledgement that the other side delays.
    disable_nagle_algorithm = True
    provider: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.provider.asked.append(Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        behaviour, *numbers = self.path.split("/")[1].split("-")
        if behaviour == "stream":
            self._stream(int(numbers[0]), float(numbers[1]))
        elif behaviour == "status":
            self._answer(int(numbers[0]), {"error": {"message": "on purpose", "type": "test"}})
        else:
            self._answer(200, COMPLETION)

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, chunks: int, pause: float) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for number in range(chunks):
            self.wfile.write(chunk(f"{number} "))
            self.wfile.flush()
            time.sleep(pause)
        self.wfile.write(chunk(None) + b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@attrs.define
class Received:
    """The spans and metrics that arrived, as name to attributes."""

    spans: list[tuple[str, dict[str, str]]] = attrs.Factory(list)
    metrics: dict[str, set[str]] = attrs.Factory(dict)
    resource: dict[str, str] = attrs.Factory(dict)


def _attributes(items: Any) -> dict[str, str]:
    return {item.key: str(getattr(item.value, item.value.WhichOneof("value") or "string_value")) for item in items}


class _Receives(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: Received

    def do_POST(self) -> None:
        body = self._body()
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
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
                        names = {item.key for point in data.data_points for item in point.attributes}
                        self.received.metrics.setdefault(metric.name, set()).update(names)
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
        """Say nothing."""


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], port: int) -> Iterator[ThreadingHTTPServer]:
    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, *_: Any) -> None:
            """A caller that hangs up is no news."""

    with Server(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider on a port of its own."""
    made = Provider(0)
    with _serving(type("Answers", (_Answers,), {"provider": made}), 0) as server:
        made.port = server.server_address[1]
        yield made


@contextmanager
def receiver() -> Iterator[Received]:
    """A receiver of OTLP over HTTP where the collector has its own."""
    received = Received()
    with _serving(type("Receives", (_Receives,), {"received": received}), OTLP_PORT):
        yield received
