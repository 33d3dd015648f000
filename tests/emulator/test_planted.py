"""The embedded AWS refuses what AWS refuses, for the same reason, and accepts what AWS accepts.

The expectations come from the AWS API references, never from the emulator. A failing test means that the emulator
accepts a fault, or returns a wrong code or message.
"""

from collections.abc import Iterator

from emulator.__main__ import reset
from emulator.rehearsal import copy_of
from tests.emulator import planted
from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import FAULTS, TWINS, Call, Fault, Refusal, Setup, Twin

import pytest
from botocore.exceptions import ClientError

planted.load()
ACCEPTED = Refusal("accepted", "")


@pytest.fixture(scope="module")
def environ(empty_aws: dict[str, str]) -> Iterator[dict[str, str]]:
    """The variables of one embedded AWS for the whole module."""
    with copy_of(empty_aws) as variables:
        yield variables


@pytest.fixture
def account(environ: dict[str, str]) -> Account:
    """An empty account."""
    status = reset(int(environ["HTTPS_PROXY"].rpartition(":")[2]))
    assert status == 0
    return Account(environ)


def prepared(setup: Setup, account: Account) -> Call:
    """The call of a case. Fails the test if a call before it is refused, because such a case proves nothing."""
    try:
        return setup(account)
    except ClientError as error:
        pytest.fail(f"SETUP refused: {error}")


def answer(call: Call, word: str) -> Refusal:
    """The response to a call. Its `word` is the expected one if the message contains it, otherwise the whole message.

    Case is ignored. Of several words separated by |, one is enough.
    """
    try:
        call()
    except ClientError as error:
        message = error.response["Error"].get("Message", "")
        found = any(part.casefold() in message.casefold() for part in word.split("|"))
        return Refusal(error.response["Error"]["Code"], word if found else message)
    return ACCEPTED


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_a_fault_is_refused(case: Fault, account: Account) -> None:
    """The call is refused with AWS's code, and the message names the fault."""
    assert case.expected == answer(prepared(case.setup, account), case.expected.word), case.reference


@pytest.mark.parametrize("case", TWINS, ids=lambda case: case.name)
def test_a_valid_twin_is_accepted(case: Twin, account: Account) -> None:
    """The same call without the fault is accepted."""
    assert answer(prepared(case.setup, account), "") == ACCEPTED


def test_there_are_enough_cases() -> None:
    """There are at least 50 faults, 20 of them semantic, and 20 twins. Each name is used once."""
    names = [case.name for case in FAULTS] + [case.name for case in TWINS]
    counts = (len(FAULTS), sum(case.semantic for case in FAULTS), len(TWINS))
    enough = all(count >= least for count, least in zip(counts, (50, 20, 20), strict=True))
    assert enough, counts
    assert sorted(set(names)) == sorted(names)
