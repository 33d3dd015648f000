"""The app that `cdktf` runs: one Terraform stack per environment, and one for its pipeline with `github_repository`."""

import gc
import sys
from collections.abc import Iterable
from pathlib import Path

from constructs_lib.bindings.loading import require_ahead

if __name__ == "__main__":
    # Almost nothing becomes garbage; collecting takes 6 % of a synthesis, half of it during the imports below.
    gc.disable()
    require_ahead(Path(__file__))

from envs import EnvironmentsError, load_environments
from envs.schema import PIPELINE_SUFFIX, Environment
from stacks.gateway import GatewayStack

from cdktf import App


def build_app(environments: Iterable[Environment], *, outdir: str | None = None) -> App:
    """An app with the stacks of all environments, not yet synthesized. `outdir` defaults to cdktf.out."""
    # Stack traces would put this machine's paths into manifest.json.
    app = App(outdir=outdir, stack_traces=False)
    for environment in environments:
        name = environment.environment
        GatewayStack(app, name, environment=environment)
        if environment.github_repository:
            from stacks.pipeline import PipelineStack  # noqa: PLC0415 (loads its bindings only when needed)

            PipelineStack(app, f"{name}{PIPELINE_SUFFIX}", environment=environment)
    return app


def main() -> int:
    """Synthesize all stacks and return 0. If any setting is invalid, print all problems, write nothing and return 1."""
    try:
        app = build_app(load_environments())
    except EnvironmentsError as error:
        print(error, file=sys.stderr)
        return 1
    app.synth()
    # Without this, Python's collector visits all of the bindings' objects at exit, which takes 0.1 s.
    gc.freeze()
    return 0


if __name__ == "__main__":
    sys.exit(main())
