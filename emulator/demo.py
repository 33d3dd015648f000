"""`make demo`: deploy one environment to an embedded AWS with the real Terraform, and show the result."""

import io
import re
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress

from emulator.rehearsal import rehearsal
from envs import EnvironmentsError
from envs.schema import PROVIDER_VERSION_VARIABLE
from ops.aws import OperatorError, one_environment
from ops.console import out, say
from tools.environment import ROOT
from tools.interrupts import interruptible

import psutil

GRACE_SECONDS = 3.0
"""How long a process may take to end on SIGTERM before it is killed."""
PLAN_BEGINS = "Terraform will perform the following actions:"
PLAN_ENDS = re.compile(r"Plan: \d+ to ")


def end_family(pid: int) -> None:
    """End a process and all its descendants, in other sessions too."""
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.terminate()
    _, alive = psutil.wait_procs(family, timeout=GRACE_SECONDS)
    for member in alive:
        member.kill()
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)


def end_children(others: Collection[psutil.Process] = ()) -> None:
    """End this process's children except `others`; also one that an interrupt hit while it started."""
    # Newest first: a step prints errors once its embedded AWS is gone.
    for child in sorted(psutil.Process().children(), key=psutil.Process.create_time, reverse=True):
        if child not in others:
            end_family(child.pid)


def without_plan(lines: Iterable[str]) -> Iterator[str]:
    """Terraform's output without its plan, which has thousands of lines at a first deployment."""
    plan: list[str] | None = None
    for line in lines:
        if plan is None:
            yield line
            plan = [] if PLAN_BEGINS in line else None
        elif PLAN_ENDS.search(line):
            indent = line[: len(line) - len(line.lstrip())]
            yield f"{indent}… {len(plan):,} lines, which `make deploy` shows\n\n"
            yield line
            plan = None
        else:
            plan.append(line)
    yield from plan or ()  # the plan did not finish: these lines may hold the error


def step(title: str, *arguments: str, environ: dict[str, str], plans: bool = False) -> int:
    """Run one of the project's commands and return its exit code; `plans`: leave the plan out of its output.

    An exception here, Ctrl-C included, ends the command and its children.
    """
    say(f"\n{title}", "bold")
    others = psutil.Process().children()
    try:
        # In a session of its own, so that Ctrl-C reaches only this process, which ends the command before the embedded
        # AWS.
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if plans else None,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        for line in without_plan(process.stdout or ()):
            print(line, end="", flush=True)
        return process.wait()
    except BaseException:
        end_children(others)
        raise


def demo(name: str) -> int:
    """Bootstrap, deploy and describe an environment; the exit code of what failed, or 0."""
    environment = one_environment(name)
    began = time.monotonic()
    out.print(
        f"Deploying {name} to an embedded AWS on this machine: it needs no account, and no call leaves the machine."
    )
    with rehearsal("--enable", environment.aws_region) as environ:
        version = environ[PROVIDER_VERSION_VARIABLE]
        out.print(f"The stack is the real one, applied by the real Terraform with hashicorp/aws {version}.")
        steps = (
            ("State bucket and lock table", "ops", "bootstrap", name, "--yes"),
            (f"make deploy ENV={name}", "ops", "deploy", name, "--yes"),
            ("What exists now", "ops", "describe", name),
            ("Requests to its gateway", "emulator.demo_requests", name),
            ("Usage of two teams", "emulator.demo_teams", name),
        )
        for title, *arguments in steps:
            if code := step(title, *arguments, environ=environ, plans=arguments[:2] == ["ops", "deploy"]):
                return code
    out.print(f"Done in {time.monotonic() - began:.0f} s. The embedded AWS has ended, and everything in it is deleted.")
    say("To keep one running: `make emulator`, then `make deploy` in another shell.", "dim")
    return 0


def main() -> int:
    """Run the demo of the environment named on the command line."""
    interruptible(signal.SIGHUP)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # print "?" on a terminal that is not UTF-8
    try:
        return demo(sys.argv[1] if len(sys.argv) > 1 else "dev")
    except (EnvironmentsError, OperatorError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        end_children()
        say("Interrupted: the embedded AWS and the steps that used it have ended.", "yellow")
        return 130


if __name__ == "__main__":
    sys.exit(main())
