"""Decodes the parameters of a call along the operation's input shape; what does not fit becomes a fault."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import attrs
from botocore.model import Shape

NUMBERS = {"integer": int, "long": int, "float": float, "double": float}
QUERY_KEYS = frozenset({"Action", "Version"})
MISSING = object()


@attrs.frozen
class Fault:
    """A part of a request that botocore's model does not have, or whose value has the wrong type."""

    member: str
    value: object
    rule: str


def _serialized_name(shape: Shape, default: str) -> str:
    return str(shape.serialization.get("name", default))


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


class Reader:
    """Decodes one request and collects its faults."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def _unknown(self, path: str, value: object) -> None:
        self.faults.append(Fault(path, value, "the API has no such member"))

    def _wrong(self, path: str, value: object, wanted: str) -> None:
        self.faults.append(Fault(path, value, f"must be of type {wanted}"))

    # JSON, and CBOR once it is decoded.

    def json(self, shape: Shape, body: bytes) -> dict[str, Any]:
        """The parameters in a JSON body."""
        try:
            document = json.loads(body or b"{}")
        except ValueError:
            self._wrong("(body)", body.decode(errors="replace")[:100], "JSON object")
            return {}
        return self.document(shape, document)

    def document(self, shape: Shape, value: object) -> dict[str, Any]:
        """The parameters in a decoded JSON or CBOR document."""
        read = self._node(shape, value, "")
        return read if isinstance(read, dict) else {}

    def _node(self, shape: Shape, value: Any, path: str) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape, value, path)
        if kind == "list":
            if not isinstance(value, list):
                return self._wrong(path, value, "list")
            return [self._node(shape.member, item, f"{path}[{number}]") for number, item in enumerate(value)]
        if kind == "map":
            if not isinstance(value, dict):
                return self._wrong(path, value, "map")
            return {key: self._node(shape.value, item, f"{path}[{key}]") for key, item in value.items()}
        return self._scalar(shape, value, path)

    def _structure(self, shape: Any, value: Any, path: str) -> Any:
        if shape.is_document_type:
            return value
        if not isinstance(value, dict):
            return self._wrong(path, value, "structure")
        names = {_serialized_name(member, name): name for name, member in shape.members.items()}
        read: dict[str, Any] = {}
        for key, item in value.items():
            if key not in names:
                self._unknown(_dotted(path, key), item)
            elif item is not None:
                name = names[key]
                read[name] = self._node(shape.members[name], item, _dotted(path, name))
        return read

    def _scalar(self, shape: Shape, value: Any, path: str) -> Any:
        kind = shape.type_name
        if kind in NUMBERS:
            fits = isinstance(value, (int, float)) and not isinstance(value, bool)
            if kind in {"integer", "long"} and isinstance(value, float):
                fits = value.is_integer()
        elif kind == "boolean":
            fits = isinstance(value, bool)
        elif kind == "blob":
            return value if isinstance(value, bytes) else self._blob(value, path)
        elif kind == "timestamp":
            return value
        else:
            fits = isinstance(value, str)
        return value if fits else self._wrong(path, value, kind)

    def _blob(self, value: Any, path: str) -> Any:
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, TypeError, ValueError):
            return self._wrong(path, value, "blob (base64)")

    # Text: forms, XML, headers, URLs.

    def _text(self, shape: Shape, text: str, path: str) -> Any:
        kind = shape.type_name
        if kind in NUMBERS:
            try:
                return NUMBERS[kind](text)
            except ValueError:
                return self._wrong(path, text, kind)
        if kind == "boolean":
            known = {"true": True, "false": False}
            return known[text.lower()] if text.lower() in known else self._wrong(path, text, kind)
        return self._blob(text, path) if kind == "blob" else text

    def _texts(self, shape: Any, texts: list[str], path: str) -> Any:
        """A member in a query string or a header; a list has several values, or one with commas."""
        if shape.type_name != "list":
            return self._text(shape, texts[0], path)
        parts = texts if len(texts) > 1 else texts[0].split(",")
        return [self._text(shape.member, part.strip(), f"{path}[{number}]") for number, part in enumerate(parts)]

    # Forms: the query protocol and EC2's.

    def query(self, shape: Shape, form: Mapping[str, str], *, ec2: bool) -> dict[str, Any]:
        """The parameters in a form; a field without a member is a fault."""
        left = {key: value for key, value in form.items() if key not in QUERY_KEYS}
        read = self._form(shape, left, "", "", ec2=ec2)
        for key, value in left.items():
            self._unknown(key, value)
        return read if isinstance(read, dict) else {}

    def _form(self, shape: Any, left: dict[str, str], prefix: str, path: str, *, ec2: bool) -> Any:
        """Move the fields of `shape` out of `left`; MISSING where there are none."""
        kind = shape.type_name
        if kind in {"structure", "list", "map"} and prefix:
            if left.get(prefix) == "":  # an empty list
                del left[prefix]
                return [] if kind == "list" else {}
            if not any(key.startswith(f"{prefix}.") for key in left):
                return MISSING
        if kind == "structure":
            read = {}
            for name, member in shape.members.items():
                key = self._form_name(member, name, ec2=ec2)
                value = self._form(member, left, _dotted(prefix, key), _dotted(path, name), ec2=ec2)
                if value is not MISSING:
                    read[name] = value
            return read
        if kind == "list":
            return self._form_list(shape, left, prefix, path, ec2=ec2)
        if kind == "map":
            return self._form_map(shape, left, prefix, path)
        return self._text(shape, left.pop(prefix), path) if prefix in left else MISSING

    def _form_list(self, shape: Any, left: dict[str, str], prefix: str, path: str, *, ec2: bool) -> list[Any]:
        flat = ec2 or shape.serialization.get("flattened")
        start = prefix if flat else f"{prefix}.{_serialized_name(shape.member, 'member')}"
        items: list[Any] = []
        while True:
            number = len(items)
            item = self._form(shape.member, left, f"{start}.{number + 1}", f"{path}[{number}]", ec2=ec2)
            if item is MISSING:
                return items
            items.append(item)

    def _form_map(self, shape: Any, left: dict[str, str], prefix: str, path: str) -> dict[str, Any]:
        start = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        read: dict[str, Any] = {}
        for number in range(1, len(left) + 1):
            key = left.pop(f"{start}.{number}.{_serialized_name(shape.key, 'key')}", None)
            if key is None:
                break
            name = f"{start}.{number}.{_serialized_name(shape.value, 'value')}"
            read[key] = self._text(shape.value, left.pop(name, ""), f"{path}[{key}]")
        return read

    @staticmethod
    def _form_name(shape: Shape, name: str, *, ec2: bool) -> str:
        if not ec2:
            return _serialized_name(shape, name)
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        spelt = _serialized_name(shape, name)
        return spelt[0].upper() + spelt[1:]

    # REST: members in the path, the query, headers and the body.

    def rest(
        self, shape: Any, labels: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes, *, xml: bool
    ) -> dict[str, Any]:
        """The parameters of a REST call, from its path, query string, headers and body."""
        asked: dict[str, list[str]] = {}
        for key, value in parse_qsl(query, keep_blank_values=True):
            asked.setdefault(key, []).append(value)
        lower = {key.lower(): value for key, value in headers.items()}
        read: dict[str, Any] = {}
        in_body: dict[str, Any] = {}
        for name, member in shape.members.items():
            location = member.serialization.get("location")
            wire = _serialized_name(member, name)
            if wire in labels or name in labels:  # in the path or the host
                read[name] = self._text(member, labels.get(wire, labels.get(name, "")), name)
            elif location == "querystring" and wire in asked:
                read[name] = self._texts(member, asked[wire], name)
            elif location == "header" and wire.lower() in lower:
                read[name] = self._texts(member, [lower[wire.lower()]], name)
            elif location is None:
                in_body[name] = member
        return read | self._rest_body(shape, in_body, body, xml=xml)

    def _rest_body(self, shape: Any, in_body: Mapping[str, Any], body: bytes, *, xml: bool) -> dict[str, Any]:
        payload = shape.serialization.get("payload")
        read: dict[str, Any] = {}
        if payload:
            member = shape.members[payload]
            if member.type_name == "structure" and body:
                read[payload] = self._payload(member, body, payload, xml=xml)
            elif body:
                read[payload] = body.decode(errors="replace") if member.type_name == "string" else body
        elif body and in_body:
            found = self._payload(shape, body, "", xml=xml)
            read = {name: value for name, value in (found or {}).items() if name in in_body}
        return read

    def _payload(self, shape: Shape, body: bytes, path: str, *, xml: bool) -> Any:
        if not xml:
            return self._node(shape, json.loads(body), path)
        try:
            root = ET.fromstring(body)  # noqa: S314 (from this machine's own Terraform)
        except ET.ParseError as error:
            self.faults.append(Fault(path or "(body)", body.decode(errors="replace")[:100], f"must be XML: {error}"))
            return {}
        return self._element(shape, root, path)

    def _element(self, shape: Any, node: ET.Element, path: str) -> Any:
        kind = shape.type_name
        if kind == "list":
            return [self._element(shape.member, item, f"{path}[{number}]") for number, item in enumerate(node)]
        if kind == "structure":
            return self._elements(shape, node, path)
        return self._text(shape, node.text or "", path)

    def _elements(self, shape: Any, node: ET.Element, path: str) -> dict[str, Any]:
        names: dict[str, str] = {}
        for name, member in shape.members.items():
            flat = member.type_name == "list" and member.serialization.get("flattened")
            default = _serialized_name(member, name)
            names[_serialized_name(member.member, default) if flat else default] = name
        read: dict[str, Any] = {}
        for child in node:
            tag = child.tag.rpartition("}")[2]
            if tag not in names:
                self._unknown(_dotted(path, tag), child.text)
                continue
            name = names[tag]
            member = shape.members[name]
            if member.type_name == "list" and member.serialization.get("flattened"):
                items = read.setdefault(name, [])
                items.append(self._element(member.member, child, f"{_dotted(path, name)}[{len(items)}]"))
            else:
                read[name] = self._element(member, child, _dotted(path, name))
        return read
