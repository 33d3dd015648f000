"""A finding, an accepted one with its reason, and what is left when the one is held against the other."""

import tomllib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import attrs

ACCEPTED = Path(__file__).parent / "accepted.toml"
SOURCES = ("synthesized", "switch", "plan")
"""Where a finding is seen: in the JSON of these environments, with a setting that none has, or only in a plan."""


class PolicyError(Exception):
    """The check itself cannot be made; the message says why and what to do."""


@attrs.frozen(order=True)
class Finding:
    """What a scanner holds against one resource of one environment."""

    environment: str
    check: str
    resource: str
    """Path of its construct, e.g. `AccessLogs/Bucket`."""
    title: str

    def __str__(self) -> str:
        return f"{self.environment}: {self.check} at {self.resource}: {self.title}"


@attrs.frozen
class Accepted:
    """A finding that stays, and why."""

    check: str
    resource: str
    """Path of a construct; `*` stands for any part of it."""
    reason: str
    environments: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    """The only ones it is accepted in; empty: all of them."""
    seen_in: str = "synthesized"

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this one."""
        return (
            self.check == finding.check
            and fnmatchcase(finding.resource, self.resource)
            and (not self.environments or finding.environment in self.environments)
        )


@attrs.frozen
class Verdict:
    """What remains to be done about a set of findings."""

    unexplained: list[Finding]
    explained: list[tuple[Finding, Accepted]]
    stale: list[Accepted]


def accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """The accepted findings. Raises PolicyError for a file or an entry that cannot be read."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("accepted", [])
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"policy/{path.name}: does not parse: {error}") from None
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            one = Accepted(**entry)
        except TypeError:
            fields = ", ".join(field.name for field in attrs.fields(Accepted))
            raise PolicyError(
                f"policy/{path.name}: entry {number} has {', '.join(entry) or 'nothing'}; it takes {fields} (the last "
                "two may be left out)"
            ) from None
        if one.seen_in not in SOURCES or not one.reason.strip():
            raise PolicyError(
                f"policy/{path.name}: entry {number} ({one.check}): seen_in is one of {', '.join(SOURCES)}, and a "
                "reason is a sentence"
            )
        found.append(one)
    return found


def judge(findings: Iterable[Finding], entries: Sequence[Accepted], *, source: str) -> Verdict:
    """Hold findings of one source against what is accepted; an entry of that source that covers none is stale."""
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
