"""The runtime's own tests, its bundles, and its lists compared with Python's and Portkey's."""

import ipaddress
import json
import re
import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

from constructs_lib.helpers.access import RESOURCE_SERVER
from constructs_lib.helpers.task.routes import PROVIDERS
from constructs_lib.helpers.task.runtime import BOOTSTRAP, MOST_BUNDLE_BYTES, Bundle
from constructs_lib.network.waf import REDACTED_HEADERS
from local.task import NODE, PORTKEY
from tools.environment import ROOT

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RUNTIME = ROOT / "gateway_runtime"
MODULES = sorted((RUNTIME / "src").rglob("*.mjs"))
MOST_LINES = 300
SOURCE = PORTKEY / "build" / "start-server.js"


def node(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run Node in the project's root folder."""
    return subprocess.run([NODE, *arguments], cwd=ROOT, input=given, capture_output=True, text=True, check=False)


def test_each_module_by_itself() -> None:
    """Node's test runner passes all tests of gateway_runtime."""
    done = node("--test", "gateway_runtime/test/")
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"^# pass ([1-9]\d)", done.stdout, re.MULTILINE)


def test_the_bundles_are_current() -> None:
    """The committed bundles match gateway_runtime/src."""
    done = node("gateway_runtime/build.mjs", "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bundle_that_is_stale_is_named(tmp_path: Path) -> None:
    """Each stale bundle is named, with the command that builds it."""
    for folder in ("gateway_runtime", "constructs_lib/task"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    change = tmp_path / "gateway_runtime" / "src" / "valkey" / "buckets.mjs"
    change.write_text(change.read_text(encoding="utf-8").replace("60000000", "60000001"), encoding="utf-8")
    done = subprocess.run(
        [NODE, "gateway_runtime/build.mjs", "--check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (
        1,
        "constructs_lib/task/gateway_runtime_valkey.txt: does not match gateway_runtime/src; run node "
        "gateway_runtime/build.mjs\n",
    )


@pytest.mark.parametrize("bundle", list(Bundle))
def test_the_bundles_are_small(bundle: Bundle) -> None:
    """Each bundle is small enough to leave room in the task definition."""
    assert len(bundle.path.read_text(encoding="ascii")) <= MOST_BUNDLE_BYTES[bundle]


PARTS = {Bundle.BASE: (False, False), Bundle.TEAMS: (True, False), Bundle.VALKEY: (True, True)}
"""Whether each bundle contains the code for teams, and the code for Valkey."""


@pytest.mark.parametrize("bundle", list(Bundle))
def test_the_command_decodes_its_bundle(bundle: Bundle) -> None:
    """Each bundle decodes to a module that Node can load, with only the parts that its settings need."""
    shown = BOOTSTRAP.removeprefix("data:text/javascript,").replace("await import(", "process.stdout.write(")
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", shown],
        env={"GATEWAY_RUNTIME": bundle.path.read_text(encoding="ascii").strip()},
        capture_output=True,
        text=True,
        check=False,
    )
    text = b64decode(done.stdout.removeprefix("data:text/javascript;base64,")).decode()
    assert ("DynamoDB_20120810" in text, "EVALSHA" in text) == PARTS[bundle]
    assert node("--check", "--input-type=module", "-", given=text).stderr == ""


def test_no_module_outgrows_a_reader() -> None:
    """Each module has fewer than MOST_LINES lines."""
    for module in MODULES:
        assert len(module.read_text(encoding="utf-8").splitlines()) < MOST_LINES, module.name


def public(addresses: list[str]) -> list[bool]:
    """Return for each address whether the runtime treats it as public."""
    script = (
        "import {isPublic} from './gateway_runtime/src/addresses.mjs';let t='';process.stdin.on('data',d=>t+=d)"
        ".on('end',()=>console.log(JSON.stringify(JSON.parse(t).map(isPublic))))"
    )
    found: list[bool] = json.loads(node("--input-type=module", "-e", script, given=json.dumps(addresses)).stdout)
    return found


def test_the_scopes_are_those_of_the_resource_server() -> None:
    """The runtime reads the scopes of the resource server that Cognito's tokens name."""
    assert f'"{RESOURCE_SERVER}/"' in (RUNTIME / "src" / "tokens.mjs").read_text(encoding="utf-8")


def test_the_providers_are_portkeys() -> None:
    """The provider names equal those in Portkey's source, so that an upgrade of Portkey shows new ones."""
    source = SOURCE.read_text(encoding="utf-8")
    table = source[source.index("{openai:") :]
    names = re.findall(
        r'[{,](\[\w+\]|"[a-z0-9-]+"|[a-z0-9]+):[A-Za-z_$]{2}(?=[,}])', table[: table.index("ovhcloud:{")]
    )
    constants = {name: re.search(rf'[,\s]{name[1:-1]}="([^"]+)"', source) for name in names if name.startswith("[")}
    found = {match.group(1) if (match := constants.get(name)) else name.strip('"') for name in names}
    assert found | {"ovhcloud"} == PROVIDERS


NEAR = [
    str(ipaddress.ip_address(int(ipaddress.ip_network(network)[index]) + step))
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    )
    for index, step in ((0, 0), (0, 1), (-1, 0), (-1, 1))
]  # fmt: skip


@settings(max_examples=4, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.lists(st.ip_addresses().map(str), min_size=400, max_size=400))
def test_no_address_is_public_that_python_says_is_not(addresses: list[str]) -> None:
    """The runtime treats no address as public that Python lists as non-global or multicast."""
    for address, found in zip(addresses, public(addresses), strict=True):
        parsed = ipaddress.ip_address(address)
        assert not found or (parsed.is_global and not parsed.is_multicast), address


def test_the_edges_of_the_networks() -> None:
    """At the network boundaries, an IPv4 address is public exactly if Python reports it as global."""
    assert public(NEAR) == [ipaddress.ip_address(address).is_global for address in NEAR]


def test_the_providers_hosts_are_portkeys() -> None:
    """Every host in a provider's base URL is on the list, so that an upgrade of Portkey shows missing ones.

    Storage buckets are not on the list, because anyone can own one.
    """
    source = SOURCE.read_text(encoding="utf-8")
    found = set(re.findall(r'getBaseURL:[^`"]{0,120}["`]https://([a-z0-9.-]+\.[a-z]+)(?=[/"`])', source))
    assert len(found) > 50
    script = (
        "import {isProviderHost} from './gateway_runtime/src/provider_hosts.mjs';"
        f"console.log(JSON.stringify({json.dumps(sorted(found))}.filter(h=>!isProviderHost(h))))"
    )
    assert json.loads(node("--input-type=module", "-e", script).stdout) == ["storage.googleapis.com"]


CREDENTIAL = re.compile(
    r"api-key|access-key-id|secret|token|service-account|private-key|passphrase|fingerprint|virtual-key|config|external-id"
)
"""Matches Portkey's header names that hold a credential or a part of one."""


def test_waf_redacts_every_credential_that_portkey_reads() -> None:
    """WAF redacts every header in Portkey's source with a credential's name, and the headers of providers' SDKs."""
    source = SOURCE.read_text(encoding="utf-8")
    (variable,) = set(re.findall(r'const (\w)="portkey"', source))
    named = {f"x-portkey-{name}" for name in re.findall(rf"`x-\$\{{{variable}\}}-([a-z-]+)`", source)}
    assert len(named) > 60
    wanted = {name for name in named if CREDENTIAL.search(name)}
    assert {"x-portkey-aws-secret-access-key", "x-portkey-config", "x-portkey-oracle-private-key"} <= wanted
    own = {"authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key", "proxy-authorization"}
    assert set(REDACTED_HEADERS) == wanted | own


@pytest.mark.parametrize("module", [str(path.relative_to(RUNTIME / "src")) for path in MODULES])
def test_each_module_says_what_it_is_for(module: str) -> None:
    """The first line of each module is a comment that describes it."""
    first = (RUNTIME / "src" / module).read_text(encoding="utf-8").splitlines()[0]
    assert re.fullmatch(r"// .{20,}", first)
