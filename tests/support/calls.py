"""Replaces answers of boto3 calls that the embedded AWS does not give by itself."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from ops.aws import Aws

import pytest
from botocore.exceptions import ClientError


def answer(
    monkeypatch: pytest.MonkeyPatch, service: str, operation: str, given: Mapping[str, Any] | ClientError
) -> None:
    """Return this answer, or raise this error, for each call of an operation."""
    client = Aws.client

    def respond(**_: object) -> tuple[SimpleNamespace, Mapping[str, Any]]:
        if isinstance(given, ClientError):
            raise given
        return SimpleNamespace(status_code=200), given

    def prepared(account: Aws, name: str, *, region: str = "") -> Any:  # noqa: ANN401 (boto3 has no types)
        made = client(account, name, region=region)
        made.meta.events.register(f"before-call.{service}.{operation}", respond)
        return made

    monkeypatch.setattr(Aws, "client", prepared)
