"""The error of each service for a call that IAM does not allow."""

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
"""Every other service's code is AccessDeniedException."""


def code_of(service: str) -> str:
    """The error code of a service, by botocore's name."""
    return CODES.get(service, "AccessDeniedException")


def status_of(protocol: str) -> int:
    """The HTTP status of the error: 400 in the AWS JSON protocol, otherwise 403."""
    return 400 if protocol == "json" else 403


def sentence(caller: str, request: Request, *, bounded: bool) -> str:
    """IAM's error message; `bounded`: it is the permissions boundary that does not allow the action."""
    on = f" on resource: {request.resource}" if request.resource != "*" else ""
    lacks = "permissions boundary" if bounded else "identity-based policy"
    return (
        f"User: {caller} is not authorized to perform: {request.action}{on} "
        f"because no {lacks} allows the {request.action} action"
    )
