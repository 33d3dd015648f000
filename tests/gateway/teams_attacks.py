"""Attempts of one team to act as another team, to use models that it is not allowed, and to exceed its budget."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from tests.gateway.teams import CHAT, MESSAGES
from tests.gateway.teams_world import ISSUER, KEY_ID, Pool

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def _encoded(document: object) -> str:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _jwt(header: object, payload: object, signature: bytes = b"x" * 256) -> str:
    return f"{_encoded(header)}.{_encoded(payload)}.{_encoded(signature)}"


def forged(pool: Pool, team: str) -> dict[str, str]:
    """Return tokens that the gateway must refuse for the team, by what is wrong with each."""
    good = pool.token(team)
    head, payload, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    header = {"alg": "RS256", "kid": KEY_ID}
    other = Pool()
    public = pool.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    symmetric = f"{_encoded({**header, 'alg': 'HS256'})}.{payload}"
    mac = hmac.new(public, symmetric.encode(), hashlib.sha256).digest()
    return {
        "no token": "",
        "alg none": f"{_encoded({'alg': 'none'})}.{payload}.",
        "alg none with a signature": f"{_encoded({**header, 'alg': 'none'})}.{payload}.{signature}",
        "alg nOnE": _jwt({**header, "alg": "nOnE"}, claims),
        "HS256 with the public key": f"{symmetric}.{_encoded(mac)}",
        "PS256": f"{_encoded({**header, 'alg': 'PS256'})}.{payload}.{signature}",
        "no kid": _jwt({"alg": "RS256"}, claims),
        "a path as kid": _jwt({**header, "kid": "../../../dev/null"}, claims),
        "kid __proto__": _jwt({**header, "kid": "__proto__"}, claims),
        "a list as kid": _jwt({**header, "kid": [KEY_ID]}, claims),
        "the kid of another key": f"{_encoded({**header, 'kid': 'other'})}.{payload}.{signature}",
        "its own key in jwk": _jwt({**header, "jwk": other.keys()["keys"]}, claims),
        "its own keys at jku": _jwt({**header, "jku": "https://evil.example.com/jwks.json", "kid": "evil"}, claims),
        "another pool's key": other.token(team),
        "another pool's issuer": pool.token(team, iss=f"{ISSUER}2"),
        "the issuer with a slash": pool.token(team, iss=f"{ISSUER}/"),
        "expired": pool.token(team, exp=int(time.time()) - 1),
        "an end that is text": pool.token(team, exp="9999999999"),
        "no end": pool.token(team, exp=None),
        "an identity token": pool.token(team, token_use="id"),  # noqa: S106 (a kind of token)
        "a list as client": pool.token("", client_id=(team,)),
        "an empty client": pool.token(""),
        "another payload": f"{head}.{_encoded({**claims, 'client_id': 'bounded'})}.{signature}",
        "no signature": f"{head}.{payload}.",
        "half a signature": f"{head}.{payload}.{signature[:100]}",
        "four parts": f"{good}.{signature}",
        "JSON": json.dumps({"payload": payload, "signatures": [{"protected": head, "signature": signature}]}),
        "9 KB": pool.token(team, more="x" * 9000),
    }


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
PDF = {"type": "image_url", "image_url": {"url": "data:application/pdf;base64,JVBERi0="}}
WAV = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}


def _says(*content: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


MINI: dict[str, Any] = {"model": "gpt-4o-mini", "messages": MESSAGES}
CLAUDE: dict[str, Any] = {"model": "claude", "messages": MESSAGES, "max_tokens": 9}
NOVA: dict[str, Any] = {"model": "nova", "messages": MESSAGES}
RESPONSE: dict[str, Any] = {"model": "gpt-4o-mini", "input": "x"}
UNBOUNDED: tuple[tuple[str, dict[str, Any]], ...] = (
    *(
        (CHAT, {**MINI, "max_tokens": value, "max_completion_tokens": 9})
        for value in (-1, 0, 1.5, "9", 1e300, True, [9])
    ),
    *((CHAT, {**MINI, "max_tokens": 9, "n": value}) for value in (-1, 0, "5", 2.5)),
    (CHAT, {**MINI, "modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
    (CHAT, {**MINI, "modalities": "audio"}),
    (CHAT, {**MINI, "service_tier": "priority"}),
    (CHAT, {**MINI, "service_tier": {"type": "priority"}}),
    (CHAT, {**MINI, "web_search_options": {}}),
    (CHAT, {**MINI, "models": ["o3"]}),
    (CHAT, {**MINI, **_says(IMAGE)}),
    (CHAT, {**MINI, **_says(PDF)}),
    (CHAT, {**MINI, **_says(WAV)}),
    (CHAT, {**MINI, **_says({"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}})}),
    (CHAT, {**MINI, "tools": [{"type": "web_search_preview"}]}),
    (
        CHAT,
        {
            "model": "gemini",
            "messages": MESSAGES,
            "tools": [{"type": "function", "function": {"name": "googleSearch"}}],
        },
    ),
    (CHAT, {**NOVA, "additionalModelRequestFields": {"max_tokens": 90_000}}),
    (CHAT, {**NOVA, "additional_model_request_fields": {"max_gen_len": 90_000}}),
    (CHAT, {**NOVA, "performance_config": {"latency": "optimized"}}),
    (CHAT, {"messages": MESSAGES}),
    (CHAT, {"model": "an-unheard-of-model", "messages": MESSAGES}),
    (CHAT, {"model": "ft:gpt-4o-mini:org::id", "messages": MESSAGES}),
    ("/v1/messages", {**CLAUDE, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
    ("/v1/messages", {**CLAUDE, "tools": [{"type": "code_execution_20250825", "name": "code_execution"}]}),
    ("/v1/messages", {**CLAUDE, "mcp_servers": [{"type": "url", "url": "https://example.com", "name": "a"}]}),
    ("/v1/messages", {**CLAUDE, "speed": "fast"}),
    (
        "/v1/messages",
        {**CLAUDE, **_says({"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}})},
    ),
    (
        "/v1/messages",
        {**CLAUDE, **_says({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}})},
    ),
    ("/v1/responses", {**RESPONSE, "background": True}),
    ("/v1/responses", {**RESPONSE, "previous_response_id": "resp_1"}),
    ("/v1/responses", {**RESPONSE, "conversation": "conv_1"}),
    ("/v1/responses", {**RESPONSE, "prompt": {"id": "pmpt_1"}}),
    ("/v1/responses", {**RESPONSE, "tools": [{"type": "code_interpreter", "container": {"type": "auto"}}]}),
    ("/v1/responses", {**RESPONSE, "tools": [{"type": "shell", "environment": {"type": "container_auto"}}]}),
    (
        "/v1/responses",
        {**RESPONSE, "tools": [{"type": "mcp", "server_label": "a", "server_url": "https://example.com"}]},
    ),
    ("/v1/images/generations", {"model": "gpt-image-1", "prompt": "x"}),
    ("/v1/audio/speech", {"model": "gpt-4o-mini", "input": "x", "voice": "alloy"}),
)
"""Requests that the gateway refuses with 400 for a team with a budget."""
BOUNDED: tuple[tuple[str, dict[str, Any], int], ...] = (
    (CHAT, MINI, 4096),
    (CHAT, {**MINI, "max_tokens": None, "max_completion_tokens": None}, 4096),
    (CHAT, {**MINI, "max_tokens": 5, "max_completion_tokens": 7}, 7),
    (CHAT, {**MINI, "MAX_TOKENS": 90_000, "Max_Completion_Tokens": 90_000}, 4096),
    (CHAT, {**MINI, "stream": True, "stream_options": {"include_usage": False}}, 4096),
    (CHAT, {**MINI, "stream": True, "stream_options": None}, 4096),
    (CHAT, {**NOVA, "inferenceConfig": {"maxTokens": 90_000}}, 4096),
    (CHAT, {"model": "gemini", "messages": MESSAGES, "generationConfig": {"maxOutputTokens": 90_000}}, 4096),
    (CHAT, {"model": "claude", "messages": MESSAGES, "max_tokens": 5, "max_completion_tokens": 7}, 7),
    ("/v1/messages", {"model": "claude", "messages": MESSAGES, "max_tokens": None}, 4096),
    ("/v1/responses", {**RESPONSE, "max_output_tokens": None, "max_tokens": 90_000}, 4096),
    ("/v1/responses", {**RESPONSE, "max_output_tokens": "90000"}, 4096),
    ("/v1/messages", {"model": "claude", "messages": MESSAGES, "max_tokens": -1}, 4096),
)
"""Requests that pass, each with the largest token limit that may reach the provider."""
NOT_ITS_MODELS: tuple[object, ...] = (
    "gpt-4o", "GPT-4O-MINI", "gpt-4o-mini ", " gpt-4o-mini", "gpt-4o-mini\x00", "gpt-4o-mini\n", "openai/gpt-4o-mini", "gpt-4o-mini/../gpt-4o",
    "claude/../gpt-4o", "claude:generateContent", "claude?model=gpt-4o", "claude#gpt-4o", "claude%2f..%2fgpt-4o", "\uff47pt-4o-mini",
    "gpt-4o-mini,gpt-4o", "@openai/gpt-4o-mini", ["gpt-4o-mini"], {"name": "gpt-4o-mini"}, 4, True, None, "", "__proto__", "constructor", "*",
    "gpt-4o-mini*", "unlimited", "fails",
)  # fmt: skip
"""Models that are refused for a team whose models are `gpt-4o-mini` and `claude*`."""
RAW: tuple[str, ...] = (
    '{"model": "gpt-4o-mini", "model": "gpt-4o", "messages": []}',
    '{"model": "gpt-4o-mini", "\\u006dodel": "gpt-4o", "messages": []}',
    '{"model": "gpt-4o", "MODEL": "gpt-4o-mini", "messages": []}',
    '{"__proto__": {"model": "gpt-4o-mini"}, "messages": []}',
    '{"constructor": {"prototype": {"model": "gpt-4o-mini"}}, "messages": []}',
    '[{"model": "gpt-4o-mini", "messages": []}]',
    '{"model": "gpt-4o", "models": ["gpt-4o-mini"], "messages": []}',
)
"""Raw request bodies that try to name a model that the team is not allowed."""
HEADERS: tuple[dict[str, str], ...] = (
    {
        "x-portkey-config": json.dumps(
            {"provider": "openai", "override_params": {"model": "gpt-4o", "max_tokens": 90_000}}
        )
    },
    {"x-portkey-provider": "anthropic"},
    {"x-portkey-custom-host": "https://evil.example.com"},
    {"x-portkey-azure-deployment-id": "gpt-4o"},
    {"x-portkey-metadata": json.dumps({"team": "unlimited", "_user": "unlimited"})},
    {"x-portkey-api-key": "sk-mine"},
    {"x-api-key": "sk-mine", "api-key": "sk-mine"},
    {"openai-organization": "other", "openai-project": "other"},
    {"x-amzn-oidc-data": "e30.eyJjbGllbnRfaWQiOiJ1bmxpbWl0ZWQifQ.e30", "x-amzn-oidc-identity": "unlimited"},
    {"x-forwarded-for": "10.0.0.1", "x-gateway-team": "unlimited", "x-team": "unlimited"},
)
"""Headers that must change neither the target of a request nor the team that it is counted for."""
