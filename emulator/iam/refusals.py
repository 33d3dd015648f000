"""How each service words it that IAM does not allow a call."""

from emulator.iam.requests import Request

CODES = {
    # "Common errors" of each service's API reference; EC2's are in "Error codes for the Amazon EC2 API".
    "ec2": "UnauthorizedOperation",
    "sns": "AuthorizationError",
    **dict.fromkeys(
        ("cloudwatch", "elbv2", "iam", "route53", "s3", "s3control", "sts"),
        "AccessDenied",
    ),
}
"""Every other service says AccessDeniedException."""


def code_of(service: str) -> str:
    """The service's name of the error."""
    return CODES.get(service, "AccessDeniedException")


def status_of(protocol: str) -> int:
    """The status that comes with it: 400 where JSON names the error (AWS JSON protocol), else 403."""
    return 400 if protocol == "json" else 403


def sentence(caller: str, request: Request, *, bounded: bool) -> str:
    """The words that IAM uses: who, what, on which resource, and which kind of policy lacks it."""
    on = f" on resource: {request.resource}" if request.resource != "*" else ""
    lacks = "permissions boundary" if bounded else "identity-based policy"
    return (
        f"User: {caller} is not authorized to perform: {request.action}{on} "
        f"because no {lacks} allows the {request.action} action"
    )
