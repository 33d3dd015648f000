"""Rewrites an expression of Terragrunt into one of Terraform's, and keeps where each part of it comes from."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.aws import OperatorError
from ops.migrate.terragrunt.functions import FILE_FUNCTIONS, TERRAGRUNT
from ops.migrate.terragrunt.program import UNKNOWN, Text, literal
from ops.migrate.terragrunt.scope import Include, Scope
from ops.migrate.terragrunt.structure import Expression

if TYPE_CHECKING:
    from ops.migrate.terragrunt.evaluate import Evaluator

NOT_KNOWN = frozenset({"dependency", "values"})
"""References whose values are in no file: outputs of other units, and what a stack passes to its units."""
NOT_THERE = frozenset({"path", "terraform", "var", "each", "count", "self", "data", "module"})
"""References of Terraform that Terragrunt does not have."""


def translate(evaluator: "Evaluator", scope: Scope, expression: Expression) -> Text:
    """The expression in Terraform's terms. Raises OperatorError for a reference to what is not there."""
    return _Translation(evaluator, scope, expression).run()


class _Translation:
    def __init__(self, evaluator: "Evaluator", scope: Scope, expression: Expression) -> None:
        self.evaluator, self.scope, self.expression = evaluator, scope, expression
        self.source, self.tokens = expression.source, expression.tokens
        self.text, self.at = Text(), expression.start
        self.variables = frozenset(_loop_variables(expression))
        self.insertions: dict[int, str] = {}

    def run(self) -> Text:
        """Go through the tokens once."""
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
        """Take a name; the index after what was taken."""
        name = self.tokens[index].text
        if self._is(index - 1, ".", "::") or name in self.variables:
            return index + 1
        if self._is(index + 1, "("):
            return self._function(index, name)
        if self._is(index + 1, ".", "["):
            return self._reference(index, name)
        is_whole = name == "local" and not self._is(index + 1, "=", ":")
        return self._replace(index, index + 1, f"{self.scope.key}-locals") if is_whole else index + 1

    def _reference(self, index: int, name: str) -> int:
        if name == "feature":
            return self._replace(index, index + 1, f"{self.scope.key}-features")
        if name in NOT_KNOWN:
            self.text.unknown.append((self._place(index), self._traversal(index)))
            return self._replace(index, index + 1, None)
        if name in NOT_THERE:
            raise OperatorError(f"{self._place(index)}: {self._traversal(index)}: Terragrunt has no such reference")
        ways = {"local": self._local, "include": self._include}
        return ways[name](index) if name in ways else index + 1

    def _place(self, index: int) -> str:
        return self.source.place(self.tokens[index].start)

    def _traversal(self, index: int) -> str:
        """A reference with all that follows it, e.g. `dependency.vpc.outputs.id`."""
        last = index + 1
        while self._is(last, ".", "["):
            last = self.source.closing.get(last, last + 1) + 1
        return Expression(self.source, index, last).text

    def _replace(self, first: int, after: int, name: str | None) -> int:
        """Put a generated local, or what is unknown, in place of tokens."""
        start = self.tokens[first].start
        self._until(start)
        self.text.replace(self.text.refer(name) if name else UNKNOWN, self.source, start)
        self.at = self.tokens[after - 1].end
        return after

    def _member(self, index: int) -> tuple[str | None, int]:
        """The name after a dot or in brackets at `index`, and the index after it."""
        if self._is(index, ".") and index + 1 < self.expression.last and self.tokens[index + 1].kind == "name":
            return self.tokens[index + 1].text, index + 2
        if self._is(index, "["):
            return self.expression_inside(index).plain(), self.source.closing[index] + 1
        return None, index

    def expression_inside(self, opened: int) -> Expression:
        """What is in brackets."""
        return self.expression.inside(opened)

    def _local(self, index: int) -> int:
        name, after = self._member(index + 1)
        if name is None:
            return self._replace(index, index + 1, f"{self.scope.key}-locals")
        if name not in self.scope.locals:
            raise OperatorError(f"{self._place(index)}: local.{name}: {self.scope.path.name} has no local {name}")
        return self._replace(index, after, f"{self.scope.key}_{name}")

    def _include(self, index: int) -> int:
        found, after = self._named_include(index)
        if not found.exposed:
            raise OperatorError(f"{self._place(index)}: {self._traversal(index)}: the include has no expose = true")
        kind, second = self._member(after)
        name, third = self._member(second) if kind == "locals" else (None, second)
        if name is None:
            return self._replace(index, after, f"{found.scope.key}-config")
        if name not in found.scope.locals:
            raise OperatorError(f"{self._place(index)}: {self._traversal(index)}: {found.scope.path.name} has no "
                                f"local {name}")  # fmt: skip
        return self._replace(index, third, f"{found.scope.key}_{name}")

    def _named_include(self, index: int) -> tuple[Include, int]:
        by_label = {include.label: include for include in self.scope.includes}
        label, after = self._member(index + 1)
        if label in by_label:
            return by_label[label], after
        if "" in by_label:
            return by_label[""], index + 1
        raise OperatorError(f"{self._place(index)}: {self._traversal(index)}: there is no such include")

    def _function(self, index: int, name: str) -> int:
        after = self.source.closing[index + 1] + 1
        arguments = list(self.expression.inside(index + 1).parts())
        if name in FILE_FUNCTIONS and arguments:
            # Terraform would look in its own folder. "folder//absolute" is the absolute path again.
            folder = str(self.scope.path.parent.absolute())
            self.insertions[arguments[0].first] = f'replace("${{{literal(folder)}}}/${{'
            self.insertions[arguments[0].last] = f'}}", {literal(f"/^{re.escape(folder)}[/][/]/")}, "/")'
        if name not in TERRAGRUNT:
            return index + 1
        call = self.evaluator.call(self.scope, name, Expression(self.source, index, after), arguments)
        self._until(self.tokens[index].start)
        if call.text is None:
            self.text.unknown.append((call.whole.place, call.whole.text))
            self.text.replace(UNKNOWN, self.source, self.tokens[index].start)
        else:
            self.text.extend(call.text)
        self.at = self.tokens[after - 1].end
        return after


def _loop_variables(expression: Expression) -> Iterator[str]:
    tokens = expression.tokens
    for index in range(expression.first, expression.last):
        if tokens[index].text == "for" and tokens[index].kind == "name":
            after = index + 1
            while after < expression.last and tokens[after].text != "in":
                if tokens[after].kind == "name":
                    yield tokens[after].text
                after += 1
