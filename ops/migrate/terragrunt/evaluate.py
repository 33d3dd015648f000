"""Evaluates expressions of Terragrunt: its functions and references here, everything else in Terraform.

A function's arguments may depend on other functions, so Terraform runs until no further call can be made. What only a
deployment knows (outputs of dependencies, programs, decrypted files) is unknown to Terraform too.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.terragrunt.functions import FUNCTIONS, UNKNOWN_FUNCTIONS, CallError
from ops.migrate.terragrunt.lexer import shown
from ops.migrate.terragrunt.program import MISSING, UNKNOWN, Piece, Program, Result, Text, literal
from ops.migrate.terragrunt.scope import STRATEGIES, Include, Scope
from ops.migrate.terragrunt.structure import Block, Expression
from ops.migrate.terragrunt.translate import translate

import attrs

Wanted = Mapping[str, Callable[[], Text]]
"""What to evaluate by name; each is written again whenever a call was made."""


@attrs.define(eq=False)
class Call:
    """A call of one of Terragrunt's functions."""

    scope: Scope
    name: str
    whole: Expression
    arguments: list[Expression]
    text: Text | None = None
    """What stands in its place; None while its arguments are not known."""

    @property
    def needed(self) -> list[Expression]:
        """The arguments that have to be known; the second of read_terragrunt_config is its default."""
        return self.arguments[:1] if self.name == "read_terragrunt_config" else self.arguments


