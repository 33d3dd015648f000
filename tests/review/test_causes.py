"""Replacements are grouped by the setting or argument that causes them."""

from typing import Any

from resource_types.stack import SynthesizedStack
from review.causes import causes
from review.compare import Change, EnvironmentChange
from review.page import EnvironmentReview, Replaced, Review, html, markdown
from review.replaced import Forced, Replacement, replaced_in

CIDR = Change("vpc_cidr", "'10.0.0.0/16'", "'10.9.0.0/16'")
INTERNAL = Change("internal_load_balancer", "False", "True")
VPC = Replacement("aws_vpc.V", (Forced("cidr_block", "10.0.0.0/16", "10.9.0.0/16"),))
SUBNET = Replacement(
    "aws_subnet.S", (Forced("cidr_block", "10.0.1.0/24", "10.9.1.0/24"), Forced("vpc_id", "v", "")), ("aws_vpc.V",)
)
BALANCER = Replacement(
    "aws_lb.B", (Forced("internal", "false", "true"), Forced("subnets", "[]", "")), ("aws_subnet.S",)
)


def groups(found: list[Replacement], *changed: Change) -> dict[tuple[str, ...], list[str]]:
    """Return the addresses of each group by its causes."""
    return {cause.names: [one.address for one in cause.replacements] for cause in causes(found, changed)}


def test_what_follows_a_replacement_has_its_cause() -> None:
    """A subnet is replaced because of its VPC, so the VPC's setting is the cause for both."""
    assert groups([SUBNET, VPC], CIDR) == {("vpc_cidr",): ["aws_subnet.S", "aws_vpc.V"]}
    assert groups([VPC, SUBNET, BALANCER], CIDR, INTERNAL) == {("vpc_cidr",): ["aws_vpc.V", "aws_subnet.S", "aws_lb.B"]}


def test_an_argument_that_no_setting_explains_is_the_cause() -> None:
    """If no setting, or more than one, explains a replacement, its argument is the cause."""
    assert groups([VPC]) == {("aws_vpc.V.cidr_block",): ["aws_vpc.V"]}
    twice = Change("another", CIDR.old, CIDR.new)
    assert groups([VPC], CIDR, twice) == {("aws_vpc.V.cidr_block",): ["aws_vpc.V"]}


def test_a_setting_inside_of_a_name_is_the_cause() -> None:
    """A setting that is a part of changed names is their cause; booleans are compared as in JSON."""
    names = [
        Replacement(f"aws_{kind}.X", (Forced("name", f"ai-gateway-dev-{kind}", f"other-dev-{kind}"),)) for kind in "ab"
    ]
    project = Change("project_name", "'ai-gateway'", "'other'")
    assert groups(names, project) == {("project_name",): ["aws_a.X", "aws_b.X"]}
    alone = Replacement("aws_lb.B", (Forced("internal", "false", "true"),))
    assert groups([alone], INTERNAL) == {("internal_load_balancer",): ["aws_lb.B"]}


def test_two_causes_are_both_named_and_the_largest_group_is_first() -> None:
    """A resource that depends on two replaced resources has both causes, and the largest group is first."""
    name = Replacement("aws_ecr_repository.R", (Forced("name", "a", "b"),))
    both = Replacement("aws_x.X", (Forced("a", "", ""),), ("aws_vpc.V", "aws_ecr_repository.R"))
    found = causes([name, VPC, SUBNET, both], [CIDR])
    assert [cause.names for cause in found] == [
        ("vpc_cidr",),
        ("aws_ecr_repository.R.name",),
        ("aws_ecr_repository.R.name", "vpc_cidr"),
    ]


def test_what_terraform_gives_no_reason_for_is_grouped_too() -> None:
    """Replacements without a reason form a group, and circular references end."""
    assert groups([Replacement("aws_x.X")]) == {(): ["aws_x.X"]}
    circle = [Replacement("aws_a.A", (), ("aws_b.B",)), Replacement("aws_b.B", (), ("aws_a.A",))]
    assert groups(circle) == {(): ["aws_a.A", "aws_b.B"]}


