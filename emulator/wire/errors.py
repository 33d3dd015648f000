"""Error answers in the form of each AWS protocol."""

import json
import re
from xml.sax.saxutils import escape

from emulator.wire import cbor

Answer = tuple[int, dict[str, str], str | bytes]
SERVICE_IN_HOST = re.compile(
    r"(?:^|[/.])(s3-control|s3|ec2|iam|sts|elasticloadbalancing|monitoring|sns|route53)(?=[.-])"
)
FORMS = {
    "s3": "rest-xml-bare",
    "s3control": "rest-xml",
    "s3-control": "rest-xml",
    "ec2": "ec2",
    **dict.fromkeys(("iam", "sts", "elasticloadbalancing", "elbv2", "monitoring", "sns"), "query"),
    "route53": "rest-xml",
}
"""The form of an error of the services that do not use JSON, by botocore's name or the name in their hosts."""


def form_of(host: str, service: str = "", protocol: str = "") -> str:
    """The form of an error for a call: by its protocol where that is known, else by its service or its host."""
    if protocol in {cbor.PROTOCOL, "json", "rest-json", "query", "ec2"}:
        return protocol
    if service in FORMS:
        return FORMS[service]
    found = SERVICE_IN_HOST.search(host.removeprefix("https:"))
    return FORMS[found[1]] if found else "json"


def error_answer(form: str, status: int, code: str, message: str) -> Answer:
    """Status, headers and body of an error; `form` is a protocol of `form_of`."""
    if form == cbor.PROTOCOL:
        headers, written = cbor.error(code, message)
        return status, headers, written
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if form == "rest-xml-bare":
        body = f"<Error>{inner}</Error>"
    elif form == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors></Response>"
    elif form in {"query", "rest-xml"}:
        body = f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>"
    else:
        body = json.dumps({"__type": code, "message": message})
        return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}, body
    return status, {"Content-Type": "text/xml"}, body
