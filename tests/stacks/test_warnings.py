"""The warnings that synthesis prints."""

import json
from importlib import metadata
from pathlib import Path

from main import build_app
from stacks.warnings import warnings
from tests.support.synthesized import CERTIFICATE, settings

import pytest

HTTP_WARNING = "serves plain HTTP, so prompts and tokens can be read in transit: set certificate_arn"
OPEN_WARNING = (
    "open to the internet (0.0.0.0/0) without authentication: set enable_jwt_auth=True or narrow ingress_cidrs"
)
STREAM_WARNING = (
    "max_stream_seconds=300: Fargate kills a task 120 s after it was told to stop, so a Spot interruption cuts longer "
    "streams (a deployment drains them first): set max_stream_seconds to 120 or less where that matters"
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [OPEN_WARNING, HTTP_WARNING]),
        ({"environment": "dev"}, [OPEN_WARNING]),
        ({"certificate_arn": CERTIFICATE}, [OPEN_WARNING]),
        ({"certificate_arn": CERTIFICATE, "enable_jwt_auth": True}, []),
        ({"domain_name": "ai.example.com", "hosted_zone": "example.com", "enable_jwt_auth": True}, []),
        ({"internal_load_balancer": True}, [HTTP_WARNING]),
        ({"certificate_arn": CERTIFICATE, "ingress_cidrs": ("10.0.0.0/8", "203.0.113.0/24")}, []),
        ({"ingress_cidrs": ("10.0.0.0/8",)}, [HTTP_WARNING]),
        (
            {"environment": "dev", "ingress_cidrs": ("0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8")},
            [OPEN_WARNING.replace("0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1")],
        ),
    ],
)
def test_an_open_or_plain_gateway_is_warned_about(changes: dict[str, object], expected: list[str]) -> None:
    """Each warning names the setting to change. A gateway that is not exposed gives no warning."""
    assert warnings(settings(**changes)) == expected


def test_long_streams_on_spot_are_warned_about() -> None:
    """A Spot interruption allows 120 seconds. Without Spot or with shorter streams there is no warning."""
    assert STREAM_WARNING in warnings(settings(fargate_spot_percent=50))
    assert STREAM_WARNING not in warnings(settings())
    assert STREAM_WARNING not in warnings(settings(fargate_spot_percent=50, max_stream_seconds=120))


def test_a_region_without_endpoint_data_is_warned_about() -> None:
    """botocore lists a region before it opens. The warning names the botocore release."""
    found = warnings(settings(aws_region="sa-west-1"))
    assert found[-1] == (
        f"aws_region='sa-west-1': botocore {metadata.version('botocore')} lists the region but has no endpoint data for it, so services that the gateway needs may be missing: check AWS's list of regional services"
    )


def test_warnings_are_annotations(tmp_path: Path) -> None:
    """The warnings are in the manifest, from which the cdktf CLI prints them at every synth."""
    build_app([settings()], outdir=str(tmp_path)).synth()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    annotations = manifest["stacks"]["test"]["annotations"]
    assert [annotation["message"] for annotation in annotations] == [OPEN_WARNING, HTTP_WARNING]