@attrs.define(eq=False)
class Evaluator:
    """The files that were read so far, the calls in them, and what to tell the user."""

    notes: list[str] = attrs.field(factory=list)
    _scopes: dict[tuple[Path, Path, Path], Scope] = attrs.field(factory=dict)
    _by_key: dict[str, Scope] = attrs.field(factory=dict)
    _calls: dict[tuple[str, int], Call] = attrs.field(factory=dict)
    _problems: dict[tuple[Path, int], str] = attrs.field(factory=dict)

    # Files

    def scope(self, path: Path, config: Path, original: Path) -> Scope:
        """A file in its context, its includes read. Raises OperatorError."""
        known = (path, config, original)
        if known not in self._scopes:
            scope = Scope.read(f"n{len(self._scopes)}", path, config, original, self.notes)
            self._scopes[known] = self._by_key[scope.key] = scope
            for block in scope.body.of("include"):
                self._include(scope, block)
        return self._scopes[known]

    def _include(self, scope: Scope, block: Block) -> None:
        if scope.is_included:
            raise OperatorError(f"{block.place}: an included file cannot include another one")
        attributes = block.body.attributes
        if "path" not in attributes:
            raise OperatorError(f"{block.place}: include {block.label}: has no path")
        values = self.values(scope, attributes)
        path = values["path"]
        if not isinstance(path, str):
            raise OperatorError(f"{attributes['path'].place}: path={path!r}: must be a string")
        target = Path(scope.config.parent / path)
        if not target.is_file():
            raise OperatorError(f"{attributes['path'].place}: there is no file {shown(target)}")
        strategy = values.get("merge_strategy") or "shallow"
        if strategy not in STRATEGIES:
            at = attributes["merge_strategy"].place
            raise OperatorError(f"{at}: merge_strategy={strategy!r}: must be {', '.join(STRATEGIES)}")
        included = self.scope(target, scope.config, scope.original)
        scope.includes.append(Include(block.label, included, bool(values.get("expose")), str(strategy)))

    def values(self, scope: Scope, attributes: Mapping[str, Expression]) -> dict[str, object]:
        """The values of attributes, all known. Raises OperatorError."""
        wanted = {name: partial(self.translated, scope, one) for name, one in attributes.items()}
        results = self.run({f"v{number}": one for number, one in enumerate(wanted.values())})
        for (name, text), result in zip(wanted.items(), results.values(), strict=True):
            if not result.is_known:
                raise self.unknown(text(), attributes[name])
        return {name: result.value for name, result in zip(wanted, results.values(), strict=True)}

    def unknown(self, text: Text, expression: Expression) -> OperatorError:
        """The error for an expression that is not known, at what makes it so."""
        at, what = next(iter(self._reasons(text, set())), (expression.place, expression.text))
        return OperatorError(f"{at}: {what} cannot be evaluated without the deployment: write its value")

    def _reasons(self, text: Text, seen: set[str]) -> list[tuple[str, str]]:
        found = list(text.unknown)
        for name in text.names:
            if name not in seen:
                seen.add(name)
                found += self._reasons(self._definition(name)[0], seen)
        return found

    # Expressions

    def own_inputs(self, scope: Scope) -> Text:
        """A reference to the inputs that a file itself sets."""
        text = Text()
        text.add(text.refer(f"{scope.key}-own"))
        return text

    def local(self, name: str) -> tuple[Scope, Expression]:
        """The local of a file that a generated one is."""
        key, _, local = name.partition("_")
        return self._by_key[key], self._by_key[key].locals[local]

    def config(self, name: str) -> Scope:
        """The file whose whole configuration a generated local is."""
        return self._by_key[name.partition("-")[0]]

    def translated(self, scope: Scope, expression: Expression) -> Text:
        """An expression as Terraform takes it."""
        return translate(self, scope, expression)

    def call(self, scope: Scope, name: str, whole: Expression, arguments: list[Expression]) -> Call:
        """The call that is written there."""
        key = (scope.key, whole.first)
        if key not in self._calls:
            self._calls[key] = Call(scope, name, whole, arguments)
            self._try_plainly(self._calls[key])
        return self._calls[key]

    def _try_plainly(self, call: Call) -> None:
        """Make a call whose arguments are plain strings, or such calls, without asking Terraform."""
        if call.name in UNKNOWN_FUNCTIONS:
            call.text = self._unknown_call(call)
            return
        arguments = []
        for one in call.needed:
            plain = one.plain()
            inner = self.translated(call.scope, one) if plain is None else Text()
            if plain is None and len(inner.pieces) == 1 and not inner.pieces[0].copied and not inner.unknown:
                plain = _string(inner.pieces[0].text)
            if plain is None:
                return
            arguments.append(plain)
        self.make(call, arguments)

    @staticmethod
    def _unknown_call(call: Call) -> Text:
        text = Text(unknown=[(call.whole.place, call.whole.text)])
        text.replace(UNKNOWN, call.whole.source, call.whole.start)
        return text

    def make(self, call: Call, arguments: Sequence[object]) -> None:
        """Call the function."""
        text, scope, start = Text(), call.scope, call.whole.start
        scope.here = call.whole.place
        call.text = self._unknown_call(call)  # while it is made: what it reads may lead back to it
        try:
            if call.name in FUNCTIONS:
                text.replace(literal(FUNCTIONS[call.name](scope, *arguments)), call.whole.source, start)
            else:
                self._read(call, str(arguments[0]) if arguments else "", text)
        except (CallError, TypeError) as error:
            said = str(error) if isinstance(error, CallError) else f"{call.name} does not take these arguments"
            self._problems[(call.whole.source.path, start)] = f"{call.whole.place}: {said}"
            text.replace(MISSING, call.whole.source, start)
        call.text = text

    def _read(self, call: Call, name: str, text: Text) -> None:
        path = Path(call.scope.config.parent / name)
        if path.is_dir():
            path /= "terragrunt.hcl"
        if not path.is_file():
            if call.name == "read_terragrunt_config" and len(call.arguments) > 1:
                text.extend(self.translated(call.scope, call.arguments[1]))
                return
            raise CallError(f"there is no file {shown(path)}")
        if call.name == "read_tfvars_file":
            from ops.migrate.terragrunt.variables import as_json  # noqa: PLC0415 (it evaluates with this class)

            text.replace(literal(as_json(self, path)), call.whole.source, call.whole.start)
            return
        read = self.scope(path, path, call.scope.original)
        text.replace(text.refer(f"{read.key}-config"), call.whole.source, call.whole.start)

    # Terraform

    def run(self, wanted: Wanted) -> dict[str, Result]:
        """Evaluate texts by name, in their order. Raises OperatorError with each of Terraform's errors."""
        while True:
            program = Program(lambda source, start: self._problems.get((source.path, start)))
            texts = {name: write() for name, write in wanted.items()}
            for name, text in texts.items():
                program.output(name, text)
            pending = self._define(program, [name for text in texts.values() for name in text.names])
            results = program.run()
            if not [call for number, call in enumerate(pending) if self._made(call, results.get(f"c{number}"))]:
                return {name: results.get(name, Result(None, unknown=False)) for name in wanted}

    def _define(self, program: Program, names: list[str]) -> list[Call]:
        """Write the locals that are needed, and the arguments of calls that could not be made yet."""
        pending: list[Call] = []
        seen: set[str] = set()
        asked: set[int] = set()
        while True:
            while names:
                name = names.pop()
                if name not in seen:
                    seen.add(name)
                    text, origin = self._definition(name)
                    program.local(name, text, origin)
                    names += text.names
            waiting = [call for call in self._calls.values() if call.text is None and id(call) not in asked]
            if not waiting:
                return pending
            for call in waiting:
                asked.add(id(call))
                arguments = Text()
                arguments.add("try({ ok = [\n")
                for one in call.needed:
                    arguments.extend(self.translated(call.scope, one))
                    arguments.add("\n,\n")
                arguments.add("] }, {})")
                program.output(f"c{len(pending)}", arguments)
                pending.append(call)
                names += arguments.names

    def _made(self, call: Call, result: Result | None) -> bool:
        """Make a call whose arguments are known now; whether it was."""
        if result is None or not result.is_known:
            return False
        if "ok" not in result.value:  # an argument is an error: it stands in place of the call
            call.text = Text()
            for one in call.needed:
                call.text.extend(self.translated(call.scope, one))
            return True
        self.make(call, result.value["ok"])
        return True

    def _definition(self, name: str) -> tuple[Text, Expression | None]:
        """A generated local, and the expression that it is, where it is one of a file."""
        key, sign, kind = name.partition("-") if "_" not in name else (name, "", "")
        if not sign:
            at, expression = self.local(name)
            return self.translated(at, expression), expression
        scope, text = self._by_key[key], Text()
        own = self.translated(scope, scope.inputs) if scope.inputs else Text([Piece("{}")])
        if kind == "own":
            return own, scope.inputs
        if kind == "config":
            members = [f"{one} = {text.refer(f'{key}-{one}')}" for one in ("locals", "inputs")]
            members += [f"{one} = {UNKNOWN}" for one in ("dependency", "generate", "remote_state", "terraform")]
            text.add(f"{{ {', '.join(members)} }}")
        elif kind == "locals":
            members = [f"{literal(local)} = {text.refer(f'{key}_{local}')}" for local in scope.locals]
            text.add(f"{{ {', '.join(members)} }}")
        elif kind == "features":
            self._features(scope, text)
        else:
            parts = [one.scope for one in scope.includes if one.strategy != "no_merge"]
            text.add(f"merge({', '.join(text.refer(f'{one.key}-own') for one in [*parts, scope])})")
        return text, None

    def _features(self, scope: Scope, text: Text) -> None:
        """The flags of a file, each with its default."""
        text.add("{\n")
        for block in scope.body.of("feature"):
            if "default" in block.body.attributes:
                text.add(f"{literal(block.label)} = {{ value = ")
                text.extend(self.translated(scope, block.body.attributes["default"]))
                text.add("\n}\n")
        text.add("}")


def _string(text: str) -> str | None:
    """The string that a generated literal is."""
    return json.loads(text).replace("$${", "${").replace("%%{", "%{") if text.startswith('"') else None
