"""`python -m policy`, part of `make lint`: scans every environment's JSON, and fails for findings without a reason."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from envs import CHOICE_VARIABLE, EnvironmentsError, load_environments
from policy.findings import PolicyError, accepted, judge
from policy.scan import scan
from tools.environment import ROOT, child_environment

CLEAN = ROOT / ".tools" / "policy-clean"
"""File with the digest of the last input that passed, so that `make lint` does not scan the same input again."""


def digest(stacks: Path) -> str:
    """SHA-256 of everything that affects the result: the synthesized stacks, the policy and the scanners' lock file."""
    policy = Path(__file__).parent
    rules = [*policy.glob("*.py"), *(ROOT / "resource_types").glob("*.*")]
    files = [*rules, policy / "accepted.toml", policy / "Pipfile.lock", *stacks.glob("*/cdk.tf.json")]
    found = hashlib.sha256()
    for path in sorted(files, key=lambda path: (path.parent.name, path.name)):
        found.update(f"{path.parent.name}/{path.name}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def main() -> int:
    """Scan all environments; returns 1 for findings that are not accepted, and for accepted ones that are gone."""
    try:
        load_environments(choice="")
        entries = accepted()
        with tempfile.TemporaryDirectory() as folder:
            environ = {**child_environment(), CHOICE_VARIABLE: "", "CDKTF_OUTDIR": folder}
            subprocess.run([sys.executable, "-O", "main.py"], cwd=ROOT, env=environ, check=True)
            seen = digest(Path(folder) / "stacks")
            if CLEAN.is_file() and CLEAN.read_text(encoding="utf-8") == seen:
                print("policy: passed before, and nothing has changed since")
                return 0
            stacks = sorted(path.name for path in (Path(folder) / "stacks").iterdir())
            verdict = judge(scan(Path(folder), stacks), entries, source="synthesized")
    except (EnvironmentsError, PolicyError) as error:
        print(error, file=sys.stderr)
        return 1
    for finding in verdict.unexplained:
        print(f"{finding}\n  fix it, or add check, resource and reason to policy/accepted.toml", file=sys.stderr)
    for entry in verdict.stale:
        print(
            f"policy/accepted.toml: {entry.check} at {entry.resource} is no longer found: delete the entry",
            file=sys.stderr,
        )
    if verdict.unexplained or verdict.stale:
        return 1
    CLEAN.parent.mkdir(exist_ok=True)
    CLEAN.write_text(seen, encoding="utf-8")
    print(f"policy: passed; {len(verdict.explained)} findings are accepted in policy/accepted.toml")
    return 0


if __name__ == "__main__":
    sys.exit(main())
