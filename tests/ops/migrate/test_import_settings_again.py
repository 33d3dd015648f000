"""What a second import keeps of the environment's file."""

from collections.abc import Callable
from pathlib import Path

from envs import load_environments
from tests.ops.conftest import Answer
from tests.ops.migrate.older_files import TFVARS
from tests.support.sources import assert_formatted

import pytest


def test_what_the_older_file_does_not_set_is_kept(folder: Path, ops: Callable[..., Answer]) -> None:
    """FORCE=1 imports the settings, keeps other settings and imports of the file, and lists changed values."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    target = folder / "envs" / "dev.py"
    target.write_text(
        '''"""Ours."""

from envs.common import COMMON
from envs.schema import Client, Environment

TEAM = "search"

ENVIRONMENT = Environment(
    **(COMMON | {"project_name": "theirs"}),
    environment="dev",
    gateway_cpu=256,
    gateway_memory=1024,
    deletion_protection=True,
    clients=(Client(team=TEAM),),
)
''',
        encoding="utf-8",
    )
    done = ops("import-settings", "--from", "dev.tfvars", "--force")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1:3] == [
        "Kept from the earlier envs/dev.py: project_name, deletion_protection, clients.",
        "Changed: gateway_cpu 256 -> 512",
    ]
    (found,) = load_environments(folder / "envs", choice="")
    assert (found.project_name, found.gateway_cpu, found.deletion_protection) == ("theirs", 512, True)
    assert [client.team for client in found.clients] == ["search"]
    assert_formatted(folder)


EARLIER = '''"""Ours, © 2026."""

from envs.common import COMMON
from envs.schema import Environment

ENVIRONMENT = Environment(  # one of two
    **COMMON,
    environment="dev",
    # The office asked for more.
    gateway_cpu=(256),
    ingress_cidrs=("10.0.0.0/8",)  # ä, the office
)
'''


def test_comments_of_the_earlier_file_stay(folder: Path, ops: Callable[..., Answer]) -> None:
    """Settings are replaced in place and new ones appended, so comments stay; a second import changes nothing."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"] + 'project_name = "theirs"\nowner = "us"\n', encoding="utf-8")
    target = folder / "envs" / "dev.py"
    target.write_text(EARLIER, encoding="utf-8")
    assert ops("import-settings", "--from", "dev.tfvars", "--force").code == 0
    text = target.read_text(encoding="utf-8")
    assert text.splitlines()[:11] == [
        '"""Ours, © 2026."""',
        "",
        "from envs.common import COMMON",
        "from envs.schema import Environment",
        "",
        "ENVIRONMENT = Environment(  # one of two",
        '    **(COMMON | {"project_name": "theirs"}),',
        '    environment="dev",',
        "    # The office asked for more.",
        "    gateway_cpu=(512),",
        '    ingress_cidrs=("10.0.0.0/8",),  # ä, the office',
    ]
    (found,) = load_environments(folder / "envs", choice="")
    assert (found.gateway_memory, found.project_name, found.ingress_cidrs) == (1024, "theirs", ("10.0.0.0/8",))
    assert text.endswith("were not copied:\n# - owner (dev.tfvars:13)\n")
    assert_formatted(folder)
    again = ops("import-settings", "--from", "dev.tfvars", "--force")
    assert (again.code, "Changed" in again.out, target.read_text(encoding="utf-8")) == (0, False, text)


def test_what_is_kept_still_keeps_the_rules(folder: Path, ops: Callable[..., Answer]) -> None:
    """A kept setting that is invalid with the imported ones is an error, and the file stays unchanged."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    target = folder / "envs" / "dev.py"
    earlier = "from envs.common import COMMON\nfrom envs.schema import Environment\n\n"
    earlier += "ENVIRONMENT = Environment(**COMMON, vpc_cidr='10.0.0.0/8')\n"
    target.write_text(earlier, encoding="utf-8")
    done = ops("import-settings", "--from", "dev.tfvars", "--force")
    assert done.code == 1
    assert done.err.startswith("envs/dev.py: vpc_cidr='10.0.0.0/8': ")
    assert target.read_text(encoding="utf-8") == earlier


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "ENVIRONMENT = (\n",
            "envs/dev.py:1: not valid Python, so its settings cannot be kept: correct it, or move it away\n",
        ),
        (
            "ENVIRONMENT = OTHER\n",
            "envs/dev.py:1: ENVIRONMENT is not a call Environment(**COMMON, …), so its settings cannot be kept: move the "
            "file away\n",
        ),
        (
            "ENVIRONMENT = Environment(\n    **mine(),\n)\n",
            "envs/dev.py:2: not of the form **COMMON or **(COMMON | {…}), so it cannot be kept: move the file away\n",
        ),
    ],
)
def test_what_cannot_be_kept_is_not_lost(folder: Path, ops: Callable[..., Answer], text: str, says: str) -> None:
    """A file in a form that cannot be edited is refused and stays unchanged."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    (folder / "envs" / "dev.py").write_text(text, encoding="utf-8")
    done = ops("import-settings", "--from", "dev.tfvars", "--force")
    assert (done.code, done.err) == (1, says)
    assert (folder / "envs" / "dev.py").read_text(encoding="utf-8") == text
