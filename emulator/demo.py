"""`make demo`: deploy one environment onto an embedded AWS with the real Terraform, and show what is there then."""

import io
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
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
"""What a process gets to end by itself before it is killed."""
PLAN_BEGINS = "Terraform will perform the following actions:"
PLAN_ENDS = re.compile(r"Plan: \d+ to ")


def end_family(pid: int) -> None:
    """End a process and all that it started, in other sessions too."""
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


def end_unfinished() -> None:
    """Kill what an interrupt left in the middle of its start: nothing else knows of it yet."""
    # The newest first: a step whose AWS is gone would print that.
    children = sorted(psutil.Process().children(), key=psutil.Process.create_time, reverse=True)
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=GRACE_SECONDS)


def without_plan(lines: Iterable[str]) -> Iterator[str]:
    """What Terraform prints without its plan, at a first deployment thousands of lines of `(known after apply)`."""
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
    yield from plan or ()  # it broke off, and these lines may say why


def step(title: str, *arguments: str, environ: dict[str, str], plans: bool = False) -> int:
    """Run one of our own commands, print its output except a plan, and return its exit code. Ends it with us."""
    say(f"\n{title}", "bold")
    # A session of its own, so that Ctrl-C reaches this process only, which decides what ends when.
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if plans else None,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            for line in without_plan(process.stdout or ()):
                print(line, end="", flush=True)
            return process.wait()
        except BaseException:
            end_family(process.pid)
            raise


def demo(name: str) -> int:
    """Bootstrap, deploy and describe an environment; the exit code of what failed, or 0."""
    environment = one_environment(name)
    began = time.monotonic()
    out.print(f"Deploying {name} onto an embedded AWS on this machine: no account needed, nothing leaves it.")
    with rehearsal("--enable", environment.aws_region) as environ:
        version = environ[PROVIDER_VERSION_VARIABLE]
        out.print(f"The stack is the real one, applied by the real Terraform with hashicorp/aws {version}.")
        steps = (
            ("State bucket and lock table", "ops", "bootstrap", name, "--yes"),
            (f"make deploy ENV={name}", "ops", "deploy", name, "--yes"),
            ("What exists now", "ops", "describe", name),
            ("What its gateway answers", "emulator.ask", name),
            ("Who used what", "emulator.teams", name),
        )
        for title, *arguments in steps:
            if code := step(title, *arguments, environ=environ, plans=arguments[:2] == ["ops", "deploy"]):
                return code
    out.print(f"Done in {time.monotonic() - began:.0f} s. The embedded AWS is gone, and everything in it.")
    say("To keep one and work on it: `make emulator`, and `make deploy` in another shell.", "dim")
    return 0


def main() -> int:
    """Run the demo of the environment named on the command line."""
    interruptible(signal.SIGHUP)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that is not UTF-8 need not stop a deployment
    try:
        return demo(sys.argv[1] if len(sys.argv) > 1 else "dev")
    except (EnvironmentsError, OperatorError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        end_unfinished()
        say("Interrupted; the embedded AWS and what worked on it are gone.", "yellow")
        return 130


if __name__ == "__main__":
    sys.exit(main())
