"""Evaluates Terragrunt expressions: Terragrunt's functions and references here, everything else in Terraform.

A function's arguments may depend on other functions, so Terraform runs repeatedly until no further call can be made.
What is not in the files (outputs of dependencies, output of programs, decrypted files) is an unknown value.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.terragrunt.functions import FUNCTIONS, UNKNOWN_FUNCTIONS, CallError
from ops.migrate.terragrunt.lexer import shown
from ops.migrate.terragrunt.program import MISSING, UNKNOWN, Program, Result, Text, literal
from ops.migrate.terragrunt.scope import STRATEGIES, Include, Scope
from ops.migrate.terragrunt.structure import Block, Expression
from ops.migrate.terragrunt.translate import translate

import attrs

Wanted = Mapping[str, Callable[[], Text]]
"""Expressions to evaluate, by name; each is generated again after every round of calls."""
STACK = "comes from a stack: run `terragrunt stack generate`, and pass the unit's folder in .terragrunt-stack"
NOT_KNOWN = "cannot be evaluated without the deployment: replace it by its value"
"""End of the error message for an unknown value."""


@attrs.define(eq=False)
class Call:
    """A call of a Terragrunt function."""

    scope: Scope
    name: str
    whole: Expression
    arguments: list[Expression]
    text: Text | None = None
    """The expression that replaces it; None while its arguments are not known."""

    @property
    def needed(self) -> list[Expression]:
        """The arguments that must be known for the call; not the second of read_terragrunt_config, its default."""
        return self.arguments[:1] if self.name == "read_terragrunt_config" else self.arguments


@attrs.define(eq=False)
class Evaluator:
    """The files that were read so far, the calls in them, and notes for the user."""

    notes: list[str] = attrs.field(factory=list)
    _scopes: dict[tuple[Path, Path, Path], Scope] = attrs.field(factory=dict)
    _by_key: dict[str, Scope] = attrs.field(factory=dict)
    _calls: dict[tuple[str, int], Call] = attrs.field(factory=dict)

    # Files

    def scope(self, path: Path, config: Path, original: Path) -> Scope:
        """A file in its context, with its includes. Raises OperatorError where one cannot be read."""
        known = (path, config, original)
        if known not in self._scopes:
            scope = Scope.read(f"n{len(self._scopes)}", path, config, original, self.notes)
            self._scopes[known] = self._by_key[scope.key] = scope
            for block in scope.body.blocks_of("include"):
                self._include(scope, block)
        return self._scopes[known]

    def _include(self, scope: Scope, block: Block) -> None:
        if scope.is_included:
            raise OperatorError(f"{block.place}: an included file cannot include another one")
        attributes = block.body.attributes
        if "path" not in attributes:
            raise OperatorError(f"{block.place}: include {block.label}: has no path")
        values = self.values(scope, attributes)
        path, at = values["path"], attributes["path"].place
        if not isinstance(path, str):
            raise OperatorError(f"{at}: path={path!r}: must be a string")
        target = _clean(scope.config.parent / path)
        if not target.is_file():
            raise OperatorError(f"{at}: there is no file {shown(target)}")
        if target == scope.path:
            raise OperatorError(f"{at}: {shown(target)} includes itself")
        strategy = values.get("merge_strategy") or "shallow"
        if strategy not in STRATEGIES:
            at = attributes["merge_strategy"].place
            raise OperatorError(f"{at}: merge_strategy={strategy!r}: must be {', '.join(STRATEGIES)}")
        included = self.scope(target, scope.config, scope.original)
        scope.includes.append(Include(block.label, included, bool(values.get("expose")), str(strategy)))

    def values(self, scope: Scope, attributes: Mapping[str, Expression]) -> dict[str, object]:
        """The values of attributes. Raises OperatorError where one is unknown or cannot be evaluated."""
        results = self.run({f"v{n}": partial(self.translated, scope, one) for n, one in enumerate(attributes.values())})
        found = dict(zip(attributes, results.values(), strict=True))
        for name, result in found.items():
            if not result.is_known:
                raise self.unknown(scope, attributes[name])
        return {name: result.value for name, result in found.items()}

    def unknown(self, scope: Scope, expression: Expression) -> OperatorError:
        """The error for an unknown expression, with the place of the part that is unknown."""
        reasons = self._reasons(self.translated(scope, expression), set())
        at, what = next(reasons, (expression.place, expression.text))
        return OperatorError(f"{at}: {what} {STACK if what.startswith('values') else NOT_KNOWN}")

    def _reasons(self, text: Text, seen: set[str]) -> Iterator[tuple[str, str]]:
        yield from text.unknown
        for name in text.names:
            if name not in seen:
                seen.add(name)
                yield from self._reasons(self._definition(name), seen)

    # Expressions

    def local(self, name: str) -> tuple[Scope, Expression]:
        """The file and the expression of a generated local's name."""
        key, _, local = name.partition("_")
        return self._by_key[key], self._by_key[key].locals[local]

    def config(self, name: str) -> Scope:
        """The file to which a generated local's name belongs."""
        return self._by_key[name.partition("-")[0]]

    def translated(self, scope: Scope, expression: Expression) -> Text:
        """An expression rewritten for Terraform."""
        return translate(self, scope, expression)

    def call(self, scope: Scope, name: str, whole: Expression, arguments: list[Expression]) -> Call:
        """The call at this place; it is made at once where its arguments are known without Terraform."""
        key = (scope.key, whole.first)
        if key not in self._calls:
            call = self._calls[key] = Call(scope, name, whole, arguments)
            if name in UNKNOWN_FUNCTIONS:
                call.text = Text.not_known(whole)
            elif None not in (plain := [self._plain(scope, one) for one in call.needed]):
                self.make(call, plain)
        return self._calls[key]

    def _plain(self, scope: Scope, argument: Expression) -> str | None:
        """An argument's string, where it is known without Terraform."""
        plain = argument.plain()
        if plain is None and argument.tokens[argument.first].kind == "name":
            text = self.translated(scope, argument)
            if len(text.pieces) == 1 and text.pieces[0].text.startswith('"') and not text.unknown:
                return str(json.loads(text.pieces[0].text)).replace("$${", "${").replace("%%{", "%{")
        return plain

    def make(self, call: Call, arguments: Sequence[object]) -> None:
        """Call the function, and set the call's `text` to its result."""
        call.scope.here = call.whole.place
        call.text = Text.not_known(call.whole)  # until it returns, since what it reads may refer to it
        try:
            if call.name in FUNCTIONS:
                call.text = Text.instead(call.whole, literal(FUNCTIONS[call.name](call.scope, *arguments)))
            else:
                call.text = self._read(call, str(arguments[0]) if arguments else "")
        except (CallError, TypeError) as error:
            said = str(error) if isinstance(error, CallError) else f"{call.name} does not take these arguments"
            call.text = Text.instead(call.whole, MISSING, f"{call.whole.place}: {said}")

    def _read(self, call: Call, name: str) -> Text:
        path = _clean(call.scope.config.parent / name)
        if path.is_dir():
            path /= "terragrunt.hcl"
        if not path.is_file():
            if call.name == "read_terragrunt_config" and len(call.arguments) > 1:
                return self.translated(call.scope, call.arguments[1])
            raise CallError(f"there is no file {shown(path)}")
        if call.name == "read_tfvars_file":
            from ops.migrate.terragrunt.variables import as_json  # noqa: PLC0415 (it evaluates with this class)

            return Text.instead(call.whole, literal(as_json(self, path)))
        read = self.scope(path, path, call.scope.original)
        return Text.of(f"{read.key}-config", call.whole.source, call.whole.start)

    # Terraform

    def run(self, wanted: Wanted) -> dict[str, Result]:
        """Evaluate expressions by name, in their order. Raises OperatorError with all of Terraform's errors."""
        while wanted:
            program = Program()
            texts = {name: write() for name, write in wanted.items()}
            for name, text in texts.items():
                program.output(name, text)
            pending = self._define(program, [name for text in texts.values() for name in text.names])
            results = program.run()
            made = [call for number, call in enumerate(pending) if self._made(call, results.get(f"c{number}"))]
            if not made:
                return {name: results.get(name, Result(None)) for name in wanted}
        return {}

    def _define(self, program: Program, names: list[str]) -> list[Call]:
        """Add the locals that are needed, and outputs with the arguments of pending calls; returns those calls."""
        pending: list[Call] = []
        defined: dict[str, list[str]] = {}
        while True:
            while names:
                name = names.pop()
                if name not in defined:
                    text = self._definition(name)
                    program.local(name, text)
                    defined[name] = text.names
                    names += text.names
            waiting = [call for call in self._calls.values() if call.text is None and call not in pending]
            if not waiting:
                self._check_cycles(defined)
                return pending
            for call in waiting:
                arguments = Text().add("try({ ok = [\n")
                for one in call.needed:
                    arguments.extend(self.translated(call.scope, one)).add("\n,\n")
                program.output(f"c{len(pending)}", arguments.add("] }, {})"))
                pending.append(call)
                names += arguments.names

    def _check_cycles(self, defined: dict[str, list[str]]) -> None:
        """Raises OperatorError for a local that refers to itself, with each step of the cycle."""
        try:
            TopologicalSorter(defined).prepare()
        except CycleError as error:
            # graphlib lists each node before one that refers to it; the first node is repeated at the end.
            way = [place for name in reversed(error.args[1][1:]) if (place := self._place(name))]
            first = way.index(min(way))
            at, what = way[first]
            steps = (f"{name} ({place})" for place, name in [*way[first:], *way[:first]])
            raise OperatorError(f"{at}: refers to itself: {' -> '.join([*steps, what])}") from None

    def _place(self, name: str) -> tuple[str, str] | None:
        """The place of a generated local and its name there; None for one that stands for a whole file."""
        if "_" in name:
            return self.local(name)[1].place, f"local.{name.partition('_')[2]}"
        inputs = self.config(name).inputs if name.endswith("-own") else None
        return (inputs.place, "inputs") if inputs else None

    def _made(self, call: Call, result: Result | None) -> bool:
        """Make a call if its arguments are known now; returns whether they were."""
        if result is None or not result.is_known:
            return False
        if "ok" in result.value:
            self.make(call, result.value["ok"])
        else:  # an argument fails: it replaces the call, so that Terraform reports its error
            call.text = Text()
            for one in call.needed:
                call.text.extend(self.translated(call.scope, one))
        return True

    def _definition(self, name: str) -> Text:
        """The expression of a generated local: a local of a file, or an object with parts of a file."""
        if "_" in name:
            return self.translated(*self.local(name))
        key, _, kind = name.partition("-")
        scope, text = self._by_key[key], Text()
        if kind == "own":
            return self.translated(scope, scope.inputs) if scope.inputs else text.add("{}")
        if kind == "inputs":
            return text.add(f"merge({', '.join(text.refer(f'{one.key}-own') for one in scope.merged)})")
        if kind == "features":
            return self._features(scope, text)
        if kind == "locals":
            members = {literal(local): text.refer(f"{key}_{local}") for local in scope.locals}
        else:
            members = {one: text.refer(f"{key}-{one}") for one in ("locals", "inputs")}
            members |= dict.fromkeys(("dependency", "generate", "remote_state", "terraform"), UNKNOWN)
        return text.add(f"{{ {', '.join(f'{member} = {value}' for member, value in members.items())} }}")

    def _features(self, scope: Scope, text: Text) -> Text:
        """An object with the feature flags of a file, each with its default value."""
        text.add("{\n")
        for block in scope.body.blocks_of("feature"):
            if "default" in block.body.attributes:
                text.add(f"{literal(block.label)} = {{ value = ")
                text.extend(self.translated(scope, block.body.attributes["default"])).add("\n}\n")
        return text.add("}")


def _clean(path: Path) -> Path:
    """A path without `..`, as Terragrunt resolves it, so that each file is read once."""
    return Path(os.path.normpath(path))
