"""Runs a command on several environments: `diff` in parallel, every other command one environment at a time."""

import inspect
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from envs import environment_names, load_environments
from ops.aws import Aws, OperatorError, one_environment
from ops.commands import ALL, NAMED, ONE, Command
from ops.console import cell, explained, out, say
from tools.cdktf import WORK
from tools.command_line import without_frame
from tools.environment import ROOT, child_environment

import attrs
from rich.table import Table

MEMORY_MIB = 1024
"""Memory that one plan needs: Terraform and hashicorp/aws 5.100.0 together (measured 2026-11-26)."""
PROGRESS_SECONDS = 20
"""How often the plans that are still running are printed."""
CHANGES = 2
COUNTS = re.compile(r"^(?:Plan: .*|No changes\..*)$", re.MULTILINE)
"""Terraform's summary line of a plan."""


@attrs.frozen
class Outcome:
    """The result of a command on one environment."""

    name: str
    says: str
    style: str = ""
    seconds: float | None = None
    code: int = 0


def on_several(command: Command, names: list[str], options: dict[str, Any], function: Callable[..., Any]) -> int:
    """Run a command on each environment; returns its exit code.

    Raises OperatorError where the command does not take this many environments, and EnvironmentsError for an unknown
    name or invalid settings.
    """
    if command.name in {"synth", "list"}:
        return int(function(command.name, names))
    if not names and command.environments == ALL:
        names = [environment.environment for environment in load_environments(choice="")]
    if not names and command.environments == NAMED:
        example = f"make {command.name} ENV={','.join(environment_names())}"
        raise OperatorError(f"name the environments, in the order to work on them: {example}")
    if len(names) > 1 and command.environments == ONE:
        raise OperatorError(f"{command.name} takes one environment, not {len(names)}: {','.join(names)}")
    if len(names) < 2:
        return _on_one(names[0] if names else "", options, function)
    if one := next((name for name in ("plan", "store") if options.get(name)), None):
        raise OperatorError(f"--{one} takes one environment, not {len(names)}: {','.join(names)}")
    load_environments(choice=",".join(names))  # reports invalid settings of all of them before the first one starts
    if command.name == "diff":
        return in_parallel(names, options)
    return in_order(command, names, options, function)


def takes_aws(function: Callable[..., Any]) -> bool:
    """Whether a command's function takes its environment's Aws, not only the name."""
    first = next(iter(inspect.signature(function).parameters.values()), None)
    return first is not None and first.annotation is Aws


def _on_one(name: str, options: dict[str, Any], function: Callable[..., Any]) -> int:
    first = Aws.of(one_environment(name)) if takes_aws(function) else name
    return int(function(first, **options))


# One after the other


def in_order(command: Command, names: list[str], options: dict[str, Any], function: Callable[..., Any]) -> int:
    """Run it on each environment in the order given; returns the first exit code that is not 0.

    A command that changes something (`environments` is NAMED) stops at the first failure.
    """
    outcomes: list[Outcome] = []
    for number, name in enumerate(names, 1):
        failed = next((outcome.code for outcome in outcomes if outcome.code), 0)
        if failed and command.environments == NAMED:
            outcomes.append(Outcome(name, "not started", "yellow"))
            continue
        say(f"\n{command.name} {name} ({number} of {len(names)})", "bold")
        began = time.monotonic()
        try:
            code = _on_one(name, options, function)
            says = "done" if code == 0 else f"failed with exit code {code}"
        except Exception as error:
            if (line := explained(error)) is None:
                raise
            print(line, file=sys.stderr)
            code, says = 1, line.splitlines()[0]
        outcomes.append(Outcome(name, says, "red" if code else "green", time.monotonic() - began, code))
    summary(outcomes)
    return next((outcome.code for outcome in outcomes if outcome.code), 0)


# In parallel


