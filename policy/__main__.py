"""`python -m policy`, part of `make lint`: every environment's JSON, scanned; each finding needs a reason."""

import subprocess
import sys
import tempfile
from pathlib import Path

from constructs_lib.bindings import without_hook
from envs import CHOICE_VARIABLE, EnvironmentsError, load_environments
from policy.findings import PolicyError, accepted, judge
from policy.scan import scan

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Print what is neither right nor explained, and what is explained and no longer there; exit code 1 then."""
    try:
        load_environments(choice="")
        entries = accepted()
        with tempfile.TemporaryDirectory() as folder:
            environ = {**without_hook(), CHOICE_VARIABLE: "", "CDKTF_OUTDIR": folder}
            subprocess.run([sys.executable, "-O", "main.py"], cwd=ROOT, env=environ, check=True)
            stacks = sorted(path.name for path in (Path(folder) / "stacks").iterdir())
            verdict = judge(scan(Path(folder), stacks), entries, source="synthesized")
    except (EnvironmentsError, PolicyError) as error:
        print(error, file=sys.stderr)
        return 1
    for finding in verdict.unexplained:
        print(f"{finding}\n  mend it, or write check, resource and reason into policy/accepted.toml", file=sys.stderr)
    for entry in verdict.stale:
        print(f"policy/accepted.toml: {entry.check} at {entry.resource} is no longer found: delete it", file=sys.stderr)
    if verdict.unexplained or verdict.stale:
        return 1
    print(f"policy: nothing unexplained; {len(verdict.explained)} findings have their reason in policy/accepted.toml")
    return 0


if __name__ == "__main__":
    sys.exit(main())
