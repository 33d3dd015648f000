"""Terraform is downloaded completely and verified, or not installed; a folder replaces the release server."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

from tools.fetch_terraform import SHA256, VERSION, FetchError, fetch, main

import pytest

MACHINE = "linux_amd64"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A folder with the layout of the release server and a small archive."""
    archive = tmp_path / "mirror" / VERSION / f"terraform_{VERSION}_{MACHINE}.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("terraform", "#!/bin/sh\necho fetched\n")
    return archive


def test_a_checked_release_is_installed(release: Path, tmp_path: Path) -> None:
    """A release with the pinned checksum is installed and runs."""
    target = tmp_path / "bin" / "terraform"
    checksum = hashlib.sha256(release.read_bytes()).hexdigest()
    fetch(target, base_url=(tmp_path / "mirror").as_uri(), checksums={MACHINE: checksum}, machine=MACHINE)
    assert subprocess.run([target], capture_output=True, text=True, check=True).stdout == "fetched\n"
    assert [path.name for path in target.parent.iterdir()] == ["terraform"]


def test_another_checksum_installs_nothing(release: Path, tmp_path: Path) -> None:
    """An archive with another checksum is refused, and the error has both checksums."""
    target = tmp_path / "bin" / "terraform"
    found = hashlib.sha256(release.read_bytes()).hexdigest()
    with pytest.raises(FetchError, match=f"SHA-256 is {found}, must be {SHA256[MACHINE]}; nothing was installed"):
        fetch(target, base_url=(tmp_path / "mirror").as_uri(), checksums=SHA256, machine=MACHINE)
    assert not target.exists()


def test_a_machine_without_a_release_is_told(tmp_path: Path) -> None:
    """An unsupported platform is named with the supported ones."""
    with pytest.raises(FetchError, match=r"no pinned Terraform release for plan9_mips \(only darwin_amd64, "):
        fetch(tmp_path / "terraform", base_url="file:///", checksums=SHA256, machine="plan9_mips")


def test_no_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mirror that does not answer gives exit code 1 and a one-line error with the fix."""
    monkeypatch.setenv("TERRAFORM_BASE_URL", (tmp_path / "nowhere").as_uri())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([str(tmp_path / "terraform")]) == 1
    assert "install Terraform on the PATH, or set TERRAFORM_BASE_URL" in capsys.readouterr().err


def on_the_path(folder: Path, version: str) -> Path:
    """Write a Terraform of this version in its own folder."""
    program = folder / "path" / "terraform"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho Terraform v{version}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_the_terraform_of_the_path_is_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Terraform in PATH that is new enough is linked; the project's own folder in PATH does not count."""
    program, target = on_the_path(tmp_path, "1.10.0"), tmp_path / "bin" / "terraform"
    monkeypatch.setenv("PATH", f"{target.parent}:{program.parent}:/bin")
    for _ in range(2):
        assert main([str(target)]) == 0
        assert target.readlink() == program


def test_a_link_to_the_projects_own_folder_is_not_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout that shares another checkout's tools does not link Terraform to itself."""
    program, target = on_the_path(tmp_path, "1.10.0"), tmp_path / "bin" / "terraform"
    target.parent.mkdir()
    target.symlink_to(program)
    (tmp_path / "shared").symlink_to(target.parent)
    monkeypatch.setenv("PATH", f"{target.parent}:{program.parent}:/bin")
    assert main([str(tmp_path / "shared" / "terraform")]) == 0
    assert target.readlink() == program


def test_a_terraform_that_is_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message has the path and version found, the version needed, and what is downloaded instead."""
    program = on_the_path(tmp_path, "1.5.7")
    monkeypatch.setenv("PATH", f"{program.parent}:/bin")
    monkeypatch.setenv("TERRAFORM_BASE_URL", (tmp_path / "nowhere").as_uri())
    assert main([str(tmp_path / "bin" / "terraform")]) == 1
    first, *_ = capsys.readouterr().err.splitlines()
    expected = (
        f"{program} is Terraform 1.5: 1.10 or newer is needed; downloading {VERSION} from {tmp_path.as_uri()}/nowhere"
    )
    assert first == expected
