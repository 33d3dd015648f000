"""`make bench`: measures the time and memory of synthesis, and how both grow. It prints the tables of docs/speed.md.

The compared commands run alternately, so that other load on the machine affects all of them. Figures are medians.
"""

import argparse
import contextlib
import itertools
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from tools.environment import PROGRAMS, ROOT, child_environment

import attrs
import psutil

SIZES = (1, 10, 50, 100)
POLL_SECONDS = 0.01
FLOOR = """
import constructs_lib
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
app = App(stack_traces=False)
AwsProvider(TerraformStack(app, "floor"), "Aws", region="us-east-1")
app.synth()
"""

STOCK = ("-c", "import sys, main; sys.exit(main.main())")
"""Arguments for the comparison with stock CDKTF: when imported, main.py leaves Python's garbage collector on."""


@attrs.frozen
class Measured:
    """A command to measure, and its measurements: seconds, and peak memory in MiB."""

    name: str
    folder: Path
    arguments: tuple[str, ...] = ("-O", "main.py")
    variables: Mapping[str, str] = attrs.Factory(dict)
    fresh: tuple[str, ...] = ()
    """Variables that are set to an empty folder before every run, e.g. of a cache."""
    runs: int | None = None
    """How often it runs at most; None for --runs."""
    seconds: list[float] = attrs.Factory(list)
    mebibytes: list[float] = attrs.Factory(list)

    @property
    def median(self) -> float:
        """Median of the runs, in seconds from start to end."""
        return statistics.median(self.seconds)


def _resident(pid: int) -> int:
    """Resident memory of a process and its descendants in bytes; 0 where one of them has just ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))
    return 0


def run(command: Measured, scratch: Path, *, record: bool = True) -> None:
    """Run a command once. Raises CalledProcessError with its stderr where it fails."""
    environ = child_environment() | {
        "CDKTF_OUTDIR": str(scratch / "out"),
        "PYTHONPATH": str(command.folder),
        **command.variables,
    }
    for variable in command.fresh:
        shutil.rmtree(scratch / variable, ignore_errors=True)
        environ[variable] = str(scratch / variable)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command.arguments], cwd=command.folder, env=environ, stderr=subprocess.PIPE, text=True
    )
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(POLL_SECONDS):
            peak = max(peak, _resident(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, errors = process.communicate()
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command.name, stderr=errors)
    if record:
        command.seconds.append(seconds)
        command.mebibytes.append(peak / 2**20)


def project_with(count: int, folder: Path) -> Path:
    """A copy of the app with `count` environments that are copies of dev; returns its folder."""
    target = folder / f"project-{count}"
    for name in ("envs", "stacks", "constructs_lib"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", target)
    dev = (target / "envs" / "dev.py").read_text(encoding="utf-8")
    for name in ("dev", "prod"):
        (target / "envs" / f"{name}.py").unlink()
    for number in range(count):
        text = dev.replace('"dev"', f'"e{number}"').replace("ai-gateway-dev", f"ai-gateway-e{number}")
        (target / "envs" / f"e{number}.py").write_text(text, encoding="utf-8")
    return target


def commands(folder: Path) -> dict[str, Measured]:
    """All commands to measure, by a short name."""
    projects = {count: project_with(count, folder) for count in SIZES}
    both = {"GATEWAY_ENVIRONMENTS": "dev,prod"}
    cold = ("JSII_RUNTIME_PACKAGE_CACHE_ROOT", "PYTHONPYCACHEPREFIX")
    found = {
        "floor": Measured("empty stack and AWS provider (the floor)", ROOT, ("-O", "-c", FLOOR)),
        "one": Measured("dev alone", ROOT, variables={"GATEWAY_ENVIRONMENTS": "dev"}),
        "both": Measured("dev and prod", ROOT, variables=both),
        "stock": Measured(
            "dev and prod, bindings loaded the stock way",
            ROOT,
            STOCK,
            {**both, "GATEWAY_STOCK_BINDINGS": "1"},
            runs=3,
        ),
        "cold": Measured("dev and prod, cold caches", ROOT, variables=both, fresh=cold, runs=2),
        "stock cold": Measured(
            "dev and prod, stock, cold caches",
            ROOT,
            STOCK,
            {**both, "GATEWAY_STOCK_BINDINGS": "1"},
            fresh=cold,
            runs=1,
        ),
    }
    for count, project in projects.items():
        chosen = {"GATEWAY_ENVIRONMENTS": "e0"}
        found[f"chosen {count}"] = Measured(f"one chosen among {count}", project, variables=chosen)
    for count, project in projects.items():
        found[f"all {count}"] = Measured(f"all of {count}", project, runs=3 if count >= 50 else None)
    return found


def report(found: dict[str, Measured]) -> str:
    """The measurements, the growth per environment, and the targets as Markdown."""
    median = {key: command.median for key, command in found.items()}
    lines = ["| Synthesis of | Median s | Runs | Peak MiB | Against |", "|---|---|---|---|---|"]
    against = {"both": "stock", "cold": "stock cold", "one": "floor"}
    against |= {f"chosen {count}": "chosen 1" for count in SIZES[1:]} | {f"all {count}": "all 1" for count in SIZES[1:]}
    for key, command in found.items():
        other = against.get(key)
        ratio = f"{median[key] / median[other]:.2f} of {found[other].name}" if other else ""
        peak = statistics.median(command.mebibytes)
        lines.append(f"| {command.name} | {median[key]:.2f} | {len(command.seconds)} | {peak:.0f} | {ratio} |")
    steps = list(itertools.pairwise(SIZES))
    slopes = [(median[f"all {b}"] - median[f"all {a}"]) / (b - a) * 1000 for a, b in steps]
    grown = ", ".join(f"{a} to {b}: {slope:.0f}" for (a, b), slope in zip(steps, slopes, strict=True))
    lines += ["", f"Milliseconds for each further environment, from {grown}.", ""]
    targets = (
        ("dev and prod against stock", median["both"] / median["stock"], 0.10),
        ("one environment against the floor", median["one"] / median["floor"], 1.4),
        ("one among 100 against one alone", median["chosen 100"] / median["chosen 1"], 1.1),
        ("last slope against the first", slopes[-1] / slopes[0], 1.3),
    )
    lines += ["| Target | At most | Is | |", "|---|---|---|---|"]
    for name, value, most in targets:
        lines.append(f"| {name} | {most} | {value:.2f} | {'reached' if value <= most else 'missed'} |")
    return "\n".join(lines)


def machine() -> str:
    """The machine on which the figures were measured: cores, memory, versions of Python and Node."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    node = subprocess.run([PROGRAMS / "node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, Node {node.lstrip('v')}"


def main() -> int:
    """Measure and print; returns 1, with the command's stderr, where a command fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="runs of each command (fewer for some slow ones)")
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = commands(folder)
        try:
            for command in found.values():
                if not command.fresh:
                    run(command, folder, record=False)
            for turn in range(runs):
                for command in found.values():
                    if turn < min(runs, command.runs or runs):
                        print(f"run {turn + 1} of {command.name}", file=sys.stderr)
                        run(command, folder)
        except subprocess.CalledProcessError as error:
            print(f"{error.cmd} failed:\n{error.stderr}", file=sys.stderr)
            return 1
    print(f"{machine()}\n\n{report(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
