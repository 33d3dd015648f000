"""Renders a review as a page: Markdown for a pull request, HTML for a browser."""

import ast
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from policy.findings import Accepted, Finding
from resource_types import record_of
from resource_types.expressions import type_of
from review.causes import causes
from review.compare import BlockChange, EnvironmentChange
from review.replaced import Replacement
from review.security import SecurityChange

import attrs
from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape

LONG = 160
"""Characters of a value in the Markdown page; the HTML page shows the whole value."""

COMMENT = 60_000
"""Characters of the Markdown page, so that it fits into a GitHub comment (at most 65,536)."""

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
MARKS = frozenset("\\`*_{}[]()#+!|~-")
ZERO_WIDTH_SPACE = "\u200b"
_LIVE = re.compile(r"(?i)@|#(?=\d)|\bGH-(?=\d)|\bhttps?(?=:)|\bwww(?=\.)")
"""What GitHub turns into a mention, an issue reference or a link, anywhere in a comment."""


@attrs.frozen
class Replaced:
    """A resource that Terraform would delete and create again."""

    replacement: Replacement
    path: str

    @property
    def holds_data(self) -> bool:
        """Whether the replacement would delete data."""
        return record_of(type_of(self.replacement.address)).holds_data


@attrs.frozen
class EnvironmentReview:
    """Everything that the page shows about one environment."""

    change: EnvironmentChange
    security: tuple[SecurityChange, ...]
    replaced: tuple[Replaced, ...]
    """All replacements, including those that depend on what AWS has."""
    cannot_plan: str
    """Why Terraform could not plan replacements; empty where it could."""
    new_findings: tuple[tuple[Finding, Accepted | None], ...]
    gone_findings: tuple[Finding, ...]

    @property
    def causes(self) -> list[tuple[tuple[str, ...], list[Replaced]]]:
        """The root causes of certain replacements, each with the resources that it replaces, those with data first."""
        by_address = {one.replacement.address: one for one in self.certain}
        found = causes([one.replacement for one in self.certain], self.change.settings)
        return [
            (
                cause.names,
                sorted((by_address[one.address] for one in cause.replacements), key=lambda one: not one.holds_data),
            )
            for cause in found
        ]

    @property
    def certain(self) -> list[Replaced]:
        """The resources that would be replaced whatever AWS has now."""
        return [one for one in self.replaced if one.replacement.certain]

    @property
    def depending(self) -> list[Replaced]:
        """The resources that would be replaced only if AWS has other values now; those with data first."""
        found = [one for one in self.replaced if not one.replacement.certain]
        return sorted(found, key=lambda one: not one.holds_data)

    @property
    def replaced_in_numbers(self) -> str:
        """How many resources would be replaced; a range where some depend on what AWS has."""
        least, most = len(self.certain), len(self.replaced)
        return str(most) if least == most else f"{least} to {most}"

    @property
    def lost(self) -> list[Replaced]:
        """The resources with data that would be replaced."""
        return [one for one in self.certain if one.holds_data]

    @property
    def removed_data(self) -> list[BlockChange]:
        """The resources with data that are no longer in the stack, so that Terraform would delete them."""
        return [block for block in self.change.blocks if block.kind == "removed" and record_of(block.type_).holds_data]

    @property
    def counts(self) -> Counter[str]:
        """How many blocks were added, changed and removed."""
        return Counter(block.kind for block in self.change.blocks)

    @property
    def gates(self) -> dict[str, bool]:
        """Whether each condition of `--fail-on` applies to this environment.

        `replace-data` is hit by certain losses only, `replace` also where the review cannot know it.
        """
        return {
            "replace-data": bool(self.lost or self.removed_data),
            "replace": bool(self.replaced or self.cannot_plan),
            "security": bool(self.security),
            "policy": any(accepted is None for _, accepted in self.new_findings),
            "warnings": bool(self.change.new_warnings),
        }


NOTHING, CHANGES, GATE = 0, 2, 3
"""Exit codes: no changes, changes, a condition of `--fail-on` applies."""
GATES = ("replace-data", "replace", "security", "policy", "warnings")


@attrs.frozen
class Review:
    """The review of all environments against a base."""

    base: str
    commit: str
    environments: tuple[EnvironmentReview, ...]

    @property
    def changed(self) -> list[EnvironmentReview]:
        """The environments with something to review."""
        return [one for one in self.environments if one.change.anything or one.new_findings or one.gone_findings]

    @property
    def unchanged(self) -> list[str]:
        """The names of the environments without changes."""
        changed = {one.change.name for one in self.changed}
        return [one.change.name for one in self.environments if one.change.name not in changed]

    def exit_code(self, fail_on: Sequence[str], *, exit_zero: bool) -> tuple[int, list[str]]:
        """The exit code, and the conditions of `fail_on` that apply. `exit_zero`: 0 for other changes."""
        hit = [gate for gate in fail_on if any(one.gates[gate] for one in self.changed)]
        if hit:
            return GATE, hit
        return (CHANGES if self.changed and not exit_zero else NOTHING), []


def words(value: str) -> str:
    """A setting's Python value in words, e.g. `on` for `True`."""
    try:
        given = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    if isinstance(given, bool):
        return "on" if given else "off"
    if given in ("", (), None):
        return "none"
    return ", ".join(map(str, given)) if isinstance(given, tuple) else str(given)


def _line(value: str) -> str:
    """A value on one line; the middle of a long one is left out."""
    line = " ".join(value.split())
    return line if len(line) <= LONG else f"{line[: LONG // 2]} … {line[-LONG // 2 :]}"


def code(value: str) -> str:
    """A value as a code span for a table cell, in which GitHub finds no HTML, link or mention; empty stays empty."""
    # A backslash before a pipe would escape the backslash that escapes the pipe, so they are separated.
    line = _line(value).replace("`", "'").replace("\\|", "\\ |").replace("|", "\\|")
    return f"`{line}`" if line else ""


def prose(value: str) -> str:
    """A sentence with everything escaped that Markdown or GitHub would interpret, e.g. HTML, links and mentions."""
    line = _LIVE.sub(lambda match: f"{match[0]}{ZERO_WIDTH_SPACE}", _line(value))
    return "".join(ENTITIES.get(one) or (f"\\{one}" if one in MARKS else one) for one in line)


def _templates() -> Templates:
    # Jinja escapes values in the HTML page only; the Markdown page passes each value through `code` or `prose`.
    made = Templates(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(words=words, code=code, prose=prose)
    return made


def markdown(review: Review) -> str:
    """The Markdown page; where it is longer than COMMENT, without attributes, and if it still is, cut off."""
    template = _templates().get_template("page.md")
    text = template.render(review=review, attributes=True)
    if len(text) > COMMENT:
        text = template.render(review=review, attributes=False)
    if len(text) > COMMENT:
        text = text[:COMMENT].rpartition("\n")[0] + "\n\n… the rest is in review.html.\n"
    return text


def html(review: Review) -> str:
    """The HTML page, with its styles inline."""
    return _templates().get_template("page.html").render(review=review)
