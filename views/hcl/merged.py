"""Merges the values of several environments: equal ones stay, different ones become variables and conditions."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from views.hcl.expressions import Conditional, Document, Raw, has_reference, inline, pieces

import attrs

Values = tuple[Any, ...]
"""A value for each environment, in their order."""
MISSING = object()
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_TOKEN = re.compile(r"([A-Za-z0-9_.]+)")
_COMMON = frozenset({"enable", "is", "aws", "per", "az", "count", "resource", "data", "gateway"})
"""Words that do not help to find the setting for a path."""
IDENTITIES = ("title", "name", "Sid", "sid", "Name", "id", "rule_id")


def words(text: str) -> frozenset[str]:
    """The words of a name or a path, in lower case, without those of _COMMON."""
    return frozenset(word.lower() for word in _WORD.findall(text)) - _COMMON


def snake(text: str) -> str:
    """A name in snake case without repeated words, e.g. `network_nat_a` for `Network/NatA`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    parts = [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]
    return "_".join(part for number, part in enumerate(parts) if number == 0 or part != parts[number - 1])


@attrs.define
class Merger:
    """Merges the values of environments."""

    environments: tuple[str, ...]
    settings: dict[str, Values]
    """The settings that differ, by name, with a value for each environment."""
    variables: dict[str, Values] = attrs.field(factory=dict)
    """The variables to which the result refers."""

    # Names

    def variable(self, name: str, values: Values) -> str:
        """A reference to a variable with these values; its name gets a number if it is taken by other values."""
        base, number = name, 1
        while self.variables.get(name, self.settings.get(name, values)) != values:
            number += 1
            name = f"{base}_{number}"
        self.variables[name] = values
        return f"var.{name}"

    def by_setting(self, present: tuple[bool, ...], path: str) -> str | None:
        """A condition on a setting that is on, or off, in exactly these environments; None without such a setting.

        Of several settings it takes the one whose name shares most words with the path.
        """
        found: list[tuple[int, str]] = []
        for name, values in self.settings.items():
            score = len(words(name) & words(path))
            is_boolean = all(isinstance(value, bool) for value in values)
            is_optional = all(isinstance(value, str | tuple) for value in values) and not all(values)
            on = tuple(map(bool, values))
            if score and (is_boolean or is_optional) and on in {present, tuple(not one for one in present)}:
                reference = self.variable(name, values)
                yes = reference if is_boolean else f"length({reference}) > 0"
                no = f"!{reference}" if is_boolean else f"length({reference}) == 0"
                found.append((score, yes if on == present else no))
        return max(found, key=lambda one: one[0])[1] if found else None

    def condition(self, present: tuple[bool, ...], path: str) -> str:
        """A condition that is true in exactly the environments in which something is present."""
        if found := self.by_setting(present, path):
            return found
        names = [name for name, one in zip(self.environments, present, strict=True) if one]
        environment = self.variable("environment", self.environments)
        if len(names) == 1:
            return f'{environment} == "{names[0]}"'
        return f"contains({json.dumps(names)}, {environment})"

    # Values

    def merge(self, values: Values, path: str) -> Any:  # noqa: ANN401 (any value of JSON)
        """One value for all environments; none may be MISSING. `path`: its place, to find a setting by name."""
        if all(one == values[0] for one in values):
            return values[0]
        for kind, way in (
            (Document, self._document),
            (str, self._template),
            (Mapping, self._mapping),
            (list, self.items),
        ):
            if all(isinstance(one, kind) for one in values):
                return way(values, path)
        if not any(isinstance(one, Mapping | list | Document) or has_reference(one) for one in values):
            return Raw(self._scalar(values, path))
        return Raw(self.choice(values, path))

    def _document(self, values: Values, path: str) -> Document:
        return Document(self.merge(tuple(one.content for one in values), path), values[0].is_text)

    def _mapping(self, values: Values, path: str) -> dict[str, Any]:
        keys = list(dict.fromkeys(key for one in values for key in one))
        merged = {}
        for key in keys:
            there = tuple(key in one for one in values)
            inner = self.among(there).merge(tuple(one[key] for one in values if key in one), f"{path}/{key}")
            merged[key] = inner if all(there) else Conditional(self.condition(there, f"{path}/{key}"), inner)
        return merged

    def among(self, there: tuple[bool, ...]) -> "Merger":
        """A merger for some of the environments, with the same variables."""
        if all(there):
            return self
        chosen = tuple(name for name, one in zip(self.environments, there, strict=True) if one)
        return Part(chosen, self.settings, self.variables, whole=self, there=there)

    def items(self, values: Values, path: str) -> list[Any]:
        """Merge lists item by item; an item that some environments lack is conditional."""
        merged = []
        for row in self.aligned(values):
            there = tuple(one is not MISSING for one in row)
            inner = self.among(there).merge(tuple(one for one in row if one is not MISSING), path)
            hint = path + "/" + " ".join(self._identity(one) for one in row if one is not MISSING)
            merged.append(inner if all(there) else Conditional(self.condition(there, hint), inner))
        return merged

    def _identity(self, item: Any) -> str:  # noqa: ANN401 (any value of JSON)
        """A string that identifies an item of a list in all environments."""
        if isinstance(item, Mapping):
            inner = item.get("properties", item)
            for key in IDENTITIES:
                if isinstance(inner, Mapping) and isinstance(inner.get(key), str):
                    return self._neutral(inner[key])
        return self._neutral(json.dumps(item, sort_keys=True, default=str))

    def _neutral(self, text: str) -> str:
        for name in self.environments:
            text = re.sub(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", "*", text)
        return text

    def aligned(self, lists: Values) -> list[list[Any]]:
        """Rows with the matching item of each list, or MISSING, in the order of the lists."""
        if len({len(one) for one in lists}) == 1:
            return [list(row) for row in zip(*lists, strict=True)]
        rows: list[list[Any]] = [[item] for item in lists[0]]
        for width, other in enumerate(lists[1:], 1):
            known = [self._identity(next(one for one in row if one is not MISSING)) for row in rows]
            new = [self._identity(item) for item in other]
            merged: list[list[Any]] = []
            for tag, a, b, c, d in difflib.SequenceMatcher(None, known, new, autojunk=False).get_opcodes():
                if tag == "equal":
                    merged += [[*row, item] for row, item in zip(rows[a:b], other[c:d], strict=True)]
                else:
                    merged += [[*row, MISSING] for row in rows[a:b]]
                    merged += [[MISSING] * width + [item] for item in other[c:d]]
            rows = merged
        return rows

    def choice(self, values: Values, path: str) -> str:
        """A conditional expression with the value of each environment.

        Values other than strings are passed as JSON, since the branches of a conditional must have one type.
        """
        distinct = [one for number, one in enumerate(values) if one not in values[:number]]
        is_plain = all(isinstance(one, str) for one in distinct)
        written = [inline(one) if is_plain else f"jsonencode({inline(one)})" for one in distinct]
        text = written[-1]
        for one, of_one in zip(reversed(distinct[:-1]), reversed(written[:-1]), strict=True):
            condition = self.condition(tuple(value == one for value in values), path)
            if condition.startswith("!"):
                text = f"{condition[1:]} ? {text} : {of_one}"
            else:
                text = f"{condition} ? {of_one} : {text}"
        return text if is_plain else f"jsondecode({text})"

    # Scalars

    def setting(self, values: Sequence[Any], path: str, *, must_fit: bool) -> str | None:
        """A reference to a setting with these values, the one whose name shares most words with the path.

        `must_fit`: it has to share at least one word. None without such a setting.
        """
        found = []
        for name, own in self.settings.items():
            score = len(words(name) & words(path))
            is_same = all(type(a) is type(b) and a == b for a, b in zip(own, values, strict=True))
            as_text = all(not isinstance(a, bool | tuple) and str(a) == b for a, b in zip(own, values, strict=True))
            if (is_same or as_text) and (score or not must_fit):
                found.append((score, name))
        if not found:
            return None
        name = max(found)[1]
        return self.variable(name, self.settings[name])

    def _scalar(self, values: Values, path: str) -> str:
        is_boolean = all(isinstance(one, bool) for one in values)
        if found := self.setting(values, path, must_fit=is_boolean):
            return found
        if is_boolean and (found := self.setting([not one for one in values], path, must_fit=True)):
            return f"!{found}"
        names = [part for part in path.split("/") if not part.isdigit()]
        last = snake(names[-1])
        return self.variable(last if last.count("_") > 1 else snake("_".join(names)), values)

    def _template(self, values: Values, path: str) -> str | Raw:
        """Merge strings: if they differ in single words only, into a template, else into a choice or a variable."""
        parts = [list(pieces(one)) for one in values]
        if len({len(one) for one in parts}) > 1:
            return self._whole(values, path)
        text = ""
        for row in zip(*parts, strict=True):
            if all(one == row[0] for one in row):
                text += row[0][0]
            elif (
                any(is_expression for _, is_expression in row)
                or (piece := self._words([one for one, _ in row], path)) is None
            ):
                return self._whole(values, path)
            else:
                text += piece
        return text

    def _whole(self, values: Values, path: str) -> Raw:
        """A choice or a variable for strings that cannot be merged into a template."""
        is_choice = len(set(values)) == 2 and self.by_setting(tuple(one == values[0] for one in values), path)
        if is_choice or any(map(has_reference, values)):
            return Raw(self.choice(values, path))
        return Raw(self.setting(values, path, must_fit=False) or self._scalar(values, path))

    def _words(self, texts: list[str], path: str) -> str | None:
        mark = "\0environment\0"
        marked = [
            re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", mark, one)
            for name, one in zip(self.environments, texts, strict=True)
        ]
        rows = [_TOKEN.split(one) for one in marked]
        if len({len(one) for one in rows}) > 1:
            return None
        written = ""
        for row in zip(*rows, strict=True):
            if all(one == row[0] for one in row):
                written += row[0]
                continue
            reference = self._number(row, written, path)
            if reference is None:
                return None
            written += f"${{{reference}}}"
        environment = self.variable("environment", self.environments) if mark in written else ""
        return written.replace(mark, f"${{{environment}}}")

    def _number(self, row: tuple[str, ...], before: str, path: str) -> str | None:
        """A variable for a word that differs: a setting, or for a number, a variable named after the word before it."""
        named = re.search(r"([A-Za-z][\w-]*)\W{1,3}$", before)
        hint = f"{path}/{named[1]}" if named else path
        if found := self.setting(row, hint, must_fit=False):
            return found
        if not all(re.fullmatch(r"\d+", one) for one in row):
            return None
        name = snake(named[1] if named else path)
        return self.variable(name, tuple(map(int, row)))


@attrs.define
class Part(Merger):
    """A merger for some of the environments; its variables are null in the others."""

    whole: Merger = attrs.field(kw_only=True)
    there: tuple[bool, ...] = attrs.field(kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.settings = {
            name: tuple(value for value, one in zip(values, self.there, strict=True) if one)
            for name, values in self.whole.settings.items()
        }

    def variable(self, name: str, values: Values) -> str:
        """As `Merger.variable`, with null for the other environments."""
        if name == "environment":
            return self.whole.variable(name, self.whole.environments)
        if name in self.whole.settings and values == self.settings.get(name):
            return self.whole.variable(name, self.whole.settings[name])
        given = iter(values)
        return self.whole.variable(name, tuple(next(given) if one else None for one in self.there))

    def by_setting(self, present: tuple[bool, ...], path: str) -> str | None:
        """As `Merger.by_setting`; something is not present in the other environments."""
        return self.whole.by_setting(self._wide(present), path)

    def condition(self, present: tuple[bool, ...], path: str) -> str:
        """As `Merger.condition`; something is not present in the other environments."""
        return self.whole.condition(self._wide(present), path)

    def _wide(self, present: tuple[bool, ...]) -> tuple[bool, ...]:
        given = iter(present)
        return tuple(next(given) if one else False for one in self.there)
