"""A stand-in for the model providers: the parts of OpenAI's, Anthropic's, Google's and Bedrock's APIs that tests need.

The model name selects its behaviour; any other name gets a normal answer:

status-429[-5]      this HTTP status [with this `retry-after`]
stream-90-0.5       a stream of 90 chunks, 0.5 s apart
steps-9             a stream of 9 chunks, each sent when the test releases `StandIn.steps`
broken-3            the connection breaks after 3 chunks
early-3             the stream ends after 3 chunks, without its closing events
hang[-30]           no answer for 30 s, then the connection closes
dead                the connection closes without an answer
html                an HTML page with status 200
redirect[-302]      a redirect to `StandIn.redirect_to`
"""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local.answers import completion, counted, other_answer

import attrs

HOSTS = (
    "api.openai.com",
    "api.anthropic.com",
    "generativelanguage.googleapis.com",
    "bedrock-runtime.us-east-1.amazonaws.com",
    "bedrock-runtime.eu-west-1.amazonaws.com",
)
TEXT = "Hello."
STEP_SECONDS = 20.0
"""How long a `steps` stream waits for a release before it ends early."""


@attrs.frozen
class Asked:
    """One request that reached a provider."""

    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@attrs.define
class StandIn:
    """A running stand-in: the requests that it got, and counters of its streams."""

    port: int = 0
    asked: list[Asked] = attrs.Factory(list)
    chunks: int = 0
    left: int = 0
    """Streams whose client disconnected before their end."""
    redirect_to: str = "http://169.254.170.2/"
    steps: threading.Semaphore = attrs.Factory(lambda: threading.Semaphore(0))
    """Each release sends one chunk of a `steps` stream."""


