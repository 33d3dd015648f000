"""The provider's lock file is written from a mirror, and later runs may not change it."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.support.provider_mirror import PLATFORMS as OFFERED
from tests.support.provider_mirror import Mirror
from tools.environment import child_environment
from tools.provider_lock import LOCK_FILE, PLATFORMS, LockError, constraint, write

import pytest

pytestmark = pytest.mark.terraform
VERSION = "6.31.0"


def environ_of(mirror: Mirror, folder: Path) -> dict[str, str]:
    """Return the variables of a user whose configuration installs from the mirror."""
    user = folder / "user.rc"
    user.write_text(f'provider_installation {{\n  network_mirror {{ url = "{mirror.url}" }}\n}}\n', encoding="utf-8")
    return {**child_environment(), "SSL_CERT_FILE": str(mirror.authority), "TF_CLI_CONFIG_FILE": str(user)}


def test_every_platform_is_pinned(tmp_path: Path) -> None:
    """The lock file has a hash for each platform, and Terraform refuses a package with another one."""
    work = tmp_path / "work"
    work.mkdir()
    needs = '{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 6.25"}}}}'
    (work / "main.tf.json").write_text(needs, encoding="utf-8")
    command = ["terraform", "init", "-input=false", "-no-color", "-lockfile=readonly"]
    assert set(PLATFORMS) == set(OFFERED)
    with Mirror(tmp_path, {"aws": VERSION}) as mirror:
        environ = environ_of(mirror, tmp_path)
        assert write(work, "~> 6.25", environ) == VERSION
        locked = (work / LOCK_FILE).read_text(encoding="utf-8")
        assert locked.count('"h1:') == len(PLATFORMS)
        assert {f"{one}.zip" for one in PLATFORMS} == {
            path.rpartition("/")[2] for path in mirror.asked if path.endswith(".zip")
        }
        same = subprocess.run(command, cwd=work, env=environ, capture_output=True, text=True, check=False)
        assert (same.returncode, same.stderr) == (0, "")
        assert (work / LOCK_FILE).read_text(encoding="utf-8") == locked
        # Simulates a mirror whose package differs from the locked one.
        (work / LOCK_FILE).write_text(re.sub('"h1:[^"]*"', f'"h1:{"0" * 43}="', locked), encoding="utf-8")
        shutil.rmtree(work / ".terraform")
        other = subprocess.run(command, cwd=work, env=environ, capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "doesn't match any of the checksums" in " ".join(other.stderr.split())


def test_without_a_place_nothing_is_written(tmp_path: Path) -> None:
    """If the mirror lacks the required version, no lock file is written."""
    with Mirror(tmp_path, {"aws": "5.100.0"}) as mirror, pytest.raises(LockError, match="no available releases match"):
        write(tmp_path, "~> 6.25", environ_of(mirror, tmp_path))
    assert not (tmp_path / LOCK_FILE).exists()


def test_the_constraint_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version constraint is that of the environments, regardless of a rehearsal's variable."""
    monkeypatch.setenv("GATEWAY_AWS_PROVIDER_VERSION", "5.100.0")
    assert constraint() == "~> 6.25"
