"""Values of several environments are merged, with variables where they differ."""

from typing import Any

from views.hcl.expressions import expression
from views.hcl.merged import Merger, snake

import pytest


@pytest.mark.parametrize(
    ("values", "path", "written", "variables"),
    [
        (("x-dev-y", "x-prod-y"), "Lb/name", '"x-${var.environment}-y"', {"environment": ("dev", "prod")}),
        ((256, 512), "Task/cpu", "var.gateway_cpu", {"gateway_cpu": (256, 512)}),
        (("256", "512"), "Task/cpu", "var.gateway_cpu", {"gateway_cpu": (256, 512)}),
        ((7, 30), "Key/deletion_window_in_days", "var.deletion_window_in_days", {"deletion_window_in_days": (7, 30)}),
        ((7, 30), "Key/days", "var.key_days", {"key_days": (7, 30)}),
        ((False, True), "Lb/enable_deletion_protection", "var.deletion_protection", {"deletion_protection": (False, True)}),
        ((True, False), "Pool/deletion_protection", "!var.deletion_protection", {"deletion_protection": (False, True)}),
        (("OFF", "ON"), "Pool/deletion_protection", 'var.deletion_protection ? "ON" : "OFF"',
         {"deletion_protection": (False, True)}),
        (("--size=46", "--size=107"), "Task/command", '"--size=${var.size}"', {"size": (46, 107)}),
        (("at 256 units", "at 512 units"), "Alarm/cpu", '"at ${var.gateway_cpu} units"', {"gateway_cpu": (256, 512)}),
        (("${r.a.id}", "${r.b[0].id}"), "Route/nat_gateway_id", "var.nat_gateway_per_az ? r.b[0].id : r.a.id",
         {"nat_gateway_per_az": (False, True)}),
        (("${r.a.id}", "${r.b.id}"), "Route/x", 'var.environment == "dev" ? r.a.id : r.b.id', {"environment": ("dev", "prod")}),
        ((["a"], ["a", "waf"]), "Page/alarms", 'concat(["a"], var.enable_waf ? ["waf"] : [])', {"enable_waf": (False, True)}),
        (({"a": 1}, {"a": 1, "waf": 2}), "Tags", "merge({\na = 1\n}, var.enable_waf ? {\nwaf = 2\n} : {})",
         {"enable_waf": (False, True)}),
        (({"a": "dev"}, "x"), "Any", 'jsondecode(var.environment == "dev" ? jsonencode({\na = "dev"\n}) : jsonencode("x"))',
         {"environment": ("dev", "prod")}),
    ],
)  # fmt: skip
def test_what_differs_is_a_variable(
    values: tuple[Any, ...], path: str, written: str, variables: dict[str, Any]
) -> None:
    """A differing value becomes a setting's variable, a condition on one, or a variable named after its path."""
    settings = {
        "environment": ("dev", "prod"),
        "gateway_cpu": (256, 512),
        "enable_waf": (False, True),
        "nat_gateway_per_az": (False, True),
        "deletion_protection": (False, True),
    }
    merger = Merger(("dev", "prod"), settings)
    assert expression(merger.merge(values, path)) == written
    assert merger.variables == variables


def test_names_are_those_of_hcl() -> None:
    """Names are lowercase words with underscores, without repetition."""
    assert snake("Network/NatAAddress") == "network_nat_a_address"
    assert snake("Repository/Repository_force-delete") == "repository_force_delete"
