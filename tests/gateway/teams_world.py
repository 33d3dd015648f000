"""Gateways with teams in a network namespace: tasks, five providers that report usage, the table, the pool's keys."""

import base64
import functools
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from constructs_lib.helpers.access import RESOURCE_SERVER
from local.certificates import Certificates, certificates
from local.task import GATEWAY, NODE, Container, Definition, running
from tests.gateway.network import (
    CREDENTIALS,
    PRIVATE,
    PRIVATE_NAMES,
    PUBLIC,
    PUBLIC_NAMES,
    TABLE,
    TABLE_NAMES,
    TASKS,
    VALKEY_NAMES,
    own_network,
)
from tests.gateway.receiver import Received, receiver
from tests.support.synthesized import Synthesized
from tests.support.waiting import PATIENCE, until

import attrs
import urllib3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool"
TABLE_NAME = "ai-gateway-usage-test"
KEY_ID = "the-pools-key"
CONTROL = 4599
CLOCK = Path(__file__).with_name("clock.mjs")
ROLE = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "the-roles-secret", "Token": "the-session-token"}  # fake
_HTTP = urllib3.PoolManager(maxsize=128, retries=False, timeout=PATIENCE)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@attrs.frozen
class Pool:
    """A user pool with the key that signs its tokens."""

    key: rsa.RSAPrivateKey = attrs.Factory(lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def keys(self) -> dict[str, object]:
        """Return its JWKS."""
        numbers = self.key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        n, e = (_encoded(value.to_bytes(length, "big")) for value, length in ((numbers.n, size), (numbers.e, 3)))
        return {"keys": [{"kid": KEY_ID, "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e}]}

    @functools.cache  # noqa: B019 (one pool lives as long as the tests)
    def token(self, client: str, **claims: object) -> str:
        """Return an access token of a client."""
        payload = {
            "iss": ISSUER,
            "client_id": client,
            "token_use": "access",
            "scope": f"{RESOURCE_SERVER}/invoke",
            "exp": int(time.time()) + 30 * 86_400,
            **claims,
        }
        parts = ({"alg": "RS256", "kid": KEY_ID}, payload)
        text = ".".join(_encoded(json.dumps(part).encode()) for part in parts)
        return f"{text}.{_encoded(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@attrs.frozen
class Gateway:
    """One running task."""

    container: Container
    host: str
    pool: Pool

    @property
    def url(self) -> str:
        """The URL that the load balancer uses."""
        return f"http://{self.host}:{self.container.port}"

    def post(self, client: str, path: str, document: object, **more: Any) -> urllib3.BaseHTTPResponse:
        """Send a JSON request with a client's token."""
        headers = {"authorization": f"Bearer {self.pool.token(client)}", **more.pop("headers", {})}
        return _HTTP.request("POST", f"{self.url}{path}", json=document, headers=headers, **more)

    def send(self, token: str, path: str, body: bytes) -> urllib3.BaseHTTPResponse:
        """Send a raw body with a token."""
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return _HTTP.request("POST", f"{self.url}{path}", body=body, headers=headers)

    def get(self, path: str, token: str) -> urllib3.BaseHTTPResponse:
        """Send a GET request with a token."""
        return _HTTP.request("GET", f"{self.url}{path}", headers={"authorization": f"Bearer {token}"})

    def line(self, **fields: object) -> dict[str, Any]:
        """Return the last access log line with these fields; the gateway writes it when the connection has ended."""

        def lines() -> list[dict[str, Any]]:
            written = self.container.output.splitlines()
            return [json.loads(line) for line in written if line.startswith('{"log":"access"')]

        return until(
            lambda: [line for line in lines() if fields.items() <= line.items()], lambda: (fields, lines()[-3:])
        )[-1]


def _plain(item: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return DynamoDB's typed values as plain values."""
    read: dict[str, Callable[[Any], Any]] = {"N": int, "S": str, "M": _plain}
    return {name: read[kind](value) for name, typed in item.items() for kind, value in typed.items()}


def call_table(made: Certificates, operation: str, document: dict[str, Any]) -> dict[str, Any]:
    """Call DynamoDB; dynalite does not check the signature."""
    with urllib3.PoolManager(ca_certs=str(made.authority), retries=False, timeout=PATIENCE) as pool:
        signed = (
            "AWS4-HMAC-SHA256 Credential=a/20261101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b"
        )
        headers = {
            "x-amz-target": f"DynamoDB_20120810.{operation}",
            "content-type": "application/x-amz-json-1.0",
            "authorization": signed,
            "x-amz-date": "20261101T000000Z",
        }
        answer = pool.request("POST", f"https://{TABLE_NAMES[0]}/", body=json.dumps(document), headers=headers)
    assert answer.status == 200, answer.data
    found: dict[str, Any] = answer.json()
    return found


def make_table(made: Certificates) -> None:
    """Create the table as usage/table.py defines it."""
    keyed = [("pk", "HASH"), ("sk", "RANGE")]
    document = {
        "TableName": TABLE_NAME,
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keyed],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keyed],
        "BillingMode": "PAY_PER_REQUEST",
    }
    call_table(made, "CreateTable", document)


def listening_on(definition: Definition, host: str) -> Definition:
    """Return a task definition that listens on one address, so that several tasks can run on one machine."""
    items = [
        {**item, "value": json.dumps({**json.loads(item["value"]), "listen_host": host})}
        if item["name"] == "GATEWAY_SETTINGS"
        else item
        for item in definition["environment"]
    ]
    return {**definition, "environment": items}


def applied(definition: Definition) -> Definition:
    """Return a container with Terraform's values filled in: pool, clients (named after their teams) and table."""
    environment = {item["name"]: item["value"] for item in definition["environment"]}
    made = json.loads(environment["GATEWAY_TEAMS"])
    assert "${aws_cognito_user_pool" in made["issuer"]
    assert "${aws_dynamodb_table" in made["table"]
    known: dict[str, object] = {
        "issuer": ISSUER,
        "table": TABLE_NAME,
        "clients": {team: team for team in made["clients"].values()},
    }
    if made["valkey"] is not None:
        assert made["valkey"]["host"].startswith("${aws_elasticache_replication_group")
        known["valkey"] = {**made["valkey"], "host": VALKEY_NAMES[0]}
    environment["GATEWAY_TEAMS"] = json.dumps({**made, **known})
    return {**definition, "environment": [{"name": name, "value": value} for name, value in environment.items()]}


@attrs.define
class TeamsWorld:
    """Everything that the gateways can reach."""

    folder: Path
    certificates: Certificates
    pool: Pool
    received: Received
    started: int = 0
    free: list[str] = attrs.Factory(lambda: list(TASKS))
    """Addresses that no task uses yet."""

    def control(self, path: str) -> Any:
        """Send a command to the providers' process."""
        return _HTTP.request("GET", f"http://127.0.0.1:{CONTROL}{path}").json()

    def records(self) -> list[dict[str, Any]]:
        """Return the requests that the providers received and the answers that they sent, in order."""
        found: list[dict[str, Any]] = self.control("/records")
        return found

    def dynamodb(self, operation: str, document: dict[str, Any]) -> dict[str, Any]:
        """Call DynamoDB."""
        return call_table(self.certificates, operation, document)

    def items(self, start: str) -> dict[str, dict[str, Any]]:
        """Return the items whose partition key has this prefix, by partition key and sort key."""
        found = [_plain(item) for item in self.dynamodb("Scan", {"TableName": TABLE_NAME})["Items"]]
        return {f"{item['pk']} {item['sk']}": item for item in found if item["pk"].startswith(start)}

    @contextmanager
    def gateways(
        self, stack: Synthesized, secrets: dict[str, str], count: int = 1, *, ahead_seconds: float = 0
    ) -> Iterator[list[Gateway]]:
        """Start tasks of a stack, each on its own address; `ahead_seconds` is how far their clocks are ahead."""
        definition = applied(stack.containers()[GATEWAY])
        with ExitStack() as exits:
            made = []
            for _ in range(count):
                host = self.free.pop()
                exits.callback(self.free.append, host)
                self.started += 1
                environ = {
                    "AWS_REGION": "eu-west-1",
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/credentials",
                    "NODE_EXTRA_CA_CERTS": str(self.certificates.authority),
                    "OTEL_METRIC_EXPORT_INTERVAL": "1000",
                    "CLOCK_AHEAD_SECONDS": str(ahead_seconds),
                }
                own = listening_on(definition, host)
                folder = self.folder / f"task-{self.started}"
                given = {item["name"]: secrets[item["name"]] for item in definition.get("secrets", [])}
                imports = (CLOCK,) if ahead_seconds else ()
                container = exits.enter_context(
                    running(own, folder, given, host=host, imports=imports, environ=environ)
                )
                made.append(Gateway(container, host, self.pool))
            yield made


@contextmanager
def teams_world(folder: Path) -> Iterator[TeamsWorld]:
    """Enter the namespace and start everything in it. Raises NoNamespaceError."""
    with ExitStack() as stack:
        stack.enter_context(own_network(folder))
        made = certificates(folder, (*PUBLIC_NAMES, *PRIVATE_NAMES, *TABLE_NAMES, *VALKEY_NAMES))
        pool = Pool()
        keys = folder / "jwks.json"
        keys.write_text(json.dumps(pool.keys()), encoding="utf-8")
        options = {
            "certificate": str(made.server),
            "keys": str(keys),
            "credentials": ROLE,
            "addresses": {"providers": [PUBLIC, PRIVATE], "table": TABLE, "credentials": CREDENTIALS},
            "control": CONTROL,
        }
        script = Path(__file__).with_name("teams_world.mjs")
        process = stack.enter_context(
            subprocess.Popen([NODE, str(script), json.dumps(options)], stdout=subprocess.PIPE, start_new_session=True)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        received = stack.enter_context(receiver())
        world = TeamsWorld(folder, made, pool, received)
        make_table(made)
        yield world
