"""The embedded AWS's server on loopback: one call at a time, judged and authorized before moto answers it."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from emulator import answers
from emulator.additions import account, add_calls, token_endpoint
from emulator.certificates import authority
from emulator.connections import Connection, Server
from emulator.control import Control
from emulator.environ import HOST
from emulator.faults import Faults
from emulator.iam import gate, linked_roles
from emulator.iam.evaluator import EvaluatorError
from emulator.judge.verdict import verdict
from emulator.wire import cbor
from emulator.wire.calls import Call, read
from emulator.wire.errors import Answer, error_answer, form_of

from moto.moto_proxy.proxy3 import MotoRequestHandler
from werkzeug.exceptions import HTTPException

logger = logging.getLogger("emulator")
IAM_IN_GOVCLOUD = "iam.us-gov."
"""The start of IAM's host name in GovCloud. moto finds the partition only in a host name with a region in it."""
# moto_proxy logs every call once it is imported.
logging.getLogger("MOTO_PROXY").setLevel(logging.ERROR)


def described(method: str, host: str, path: str, headers: Any, body: bytes | None) -> str:
    """A call for the log: method, URL without query, target or action, and access key id."""
    action = headers.get("X-Amz-Target", "")
    if not action and body and body.startswith(b"Action="):
        action = body.split(b"&", 1)[0].decode()
    key = headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
    return " ".join(filter(None, (method, host + path.split("?", maxsplit=1)[0], action, f"key={key or '-'}")))


class Calls(MotoRequestHandler):
    """Hands each call to moto, one at a time, so that conditional writes are as atomic as on AWS."""

    control = Control(Lock())
    faults = Faults(0)

    def parse_request(self, method: str, host: str, path: str, headers: Any, body: bytes | None) -> Any:
        """Answer a call: an injected fault, the judge's or IAM's refusal, or moto's answer."""
        if (controlled := self.control.answer(method, host, path)) is not None:
            return controlled
        if host.startswith("http://"):  # moto's own API, e.g. /moto-api/reset
            with self.control.lock:
                return super().parse_request(method, host, path, headers, body)
        what = described(method, host, path, headers, body)
        self.control.hold(what)
        with self.control.lock:
            try:
                call = read(method, host, path, headers, body)
            except Exception:
                logger.exception("%s -> 501", what)
                return error_answer(form_of(host), 501, "NotImplemented", "the embedded AWS cannot read this request")
            form = form_of(host, call.service, call.protocol) if call else form_of(host)
            if fault := self.faults.next_one(host):
                logger.info("%s -> %s %s (injected)", what, fault.status, fault.code)
                return error_answer(form, fault.status, fault.code, fault.message)
            if refused := self._judged(call, form, what) or self._denied(call, form, what):
                return refused
            token = token_endpoint.answer(method, host, path, headers, body)
            answer = token or self._by_moto(call, form, what, (method, host, path, headers, body))
            if call is not None and answer[0] < 300:
                linked_roles.create_for(call)
        logger.info("%s -> %s", what, answer[0])
        return answer

    def _judged(self, call: Call | None, form: str, what: str) -> Answer | None:
        """The judge's refusal of a call; None where there is none."""
        if call is None:
            return None
        try:
            refusal = verdict(call)
        except Exception as error:
            logger.exception("%s -> 501", what)
            said = f"the embedded AWS failed to check {call.name}; see its log: {type(error).__name__}"
            return error_answer(form, 501, "NotImplemented", said)
        if refusal is None:
            return None
        said = refusal.message(call.operation)
        logger.warning("%s -> %s %s: %s", what, refusal.status, refusal.code, said)
        return error_answer(form, refusal.status, refusal.code, said)

    def _denied(self, call: Call | None, form: str, what: str) -> Answer | None:
        """IAM's refusal of a role's call; None where there is none."""
        if call is None:
            return None
        try:
            denial = gate.denial(call)
        except EvaluatorError as error:
            logger.warning("%s -> 501 %s", what, error)
            return error_answer(form, 501, "NotImplemented", str(error))
        except Exception as error:
            logger.exception("%s -> 501", what)
            said = f"the embedded AWS failed to evaluate IAM for {call.name}; see its log: {type(error).__name__}"
            return error_answer(form, 501, "NotImplemented", said)
        if denial is None:
            return None
        logger.warning("%s -> %s %s: %s", what, denial.status, denial.code, denial.message)
        return error_answer(form, denial.status, denial.code, denial.message)

    def _by_moto(
        self, call: Call | None, form: str, what: str, request: tuple[str, str, str, Any, bytes | None]
    ) -> Answer:
        """Moto's answer; 501, which no AWS SDK retries, where moto lacks the call or fails."""
        method, host, path, headers, body = request
        if IAM_IN_GOVCLOUD in host:
            host = host.replace(IAM_IN_GOVCLOUD, "iam.us-gov-west-1.")
            headers = {**dict(headers.items()), "Host": host.removeprefix("https://")}
        in_cbor = call is not None and call.protocol == cbor.PROTOCOL
        if call is not None and in_cbor:
            ours, body = cbor.as_json(call.model, call.params)
            headers, path = {**dict(headers.items()), **ours, "Content-Length": str(len(body))}, "/"
        try:
            with answers.of_region(call.region if call else "us-east-1"):
                try:
                    answer: Any = super().parse_request(method, host, path, headers, body)
                except HTTPException as error:  # an AWS error that moto leaves to its proxy
                    answer = error.code, dict(error.get_headers()), error.get_body()
                if call is not None and isinstance(answer, tuple):
                    answer = cbor.from_json(call.model, answer) if in_cbor else answers.complete(call, answer)
        except NotImplementedError as error:
            logger.warning("%s -> 501 %s", what, error)
            return error_answer(form, 501, "NotImplemented", f"the embedded AWS does not have this call: {error}")
        except Exception as error:
            logger.exception("%s -> 501", what)
            said = f"the embedded AWS failed to answer; see its log: {type(error).__name__}"
            return error_answer(form, 501, "NotImplemented", said)
        finished: Answer = answer if isinstance(answer, tuple) else (200, {}, answer)
        if finished[2] == b"AWS Service not recognized or supported":
            logger.warning("%s -> 501 unknown host", what)
            return error_answer(form, 501, "NotImplemented", f"the embedded AWS has no service at {host}")
        return finished


class Proxy(Connection):
    """A connection whose calls `Calls` answers."""

    calls = Calls


@contextmanager
def serving(port: int, *, faults: int = 0, regions: Iterable[str] = ()) -> Iterator[Server]:
    """The embedded AWS on a port of loopback (0: any free port); it answers once `serve_forever` is called.

    Every second one of the first `faults` calls fails; `regions` are enabled for the account. Raises OSError where the
    port is in use.
    """
    add_calls()
    for region in regions:
        account.enable(region)
    answers.fill_in()
    os.environ["TEST_PROXY_MODE"] = "true"  # as moto's own launcher does
    Calls.faults = Faults(faults)
    authority()  # its certificate has to exist before a caller reads it
    with (
        tempfile.TemporaryDirectory(prefix="emulator-") as folder,
        Server((HOST, port), Proxy, certificates=Path(folder)) as server,
    ):

        def serve_copy(announce: Callable[[int], None]) -> None:
            server.socket.close()
            with Server((HOST, 0), Proxy, certificates=server.certificates) as copy:
                announce(copy.server_address[1])
                copy.serve_forever(poll_interval=0.1)

        Calls.control.serve_copy = serve_copy
        Calls.control.iam_decisions = gate.DECISIONS.as_json
        Calls.control.task_session = gate.task_session
        yield server
