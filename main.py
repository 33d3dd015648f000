"""The app that `cdktf` runs: one Terraform stack per environment, and one for its pipeline where it has one."""

import gc
import sys
from collections.abc import Iterable
from pathlib import Path

from constructs_lib.bindings.loading import require_ahead

if __name__ == "__main__":
    # Nothing is garbage before the end; looking for it takes 6 % of a synthesis, half of it in the imports below.
    gc.disable()
    require_ahead(Path(__file__))

from envs import EnvironmentsError, load_environments
from envs.schema import PIPELINE_SUFFIX, Environment
from stacks.gateway import GatewayStack

from cdktf import App


def build_app(environments: Iterable[Environment], *, outdir: str | None = None) -> App:
    """An app with the stacks of each environment, not yet synthesized."""
    # Stack traces would put this machine's paths into manifest.json.
    app = App(outdir=outdir, stack_traces=False)
    for environment in environments:
        name = environment.environment
        GatewayStack(app, name, environment=environment)
        if environment.github_repository:
            from stacks.pipeline import PipelineStack  # noqa: PLC0415 (its bindings are loaded where there is one)

            PipelineStack(app, f"{name}{PIPELINE_SUFFIX}", environment=environment)
    return app


def main() -> int:
    """Write every environment's stack, or say what is wrong with the settings and write nothing."""
    try:
        app = build_app(load_environments())
    except EnvironmentsError as error:
        print(error, file=sys.stderr)
        return 1
    app.synth()
    # Else Python visits every object of the bindings once more before it ends, which takes a tenth of a second.
    gc.freeze()
    return 0


if __name__ == "__main__":
    sys.exit(main())
