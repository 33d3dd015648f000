"""This gateway with teams, for `make bench`. npm's dynalite stores budgets and rates, in a process of its own."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from constructs_lib.helpers.task.routes import ByModel, Target
from constructs_lib.helpers.usage.teams import Client, ModelPrice
from local.certificates import Certificates
from local.task import GATEWAY, NODE, running
from tests.gateway.network import CREDENTIALS, TABLE, TASKS
from tests.gateway.teams_world import Pool, applied, listening_on, make_table
from tests.support.synthesized import CERTIFICATE, Synthesized, settings

import psutil

TEAM = "bench"


@contextmanager
def with_limits(
    folder: Path, made: Certificates, key: str
) -> Iterator[tuple[str, int, dict[str, str], None, psutil.Process]]:
    """Start a gateway whose team has every kind of limit, and yield how to reach it."""
    openai = Target(provider="openai")
    client = Client(team=TEAM, monthly_budget_usd=10**6, requests_per_minute=10**6, tokens_per_minute=10**9)
    environment = settings(
        routes=ByModel(models={"m": openai}, default=openai),
        clients=(client,),
        model_prices=(ModelPrice(model="openai/*", input_usd=0.15, output_usd=0.6),),
        enable_jwt_auth=True,
        certificate_arn=CERTIFICATE,
        instrument_gateway=False,
    )
    definition = applied(Synthesized.of(environment, folder / "out-teams").containers()[GATEWAY])
    pool = Pool()
    (folder / "jwks.json").write_text(json.dumps(pool.keys()), encoding="utf-8")
    command = [str(NODE), str(Path(__file__).with_name("bench_table.mjs")), TABLE, str(made.server), CREDENTIALS]
    agent = {
        "AWS_REGION": "eu-west-1",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/credentials",
        "NODE_EXTRA_CA_CERTS": str(made.authority),
    }
    with ExitStack() as stack:
        table = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True))
        stack.callback(table.kill)
        assert table.stdout is not None
        assert table.stdout.readline() == b"ready\n"
        make_table(made)
        own = listening_on(definition, TASKS[0])
        container = stack.enter_context(
            running(own, folder / "task-teams", {"OPENAI_API_KEY": key}, host=TASKS[0], environ=agent)
        )
        assert container.process is not None
        headers = {"authorization": f"Bearer {pool.token(TEAM)}"}
        yield TASKS[0], container.port, headers, None, psutil.Process(container.process.pid)
