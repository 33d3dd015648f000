"""A provider is found by the layout of a filesystem mirror, wherever it lies."""

from pathlib import Path

from tests.synthesized import Synthesized
from tools import provider_mirror
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


def test_the_bindings_release_is_the_stacks_constraint(dev: Synthesized) -> None:
    """What rehearsals look for is what the stack asks for when nothing else is said."""
    constraint = dev.document["terraform"]["required_providers"]["aws"]["version"]
    assert constraint == f"~> {'.'.join(map(str, provider_mirror.BINDINGS_RELEASE))}.0"


@pytest.mark.terraform
def test_terraform_installs_into_a_cache_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Terraform can get the release, it lies in the project's cache; where it cannot, the answer is None."""
    known = provider_mirror.chosen()
    configuration = tmp_path / "terraform.rc"
    configuration.write_text(known.cli_configuration(), encoding="utf-8")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(configuration))
    assert provider_mirror.from_registry(tmp_path / "none", "~> 1.0.0") is None
    found = provider_mirror.from_registry(tmp_path / "plugins", known.version)
    assert found == ProviderMirror(tmp_path / "plugins", known.version)


def test_a_choice_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written down with Terraform's configuration, and not searched for again."""
    lies = ProviderMirror(tmp_path / "mirror", ".".join(map(str, (*provider_mirror.BINDINGS_RELEASE, 0))))
    monkeypatch.setattr(provider_mirror, "find_provider", lambda: lies)
    variables = provider_mirror.variables(tmp_path / "tools")
    monkeypatch.setattr(provider_mirror, "find_provider", lambda: pytest.fail("searched again"))
    assert provider_mirror.chosen(tmp_path / "tools") == lies
    assert variables == {
        "GATEWAY_AWS_PROVIDER_VERSION": lies.version,
        "TF_CLI_CONFIG_FILE": str(tmp_path / "tools" / "terraform.rc"),
    }
    assert str(lies.folder) in (tmp_path / "tools" / "terraform.rc").read_text(encoding="utf-8")


def test_without_any_provider_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and nothing is written down."""
    monkeypatch.setattr(provider_mirror, "choose", lambda _: None)
    with pytest.raises(SystemExit, match="no AWS provider: the Terraform registry cannot be reached"):
        provider_mirror.chosen(tmp_path / "tools")
    assert not (tmp_path / "tools").exists()
