"""The model of a synthesized stack: addresses, paths, single and repeated blocks, and references."""

from resource_types.expressions import Reference, expressions, references, replaced, type_of
from resource_types.stack import Block, SynthesizedStack

DOCUMENT = {
    "provider": {"aws": [{"region": "eu-west-1"}]},
    "terraform": {"backend": {"s3": {"bucket": "b"}}},
    "data": {"aws_caller_identity": {"Account": {}}},
    "resource": {
        "aws_vpc": {"V_1": {"cidr_block": "10.0.0.0/16", "//": {"metadata": {"path": "dev/Network/Vpc"}}}},
        "aws_subnet": {"S_1": {"vpc_id": "${aws_vpc.V_1.id}"}},
    },
}


def test_blocks_are_found_by_address_type_and_path() -> None:
    """Blocks include data sources, the provider and the backend, but only resources are in `resources`."""
    stack = SynthesizedStack.of(DOCUMENT)
    assert [block.address for block in stack] == [
        "aws_subnet.S_1",
        "aws_vpc.V_1",
        "data.aws_caller_identity.Account",
        "provider.aws",
        "terraform.backend.s3",
    ]
    assert list(stack.resources) == ["aws_subnet.S_1", "aws_vpc.V_1"]
    assert stack.at("aws_vpc", "Network/Vpc") is stack.only("aws_vpc")
    assert stack.only("data.aws_caller_identity").type == "data.aws_caller_identity"
    assert stack.referring("aws_subnet", "aws_vpc.V_1", "vpc_id") == [stack.only("aws_subnet")]
    assert (stack.only("aws_vpc").arguments, stack.only("aws_subnet").path) == ({"cidr_block": "10.0.0.0/16"}, "")


def test_one_block_and_several_are_read_alike() -> None:
    """The JSON has an object for one block and a list for several. A dotted path works for both."""
    one = Block("aws_x.A", {"rule": {"key": {"arn": "a"}}})
    several = Block("aws_x.B", {"rule": [{"key": [{"arn": "a"}, {"arn": "b"}]}, {"key": None}]})
    assert (one.blocks("rule"), len(several.blocks("rule")), one.blocks("other")) == ([{"key": {"arn": "a"}}], 2, [])
    assert (one.values("rule.key.arn"), several.values("rule.key.arn")) == (["a"], ["a", "b"])
    assert one.values("rule.other") == []


def test_references_are_told_from_functions_and_from_text() -> None:
    """A plain reference has an address and an attribute. Addresses inside functions are also found."""
    assert Reference.only("${aws_vpc.V_1.id}") == Reference("aws_vpc.V_1", "id")
    assert Reference.parse("data.aws_x.Y.names") == Reference("data.aws_x.Y", "names")
    assert Reference.only("a-${aws_vpc.V_1.id}") is None
    assert Reference.parse("aws_acm_certificate.C.options.0.name") is None
    assert str(Reference("aws_vpc.V_1", "id")) == "${aws_vpc.V_1.id}"
    value = ["${element(data.aws_x.A_1.names, 0)}", {"a": "${aws_y.B-c_2.arn}/${aws_y.B-c_2.id}"}, "aws_z.Plain_3", 4]
    assert references(value) == ["data.aws_x.A_1", "aws_y.B-c_2"]
    assert expressions(value) == ["element(data.aws_x.A_1.names, 0)", "aws_y.B-c_2.arn", "aws_y.B-c_2.id"]
    assert (type_of("data.aws_x.A"), type_of("aws_y.B")) == ("data.aws_x", "aws_y")


def test_expressions_are_replaced_and_escapes_are_not() -> None:
    """Expressions are replaced in every string of a value. `$${` is an escape and stays."""
    value = {"a": ["x-${aws_vpc.V.id}", "$${aws_vpc.V.id}", 1], "b": None}
    assert replaced(value, str.upper) == {"a": ["x-AWS_VPC.V.ID", "$${aws_vpc.V.id}", 1], "b": None}
