"""Findings, accepted findings with their reasons, and the comparison of the two."""

import tomllib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import attrs

ACCEPTED = Path(__file__).parent / "accepted.toml"
SOURCES = ("synthesized", "switch", "plan")
"""Where a finding occurs: in the JSON of the committed environments, with a setting that none of them has, or only in
a Terraform plan."""


class PolicyError(Exception):
    """The scan itself failed; the message says why and what to do."""


@attrs.frozen(order=True)
class Finding:
    """A scanner's finding about one resource of one environment."""

    environment: str
    check: str
    resource: str
    """Path of its construct, e.g. `AccessLogs/Bucket`."""
    title: str

    def __str__(self) -> str:
        return f"{self.environment}: {self.check} at {self.resource}: {self.title}"


@attrs.frozen
class Accepted:
    """An accepted finding, and the reason."""

    check: str
    resource: str
    """Path of a construct; `*` matches any part of it."""
    reason: str
    environments: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    """The environments in which it is accepted; empty for all."""
    seen_in: str = "synthesized"
    """One of SOURCES."""

    def covers(self, finding: Finding) -> bool:
        """Whether it accepts this finding."""
        return (
            self.check == finding.check
            and fnmatchcase(finding.resource, self.resource)
            and (not self.environments or finding.environment in self.environments)
        )


@attrs.frozen
class Verdict:
    """The result of a comparison of findings with accepted ones; `stale` entries match no finding."""

    unexplained: list[Finding]
    explained: list[tuple[Finding, Accepted]]
    stale: list[Accepted]


def accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """The accepted findings in a file. Raises PolicyError for invalid TOML or an invalid entry."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", [])
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"policy/{path.name}: invalid TOML: {error}") from None
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            one = Accepted(**entry)
        except TypeError:
            fields = ", ".join(field.name for field in attrs.fields(Accepted))
            raise PolicyError(
                f"policy/{path.name}: entry {number} has the keys {', '.join(entry) or '(none)'}; allowed are {fields} "
                "(the last two are optional)"
            ) from None
        if one.seen_in not in SOURCES or not one.reason.strip():
            raise PolicyError(
                f"policy/{path.name}: entry {number} ({one.check}): seen_in must be one of {', '.join(SOURCES)}, and "
                "reason must not be empty"
            )
        found.append(one)
    return found


def judge(findings: Iterable[Finding], entries: Sequence[Accepted], *, source: str) -> Verdict:
    """Compare the findings of one source with accepted ones; an entry of that source without a finding is stale."""
    verdict = Verdict([], [], [])
    used: set[Accepted] = set()
    for finding in sorted(set(findings)):
        entry = next((entry for entry in entries if entry.covers(finding)), None)
        if entry is None:
            verdict.unexplained.append(finding)
        else:
            used.add(entry)
            verdict.explained.append((finding, entry))
    verdict.stale.extend(entry for entry in entries if entry.seen_in == source and entry not in used)
    return verdict
