"""One set of providers and servers for all tests of a worker. Each module starts the tasks that it needs."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

from tests.conftest import Synthesize
from tests.gateway import teams
from tests.gateway.network import NoNamespaceError
from tests.gateway.routes import ROUTES
from tests.gateway.teams_world import Gateway, TeamsWorld, teams_world
from tests.gateway.world import CALLERS_TOKEN, Task, World, world, world_on_loopback
from tests.support.synthesized import Synthesized, settings

import pytest
from openai import OpenAI


@pytest.fixture(scope="package")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything outside the task. Without a network namespace it runs on loopback; in CI that is a failure."""
    stack = ExitStack()
    folder = tmp_path_factory.mktemp("world")
    try:
        made = stack.enter_context(world(folder))
    except NoNamespaceError as error:
        if os.environ.get("CI"):
            pytest.fail(f"no network namespace ({error}): run as root on Linux, e.g. sudo .venv/bin/python -m pytest")
        made = stack.enter_context(world_on_loopback(folder))
    with stack:
        yield made


@pytest.fixture(autouse=True)
def addresses_inside(request: pytest.FixtureRequest) -> None:
    """Skip tests that need internal addresses on a machine without a network namespace."""
    if request.node.get_closest_marker("own_network") and request.getfixturevalue("outside").led_to is not None:
        pytest.skip(
            "no network namespace, so no addresses inside: run as root on Linux, e.g. sudo .venv/bin/python -m pytest"
        )


@pytest.fixture(autouse=True)
def nothing_leaks(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check after each test that no captured output has a key, prompt, token or query string."""
    yield
    if "outside" in request.fixturenames:
        found: World = request.getfixturevalue("outside")
        assert found.leaks() == []


@pytest.fixture(scope="module")
def plain(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task without routes, as synthesized from the default settings."""
    with outside.task(synthesize(settings())) as task:
        yield task


@pytest.fixture(scope="module")
def routed(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with routes of every kind, and default settings otherwise."""
    with outside.task(synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",)))) as task:
        yield task


@pytest.fixture(scope="module")
def caller(routed: Task) -> OpenAI:
    """OpenAI's client as a caller with its own token."""
    return openai(routed)


def openai(task: Task, **options: object) -> OpenAI:
    """OpenAI's own client, with the task as its base URL. It is closed with the task."""
    given = {"api_key": CALLERS_TOKEN, "max_retries": 0, "timeout": 150, **options}
    made = OpenAI(base_url=f"{task.url}/v1", **given)  # type: ignore[arg-type]  # options of OpenAI
    return task.clients.enter_context(made)


@pytest.fixture(scope="module")
def outside_of_teams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsWorld]:
    """The providers, the DynamoDB table and the user pool."""
    try:
        with teams_world(tmp_path_factory.mktemp("teams")) as made:
            yield made
    except NoNamespaceError as error:
        if os.environ.get("CI"):
            pytest.fail(f"no network namespace ({error}): run as root on Linux")
        pytest.skip(f"no network namespace ({error}): run as root on Linux, e.g. sudo .venv/bin/python -m pytest")


@pytest.fixture(scope="module")
def team_stack(synthesize: Synthesize) -> Synthesized:
    """A stack with tokens and with routes to five providers."""
    return synthesize(teams.team_settings())


@pytest.fixture(scope="module")
def quiet_stack(synthesize: Synthesize) -> Synthesized:
    """The same stack without OpenTelemetry, which halves the start time."""
    return synthesize(teams.team_settings(instrument_gateway=False))


@pytest.fixture(scope="module")
def three(outside_of_teams: TeamsWorld, quiet_stack: Synthesized) -> Iterator[list[Gateway]]:
    """Three gateways that share the table."""
    with outside_of_teams.gateways(quiet_stack, teams.SECRETS, 3) as made:
        yield made


@pytest.fixture(scope="module")
def two(outside_of_teams: TeamsWorld, team_stack: Synthesized) -> Iterator[list[Gateway]]:
    """Two gateways with OpenTelemetry."""
    with outside_of_teams.gateways(team_stack, teams.SECRETS, 2) as made:
        yield made
