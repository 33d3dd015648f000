"""`make review BASE=main` (`python -m review BASE`): writes a page that shows what the working tree changes."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from envs import EnvironmentsError
from policy.findings import Finding, PolicyError, accepted
from policy.scan import scan
from review.compare import EnvironmentChange, compare
from review.page import CHANGES, GATE, GATES, NOTHING, EnvironmentReview, Replaced, Review, html, markdown
from review.plan import CannotPlanError, replacements
from review.replaced import Replacement
from review.revision import ROOT, ReviewError, Revision, commit_of, synthesized, worktree
from review.security import security_changes
from tools.command_line import Parser

ERROR = 1
OUTPUT = "cdktf.out/review"


def _gates(text: str) -> list[str]:
    named = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in named if name not in GATES]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: must be a comma-separated list of {', '.join(GATES)}")
    return named


def parser() -> Parser:
    """The command line."""
    made = Parser(
        prog="python -m review",
        description=__doc__,
        epilog=f"Exit codes: {NOTHING} no changes, {CHANGES} changes, {ERROR} error, {GATE} a condition of --fail-on.",
    )
    made.add_argument("base", help="branch, tag or commit to compare the working tree with")
    made.add_argument("--out", type=Path, default=ROOT / OUTPUT, help=f"folder for the pages (default {OUTPUT})")
    gates = f"exit {GATE} if one of these applies: {', '.join(GATES)}"
    made.add_argument("--fail-on", type=_gates, default=[], metavar="WHAT,…", help=gates)
    made.add_argument("--exit-zero", action="store_true", help=f"exit {NOTHING} with changes too")
    made.add_argument("--summary", type=Path, metavar="FILE", help="append the Markdown page to this file too")
    return made


def _replaced(change: EnvironmentChange, base: Revision, head: Revision) -> tuple[tuple[Replaced, ...], str]:
    if change.kind != "changed" or all(block.kind == "added" for block in change.blocks):
        return (), ""
    paths = {block.address: block.path for block in change.blocks}
    try:
        found: Sequence[Replacement] = replacements(base.documents[change.name], head.documents[change.name])
    except CannotPlanError as error:
        return (), str(error)
    return tuple(Replaced(one, paths.get(one.address, "")) for one in found), ""


def _known(findings: Sequence[Finding]) -> set[tuple[str, str, str]]:
    return {(one.environment, one.check, one.resource) for one in findings}


def review(base_name: str) -> Review:
    """Synthesize base and working tree and compare them.

    Raises ReviewError where one does not synthesize or git does not know the base, and PolicyError where a scan fails.
    """
    with tempfile.TemporaryDirectory(prefix="review-") as folder, ThreadPoolExecutor() as pool:
        with worktree(base_name) as project:
            sides = (
                pool.submit(synthesized, project, Path(folder) / "base", name=f"BASE={base_name}"),
                pool.submit(synthesized, ROOT, Path(folder) / "head", name="the working tree"),
            )
            base, head = (side.result() for side in sides)
        changes = compare(base, head)
        # An unchanged stack has the same findings on both sides, so it is not scanned.
        touched = {change.name for change in changes if change.kind != "changed" or change.blocks}
        scanned = [pool.submit(scan, side.folder, sorted(touched & side.documents.keys())) for side in (base, head)]
        replaced = [pool.submit(_replaced, change, base, head) for change in changes]
        before, after = (one.result() for one in scanned)
        entries = accepted()
        return Review(
            base_name,
            commit_of(base_name),
            tuple(
                EnvironmentReview(
                    change=change,
                    security=tuple(security_changes(change.blocks)),
                    replaced=done.result()[0],
                    cannot_plan=done.result()[1],
                    new_findings=tuple(
                        (one, next((entry for entry in entries if entry.covers(one)), None))
                        for one in after
                        if one.environment == change.name
                        and (one.environment, one.check, one.resource) not in _known(before)
                    ),
                    gone_findings=tuple(
                        one
                        for one in before
                        if one.environment == change.name
                        and (one.environment, one.check, one.resource) not in _known(after)
                    ),
                )
                for change, done in zip(changes, replaced, strict=True)
            ),
        )


def _write(made: Review, out: Path, summary: Path | None) -> None:
    page = markdown(made)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in {"review.md": page, "review.html": html(made)}.items():
        (out / name).write_text(text, encoding="utf-8")
        print(f"wrote {out / name}")
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(page)


def main(arguments: list[str] | None = None) -> int:
    """Write both pages; returns the exit code, see `--help`."""
    options = parser().parse_args(arguments)
    try:
        made = review(options.base)
    except (ReviewError, PolicyError, EnvironmentsError) as error:
        print(error, file=sys.stderr)
        return ERROR
    try:
        _write(made, options.out, options.summary)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}; pass OUT or SUMMARY that can be written", file=sys.stderr)
        return ERROR
    if not made.changed:
        print(f"No changes compared with {options.base}.")
        return NOTHING
    print(f"Changes compared with {options.base}: {', '.join(one.change.name for one in made.changed)}.")
    code, hit = made.exit_code(options.fail_on, exit_zero=options.exit_zero)
    if hit:
        print(f"--fail-on: {', '.join(hit)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