def test_both_pages_have_a_heading_for_each_cause() -> None:
    """Each cause has a heading with the number of resources; resources that hold data are first and marked."""
    change = EnvironmentChange("dev", "changed", (CIDR,), (), (), ())
    name = Replacement("aws_ecr_repository.R", (Forced("name", "a", "b"),))
    replaced = tuple(Replaced(one, "") for one in (VPC, SUBNET, name))
    review = Review("main", "0" * 40, (EnvironmentReview(change, (), replaced, "", (), ()),))
    page = markdown(review)
    assert "**2 resources are replaced because `vpc_cidr` changes.**\n\n| Resource | Argument |\n|---|---|\n" in page
    assert "**1 resource is replaced because `aws_ecr_repository.R.name` changes.**" in page
    assert "| ⛔ `aws_ecr_repository.R` | `name` |" in page
    assert "2 resources are replaced because <code>vpc_cidr</code> changes" in html(review)


def test_what_depends_on_aws_is_not_a_certain_loss() -> None:
    """Uncertain replacements have a section of their own, and count for the gate `replace` but not `replace-data`."""
    change = EnvironmentChange("dev", "changed", (CIDR,), (), (), ())
    group = Replacement("aws_cloudwatch_log_group.G", (Forced("other_class", "", "x"),), certain=False)
    one = EnvironmentReview(change, (), (Replaced(VPC, ""), Replaced(group, "")), "", (), ())
    assert (one.gates["replace-data"], one.gates["replace"]) == (False, True)
    assert [names for names, _ in one.causes] == [("vpc_cidr",)]
    review = Review("main", "0" * 40, (one,))
    page = markdown(review)
    assert "| **dev** | 1 | 0 | 0 | 0 | 1 to 2 | ? | 0 | 0 | 0 |" in page
    assert "| `aws_cloudwatch_log_group.G` (holds data) | `other_class` |" in page
    assert "Data would be lost" not in page
    assert "Depends on what AWS has now" in html(review)
    assert "Data would be lost" not in html(review)


def changed(address: str, *paths: list[str | int], after: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a replacement as in a plan."""
    change = {"actions": ["delete", "create"], "before": {}, "after": after or {}, "replace_paths": list(paths)}
    return {"address": address, "change": change}


def test_what_follows_an_uncertain_replacement_is_uncertain() -> None:
    """A dependent of an uncertain replacement is uncertain too, unless its own argument changes."""
    trigger = {"lifecycle": {"replace_triggered_by": ["aws_a.A"]}}
    after = {"Follows": {"a": "${aws_a.A.id}"}, "Own": {"a": "new-${aws_a.A.id}"}, "Triggered": trigger}
    before = {**after, "Own": {"a": "old-${aws_a.A.id}"}}
    base, head = (
        SynthesizedStack.of({"provider": {"aws": [{}]}, "resource": {"aws_a": {"A": {}}, "aws_b": one}})
        for one in (before, after)
    )
    plan = {
        "resource_changes": [
            changed("aws_a.A", ["block", 0, "x"]),
            changed("aws_b.Follows", ["a"]),
            changed("aws_b.Own", ["a"]),
            changed("aws_b.Triggered"),
        ]
    }
    found = replaced_in(plan, base, head, {"aws_a.A": {"block": [{"x": True}]}})
    assert {one.address: one.certain for one in found} == {
        "aws_a.A": False,
        "aws_b.Follows": False,
        "aws_b.Own": True,
        "aws_b.Triggered": False,
    }
    assert {one.address: one.certain for one in replaced_in(plan, base, head, {})} == dict.fromkeys(
        ("aws_a.A", "aws_b.Follows", "aws_b.Own", "aws_b.Triggered"), True
    )
