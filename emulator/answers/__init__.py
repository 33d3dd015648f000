"""The defaults that AWS fills into its answers: a JSON file for each service, each entry with its source.

`shapes` has the members that AWS returns although no call set them, by the structure's name in botocore's model;
`attributes` has the key and value pairs of Elastic Load Balancing. `{region}` stands for the call's region.
"""

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from emulator.wire.calls import Call

from moto.core import serialize

Answer = tuple[int, dict[str, str], str | bytes]
JSON_PROTOCOLS = frozenset({"json", "rest-json"})
_region = ContextVar("_region", default="us-east-1")


@functools.cache
def _data(service: str) -> dict[str, Any]:
    path = Path(__file__).parent / f"{service}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def attributes(service: str, name: str) -> dict[str, str]:
    """The attributes of a new load balancer or target group on AWS, with their values."""
    found: dict[str, str] = _data(service)["attributes"][name]["values"]
    return dict(found)


def defaults(service: str, shape: str) -> dict[str, Any]:
    """The members that AWS fills into a structure, with their values in the call's region (`of_region`)."""
    found: dict[str, Any] = _data(service).get("shapes", {}).get(shape, {}).get("members", {})
    return {name: _region.get() if value == "{region}" else value for name, value in found.items()}


@contextmanager
def of_region(region: str) -> Iterator[None]:
    """Set the region of the defaults in this block."""
    before = _region.set(region)
    try:
        yield
    finally:
        _region.reset(before)


def complete(call: Call, answer: Answer) -> Answer:
    """A JSON answer with the defaults filled in; XML answers get theirs while moto writes them (`fill_in`)."""
    status, headers, body = answer
    shape = call.model.output_shape
    if status >= 300 or shape is None or call.protocol not in JSON_PROTOCOLS or not _data(call.service).get("shapes"):
        return answer
    document = json.loads(body or b"{}")
    _fill(call.service, shape, document)
    return (
        status,
        {key: value for key, value in headers.items() if key.lower() != "content-length"},
        json.dumps(document),
    )


def _fill(service: str, shape: Any, value: Any) -> None:
    if shape.type_name == "list" and isinstance(value, list):
        for item in value:
            _fill(service, shape.member, item)
    elif shape.type_name == "map" and isinstance(value, dict):
        for item in value.values():
            _fill(service, shape.value, item)
    elif shape.type_name == "structure" and isinstance(value, dict):
        for name, default in defaults(service, shape.name).items():
            if value.get(name) is None:
                value[name] = json.loads(json.dumps(default))
        for name, member in shape.members.items():
            if name in value:
                _fill(service, member, value[name])


_pick = serialize.AttributePicker.__call__


def _pick_or_default(self: serialize.AttributePicker, context: serialize.AttributePickerContext) -> Any:
    """Moto's own, with AWS's default for a member that moto's object lacks."""
    value = _pick(self, context)
    if value is None and context.service_model is not None:
        parent = getattr(context.shape, "parent", None)
        if parent is not None and context.service_model.protocol not in JSON_PROTOCOLS:
            return defaults(str(context.service_model.service_name), parent.name).get(context.key)
    return value


def fill_in() -> None:
    """Patch moto so that its XML answers have the defaults."""
    serialize.AttributePicker.__call__ = _pick_or_default  # type: ignore[method-assign]
