"""Rewrites a Terragrunt expression for Terraform, and keeps the place of each part."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from ops.aws import OperatorError
from ops.migrate.terragrunt.functions import FILE_FUNCTIONS, TERRAGRUNT
from ops.migrate.terragrunt.program import Text, literal
from ops.migrate.terragrunt.scope import VALUES, Include, Scope
from ops.migrate.terragrunt.structure import Expression

if TYPE_CHECKING:
    from ops.migrate.terragrunt.evaluate import Evaluator

NOT_THERE = frozenset({"path", "terraform", "var", "each", "count", "self", "data", "module"})
"""Terraform references that Terragrunt does not have."""


def translate(evaluator: "Evaluator", scope: Scope, expression: Expression) -> Text:
    """The expression rewritten for Terraform. Raises OperatorError for a reference to something that does not exist."""
    return _Translation(evaluator, scope, expression).run()


class _Translation:
    def __init__(self, evaluator: "Evaluator", scope: Scope, expression: Expression) -> None:
        self.evaluator, self.scope, self.expression = evaluator, scope, expression
        self.source, self.tokens = expression.source, expression.tokens
        self.text, self.at = Text(), expression.start
        self.variables = frozenset(_loop_variables(expression))
        self.insertions: dict[int, str] = {}
        self.references = {
            "local": self._local,
            "include": self._include,
            "feature": lambda index: self._replace(index, index + 1, f"{scope.key}-features"),
            "dependency": self._dependency,
            "values": self._values,
        }

    def run(self) -> Text:
        """Translate the tokens in one pass."""
        index = self.expression.first
        while index < self.expression.last:
            if index in self.insertions:
                self._until(self.tokens[index].start)
                self.text.add(self.insertions[index])
            index = self._token(index) if self.tokens[index].kind == "name" else index + 1
        self._until(self.expression.end)
        return self.text

    def _until(self, offset: int) -> None:
        self.text.copy(self.source, self.at, offset)
        self.at = max(self.at, offset)

    def _is(self, index: int, *signs: str) -> bool:
        return self.expression.first <= index < self.expression.last and self.tokens[index].text in signs

    def _token(self, index: int) -> int:
        """Translate a name token; returns the index after what was translated."""
        name = self.tokens[index].text
        is_key = self._is(index + 1, "=") or (self._is(index + 1, ":") and self._is(index - 1, "{", ",", "\n"))
        if self._is(index - 1, ".", "::") or name in self.variables or is_key:
            return index + 1
        if self._is(index + 1, "("):
            return self._function(index, name)
        if name in NOT_THERE and self._is(index + 1, ".", "["):
            raise self._wrong(index, "Terragrunt has no such reference")
        return self.references[name](index) if name in self.references else index + 1

    def _wrong(self, index: int, problem: str) -> OperatorError:
        found = self._traversal(index)
        return OperatorError(f"{found.place}: {found.text}: {problem}")

    def _traversal(self, index: int) -> Expression:
        """A reference with all its steps, e.g. `dependency.vpc.outputs.id`."""
        last = index + 1
        while self._is(last, ".", "["):
            last = self.source.closing.get(last, last + 1) + 1
        return Expression(self.source, index, last)

    def _replace(self, first: int, after: int, name: str) -> int:
        """Replace tokens by a reference to a generated local."""
        return self._put(first, after, Text.of(name, self.source, self.tokens[first].start))

    def _put(self, first: int, after: int, text: Text) -> int:
        self._until(self.tokens[first].start)
        self.text.extend(text)
        self.at = self.tokens[after - 1].end
        return after

    def _member(self, index: int) -> tuple[str | None, int]:
        """The name after a dot or in brackets at `index`, and the index after it."""
        if self._is(index, ".") and index + 1 < self.expression.last and self.tokens[index + 1].kind == "name":
            return self.tokens[index + 1].text, index + 2
        if self._is(index, "["):
            return self.expression.inside(index).plain(), self.source.closing[index] + 1
        return None, index

    def _local(self, index: int) -> int:
        name, after = self._member(index + 1)
        return self._local_of(self.scope, index, index + 1, name, after)

    def _local_of(self, scope: Scope, index: int, whole: int, name: str | None, after: int) -> int:
        """Replace a reference to a file's local; where its name is computed, refer to the object of all locals."""
        if name is None:
            return self._replace(index, whole, f"{scope.key}-locals")
        if name not in scope.locals:
            raise self._wrong(index, f"{scope.path.name} has no local {name}")
        return self._replace(index, after, f"{scope.key}_{name}")

    def _include(self, index: int) -> int:
        found, after = self._named_include(index)
        if not found.exposed:
            raise self._wrong(index, "the include does not set expose = true")
        kind, whole = self._member(after)
        if kind != "locals":
            return self._replace(index, after, f"{found.scope.key}-config")
        return self._local_of(found.scope, index, whole, *self._member(whole))

    def _named_include(self, index: int) -> tuple[Include, int]:
        by_label = {include.label: include for include in self.scope.includes}
        label, after = self._member(index + 1)
        if label in by_label:
            return by_label[label], after
        if "" in by_label:
            return by_label[""], index + 1
        raise self._wrong(index, "there is no such include")

    def _dependency(self, index: int) -> int:
        """Replace a dependency: its outputs are unknown, unless Terragrunt always uses the mock outputs."""
        label, after = self._member(index + 1)
        kind, last = self._member(after)
        mock = self.scope.mock(label) if kind == "outputs" else None
        if mock is None:
            return self._put(index, index + 1, Text.not_known(self._traversal(index)))
        return self._put(index, last, Text().add("(").extend(self.evaluator.translated(*mock)).add(")"))

    def _values(self, index: int) -> int:
        path = self.scope.config.parent / VALUES
        if not path.is_file():
            return self._put(index, index + 1, Text.not_known(self._traversal(index)))
        return self._replace(index, index + 1, f"{self.evaluator.scope(path, path, self.scope.original).key}-locals")

    def _function(self, index: int, name: str) -> int:
        after = self.source.closing[index + 1] + 1
        arguments = list(self.expression.inside(index + 1).parts())
        if name in FILE_FUNCTIONS and arguments:
            # Terraform would resolve the path in its own folder, so the file's folder is put before it. The pattern
            # takes that off again for an absolute path ("folder//absolute").
            folder = str(self.scope.path.parent.absolute())
            self.insertions[arguments[0].first] = f'replace("${{{literal(folder)}}}/${{'
            self.insertions[arguments[0].last] = f'}}", {literal(f"/^{re.escape(folder)}[/][/]/")}, "/")'
        if name not in TERRAGRUNT:
            return index + 1
        call = self.evaluator.call(self.scope, name, Expression(self.source, index, after), arguments)
        return self._put(index, after, call.text or Text.not_known(call.whole))


def _loop_variables(expression: Expression) -> Iterator[str]:
    tokens = expression.tokens[expression.first : expression.last]
    for index, token in enumerate(tokens):
        if (token.kind, token.text) == ("name", "for"):
            intro = takewhile(lambda one: one.text != "in", tokens[index + 1 :])
            yield from (one.text for one in intro if one.kind == "name")
