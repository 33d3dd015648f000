"""`make images` with skopeo and a real registry: which images are copied, pinned and written to the file."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.images import image_parts
from envs import load_environments
from envs.common import COMMON
from ops.aws import Aws, OperatorError
from ops.environment_file import Written, formatted, with_values
from ops.gateway.images import PURPOSES, images
from tests.support.registry import ECR, Registry, missing, password_of, registry
from tools.environment import ROOT

import pytest

GATEWAY = COMMON["portkey_image"]


@pytest.fixture(autouse=True, scope="module")
def _programs() -> None:
    """Skip the tests with a reason if a program is missing; in CI that is a failure."""
    if lacking := missing():
        said = f"not installed: {', '.join(lacking)}; on Debian apt-get install skopeo docker-registry"
        if os.environ.get("CI"):
            pytest.fail(said, pytrace=False)
        pytest.skip(said)


@pytest.fixture
def ecr(aws: Callable[..., Any]) -> Any:  # noqa: ANN401 (boto3 has no types)
    """ECR with the repository of dev."""
    client = aws("ecr")
    (dev,) = load_environments(choice="dev")
    client.create_repository(
        repositoryName=dev.names.repository,
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )
    return client


@pytest.fixture
def registries(
    ecr: Any,  # noqa: ANN401 (boto3 has no types)
    embedded: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Registry]:
    """The registries, reachable through this process's proxy."""

    def pushed(repository: str, reference: str, manifest: str) -> None:
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=reference, imageDigest=digest)
        ecr.start_image_scan(repositoryName=repository, imageId={"imageTag": reference})

    with registry(tmp_path, embedded["HTTPS_PROXY"], pushed, password_of(ecr)) as made:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, made.proxy)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
        yield made


@pytest.fixture
def dev_file(tmp_path: Path) -> Path:
    """A folder with dev's settings file."""
    folder = tmp_path / "envs"
    folder.mkdir()
    shutil.copy(ROOT / "envs" / "dev.py", folder)
    return folder / "dev.py"


def test_images_are_copied_by_digest_and_pinned(registries: Registry, ecr: Any, dev_file: Path) -> None:  # noqa: ANN401
    """Each image for the platform is copied with its source digest, and the file has the digest that ECR has."""
    (dev,) = load_environments(choice="dev")
    sources = {setting: getattr(dev, setting) for setting in PURPOSES}
    digests = {}
    for setting, image in sources.items():
        name, tag, _ = image_parts(image)
        digests[setting] = registries.add(name.removeprefix("public.ecr.aws/"), tag)["amd64"]
    assert images(Aws.of(dev), yes=True, folder=dev_file.parent) == 0
    held = ecr.describe_images(repositoryName=dev.names.repository)["imageDetails"]
    assert {one["imageDigest"] for one in held} == set(digests.values())
    assert {one["imageTags"][0].rpartition("-")[0] for one in held} == {
        f"{purpose}-{image_parts(sources[setting])[1]}" for setting, purpose in PURPOSES.items()
    }
    (written,) = load_environments(dev_file.parent, choice="dev")
    uri = f"{ECR}/{dev.names.repository}"
    assert {setting: getattr(written, setting) for setting in PURPOSES} == {
        setting: f"{uri}@{digest}" for setting, digest in digests.items()
    }
    assert all(f"# {image}" in dev_file.read_text(encoding="utf-8") for image in sources.values())
    # A second run changes nothing.
    asked = len(registries.asked)
    assert images(Aws.of(written), yes=True, folder=dev_file.parent) == 0
    assert len(registries.asked) == asked


def test_what_the_registry_lacks_leaves_the_file_alone(registries: Registry, dev_file: Path) -> None:
    """If the registry lacks an image, the error names it and the file stays unchanged."""
    (dev,) = load_environments(choice="dev")
    before = dev_file.read_bytes()
    with pytest.raises(OperatorError, match=rf"skopeo cannot read or copy docker://{GATEWAY}: .*manifest unknown"):
        images(Aws.of(dev), yes=True, folder=dev_file.parent)
    assert dev_file.read_bytes() == before
    assert registries.asked


def test_without_a_repository_nothing_is_copied(aws: Callable[..., Any], dev_file: Path) -> None:
    """Without the repository, which a deployment creates, nothing is copied and the error has the deploy command."""
    assert aws("ecr").describe_repositories()["repositories"] == []
    (dev,) = load_environments(choice="dev")
    with pytest.raises(
        OperatorError, match=r"there is no ECR repository .*: run `make deploy ENV=dev`, which creates it"
    ):
        images(Aws.of(dev), yes=True, folder=dev_file.parent)


def test_without_skopeo_it_says_how_to_get_it(aws: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without skopeo the command stops first thing with an error about the missing program."""
    aws("ecr")
    (dev,) = load_environments(choice="dev")
    monkeypatch.setattr("ops.gateway.images.shutil.which", lambda *_, **__: None)
    with pytest.raises(OperatorError, match="skopeo, which copies images between registries, is not installed"):
        images(Aws.of(dev), yes=True)


HEAD = "from envs.common import COMMON\nfrom envs.schema import Environment\n\n"
NEW = {"portkey_image": Written("new@sha256:1", "old:1")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'ENVIRONMENT = Environment(\n    **COMMON,\n    environment="é",  # mine\n)\n',
            'ENVIRONMENT = Environment(\n    **(\n        COMMON\n        | {\n            "portkey_image": "new@sha256:1",'
            '  # old:1\n        }\n    ),\n    environment="é",  # mine\n)\n',
        ),
        (
            'ENVIRONMENT = Environment(**(COMMON | {"portkey_image": "old:1", "project_name": "é"}), environment="x")\n',
            'ENVIRONMENT = Environment(\n    **(\n        COMMON\n        | {\n            "project_name": "é",\n'
            '            "portkey_image": "new@sha256:1",  # old:1\n        }\n    ),\n    environment="x"\n)\n',
        ),
        (
            'ENVIRONMENT = Environment(project_name="x", portkey_image="old:1")\n',
            'ENVIRONMENT = Environment(project_name="x", portkey_image="new@sha256:1")\n',
        ),
        ("ENVIRONMENT = make()\n", None),
        ("ENVIRONMENT = Environment(**OTHERS)\n", None),
    ],
)
def test_a_value_is_set_where_a_person_would(before: str, after: str | None) -> None:
    """A value replaces the one from COMMON or in the file; a file in another form is left unchanged."""
    found = with_values(HEAD + before, NEW)
    if after is None:
        assert found is None
    else:
        assert found is not None
        assert formatted(found, "x").replace(",\n)", "\n)") == (HEAD + after).replace(",\n)", "\n)")


def test_a_setting_that_only_has_a_default_is_added() -> None:
    """A setting that the file lacks becomes another argument, with or without a trailing comma."""
    for end in ("", ","):
        found = with_values(
            f'{HEAD}ENVIRONMENT = Environment(environment="x"{end})\n', {"adot_node_image": Written("n", "o")}
        )
        assert found is not None
        assert 'environment="x",\n    adot_node_image="n",  # o\n)' in formatted(found, "x")