def openai_chunk(text: str | None) -> bytes:
    """An event of a streamed chat completion; for None the last one, with its finish reason."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": None if text else "stop"}
    document = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(document)}\n\n".encode()


def openai_end(asked: Asked, chunks: int) -> bytes:
    """The closing events of a streamed chat completion; with usage where the request asks for it."""
    usage = b""
    if (asked.document.get("stream_options") or {}).get("include_usage"):
        document = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
        usage = f"data: {json.dumps({**document, 'usage': counted(asked.body, chunks)})}\n\n".encode()
    return openai_chunk(None) + usage + b"data: [DONE]\n\n"


def anthropic_event(name: str, **fields: object) -> bytes:
    """An event of a streamed message."""
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()


TOOL_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city": "Zürich"}'},
}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": TEXT}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
GOOGLE = {
    "candidates": [{"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
}
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
}


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes. With Nagle's algorithm, the second one would wait for a delayed acknowledgement.
    disable_nagle_algorithm = True
    stand_in: StandIn

    def _asked(self) -> Asked:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.headers.get("transfer-encoding") == "chunked":
            body = self._chunked()
        headers = {name.lower(): value for name, value in self.headers.items()}
        made = Asked(headers.get("host", ""), self.command, self.path, headers, body)
        self.stand_in.asked.append(made)
        return made

    def _chunked(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_GET(self) -> None:
        """Answer every path with an empty list."""
        self._asked()
        self._json(200, {"object": "list", "data": []})

    do_DELETE = do_GET  # noqa: N815 (the name that http.server calls)

    def do_POST(self) -> None:
        """Behave as the model name selects."""
        asked = self._asked()
        try:
            document = asked.document
        except ValueError:
            document = {}
        model = str(document.get("model", ""))
        behaviour, *numbers = model.split("-")
        match behaviour:
            case "status":
                self._json(
                    int(numbers[0]), self._error(numbers[0]), **({"retry-after": numbers[1]} if numbers[1:] else {})
                )
            case "stream" | "steps" | "broken" | "early":
                self._stream(behaviour, int(numbers[0]), float((*numbers, "0")[1]), asked)
            case "hang":
                time.sleep(float((*numbers, "30")[0]))
                self.close_connection = True
            case "dead":
                self.close_connection = True
            case "html":
                self._send(200, "text/html", b"<html>not an API</html>")
            case "redirect":
                self._json(int((*numbers, "302")[0]), {}, location=self.stand_in.redirect_to)
            case _:
                self._answer(asked, document)

    def _error(self, status: str) -> dict[str, Any]:
        error = {"message": f"status {status} on purpose", "type": "on_purpose"}
        if self.path.startswith("/v1/messages"):
            return {"type": "error", "error": error}
        return {"error": {**error, "param": None, "code": None}}

    def _answer(self, asked: Asked, document: dict[str, Any]) -> None:
        other = other_answer(self.path, document, TEXT)
        if other is not None:
            self._send(200, *other)
        elif document.get("stream"):
            self._stream("stream", 3, 0, asked)
        elif self.path.startswith("/v1/messages"):
            self._json(200, MESSAGE)
        elif ":generateContent" in self.path:
            self._json(200, GOOGLE)
        elif self.path.endswith("/converse"):
            self._json(200, CONVERSE)
        elif document.get("tools"):
            message = {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]}
            self._json(200, completion(message, "tool_calls", asked.body))
        else:
            self._json(200, completion({"role": "assistant", "content": TEXT}, "stop", asked.body))

    def _json(self, status: int, document: dict[str, Any], **headers: str) -> None:
        self._send(status, "application/json", json.dumps(document).encode(), **headers)

    def _send(self, status: int, kind: str, content: bytes, **headers: str) -> None:
        self.send_response(status)
        private = {"set-cookie": "session=of-the-provider", "openai-organization": "the-servers-organization"}
        for name, value in {"x-request-id": "req-provider-1", **private, **headers}.items():
            self.send_header(name, value)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.stand_in.chunks += 1

    def _stream(self, behaviour: str, chunks: int, pause: float, asked: Asked) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.send_header("x-request-id", "req-provider-stream")
        self.end_headers()
        anthropic = self.path.startswith("/v1/messages")
        try:
            if anthropic:
                self._chunk(anthropic_event("message_start", message={**MESSAGE, "content": [], "stop_reason": None}))
                block = {"type": "text", "text": ""}
                self._chunk(anthropic_event("content_block_start", index=0, content_block=block))
            for number in range(chunks):
                if behaviour == "steps" and not self.stand_in.steps.acquire(timeout=STEP_SECONDS):
                    break
                delta = {"type": "text_delta", "text": f"{number} "}
                event = anthropic_event("content_block_delta", index=0, delta=delta)
                self._chunk(event if anthropic else openai_chunk(f"{number} "))
                time.sleep(pause)
            if behaviour == "broken":
                self.close_connection = True
                return
            if behaviour in {"stream", "steps"}:
                self._chunk(self._end() if anthropic else openai_end(asked, chunks))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.stand_in.left += 1
            self.close_connection = True

    @staticmethod
    def _end() -> bytes:
        stop = {"stop_reason": "end_turn", "stop_sequence": None}
        return (
            anthropic_event("content_block_stop", index=0)
            + anthropic_event("message_delta", delta=stop, usage={"output_tokens": 3})
            + anthropic_event("message_stop")
        )

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 (as in the base class)
        """Print nothing."""


class Server(ThreadingHTTPServer):
    """A server with a thread per connection; with a certificate it serves TLS, with the handshake in that thread."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], certificate: Path | None = None
    ) -> None:
        super().__init__(address, handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_: Any) -> None:  # noqa: ANN401 (as in the base class)
        """Print nothing when a client disconnects."""


@contextmanager
def serving(
    address: tuple[str, int], handler: type[BaseHTTPRequestHandler], certificate: Path | None = None
) -> Iterator[Server]:
    """A server that runs in a thread until the end of the block."""
    with Server(address, handler, certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def stand_in(
    address: tuple[str, int], certificate: Path | None = None, made: StandIn | None = None
) -> Iterator[StandIn]:
    """A stand-in at an address. `made`: an existing one, to serve it at several addresses."""
    made = made or StandIn()
    with serving(address, type("Answers", (_Answers,), {"stand_in": made}), certificate) as server:
        made.port = server.server_address[1]
        yield made
