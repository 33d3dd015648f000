"""The judge's refusals: the service's error code, and a message with operation, member, value and rule."""

import json

import attrs

LONGEST_VALUE = 200
"""Characters of a value that a message shows."""


@attrs.frozen
class Refusal:
    """One broken rule."""

    code: str
    member: str
    value: object
    rule: str
    status: int = 400

    def message(self, operation: str) -> str:
        """The error message, in the form of AWS's own validation errors."""
        shown = self.value if isinstance(self.value, str) else json.dumps(self.value, default=str)
        if len(shown) > LONGEST_VALUE:
            shown = f"{shown[:LONGEST_VALUE]}…"
        return f"{operation}: Value '{shown}' at '{self.member}' failed to satisfy constraint: {self.rule}"


@attrs.frozen(kw_only=True)
class Codes:
    """A service's error codes for an invalid value, a missing member and an unknown member."""

    invalid: str
    missing: str
    unknown: str


def _same(code: str) -> Codes:
    return Codes(invalid=code, missing=code, unknown=code)


CODES = {
    # EC2's API reference, "Error codes": client errors.
    "ec2": Codes(invalid="InvalidParameterValue", missing="MissingParameter", unknown="UnknownParameter"),
    # "Common errors" in each service's API reference.
    "elbv2": _same("ValidationError"),
    "iam": _same("ValidationError"),
    "sts": _same("ValidationError"),
    "cloudwatch": Codes(invalid="ValidationError", missing="MissingParameter", unknown="ValidationError"),
    "sns": _same("InvalidParameter"),
    "kms": _same("ValidationException"),
    "dynamodb": _same("ValidationException"),
    "application-autoscaling": _same("ValidationException"),
    "acm": _same("ValidationException"),
    "secretsmanager": _same("ValidationException"),
    # "Errors" of each operation in the API reference.
    "elasticache": _same("InvalidParameterValue"),
    "ecs": _same("InvalidParameterException"),
    "logs": _same("InvalidParameterException"),
    "cognito-idp": _same("InvalidParameterException"),
    "ecr": _same("InvalidParameterException"),
    "wafv2": _same("WAFInvalidParameterException"),
    "route53": _same("InvalidInput"),
    "service-quotas": _same("IllegalArgumentException"),
    "s3": Codes(invalid="InvalidArgument", missing="InvalidRequest", unknown="MalformedXML"),
    "s3control": _same("InvalidRequest"),
}
"""The codes of each service that the stack uses; any other service has those of its protocol."""
BY_PROTOCOL = {
    "query": _same("ValidationError"),
    "ec2": CODES["ec2"],
    "rest-xml": _same("InvalidRequest"),
}


def codes_of(service: str, protocol: str) -> Codes:
    """The codes of a service, by botocore's name; for an unlisted service those of its protocol."""
    return CODES.get(service) or BY_PROTOCOL.get(protocol) or _same("ValidationException")
