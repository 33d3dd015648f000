"""Smithy RPC v2 CBOR, the protocol of AWS's SDKs with CloudWatch since 2025-12-10.

moto lacks it, so a call is passed to moto as JSON and moto's answer is encoded in CBOR.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import io
import json
from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel
from botocore.parsers import BaseCBORParser, JSONParser
from botocore.serialize import RpcV2CBORSerializer

PROTOCOL = "rpc-v2-cbor"
"""The value of the header `smithy-protocol`."""
HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": PROTOCOL}

Answer = tuple[int, dict[str, str], str | bytes]


def loads(body: bytes) -> Any:
    """Decode a CBOR data item."""
    parser = BaseCBORParser()
    return parser.parse_data_item(io.BufferedReader(io.BytesIO(body)))


def dumps(value: Any, shape: Any) -> bytes:
    """Encode Python values in CBOR, along a shape of botocore's model."""
    written = bytearray()
    RpcV2CBORSerializer()._serialize_data_item(written, value, shape)  # noqa: SLF001 (botocore has no public writer)
    return bytes(written)


def error(code: str, message: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of an error; one header has the code for clients of the query protocol."""
    written = bytearray(b"\xa2")  # a map of two pairs
    for text in ("__type", code, "message", message):
        RpcV2CBORSerializer()._serialize_type_string(written, text, None, None)  # noqa: SLF001
    return {**HEADERS, "x-amzn-query-error": f"{code};Sender"}, bytes(written)


def as_json(model: OperationModel, params: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """The headers and body of the same call in JSON, for moto."""
    target = f"{model.service_model.metadata['targetPrefix']}.{model.name}"
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
    return headers, json.dumps(params, default=lambda moment: moment.timestamp()).encode()


def from_json(model: OperationModel, answer: Answer) -> Answer:
    """moto's JSON answer, encoded in CBOR."""
    status, headers, body = answer
    raw = body.encode() if isinstance(body, str) else body
    if status >= 300:
        said = json.loads(raw or b"{}")
        code = str(said.get("__type", "UnknownError")).rpartition("#")[2]
        code = headers.get("x-amzn-query-error", code).partition(";")[0]
        ours, written = error(code, str(said.get("message", said.get("Message", ""))))
        return status, ours, written
    if model.output_shape is None:
        return status, {**HEADERS}, b""
    parsed = JSONParser().parse({"status_code": status, "headers": headers, "body": raw}, model.output_shape)
    parsed.pop("ResponseMetadata", None)
    return status, {**HEADERS}, dumps(parsed, model.output_shape)
