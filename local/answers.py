"""The stand-in's answers on paths other than chat completions, in the format of each API."""

import base64
import json
from typing import Any

SPOKEN, SOUND, PICTURE = "Spoken.", b"ID3 made up", base64.b64encode(b"a picture").decode()
TOKENS = 7
EMBEDDING = (0.0, 0.5, 1.0)
_FLOATS = b"\0\0\0\0" + b"\0\0\0\x3f" + b"\0\0\x80\x3f"
"""The embedding as little-endian 32-bit floats, as in OpenAI's `base64` format."""
_USAGE = {
    "input_tokens": 1,
    "output_tokens": 1,
    "total_tokens": 2,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}


def _response(text: str, status: str = "completed") -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "m",
        "output": [message] if status == "completed" else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": _USAGE,
    }


def response_events(text: str) -> bytes:
    """A complete stream of the Responses API."""
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events: list[tuple[str, dict[str, Any]]] = [
        ("response.created", {"response": _response(text, "in_progress")}),
        ("response.output_text.delta", {**place, "delta": text, "logprobs": []}),
        ("response.completed", {"response": _response(text)}),
    ]
    lines = [
        f"event: {name}\ndata: {json.dumps({'type': name, 'sequence_number': number, **fields})}\n\n"
        for number, (name, fields) in enumerate(events)
    ]
    return "".join(lines).encode()


def counted(body: bytes, output: int) -> dict[str, int]:
    """OpenAI's `usage`, with one input token for each four bytes of the request."""
    given = -(-len(body) // 4)
    return {"prompt_tokens": given, "completion_tokens": output, "total_tokens": given + output}


def completion(message: dict[str, Any], reason: str, body: bytes) -> dict[str, Any]:
    """A chat completion with one choice, as the answer to a request with this body."""
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": counted(body, TOKENS),
    }


def other_answer(path: str, document: dict[str, Any], text: str) -> tuple[str, bytes] | None:
    """Content type and body of the answer on a path of this module; None for other paths."""
    packed = document.get("encoding_format") == "base64"
    embedding: object = base64.b64encode(_FLOATS).decode() if packed else EMBEDDING
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    documents: dict[str, dict[str, Any]] = {
        "/embeddings": {
            "object": "list",
            "model": "m",
            "data": [{"object": "embedding", "index": 0, "embedding": embedding}],
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        },
        "/responses": _response(text),
        "/images/generations": {"created": 1, "data": [{"b64_json": PICTURE}]},
        "/images/edits": {"created": 1, "data": [{"b64_json": PICTURE}]},
        "/audio/transcriptions": {"text": SPOKEN},
        "/audio/translations": {"text": SPOKEN},
        "/messages/count_tokens": {"input_tokens": TOKENS},
        "/moderations": {
            "id": "modr_1",
            "model": "m",
            "results": [{"flagged": False, "categories": {}, "category_scores": {}}],
        },
        "/completions": {
            "id": "c",
            "object": "text_completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}],
            "usage": usage,
        },
    }
    plain = path.partition("?")[0].removeprefix("/v1")
    if plain == "/audio/speech":
        return "audio/mpeg", SOUND
    if plain == "/responses" and document.get("stream"):
        return "text/event-stream", response_events(text)
    found = documents.get(plain)
    return None if found is None else ("application/json", json.dumps(found).encode())
