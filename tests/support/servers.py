"""Servers on loopback that stand in for services that are not on this machine."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from local.stand_in import Asked, serving

import attrs


@attrs.frozen
class Response:
    """A server's response."""

    status: int
    body: str

    @classmethod
    def of(cls, document: object, status: int = 200) -> "Response":
        """A response with a JSON document."""
        return cls(status, json.dumps(document))


@contextmanager
def server(answer: Callable[[Asked], Response]) -> Iterator[tuple[str, list[Asked]]]:
    """A server's URL, and the requests it received."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked.append(Asked(headers.get("host", ""), self.command, self.path, headers, body))
            said = answer(asked[-1])
            self.send_response(said.status)
            self.send_header("Content-Length", str(len(said.body.encode())))
            self.end_headers()
            self.wfile.write(said.body.encode())

        do_GET = do_POST = answer  # noqa: N815 (http.server's names)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with serving(("127.0.0.1", 0), Handler) as made:
        yield f"http://127.0.0.1:{made.server_port}", asked


HELLO = {"choices": [{"message": {"content": "[red]Hello."}}]}
CHUNK = 'data: {"choices": []}\n\n'


def gateway(request: Asked) -> Response:
    """A gateway that answers every check correctly."""
    if request.method == "GET":
        return Response(200, "AI Gateway says hey!")
    return Response(200, f"{CHUNK}{CHUNK}data: [DONE]\n\n") if request.document["stream"] else Response.of(HELLO)
