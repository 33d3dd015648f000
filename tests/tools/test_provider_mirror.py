"""A provider is found by the layout of a filesystem mirror, wherever it lies."""

from pathlib import Path

from tools.fetch_terraform import platform_name
from tools.provider_mirror import ProviderMirror, find_provider, newest

import pytest


def provider(folder: Path, version: str) -> Path:
    """A folder as `terraform providers mirror` unpacks it."""
    package = folder / "some.host" / "hashicorp" / "aws" / version / platform_name()
    package.mkdir(parents=True)
    (package / f"terraform-provider-aws_v{version}_x5").touch()
    return package


def test_the_newest_version_is_found_by_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10 is newer than 9, and a folder without a provider in it is none."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    provider(tmp_path / "deep" / "mirror", "5.9.0")
    provider(tmp_path / "deep" / "mirror", "5.10.0")
    (tmp_path / "deep" / "mirror" / "some.host" / "hashicorp" / "aws" / "6.0.0" / platform_name()).mkdir(parents=True)
    assert find_provider([tmp_path]) == ProviderMirror(tmp_path / "deep" / "mirror", "5.10.0")


def test_nothing_is_found_where_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a provider the answer is None, and the registry is asked."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert find_provider([tmp_path]) is None
    assert newest([tmp_path / "hashicorp"]) is None
