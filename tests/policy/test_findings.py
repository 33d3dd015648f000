"""Which findings the accepted entries explain, and which entries are stale."""

from pathlib import Path

from policy.findings import Accepted, Finding, PolicyError, accepted, judge

import pytest

FINDING = Finding("dev", "CKV_AWS_18", "AccessLogs/Bucket", "Ensure the S3 bucket has access logging enabled")


def entry(**changes: object) -> Accepted:
    """Return an entry that covers FINDING, with some fields changed."""
    fields = {"check": "CKV_AWS_18", "resource": "AccessLogs/Bucket", "reason": "It holds logs."}
    return Accepted(**{**fields, **changes})  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    "covering",
    [entry(), entry(resource="AccessLogs/*"), entry(resource="*"), entry(environments=("dev", "staging"))],
)
def test_an_entry_explains_its_finding(covering: Accepted) -> None:
    """An entry covers a finding with its check and construct path, in the environments that it names."""
    verdict = judge([FINDING], [covering], source="synthesized")
    assert (verdict.unexplained, verdict.explained, verdict.stale) == ([], [(FINDING, covering)], [])


@pytest.mark.parametrize("other", [entry(check="CKV_AWS_21"), entry(resource="Other"), entry(environments=("prod",))])
def test_an_entry_about_something_else_is_stale_and_explains_nothing(other: Accepted) -> None:
    """An entry for another check, path or environment is stale and leaves the finding unexplained."""
    verdict = judge([FINDING], [other], source="synthesized")
    assert (verdict.unexplained, verdict.explained, verdict.stale) == ([FINDING], [], [other])


def test_what_only_a_plan_shows_is_not_stale_in_the_json() -> None:
    """Entries for findings in a plan are not stale in a scan of synthesized JSON, and the other way round."""
    entries = [entry(seen_in="plan"), entry()]
    assert judge([], entries, source="synthesized").stale == [entries[1]]
    assert judge([], entries, source="plan").stale == [entries[0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[accepted]", "policy/accepted.toml: invalid TOML: "),
        (
            '[[accepted]]\ncheck = "A"\nwhy = "B"\n',
            "policy/accepted.toml: entry 1 has the keys check, why; allowed are check, resource, reason, environments, "
            "seen_in (the last two are optional)",
        ),
        (
            '[[accepted]]\ncheck = "A"\nresource = "B"\nreason = " "\n',
            "policy/accepted.toml: entry 1 (A): seen_in must be one of synthesized, switch, plan, and reason must not be empty",
        ),
        (
            '[[accepted]]\ncheck = "A"\nresource = "B"\nreason = "C"\nseen_in = "D"\n',
            "policy/accepted.toml: entry 1 (A): seen_in must be one of synthesized, switch, plan, and reason must not be empty",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, message: str) -> None:
    """An invalid file gives a one-line error with the number of the entry."""
    path = tmp_path / "accepted.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        accepted(path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_every_entry_has_a_sentence() -> None:
    """Every reason ends with a full stop."""
    assert [one.check for one in accepted() if not one.reason.endswith(".")] == []
