"""Reads an HTTP request as a call: service, operation and parameters, from botocore's service models."""

import functools
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from emulator.wire import cbor, decode

import attrs
from botocore.loaders import Loader
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel, Shape
from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

SERVICES = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}
"""botocore's names of services, by the signing name where the two differ."""
UNSIGNED = b"AssumeRoleWithWebIdentity"
"""The operation of STS that carries a token in place of a signature."""
STS_HOST = re.compile(r"(?:https://)?sts(?:\.([a-z0-9-]+))?\.(?:amazonaws|api\.aws)")
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
FORM = "application/x-www-form-urlencoded"
FORMS = frozenset({"query", "ec2"})
"""The protocols whose parameters are the fields of a form."""


@attrs.frozen(kw_only=True)
class Call:
    """One call of an AWS operation."""

    service: str
    """botocore's name, e.g. `elbv2`."""
    operation: str
    protocol: str
    """The request's protocol: json, query, ec2, rest-xml, rest-json or rpc-v2-cbor."""
    region: str
    access_key: str
    model: OperationModel
    params: dict[str, Any]
    faults: tuple[decode.Fault, ...]
    """What could not be read: unknown members, and values of the wrong type."""

    @property
    def name(self) -> str:
        """`service:Operation` by botocore's names; the IAM action may have another name (emulator/iam/actions.py)."""
        return f"{self.service}:{self.operation}"


@attrs.frozen(kw_only=True)
class Signed:
    """Access key, region and service of a request's signature."""

    access_key: str
    region: str
    service: str


@functools.cache
def _loader() -> Loader:
    return Loader()


@functools.cache
def service_model(service: str) -> ServiceModel:
    """A service's model, shared with moto and read once. Raises botocore's UnknownServiceError."""
    return ServiceModel(get_service_model(service)._service_description, service_name=service)  # noqa: SLF001


@functools.cache
def known_services() -> frozenset[str]:
    """The services that botocore has a model of."""
    return frozenset(_loader().list_available_services("service-2"))


def signed(host: str, headers: Mapping[str, str]) -> Signed | None:
    """A request's signature; None without one (presigned or anonymous), or for a service that botocore lacks."""
    found = CREDENTIAL.search(headers.get("Authorization", ""))
    if found is None:
        return None
    key, region, name = found.groups()
    service = SERVICES.get(name, name)
    if name == "s3" and ".s3-control." in host:
        service = "s3control"
    elif name == "bedrock" and "bedrock-runtime." in host:
        service = "bedrock-runtime"
    return Signed(access_key=key, region=region, service=service) if service in known_services() else None


def by_token(host: str, body: bytes | None) -> Signed | None:
    """The caller of AssumeRoleWithWebIdentity, which has no signature; None for any other request."""
    found = STS_HOST.match(host)
    if found is None or b"Action=" + UNSIGNED not in (body or b""):
        return None
    return Signed(access_key="", region=found[1] or "us-east-1", service="sts")


def protocol_of(model: ServiceModel, headers: Mapping[str, str]) -> str:
    """The protocol of a request; where a service has several, its headers tell which."""
    content_type = headers.get("Content-Type", "")
    offered = model.metadata.get("protocols", [model.protocol])
    if headers.get("smithy-protocol") == cbor.PROTOCOL:
        return cbor.PROTOCOL
    if len(offered) > 1:
        if content_type.startswith(FORM):
            return "query"
        if headers.get("X-Amz-Target"):
            return "json"
    return str(offered[0])


@attrs.frozen
class _Request:
    """An HTTP request whose service and protocol are known."""

    service: str
    protocol: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The fields of a form, from the body or the query."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True)) or dict(parse_qsl(urlsplit(self.url).query))

    def operation(self) -> tuple[str, Mapping[str, str]]:
        """The operation's name and the labels in the URL; empty where the service has no such operation."""
        if self.protocol in FORMS:
            return self.form().get("Action", ""), {}
        if self.protocol == "json":
            return self.headers.get("X-Amz-Target", "").rpartition(".")[2], {}
        if self.protocol == cbor.PROTOCOL:
            return urlsplit(self.url).path.rpartition("/")[2], {}
        try:
            # A bucket's name may begin with xn--, which werkzeug would decode in a host name as internationalized.
            url = re.sub(r"^https?://(xn--[^./]+)\.(s3[^/]*)", r"https://\2/\1", self.url)
            headers = self.headers if url == self.url else {**dict(self.headers.items()), "Host": urlsplit(url).netloc}
            request = Request.from_primitives(self.method, url, headers, self.body)
            routed, labels = get_service_router(self.service).match(request)
        except (NotFound, NotImplementedError):
            return "", {}
        return str(routed.name), labels

    def params(self, reader: decode.Reader, shape: Shape, labels: Mapping[str, str]) -> dict[str, Any]:
        """The parameters, read along the operation's input shape."""
        if self.protocol in FORMS:
            return reader.query(shape, self.form(), ec2=self.protocol == "ec2")
        if self.protocol == "json":
            return reader.json(shape, self.body)
        if self.protocol == cbor.PROTOCOL:
            return reader.document(shape, cbor.loads(self.body) if self.body else {})
        xml = self.protocol == "rest-xml"
        return reader.rest(shape, labels, urlsplit(self.url).query, self.headers, self.body, xml=xml)


def read(method: str, host: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Call | None:
    """The call that a request makes; None where it cannot be determined, e.g. without a signature."""
    who = signed(host, headers) or by_token(host, body)
    if who is None:
        return None
    model = service_model(who.service)
    protocol = protocol_of(model, headers)
    request = _Request(who.service, protocol, method, host + path, headers, body or b"")
    name, labels = request.operation()
    try:
        operation = model.operation_model(name)
    except OperationNotFoundError:
        return None
    reader = decode.Reader()
    shape = operation.input_shape
    params = {} if shape is None else request.params(reader, shape, labels)
    return Call(
        service=who.service,
        operation=name,
        protocol=protocol,
        region=who.region,
        access_key=who.access_key,
        model=operation,
        params=params,
        faults=tuple(reader.faults),
    )
