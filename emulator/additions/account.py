"""Regions that an account has to enable before it can use them ("Enable or disable AWS Regions in your account",
AWS Account Management reference guide).
"""

from emulator.additions.state import state

from moto.account import urls
from moto.account.models import account_backends
from moto.account.responses import AccountResponse
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses.availability_zones_and_regions import AvailabilityZonesAndRegions
from moto.utilities.utils import get_partition

ENABLED_BY_DEFAULT = frozenset(
    f"{area}-{number}"
    for area, last in (
        ("us-east", 2), ("us-west", 2), ("ap-south", 1), ("ap-northeast", 3), ("ap-southeast", 2), ("ca-central", 1),
        ("eu-central", 1), ("eu-west", 3), ("eu-north", 1), ("sa-east", 1),
    )
    for number in range(1, last + 1)
)  # fmt: skip
"""The regions of the partition aws that opened before 2019-03-20; an account has to opt in to each later one."""


def _enabled(account_id: str, partition: str) -> dict[str, bool]:
    return state(account_backends[account_id][partition], "added_regions")


def _status(account_id: str, partition: str, region: str) -> str:
    if partition != "aws" or region in ENABLED_BY_DEFAULT:
        return "opt-in-not-required"
    return "opted-in" if region in _enabled(account_id, partition) else "not-opted-in"


def describe_regions(self: AvailabilityZonesAndRegions) -> ActionResult:
    """List regions, disabled ones only with AllRegions (API reference, DescribeRegions)."""
    self.error_on_dryrun()
    shown = [
        {"RegionName": one.name, "Endpoint": one.endpoint, "OptInStatus": status}
        for one in self.ec2_backend.describe_regions(self._get_param("RegionNames", []))
        if (status := _status(self.current_account, self.partition, one.name)) != "not-opted-in"
        or self._get_bool_param("AllRegions")
    ]
    return ActionResult({"Regions": shown})


def enable_region(self: AccountResponse) -> EmptyResult:
    """Enable a region at once (API reference, EnableRegion)."""
    _enabled(self.current_account, self.partition)[self._get_param("RegionName")] = True
    return EmptyResult()


def get_region_opt_status(self: AccountResponse) -> ActionResult:
    """Whether a region is enabled (API reference, GetRegionOptStatus)."""
    region = self._get_param("RegionName")
    words = {"opt-in-not-required": "ENABLED_BY_DEFAULT", "opted-in": "ENABLED", "not-opted-in": "DISABLED"}
    status = words[_status(self.current_account, self.partition, region)]
    return ActionResult({"RegionName": region, "RegionOptStatus": status})


def enable(region: str) -> None:
    """Enable a region in moto's own account, in the region's partition."""
    _enabled(DEFAULT_ACCOUNT_ID, get_partition(region))[region] = True


def add_paths() -> None:
    """Add the URL paths of the calls above to moto."""
    for name in ("enableRegion", "getRegionOptStatus"):
        urls.url_paths[f"{{0}}/{name}$"] = AccountResponse.dispatch
