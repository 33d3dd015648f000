"""Fixtures for all tests. Each environment is synthesized once per session."""

from collections.abc import Callable, Generator
from pathlib import Path

from envs import load_environments
from envs.schema import Environment
from tests.support import needs
from tests.support.environments import STAGING
from tests.support.sources import copy_of_sources
from tests.support.synthesized import Synthesized
from tools.environment import ROOT

import hypothesis
import pytest

# On a busy machine an example may take any time, so there is no deadline.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest tests first, so that all workers end at about the same time: groups first, then deployments."""
    items.sort(key=lambda item: [not any(item.iter_markers(name)) for name in ("xdist_group", "deployment")])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tools are not installed, with the command that installs them; in CI the test fails."""
    needs.require(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print at most a hundred lines for a failure."""
    report = yield
    if report.failed:
        report.longrepr = needs.shortened(report.longreprtext, report.nodeid, ROOT / ".work" / "failures")
    return report


Synthesize = Callable[[Environment], Synthesized]


@pytest.fixture(scope="session")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The staging environment of the Terraform version of this gateway, loaded from a file outside envs/."""
    folder = tmp_path_factory.mktemp("envs")
    (folder / "staging.py").write_text(STAGING, encoding="utf-8")
    return load_environments(folder, choice="")[0]


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """A function that synthesizes an environment. It synthesizes each distinct environment once."""
    done: dict[Environment, Synthesized] = {}

    def run(environment: Environment) -> Synthesized:
        if environment not in done:
            done[environment] = Synthesized.of(environment, tmp_path_factory.mktemp("cdktf.out"))
        return done[environment]

    return run


@pytest.fixture(scope="session")
def environments(staging: Environment) -> dict[str, Environment]:
    """dev, prod and staging, by name."""
    return {environment.environment: environment for environment in [*load_environments(choice=""), staging]}


@pytest.fixture(scope="session")
def dev(synthesize: Synthesize, environments: dict[str, Environment]) -> Synthesized:
    """The synthesized dev stack."""
    return synthesize(environments["dev"])


@pytest.fixture(scope="session")
def prod(synthesize: Synthesize, environments: dict[str, Environment]) -> Synthesized:
    """The synthesized prod stack."""
    return synthesize(environments["prod"])


@pytest.fixture(scope="session")
def empty_aws(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of an empty embedded AWS. All workers share it, so tests copy it and never change it."""
    from tests.support.shared import environ_of, read_models_once, shared, start_empty  # noqa: PLC0415 (boto3, which most tests do without)

    read_models_once()
    return environ_of(shared(tmp_path_factory, "empty-aws", lambda _: start_empty()))


@pytest.fixture
def project_copy(tmp_path: Path) -> Path:
    """A checkout of the app's sources in a separate folder whose path contains a space."""
    return copy_of_sources(tmp_path / "other checkout")
