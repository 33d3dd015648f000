"""A provider is found in a filesystem mirror, and only in folders that no other user can write to."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import provider_mirror
from tools.fetch_terraform import platform_name
from tools.provider_mirror import ProviderMirror, fits, on_this_machine, search

import pytest


def provider(folder: Path, version: str) -> Path:
    """Create a folder as `terraform providers mirror` does."""
    package = folder / "some.host" / "hashicorp" / "aws" / version / platform_name()
    package.mkdir(parents=True)
    (package / f"terraform-provider-aws_v{version}_x5").touch()
    return package


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home folder outside world-writable folders such as /tmp."""
    base = provider_mirror.TOOLS
    base.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base) as folder:
        monkeypatch.setenv("HOME", folder)
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        monkeypatch.delenv("TF_PLUGIN_CACHE_DIR", raising=False)
        yield Path(folder)


def test_the_newest_version_that_fits_is_found_by_layout(home: Path, tmp_path: Path) -> None:
    """5.10.0 is newer than 5.9.0, 6.0.0 does not match, and a folder without a provider file is ignored."""
    for version in ("5.9.0", "5.10.0", "6.0.0"):
        provider(home / "deep" / "mirror", version)
    (home / "deep" / "mirror" / "some.host" / "hashicorp" / "aws" / "5.11.0" / platform_name()).mkdir(parents=True)
    expected = ProviderMirror(home / "deep" / "mirror", "5.10.0")
    assert on_this_machine("~> 5.9", tmp_path / "cache", home) == expected


def test_terraforms_own_folders_come_first(home: Path, tmp_path: Path) -> None:
    """Terraform's own plugin folders come before all other folders."""
    provider(home / "deep" / "mirror", "5.9.0")
    provider(home / ".terraform.d" / "plugins", "5.9.0")
    expected = ProviderMirror(home / ".terraform.d" / "plugins", "5.9.0")
    assert on_this_machine("5.9.0", tmp_path / "cache", home) == expected


def test_what_everybody_can_write_is_not_run(home: Path, tmp_path: Path) -> None:
    """A provider in a world-writable folder, or one that another user owns, is ignored."""
    package = provider(home / "open" / "mirror", "5.9.0")
    (home / "open").chmod(0o777)
    assert on_this_machine("5.9.0", tmp_path / "cache", home) is None
    (home / "open").chmod(0o755)
    assert on_this_machine("5.9.0", tmp_path / "cache", home) is not None
    if os.getuid() == 0:
        os.chown(next(package.iterdir()), 12345, 12345)
        assert on_this_machine("5.9.0", tmp_path / "cache", home) is None


def test_temporary_folders_are_not_searched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's temporary folder is not searched."""
    provider(home / "temporary" / "mirror", "5.9.0")
    assert len(list(search(home))) == 1
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(home / "temporary"))
    assert list(search(home)) == []


@pytest.mark.parametrize(
    ("version", "constraint", "fit"),
    [
        ("6.47.0", "6.47.0", True),
        ("6.47.1", "6.47.0", False),
        ("6.47.0", "~> 6.25", True),
        ("6.24.9", "~> 6.25", False),
        ("7.0.0", "~> 6.25", False),
        ("6.25.3", "~> 6.25.0", True),
        ("6.26.0", "~> 6.25.0", False),
        ("6.47.0", "latest", False),
    ],
)
def test_a_constraint_is_read_as_terraform_reads_it(version: str, constraint: str, *, fit: bool) -> None:
    """`~>` allows only the last number of the constraint to increase."""
    assert fits(version, constraint) == fit


@pytest.mark.terraform
def test_terraform_installs_into_a_cache_of_our_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terraform installs a release into the project's cache if it can; otherwise the result is None."""
    known = provider_mirror.chosen()
    configuration = home / "terraform.rc"
    configuration.write_text(known.cli_configuration(), encoding="utf-8")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    assert provider_mirror.from_registry(home / "none", "~> 1.0.0") is None
    found = provider_mirror.from_registry(home / "plugins", known.version)
    assert found == ProviderMirror(home / "plugins", known.version)


def test_a_choice_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice for each release is stored and not repeated; Terraform gets a script that starts the provider."""
    home_of_it = tmp_path / "with 'quotes'"
    program = provider(home_of_it, provider_mirror.REHEARSED_RELEASE) / "terraform-provider-aws_v5.100.0_x5"
    monkeypatch.setattr(provider_mirror, "is_trusted", lambda _: True)
    known = ProviderMirror(home_of_it, provider_mirror.REHEARSED_RELEASE)
    monkeypatch.delenv(provider_mirror.CHOICE_VARIABLE, raising=False)
    monkeypatch.setattr(provider_mirror, "from_registry", lambda *_: None)
    monkeypatch.setattr(provider_mirror, "on_this_machine", lambda *_: known)
    variables = provider_mirror.variables(tmp_path / "tools")
    monkeypatch.setattr(provider_mirror, "on_this_machine", lambda *_: pytest.fail("searched again"))
    assert provider_mirror.chosen(tmp_path / "tools") == known
    configuration = Path(variables["TF_CLI_CONFIG_FILE"])
    assert variables["GATEWAY_AWS_PROVIDER_VERSION"] == known.version
    mirror = tmp_path / "tools" / "providers" / provider_mirror.REHEARSED_RELEASE.replace(".", "-") / "mirror"
    assert f'path = "{mirror}"' in configuration.read_text(encoding="utf-8")
    program.write_text('#!/bin/sh\necho "it runs with $*"\n', encoding="utf-8")
    program.chmod(0o755)
    (script,) = mirror.glob(f"*/hashicorp/aws/{known.version}/{platform_name()}/*")
    assert subprocess.check_output([script, "one", "two words"], text=True) == "it runs with one two words\n"
    assert list(search(tmp_path / "tools")) == []
    monkeypatch.setenv(provider_mirror.CHOICE_VARIABLE, "~> 6.25")
    monkeypatch.setattr(provider_mirror, "on_this_machine", lambda *_: ProviderMirror(tmp_path, "6.47.0"))
    assert provider_mirror.chosen(tmp_path / "tools").version == "6.47.0"


def test_without_any_provider_the_remedy_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any provider a one-line error has the fix, and nothing is stored."""
    monkeypatch.setattr(provider_mirror, "from_registry", lambda *_: None)
    monkeypatch.setattr(provider_mirror, "on_this_machine", lambda *_: None)
    with pytest.raises(SystemExit, match=r"no hashicorp/aws .*: Terraform could not install it from the registry"):
        provider_mirror.chosen(tmp_path / "tools")
    assert not (tmp_path / "tools").exists()


def test_a_release_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PROVIDER must be a release or a version constraint."""
    monkeypatch.setenv(provider_mirror.CHOICE_VARIABLE, "latest")
    with pytest.raises(
        SystemExit, match=r'PROVIDER=latest: must be a release or a version constraint, e.g. 6.47.0 or "~> 6.25"'
    ):
        provider_mirror.chosen(tmp_path / "tools")