def parallel_plans() -> int:
    """How many plans this machine can make at once, by its processors and free memory; at least 1."""
    return max(1, min(os.cpu_count() or 1, free_mib() // MEMORY_MIB))


def free_mib() -> int:
    """The memory that programs can still take, in MiB; half of the machine's where there is no /proc/meminfo."""
    information = Path("/proc/meminfo")
    if information.is_file():
        found = re.search(r"^MemAvailable:\s+(\d+) kB", information.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1]) // 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2 // 2


def in_parallel(names: list[str], options: dict[str, Any]) -> int:
    """Plan the environments, as many at once as the machine can; returns the exit code as `diff` does for one.

    Prints which plans start and end, then each plan, then a table. Each plan is kept in `.work/<name>.diff.log`.
    """
    workers = min(parallel_plans(), len(names))
    say(f"Planning {', '.join(names)}, {workers} at a time.")
    began = time.monotonic()
    running: dict[str, subprocess.Popen[bytes]] = {}
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:
        tasks = {pool.submit(_plan, name, options, Path(folder), running): name for name in names}
        try:
            for task in _as_they_end(tasks, running, began):
                outcome = task.result()
                outcomes[outcome.name] = outcome
                progress = f"{outcome.seconds:.0f} s, {len(outcomes)} of {len(names)}"
                say(f"{outcome.name}: {outcome.says} ({progress})", outcome.style)
        except BaseException:
            for process in running.values():
                process.terminate()
            raise
        for name in names:
            say(f"\n{name}", "bold")
            print(_log(name).read_text(encoding="utf-8", errors="replace"), end="", flush=True)
            if summary_file := options.get("summary"):
                _append(summary_file, Path(folder) / name)
    summary([outcomes[name] for name in names])
    codes = {outcome.code for outcome in outcomes.values()}
    failed = bool(codes - {0, CHANGES})
    return 1 if failed else CHANGES if CHANGES in codes and not options.get("exit_zero") else 0


def _as_they_end(
    tasks: "dict[Future[Outcome], str]", running: dict[str, Any], began: float
) -> "Iterator[Future[Outcome]]":
    waiting = set(tasks)
    while waiting:
        try:
            for task in as_completed(waiting, timeout=PROGRESS_SECONDS):
                waiting.discard(task)
                yield task
        except TimeoutError:
            say(f"{', '.join(running)}: still planning after {time.monotonic() - began:.0f} s", "dim")


def _log(name: str) -> Path:
    return WORK / f"{name}.diff.log"


def _plan(name: str, options: dict[str, Any], folder: Path, running: dict[str, Any]) -> Outcome:
    """Plan one environment in a process of its own, with its output in a file."""
    arguments = [sys.executable, "-m", "ops", "diff", name]
    if timeout := options.get("lock_timeout"):
        arguments.append(f"--lock-timeout={timeout}")
    if options.get("summary"):
        arguments.append(f"--summary={folder / name}")
    log, began = _log(name), time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        process = subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        running[name] = process
        say(f"{name}: planning")
        code = process.wait()
    del running[name]
    return _outcome(name, code, log.read_text(encoding="utf-8", errors="replace"), time.monotonic() - began)


def _outcome(name: str, code: int, text: str, seconds: float) -> Outcome:
    found = COUNTS.findall(text)
    if code not in {0, CHANGES}:
        lines = without_frame(text)
        error = next((line for line in lines if line.startswith("Error:")), lines[-1] if lines else "failed")
        return Outcome(name, error, "red", seconds, 1)
    says = found[-1].partition("Plan: ")[2].rstrip(".") if found and found[-1].startswith("Plan:") else ""
    if code == CHANGES:
        return Outcome(name, says or "changes, see above", "yellow", seconds, code)
    return Outcome(name, "no changes", "green", seconds)


def _append(summary_file: Path, part: Path) -> None:
    if part.is_file():
        with summary_file.open("a", encoding="utf-8") as file:
            file.write(part.read_text(encoding="utf-8"))


def summary(outcomes: list[Outcome]) -> None:
    """Print a table with each environment's result and duration."""
    table = Table("Environment", "Result", "Seconds", box=None, pad_edge=False, header_style="bold")
    for one in outcomes:
        seconds = "" if one.seconds is None else f"{one.seconds:.0f}"
        table.add_row(cell(one.name), cell(one.says, one.style), cell(seconds))
    out.print()
    out.print(table)
