"""The records of the emulator's rules and of IAM name calls, members and functions that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emulator
from emulator.expressions import BUILT_IN, FUNCTIONS, HOLE, Scope, compiled
from emulator.iam.dependent import DependentRecord
from emulator.iam.keys import KeyRecord
from emulator.iam.targets import TargetRecord
from emulator.judge.cloud import Cloud
from emulator.judge.records import KINDS, Check, RuleRecord, parts
from emulator.records import read
from emulator.wire.calls import Call, service_model

import attrs
import pytest
from botocore.model import StringShape
from jmespath.visitor import TreeInterpreter

FOLDER = Path(emulator.__file__).parent
RULES = [
    rule for path in sorted((FOLDER / "judge" / "rules").glob("*.toml")) for rule in read(path, "rule", RuleRecord)
]
CHECKS = [(rule, check) for rule in RULES for check in rule.checks]
OF_IAM: list[DependentRecord | TargetRecord | KeyRecord] = [
    *read(FOLDER / "iam" / "dependent.toml", "dependent", DependentRecord),
    *read(FOLDER / "iam" / "targets.toml", "target", TargetRecord),
    *read(FOLDER / "iam" / "keys.toml", "key", KeyRecord),
]
TEMPLATES = ("says", "arn", "resource", "context")
CONDITIONS = ("when", "refused", "distinct", "shown", "new", "value")
FUNCTION = re.compile(r"\b([a-z_]\w*)\(")
QUOTED = re.compile(r"'[^']*'")
HAS_WORDS = ("distinct", "exactly_one", "within", "one_of", "at_most", "grammar")
"""The kinds of checks that have their own message."""


def expressions(record: RuleRecord | Check | DependentRecord | TargetRecord | KeyRecord) -> Iterator[str]:
    """The expressions of a record, including those in its templates."""
    for name, value in attrs.asdict(record, recurse=False).items():
        if name in CONDITIONS or (name == "each" and isinstance(value, str)):
            yield value
        elif name in TEMPLATES:
            texts = value.values() if isinstance(value, dict) else [value]
            yield from (found for text in texts for found in HOLE.findall(str(text)))


def reaches(shape: Any, path: str) -> bool:  # noqa: ANN401 (botocore has no types)
    """Whether a path exists in a shape of botocore's model. The content of strings is not modelled."""
    if not path or shape is None or isinstance(shape, StringShape):
        return shape is not None
    if shape.type_name == "map":
        return True
    name, _, rest = path.partition(".")
    inner = shape.member if shape.type_name == "list" else shape
    found = inner.members.get(name.removesuffix("[]")) if inner.type_name == "structure" else None
    if found is not None and name.endswith("[]"):
        return found.type_name == "list" and reaches(found.member, rest)
    return reaches(found, rest)


def test_a_record_names_calls_that_exist() -> None:
    """Each call is an operation in botocore's model of its service, or `*`."""
    calls = [call for rule in RULES for call in rule.calls] + [call for record in OF_IAM for call in record.calls]
    unknown = [
        call
        for call in calls
        for service, _, operation in [call.partition(":")]
        if operation != "*" and operation not in service_model(service).operation_names
    ]
    assert unknown == []


def test_a_check_is_about_members_that_exist() -> None:
    """At least one of the rule's calls has the member. A check with a wrong name would never refuse anything."""
    missing = []
    for rule, check in CHECKS:
        calls = [call.split(":") for call in rule.calls if not call.endswith(":*")]
        shapes = [service_model(service).operation_model(operation).input_shape for service, operation in calls]
        paths = (".".join(filter(None, (each, check.member))) for each in rule.each)
        missing += [path for path in paths if shapes and not any(reaches(shape, path) for shape in shapes)]
    assert missing == []


def test_a_check_says_one_thing() -> None:
    """A check has exactly one kind, and a message."""
    kinds = {check: [kind for kind in KINDS if getattr(check, kind) not in {"", (), None}] for _, check in CHECKS}
    assert [check for check, found in kinds.items() if len(found) != 1] == []
    assert [check for check, found in kinds.items() if not check.says and found[0] not in HAS_WORDS] == []


