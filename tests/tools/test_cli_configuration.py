"""Terraform may install only hashicorp/aws in this project, from the sources that the user's configuration sets."""

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

from tests.support.provider_mirror import EVIL, Mirror
from tools.cli_configuration import (
    CliConfigurationError,
    files,
    limited,
    names_the_provider,
    plugin_cache,
    read,
    write,
)
from tools.environment import child_environment

import hcl2
import pytest

OURS = {"include": ['"registry.terraform.io/hashicorp/aws"'], "__is_block__": True}


def made(text: str, folder: Path) -> dict[str, Any]:
    """Return the restricted form of a configuration, parsed."""
    path = folder / "user.rc"
    path.write_text(text, encoding="utf-8")
    found = limited(read(path), {}).replace("dev_overrides {", "dev_overrides = {")
    return {key: value for key, value in hcl2.loads(found).items() if key != "__comments__"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("registry.terraform.io/hashicorp/aws", True),
        ("Registry.Terraform.io/HashiCorp/AWS", True),
        ("hashicorp/aws", True),
        ("aws", True),
        ("*/*", True),
        ("*/*/*", True),
        ("hashicorp/*", True),
        ("*/aws", True),
        ("registry.terraform.io/*/*", True),
        ("hashicorp/awscc", False),
        ("attacker/aws", False),
        ("mirror.example.com/*/*", False),
        ("mirror.example.com/hashicorp/aws", False),
        ("a/registry.terraform.io/hashicorp/aws", False),
    ],
)
def test_a_provider_has_several_names(pattern: str, expected: bool) -> None:  # noqa: FBT001 (a test parameter)
    """Host and namespace may be omitted or be wildcards, and case is ignored, as in Terraform."""
    assert names_the_provider(pattern) == expected


def test_every_method_is_for_the_one_provider(tmp_path: Path) -> None:
    """Installation methods keep their order, those without hashicorp/aws are dropped, and credentials are kept."""
    found = made(
        """
        plugin_cache_dir   = "$HOME/cache" # a comment
        disable_checkpoint = true
        credentials "mirror.example.com" { token = "secret" }
        credentials_helper "example" { args = ["--x"] }
        host "mirror.example.com" { services = { "providers.v1" = "https://mirror.example.com/v1/" } }
        providers { aws = "/old" }
        provider_installation {
          dev_overrides {
            "hashicorp/aws" = "/work/\\"aws\\""
            "attacker/evil" = "/evil"
          }
          filesystem_mirror {
            path    = "/mirror"
            include = ["example.com/*/*", "hashicorp/*"]
          }
          filesystem_mirror {
            path    = "/others"
            include = ["example.com/*/*"]
          }
          network_mirror { url = "https://mirror.example.com/" }
          direct { exclude = ["*/*"] }
        }
        """,
        tmp_path,
    )
    assert found == {
        "plugin_cache_dir": '"$HOME/cache"',
        "disable_checkpoint": True,
        "credentials": [{'"mirror.example.com"': {"token": '"secret"', "__is_block__": True}}],
        "credentials_helper": [{'"example"': {"args": ['"--x"'], "__is_block__": True}}],
        "host": [
            {
                '"mirror.example.com"': {
                    "services": {'"providers.v1"': '"https://mirror.example.com/v1/"'},
                    "__is_block__": True,
                }
            }
        ],
        "provider_installation": [
            {
                "dev_overrides": {'"hashicorp/aws"': '"/work/\\"aws\\""'},
                "filesystem_mirror": [{"path": '"/mirror"', **OURS}],
                "network_mirror": [{"url": '"https://mirror.example.com/"', **OURS}],
                "__is_block__": True,
            }
        ],
    }


def test_json_means_the_same(tmp_path: Path) -> None:
    """JSON, which `terraform login` writes, is read like HCL."""
    document = {
        "credentials": {"app.terraform.io": {"token": 'a"b'}},
        "provider_installation": {
            "filesystem_mirror": [{"path": "/a"}, {"path": "/b", "include": ["attacker/evil"]}],
            "direct": {"exclude": ["hashicorp/aws"]},
            "dev_overrides": {"aws": "/c"},
        },
    }
    assert made(json.dumps(document), tmp_path) == {
        "credentials": [{'"app.terraform.io"': {"token": '"a\\"b"', "__is_block__": True}}],
        "provider_installation": [
            {"filesystem_mirror": [{"path": '"/a"', **OURS}], "dev_overrides": {'"aws"': '"/c"'}, "__is_block__": True}
        ],
    }


