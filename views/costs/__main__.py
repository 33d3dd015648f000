"""`make costs`: prints the monthly costs of the environments in GATEWAY_ENVIRONMENTS (default: all)."""

import sys
import tempfile
from pathlib import Path

from envs import EnvironmentsError, load_environments
from envs.schema import Environment
from main import build_app
from ops.console import out
from resource_types.stack import SynthesizedStack
from views.costs.estimate import Estimate, estimate
from views.costs.tables import DOUBTED, doubts_list, terminal, unknown_list


def estimates(environments: list[Environment]) -> list[Estimate]:
    """Synthesize the environments and estimate the costs of each."""
    with tempfile.TemporaryDirectory() as folder:
        build_app(environments, outdir=folder).synth()
        names = [environment.environment for environment in environments]
        return [estimate(name, SynthesizedStack.read(Path(folder), name)) for name in names]


def main() -> int:
    """Print the tables; returns 1, with one line per problem on stderr, where settings are invalid."""
    try:
        found = estimates(load_environments())
    except EnvironmentsError as error:
        print(error, file=sys.stderr)
        return 1
    for table in terminal(found):
        out.print(table)
        out.print()
    out.print(f"Not in these tables:\n{unknown_list(found)}")
    out.print(f"{DOUBTED} Prices that could not be verified:\n{doubts_list()}")
    out.print("AWS's list prices and their sources are in views/costs/prices.toml; docs/costs.md explains them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