def test_an_expression_is_read() -> None:
    """JMESPath parses each expression, and each function in it and in `exists` is defined."""
    used = {check.exists for _, check in CHECKS if check.exists}
    records: list[RuleRecord | Check | DependentRecord | TargetRecord | KeyRecord] = [
        *RULES,
        *OF_IAM,
        *(check for _, check in CHECKS),
    ]
    for record in records:
        for expression in filter(None, expressions(record)):
            compiled(expression)
            used |= set(FUNCTION.findall(QUOTED.sub("", expression)))
    assert used - FUNCTIONS.keys() - BUILT_IN.FUNCTION_TABLE.keys() == set()
    assert FUNCTIONS.keys() - used == set()


def test_a_negation_has_parentheses() -> None:
    """JMESPath reads `!a.b` as `(!a).b`, which is always null, so such a condition is refused."""
    with pytest.raises(ValueError, match=r"write !\(a.b\) with parentheses"):
        compiled("a && !a.b")
    assert TreeInterpreter().visit(compiled("a && !(a.b)"), {"a": {"c": 1}}) is True


@pytest.fixture
def scope() -> Scope:
    """A call that creates an alarm."""
    model = service_model("cloudwatch").operation_model("PutMetricAlarm")
    params = {"AlarmName": "a", "Metrics": [{"Id": "m"}, {"Id": "n"}]}
    call = Call(
        service="cloudwatch", operation="PutMetricAlarm", protocol="json", region="us-east-1", access_key="KEY",
        model=model, params=params, faults=(),
    )  # fmt: skip
    return Scope(call, Cloud("123456789012", "us-east-1"))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("operation()", "PutMetricAlarm"),
        ("Metrics[].Id", ["m", "n"]),
        ("Metrics[?Id == this().Metrics[1].Id].Id", ["n"]),
        ("Metrics[?Id == request().Metrics[0].Id].Id", ["m"]),
        ("length(Period)", None),
        ("contains(OKActions, 'x')", None),
        ("alarm(AlarmName)", None),
        ("arn_parts('arn:aws:sns:us-east-1:1:t').region", "us-east-1"),
        ("arn_parts('no')", None),
        ("repeated(['a', 'b', 'a', 'a'])", ["a"]),
        ("without(['a', 'b'], ['a'])", ["b"]),
        ("address_version('::1')", 6),
        ("is_network('10.0.0.1/8')", False),
        ("json('{\"a\": [1]}').a", [1]),
        ("json_error('{}')", None),
        ("normalized_record_name('*.Example.com.')", "\\052.example.com"),
    ],
)
def test_an_expression_is_evaluated(scope: Scope, expression: str, value: object) -> None:
    """An expression is evaluated on the request and the resources in the embedded AWS. A function of null is null."""
    assert value == scope.search(expression, scope.call.params)


def test_a_template_is_filled(scope: Scope) -> None:
    """Each expression is replaced by its value, and a list is joined by commas."""
    assert scope.filled("{AlarmName} of {region()}: {Metrics[].Id}", scope.call.params) == "a of us-east-1: m, n"


def test_a_path_leads_into_lists_and_documents() -> None:
    """A path enters lists and JSON strings, a single item counts as a list, and each part has its own path."""
    value = {"Policy": '{"Statement": {"Action": ["a:b", "a:c"]}}', "Rules": []}
    found = list(parts(value, "Policy.Statement[].Action[]"))
    assert found == [("Policy.Statement[0].Action[0]", "a:b"), ("Policy.Statement[0].Action[1]", "a:c")]
    assert list(parts(value, "Rules[].Name")) == []
    assert list(parts(value, "Period")) == [("Period", None)]


def test_a_wrong_record_is_named(tmp_path: Path) -> None:
    """The message has the file, the number of the record and the problem."""
    path = tmp_path / "kms.toml"
    path.write_text('[[rule]]\ncalls = ["kms:Encrypt"]\nsource = "s"\nabout = "a"\nchecks = [{ membre = "KeyId" }]\n')
    with pytest.raises(ValueError, match=r"kms.toml: rule 0: .*membre"):
        list(read(path, "rule", RuleRecord))
