"""Runs the app as `cdktf` does: in a separate process, in a separate checkout."""

import ast
import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.environments import STAGING
from tools.environment import PROGRAMS, ROOT, child_environment
from tools.programs import node_of

import pytest

CDKTF = PROGRAMS / "cdktf"


def run(project: Path, *options: str, outdir: str = "cdktf.out", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python main.py` in a checkout without writing bytecode to it."""
    environ = {**child_environment(), "CDKTF_OUTDIR": outdir, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return subprocess.run(
        [sys.executable, *options, "main.py"], cwd=project, env=environ, capture_output=True, text=True, check=False
    )


def cdktf(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the cdktf CLI of the lock file, with this Python for the app."""
    environ = {**child_environment(), "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [CDKTF, *arguments, "--app", f"{shlex.quote(sys.executable)} -O main.py"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def written(folder: Path) -> dict[str, str]:
    """Every file below a folder, with the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def reference(project_copy: Path) -> dict[str, str]:
    """The files that a normal synthesis writes for dev and prod."""
    done = run(project_copy)
    assert (done.returncode, done.stderr) == (0, "")
    files = written(project_copy / "cdktf.out")
    assert set(files) == {"manifest.json", "stacks/dev/cdk.tf.json", "stacks/prod/cdk.tf.json"}
    return files


def counting(project: Path) -> str:
    """NODE_OPTIONS that make each node process write its id to `pids`."""
    hook = project / "counting.cjs"
    hook.write_text(f"require('fs').appendFileSync({str(project / 'pids')!r}, process.pid + ' ');", encoding="utf-8")
    return f'--require="{hook}"'


def processes(project: Path) -> int:
    """The number of node processes that ran with counting()."""
    return len(set((project / "pids").read_text(encoding="utf-8").split()))


def test_the_fast_loading_changes_no_byte(project_copy: Path, reference: dict[str, str]) -> None:
    """Stock loading, with all 1,500 modules of the bindings and two node processes, writes the same bytes."""
    done = run(project_copy, outdir="stock", GATEWAY_STOCK_BINDINGS="1", NODE_OPTIONS=counting(project_copy))
    assert (done.returncode, written(project_copy / "stock")) == (0, reference)
    assert processes(project_copy) == 2


def test_node_runs_once(project_copy: Path) -> None:
    """Synthesis runs one node process: jsii's runtime starts no second one."""
    assert run(project_copy, NODE_OPTIONS=counting(project_copy)).returncode == 0
    assert processes(project_copy) == 1


def test_optimized_python_changes_no_byte(project_copy: Path, reference: dict[str, str]) -> None:
    """`python -O`, which drops the bindings' type checks, writes the same bytes."""
    done = run(project_copy, "-O", outdir="optimized")
    assert (done.returncode, written(project_copy / "optimized")) == (0, reference)


def test_a_chosen_environment_changes_no_byte(project_copy: Path, reference: dict[str, str]) -> None:
    """prod synthesized alone has the same bytes as together with other stacks, and no other stack is written."""
    done = run(project_copy, outdir="chosen", GATEWAY_ENVIRONMENTS="prod")
    files = written(project_copy / "chosen")
    assert done.returncode == 0
    assert {name: files[name] for name in files if name != "manifest.json"} == {
        "stacks/prod/cdk.tf.json": reference["stacks/prod/cdk.tf.json"]
    }


def test_another_folder_and_hash_seed_change_no_byte(
    project_copy: Path, reference: dict[str, str], tmp_path: Path
) -> None:
    """Two checkouts in different folders with different hash seeds write the same bytes, without any folder's path."""
    outdir = tmp_path / "here"
    done = run(ROOT, outdir=str(outdir), PYTHONHASHSEED="4242", HOME=os.environ["HOME"])
    assert (done.returncode, written(outdir)) == (0, reference)
    text = (outdir / "stacks" / "prod" / "cdk.tf.json").read_text(encoding="utf-8") + (
        outdir / "manifest.json"
    ).read_text(encoding="utf-8")
    assert [folder for folder in (ROOT, project_copy, tmp_path, Path.home()) if f"{folder}/" in text] == []


def test_the_callers_node_options_are_kept(project_copy: Path, reference: dict[str, str]) -> None:
    """A --require in the caller's NODE_OPTIONS runs together with ours, in a checkout whose path contains a space."""
    marker = project_copy / "marker"
    hook = project_copy / "caller.cjs"
    hook.write_text(f"require('fs').writeFileSync({str(marker)!r}, 'ran');", encoding="utf-8")
    done = run(project_copy, outdir="hooked", NODE_OPTIONS=f'--require="{hook}"')
    assert (done.returncode, written(project_copy / "hooked"), marker.read_text()) == (0, reference, "ran")


def test_what_node_prints_reaches_the_user(project_copy: Path, reference: dict[str, str]) -> None:
    """What node prints goes to the stream it was written to, and does not mix with jsii's messages."""
    hook = project_copy / "caller.cjs"
    hook.write_text("setTimeout(() => { console.log('said'); console.error('complained'); }, 0);", encoding="utf-8")
    done = run(project_copy, outdir="hooked", NODE_OPTIONS=f'--require="{hook}"')
    assert (done.returncode, written(project_copy / "hooked")) == (0, reference)
    assert (done.stdout, done.stderr) == ("said\n", "complained\n")


def test_any_descriptor_of_node_may_be_free(project_copy: Path, reference: dict[str, str]) -> None:
    """Synthesis does not hang if file descriptor 3, which stock jsii uses, is free or any other file in node."""
    node = project_copy / "node"
    holds_3 = f"""#!/bin/sh
exec 3</dev/null
exec '{node_of(ROOT / ".venv")}' "$@"
"""
    node.write_text(holds_3, encoding="utf-8")
    node.chmod(0o755)
    hook = project_copy / "frees_3.cjs"
    hook.write_text("require('fs').closeSync(3);", encoding="utf-8")
    done = run(project_copy, outdir="freed", JSII_NODE=str(node), NODE_OPTIONS=f'--require="{hook}"')
    assert (done.returncode, done.stderr, written(project_copy / "freed")) == (0, "", reference)


def test_another_program_of_jsii_keeps_its_second_node(project_copy: Path, reference: dict[str, str]) -> None:
    """If jsii's program does not use its file descriptors as expected, it runs in two processes, as stock jsii does."""
    hook = project_copy / "other_program.cjs"
    hook.write_text(
        """const fs = require('fs');
const read = fs.readFileSync;
fs.readFileSync = (file, ...rest) => {
  const text = read(file, ...rest);
  return file.endsWith("program.js") && typeof text === 'string' ? text.replace('readFD:3,', 'readFD: 3,') : text;
};
""",
        encoding="utf-8",
    )
    done = run(project_copy, outdir="other", NODE_OPTIONS=f'--require="{hook}" {counting(project_copy)}')
    assert (done.returncode, written(project_copy / "other"), processes(project_copy)) == (0, reference, 2)
    assert done.stderr == (
        "constructs_lib/bindings: jsii's lib/program.js does not use descriptor 3 as expected; it runs in a second process. "
        "GATEWAY_STOCK_BINDINGS=1 turns all of the fast loading off.\n"
    )


def test_bindings_without_a_lazy_index_are_loaded_whole(project_copy: Path, reference: dict[str, str]) -> None:
    """Without a lazy index, all bindings are loaded: one line of warning, and the same JSON."""
    hook = project_copy / "no_index.cjs"
    hook.write_text(
        """const fs = require('fs');
const exists = fs.existsSync;
fs.existsSync = (path) => !String(path).endsWith('lazy-index.js') && exists(path);
""",
        encoding="utf-8",
    )
    done = run(project_copy, outdir="whole", GATEWAY_ENVIRONMENTS="dev", NODE_OPTIONS=f'--require="{hook}"')
    files = written(project_copy / "whole")
    assert (done.returncode, files["stacks/dev/cdk.tf.json"]) == (0, reference["stacks/dev/cdk.tf.json"])
    assert done.stderr == (
        "constructs_lib/bindings: the AWS bindings have no lazy-index.js; all of them are loaded. "
        "GATEWAY_STOCK_BINDINGS=1 turns all of the fast loading off.\n"
    )


def test_bad_settings_write_nothing(project_copy: Path, reference: dict[str, str]) -> None:
    """Each problem is one line on stderr; the exit code is 1, without a traceback, and earlier output is unchanged."""
    prod = project_copy / "envs" / "prod.py"
    prod.write_text(
        prod.read_text(encoding="utf-8").replace("gateway_memory=2048", "gateway_memory=900"), encoding="utf-8"
    )
    (project_copy / "envs" / "oops.py").write_text("x = (", encoding="utf-8")
    done = run(project_copy)
    assert (done.returncode, done.stdout, done.stderr.splitlines()) == (
        1,
        "",
        [
            "envs/oops.py:1: syntax error: '(' was never closed",
            "envs/prod.py: gateway_memory=900: with gateway_cpu=1024 Fargate takes 2048 to 8192 MiB in steps of 1024",
        ],
    )
    assert written(project_copy / "cdktf.out") == reference


def test_the_cli_fails_on_bad_settings_and_leaves_the_output(project_copy: Path) -> None:
    """`cdktf synth` exits non-zero and prints the problem, and the output of an earlier synthesis is unchanged."""
    assert cdktf(project_copy, "synth").returncode == 0
    before = written(project_copy / "cdktf.out")
    (project_copy / "envs" / "oops.py").write_text("", encoding="utf-8")
    done = cdktf(project_copy, "synth")
    assert done.returncode != 0
    assert "envs/oops.py: defines no ENVIRONMENT" in done.stdout + done.stderr
    assert written(project_copy / "cdktf.out") == before


def test_make_says_what_is_wrong_once(project_copy: Path) -> None:
    """`make synth` prints the problem once and does not start cdktf, which would print it again."""
    for name in ("Makefile", ".venv", "node_modules", "tools", "ops", "resource_types"):
        (project_copy / name).symlink_to(ROOT / name)
    (project_copy / "envs" / "oops.py").write_text("x = (", encoding="utf-8")
    done = subprocess.run(
        ["make", "--old-file=setup", "synth"],
        cwd=project_copy,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    said, *more = done.stderr.splitlines()
    assert (done.returncode, done.stdout, said) == (2, "", "envs/oops.py:1: syntax error: '(' was never closed")
    assert [line.partition(":")[0] for line in more] == ["make"]


def test_one_new_file_is_a_new_environment_for_the_cli(project_copy: Path) -> None:
    """After adding only envs/staging.py, `cdktf list` and `cdktf synth` know staging and warn that it is open."""
    (project_copy / "envs" / "staging.py").write_text(STAGING, encoding="utf-8")
    listed = cdktf(project_copy, "list")
    assert [line.split()[0] for line in listed.stdout.splitlines() if "cdktf.out/stacks" in line] == [
        "dev",
        "prod",
        "staging",
    ]
    done = cdktf(project_copy, "synth")
    assert done.returncode == 0
    assert "Generated Terraform code for the stacks: dev, prod, staging" in done.stdout
    assert "set enable_jwt_auth=True or narrow ingress_cidrs" in done.stdout + done.stderr


LAYERS = {
    "constructs_lib/helpers": {"constructs_lib.helpers", "deflate", "genai_prices"},
    "constructs_lib": {"constructs_lib", "cdktf", "constructs", "cdktf_cdktf_provider_aws"},
    "envs": {"envs", "constructs_lib.helpers"},
    "stacks": {"stacks", "constructs_lib", "envs", "cdktf", "constructs", "cdktf_cdktf_provider_aws"},
    "main.py": {"constructs_lib.bindings.loading", "envs", "stacks", "cdktf"},
}


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_go_one_way(layer: str) -> None:
    """Each layer imports only the packages that LAYERS lists for it, attrs and the standard library."""
    place = ROOT / layer
    inner = {path for other in LAYERS if other.startswith(f"{layer}/") for path in (ROOT / other).rglob("*.py")}
    files = {place} if place.is_file() else set(place.rglob("*.py")) - inner
    assert files
    foreign = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for name in names:
                allowed = {*LAYERS[layer], "attrs", *sys.stdlib_module_names}
                if not any(name == one or name.startswith(f"{one}.") for one in allowed):
                    foreign.add(f"{file.name}: {name}")
    assert foreign == set()


def test_nothing_relies_on_assert() -> None:
    """The app has no asserts, because `python -O` drops them."""
    found = [
        str(file.relative_to(ROOT))
        for layer in ("envs", "stacks", "constructs_lib")
        for file in (ROOT / layer).rglob("*.py")
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    ]
    assert found == []
