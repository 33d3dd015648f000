"""`make review` compares two revisions of a repository and gives two pages and an exit code."""

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from review.__main__ import ERROR
from review.compare import EnvironmentChange, Kind
from review.page import CHANGES, GATE, NOTHING, EnvironmentReview, Review

import attrs
import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.scanners, pytest.mark.xdist_group("review")]

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("envs", "stacks", "constructs_lib", "resource_types", "review", "policy", "tools")
TOOLS = (".venv", ".tools", "node_modules", "policy/.venv")


@attrs.frozen
class Repository:
    """A repository with the project's sources."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """Run git with a fixed author."""
        author = ("-c", "user.name=test", "-c", "user.email=test@example.com")
        done = subprocess.run(["git", *author, *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a string in a file."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def review(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the review command."""
        command = [sys.executable, "-m", "review", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def page(self, name: str) -> str:
        """Return a page that the command wrote."""
        return (self.folder / "cdktf.out" / "review" / name).read_text(encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with everything committed on `main`."""
    made = Repository(tmp_path / "repository")
    made.folder.mkdir()
    for name in ("main.py", "cdktf.json", ".gitignore"):
        shutil.copy(ROOT / name, made.folder)
    for name in SOURCES:
        shutil.copytree(ROOT / name, made.folder / name, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("add", ".")
    made.git("commit", "--quiet", "--message=base")
    for name in TOOLS:
        (made.folder / name).symlink_to(ROOT / name)
    return made


class Tags(HTMLParser):
    """Checks that a page's tags are closed, and collects what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the open tag and what it loads."""
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.fetched += [
            value or "" for name, value in attrs if name in {"src", "href"} and not str(value).startswith("#")
        ]

    def handle_endtag(self, tag: str) -> None:
        """Assert that the tag closes the one that was opened last."""
        assert self.open.pop() == tag


def test_nothing_changes(repository: Repository) -> None:
    """Without changes the exit code is 0 and the page reports no changes."""
    done = repository.review("main")
    assert (done.returncode, done.stderr) == (NOTHING, "")
    assert "**No changes** in dev, prod." in repository.page("review.md")


def test_a_change_is_on_both_pages(repository: Repository) -> None:
    """The pages show changed settings, replacements, security and policy findings; unchanged environments are left out.

    The Markdown page is appended to a summary file that has content.
    """
    summary = repository.folder / "summary"
    summary.write_text("before\n", encoding="utf-8")
    repository.change("envs/prod.py", "enable_waf=True", "enable_waf=False")
    repository.change("envs/prod.py", 'environment="prod",', 'environment="prod",\n    vpc_cidr="10.9.0.0/16",')
    done = repository.review("main", "--fail-on", "replace-data,security", "--summary", "summary")
    assert done.returncode == GATE
    assert done.stderr == "--fail-on: replace-data, security\n"
    markdown, html = repository.page("review.md"), repository.page("review.html")
    assert "| `enable_waf` | `on` | **`off`** | Attach a WAF web ACL to the load balancer |" in markdown
    assert "resources are replaced because `vpc_cidr` changes.**" in markdown
    assert "| `aws_vpc.Network_Vpc_FAC8F4A5` | `cidr_block` |" in markdown
    assert "`aws_cloudwatch_log_group.LogGroups_Waf_06D13D3C` would be deleted" in markdown
    assert "`CKV2_AWS_28` at `LoadBalancer/LoadBalancer`" in markdown
    assert "⛔ Not accepted in policy/accepted.toml." in markdown
    assert "No changes in dev." in markdown
    for piece in ("Data would be lost.", "cidr_block", "10.9.0.0/16", "Not accepted in policy/accepted.toml."):
        assert piece in html
    page = Tags()
    page.feed(html)
    assert (page.open, page.fetched) == ([], [])
    assert repository.git("worktree", "list").count("\n") == 1
    assert summary.read_text(encoding="utf-8") == f"before\n{markdown}"


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("changed", {}, (NOTHING, [])),
        ("changed", {"fail_on": ["warnings"]}, (NOTHING, [])),
        ("added", {}, (CHANGES, [])),
        ("added", {"exit_zero": True}, (NOTHING, [])),
        ("added", {"fail_on": ["policy"]}, (CHANGES, [])),
        ("added", {"fail_on": ["policy", "warnings"], "exit_zero": True}, (GATE, ["warnings"])),
    ],
)
def test_the_exit_code(kind: Kind, given: dict[str, Any], expected: tuple[int, list[str]]) -> None:
    """The exit code is 0 without changes or with --exit-zero, 2 with changes, and 3 if a gate fails."""
    warnings = ("open to the internet",) if kind == "added" else ()
    change = EnvironmentChange("dev", kind, settings=(), blocks=(), new_warnings=warnings, gone_warnings=())
    made = Review("main", "0" * 40, (EnvironmentReview(change, (), (), "", (), ()),))
    assert made.exit_code(**{"fail_on": [], "exit_zero": False, **given}) == expected


def test_pages_that_cannot_be_written_are_one_line(repository: Repository) -> None:
    """A path that cannot be written gives a one-line error with the reason, and has priority over gates."""
    done = repository.review("main", "--out", "main.py")
    assert (done.returncode, done.stderr) == (ERROR, "main.py: File exists; pass OUT or SUMMARY that can be written\n")


def test_a_base_that_is_not_there_is_one_line(repository: Repository) -> None:
    """An unknown base gives a one-line error, and no page is written."""
    done = repository.review("nowhere")
    assert done.returncode == ERROR
    assert done.stderr == (
        "BASE=nowhere: git knows no such branch, tag or commit: run `git fetch origin nowhere`, or pass another BASE\n"
    )
    assert not (repository.folder / "cdktf.out" / "review").exists()


def test_a_base_that_does_not_synthesize_says_why(repository: Repository) -> None:
    """The error has synthesis's message with file and setting; an exception in a revision gives one line too."""
    repository.change("envs/prod.py", "gateway_memory=2048", "gateway_memory=900")
    repository.git("commit", "--quiet", "--all", "--message=broken")
    repository.change("envs/prod.py", "gateway_memory=900", "gateway_memory=2048")
    done = repository.review("HEAD")
    assert done.returncode == ERROR
    assert done.stderr == (
        "BASE=HEAD does not synthesize: envs/prod.py: gateway_memory=900: with gateway_cpu=1024 Fargate takes 2048 to "
        "8192 MiB in steps of 1024\n"
    )
    repository.change("main.py", "import gc", "import nothing_like_it")
    assert repository.review("HEAD~1").stderr == (
        "the working tree does not synthesize: ModuleNotFoundError: No module named 'nothing_like_it'\n"
    )


def test_an_unknown_gate_is_refused(repository: Repository) -> None:
    """An unknown gate is refused, with the list of gates."""
    done = repository.review("main", "--fail-on", "everything")
    assert (
        "everything: must be a comma-separated list of replace-data, replace, security, policy, warnings" in done.stderr
    )
