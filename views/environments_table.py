"""Compares all environments in a table, with values derived from their settings: `make envs` and docs/settings.md."""

import argparse
import sys
from collections.abc import Callable, Iterator

from constructs_lib.helpers.cidr import private_subnets, public_subnets
from constructs_lib.helpers.task.sizing import SIDECAR_SIZE, ContainerSize, gateway_size
from envs import EnvironmentsError, load_environments
from envs.schema import Environment
from ops.console import out

import attrs
from rich.table import Table

DOCUMENT = (
    "environment",
    "aws_region",
    "gateway_cpu",
    "gateway_memory",
    "gateway_desired_count",
    "autoscaling_min_capacity",
    "autoscaling_max_capacity",
    "enable_waf",
    "enable_jwt_auth",
    "certificate_arn",
    "cognito_domain_prefix",
)
"""The settings in the Terraform version's comparison of dev and prod, in its order."""
UNITS = {"gateway_cpu": "CPU units", "gateway_memory": "MiB"}


@attrs.frozen
class Row:
    """A row of the table: its name, and the value of each environment."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the environments have different values."""
        return len(set(self.values)) > 1


def _shown(name: str, value: object) -> str:
    if value in ("", (), None):
        return "—"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value} {UNITS[name]}" if name in UNITS else str(value)


def _size(size: ContainerSize) -> str:
    return f"{size.cpu} CPU units, {size.memory_mib} MiB"


def _gateway(environment: Environment) -> str:
    task = ContainerSize(cpu=environment.gateway_cpu, memory_mib=environment.gateway_memory)
    return _size(gateway_size(task))


DERIVED: dict[str, Callable[[Environment], str]] = {
    "Terraform state bucket": lambda environment: environment.names.state_bucket,
    "DynamoDB lock table": lambda environment: environment.names.lock_table,
    "Load balancer, cluster, service": lambda environment: environment.names.prefix,
    "Public subnets": lambda environment: ", ".join(
        environment.public_subnet_ids or public_subnets(environment.vpc_cidr)
    ),
    "Private subnets": lambda environment: ", ".join(
        environment.private_subnet_ids or private_subnets(environment.vpc_cidr)
    ),
    "Portkey gets": _gateway,
    "The collector gets": lambda _: _size(SIDECAR_SIZE),
    "Serves": lambda environment: "HTTPS" if environment.serves_https else "HTTP only",
}
"""Rows that are derived from the settings."""


def rows(environments: list[Environment]) -> Iterator[Row]:
    """The rows of DOCUMENT, of every other setting with a value that is not the default, and of DERIVED."""
    defaults = {field.name: field.default for field in attrs.fields(Environment)}
    changed = [
        name
        for name in defaults
        if name not in DOCUMENT
        and any(getattr(environment, name) not in (defaults[name], attrs.NOTHING) for environment in environments)
    ]
    for name in (*DOCUMENT, *changed):
        yield Row(name, tuple(_shown(name, getattr(environment, name)) for environment in environments))
    for title, value in DERIVED.items():
        yield Row(title, tuple(map(value, environments)))


def markdown(environments: list[Environment]) -> str:
    """A Markdown table; values that differ are bold."""
    lines = [
        f"| Setting | {' | '.join(environment.environment for environment in environments)} |",
        f"|---|{'---|' * len(environments)}",
    ]
    settings = {field.name for field in attrs.fields(Environment)}
    for row in rows(environments):
        name = f"`{row.name}`" if row.name in settings else row.name
        values = [f"**{value}**" if row.differs and value != "—" else value for value in row.values]
        lines.append(f"| {name} | {' | '.join(values)} |")
    return "\n".join(lines)


def table(environments: list[Environment]) -> Table:
    """The table for a terminal; rows that differ are yellow."""
    made = Table("Setting", *(environment.environment for environment in environments), box=None, pad_edge=False)
    for row in rows(environments):
        made.add_row(row.name, *row.values, style="yellow" if row.differs else None)
    return made


def main() -> int:
    """Print the comparison; returns 1, with one line per problem on stderr, where settings are invalid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    options = parser.parse_args()
    try:
        environments = load_environments()
    except EnvironmentsError as error:
        print(error, file=sys.stderr)
        return 1
    if options.markdown:
        print(markdown(environments))
    else:
        out.print(table(environments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