def test_without_a_file_the_provider_comes_from_where_terraform_would_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a configuration the provider comes from one of Terraform's own folders, otherwise from the registry."""
    monkeypatch.setenv("HOME", str(tmp_path))
    environ = {"XDG_DATA_DIRS": str(tmp_path / "share")}
    assert "direct {" in write(tmp_path / "work", environ).read_text(encoding="utf-8")
    mirror = tmp_path / "share" / "terraform" / "plugins"
    (mirror / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    text = write(tmp_path / "work", environ).read_text(encoding="utf-8")
    assert f'path = "{mirror}"' in text
    assert "direct" not in text


def test_the_files_are_those_that_terraform_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named by a variable is the only one; otherwise ~/.terraformrc and *.tfrc in ~/.terraform.d are read."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".terraform.d").mkdir()
    for name in (".terraformrc", ".terraform.d/credentials.tfrc.json", ".terraform.d/more.tfrc", ".terraform.d/x.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    named = tmp_path / "named.rc"
    assert [path.name for path in files({})] == [".terraformrc", "credentials.tfrc.json", "more.tfrc"]
    assert files({"TF_CLI_CONFIG_FILE": str(named)}) == []
    named.write_text('plugin_cache_dir = "$HOME/cache"\n', encoding="utf-8")
    assert files({"TF_CLI_CONFIG_FILE": str(named)}) == [named]
    assert plugin_cache({"TF_CLI_CONFIG_FILE": str(named)}) == tmp_path / "cache"
    assert plugin_cache({"TF_CLI_CONFIG_FILE": str(named), "TF_PLUGIN_CACHE_DIR": "/other"}) == Path("/other")


def test_the_file_is_its_owners(tmp_path: Path) -> None:
    """The file is readable by its owner only, because it may contain tokens."""
    path = write(tmp_path / "work", {"TF_CLI_CONFIG_FILE": "/nowhere"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["terraform.rc"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("provider_installation {", "is not valid, so Terraform cannot be restricted"),
        (
            "provider_installation {\n}\nprovider_installation {\n}\n",
            "2 provider_installation blocks, but Terraform accepts",
        ),
    ],
)
def test_a_file_that_cannot_be_limited_stops_the_run(tmp_path: Path, text: str, said: str) -> None:
    """A configuration that cannot be restricted stops the run."""
    path = tmp_path / "user.rc"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CliConfigurationError, match=said):
        write(tmp_path / "work", {"TF_CLI_CONFIG_FILE": str(path)})


@pytest.mark.terraform
def test_a_state_that_names_another_provider_downloads_nothing(tmp_path: Path) -> None:
    """Terraform does not request another provider that a state names, even if the user's mirror has it."""
    work = tmp_path / "stack"
    work.mkdir()
    (work / "main.tf.json").write_text("{}", encoding="utf-8")
    (work / "terraform.tfstate").write_text(json.dumps(EVIL), encoding="utf-8")
    with Mirror(tmp_path) as mirror:
        user = tmp_path / "user.rc"
        user.write_text(
            f'provider_installation {{\n  network_mirror {{ url = "{mirror.url}" }}\n}}\n', encoding="utf-8"
        )
        environ = {**child_environment(), "SSL_CERT_FILE": str(mirror.authority), "TF_CLI_CONFIG_FILE": str(user)}
        limited_to = {**environ, "TF_CLI_CONFIG_FILE": str(write(tmp_path / "work", environ))}
        command = ["terraform", "init", "-input=false", "-no-color"]
        refused = subprocess.run(command, cwd=work, env=limited_to, capture_output=True, text=True, check=False)
        assert refused.returncode == 1
        assert "attacker/evil" in refused.stderr
        assert mirror.asked == []
        # With the user's own configuration Terraform downloads it, so the mirror works.
        taken = subprocess.run(command, cwd=work, env=environ, capture_output=True, text=True, check=False)
        assert (taken.returncode, taken.stderr) == (0, "")
        assert any(path.endswith(".zip") for path in mirror.asked)
