"""What a Terragrunt unit passes to Terraform, in the order in which Terraform prefers it."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ops.aws import OperatorError
from ops.migrate.terragrunt.evaluate import Evaluator
from ops.migrate.terragrunt.functions import deep_merged
from ops.migrate.terragrunt.lexer import shown
from ops.migrate.terragrunt.program import Result, Text, literal
from ops.migrate.terragrunt.scope import Scope
from ops.migrate.terragrunt.structure import Block, Expression
from ops.migrate.terragrunt.variables import Assigned, assignments, automatic

COMMANDS = frozenset({"plan", "apply"})
"""The commands of Terraform that deploy."""
ARGUMENTS = ("commands", "env_vars", "arguments", "required_var_files", "optional_var_files")
"""The attributes of extra_arguments that can set variables."""
PREFIX = "TF_VAR_"
Entry = tuple[str, tuple[Scope, Expression]]
"""The name of a member of an object, and what it is set to."""


def variables(evaluator: Evaluator, path: Path, names: frozenset[str]) -> dict[str, Assigned]:
    """The variables that a unit sets; the values of `names` alone. Raises OperatorError."""
    scope = evaluator.scope(path, path, path)
    extra = list(_extra_arguments(evaluator, scope))
    layers = [_inputs(evaluator, scope, names), *(_environment(block, values) for block, values in extra)]
    layers += [assignments(evaluator, file, names) for file in automatic(path.parent)]
    for block, values in extra:
        layers += _arguments(evaluator, scope, block, values, names)
    if not any(layers):
        raise OperatorError(f"{shown(path)}: has no inputs; name the folder of an environment, e.g. terragrunt/staging")
    return {name: one for layer in layers for name, one in layer.items()}


# Inputs


def _inputs(evaluator: Evaluator, scope: Scope, names: frozenset[str]) -> dict[str, Assigned]:
    """Its inputs and those of its includes; what stands further down counts more, the unit's own most."""
    parts = [(include.scope, include.strategy) for include in scope.includes if include.strategy != "no_merge"]
    parts = [(part, strategy) for part, strategy in [*parts, (scope, "")] if part.inputs]
    wanted = {}
    for number, (part, _) in enumerate(parts):
        wanted[f"i{number}"] = partial(_restricted, evaluator, part, names)
        wanted[f"k{number}"] = partial(_keys, evaluator, part)
    results = evaluator.run(wanted)
    found: dict[str, Assigned] = {}
    for number, (part, _) in reversed(list(enumerate(parts))):
        lower = _assigned(evaluator, part, results[f"i{number}"], results[f"k{number}"])
        is_deep = parts[number][1] == "deep"
        found = {**lower, **{name: _over(lower.get(name), one, is_deep) for name, one in found.items()}}
    return found


def _over(lower: Assigned | None, higher: Assigned, is_deep: bool) -> Assigned:  # noqa: FBT001 (a strategy of two)
    if lower is None or not is_deep or higher.unknown:
        return higher
    return Assigned(higher.place, deep_merged(lower.value, higher.value), lower.unknown)


def _restricted(evaluator: Evaluator, scope: Scope, names: frozenset[str]) -> Text:
    text = Text()
    text.add("{ for k, v in ")
    text.extend(evaluator.own_inputs(scope))
    text.add(f" : k => v if contains({literal(sorted(names))}, k) }}")
    return text


def _keys(evaluator: Evaluator, scope: Scope) -> Text:
    text = Text()
    text.add("keys(")
    text.extend(evaluator.own_inputs(scope))
    text.add(")")
    return text


def _assigned(evaluator: Evaluator, scope: Scope, values: Result, keys: Result) -> dict[str, Assigned]:
    whole = scope.inputs
    if whole is None:
        return {}
    if not keys.is_known:
        raise evaluator.unknown(evaluator.translated(scope, whole), whole)
    written = dict(_entries(evaluator, scope, whole))
    found = {}
    for name in keys.value:
        at_scope, expression = written.get(name, (scope, whole))
        value = values.member(name)
        error = None if value.is_known else evaluator.unknown(evaluator.translated(at_scope, expression), expression)
        found[name] = Assigned(expression.place, value.value, error)
    return found


def _entries(evaluator: Evaluator, scope: Scope, expression: Expression) -> Iterator[Entry]:
    """Where each member of an object is written, as far as that can be seen without evaluating it; the last counts."""
    found = expression.bare()
    tokens, first = found.tokens, found.first
    members = found.members()
    if members is not None:
        yield from ((name, (scope, value)) for name, value in members.items())
    elif tokens[first].text == "merge" and found.source.closing.get(first + 1) == found.last - 1:
        for part in found.inside(first + 1).parts():
            yield from _entries(evaluator, scope, part)
    elif tokens[first].text in {"local", "include", "read_terragrunt_config"}:
        yield from _referred(evaluator, scope, found)


def _referred(evaluator: Evaluator, scope: Scope, found: Expression) -> Iterator[Entry]:
    """The members of what a reference to a local, an include or a file that is read leads to."""
    try:
        names = evaluator.translated(scope, found).names
    except OperatorError:
        return
    last = found.tokens[found.last - 1].text
    for name in names:
        if name.endswith("-config"):
            yield from _members(evaluator, evaluator.config(name), last)
        elif "_" in name:
            target, expression = evaluator.local(name)
            if expression.tokens[expression.first].text == "read_terragrunt_config" and last in {"locals", "inputs"}:
                for inner in evaluator.translated(target, expression).names:
                    yield from _members(evaluator, evaluator.config(inner), last)
            else:
                yield from _entries(evaluator, target, expression)


def _members(evaluator: Evaluator, scope: Scope, kind: str) -> Iterator[Entry]:
    """The locals or the inputs of a file."""
    if kind == "locals":
        yield from ((name, (scope, value)) for name, value in scope.locals.items())
    elif scope.inputs:
        yield from _entries(evaluator, scope, scope.inputs)


# Arguments for Terraform


def _extra_arguments(evaluator: Evaluator, scope: Scope) -> Iterator[tuple[Block, dict[str, Any]]]:
    """The blocks of arguments for a deployment; one of the unit replaces an included one of its name."""
    blocks: dict[str, tuple[Scope, Block]] = {}
    for part in [*(include.scope for include in scope.includes if include.strategy != "no_merge"), scope]:
        blocks |= {block.label: (part, block) for block in part.extra_arguments}
    for part, block in blocks.values():
        given = {name: value for name, value in block.body.attributes.items() if name in ARGUMENTS}
        commands = evaluator.values(part, {"commands": given["commands"]}) if "commands" in given else {}
        if COMMANDS.intersection(_strings(commands.get("commands"))):
            yield block, evaluator.values(part, given)


def _strings(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _environment(block: Block, values: dict[str, Any]) -> dict[str, Assigned]:
    """The variables that env_vars set."""
    given = values.get("env_vars") or {}
    at = block.body.attributes["env_vars"] if given else None
    members = (at.members() or {}) if at else {}
    return {
        name.removeprefix(PREFIX): Assigned(members[name].place if name in members else at.place, value)
        for name, value in given.items()
        if at and name.startswith(PREFIX)
    }


def _arguments(
    evaluator: Evaluator, scope: Scope, block: Block, values: dict[str, Any], names: frozenset[str]
) -> Iterator[dict[str, Assigned]]:
    """What `-var` and `-var-file` set, then the files of variables, in their order."""
    words = _strings(values.get("arguments"))
    while words:
        option, sign, value = words.pop(0).partition("=")
        option = option.strip()
        if option.startswith(("-var ", "--var ")):  # both in one word
            option, value = "-var", f"{option.partition(' ')[2].strip()}={value}"
        elif option in {"-var", "-var-file", "--var", "--var-file"} and not sign and words:
            value = words.pop(0)
        at = block.body.attributes["arguments"].place
        if option.lstrip("-") == "var":
            name, _, text = value.strip().partition("=")
            yield {name.strip(): Assigned(at, text)}
        elif option.lstrip("-") == "var-file":
            yield assignments(evaluator, _file(scope, at, value), names)
    for kind in ("required_var_files", "optional_var_files"):
        for value in _last_of_each(_strings(values.get(kind))):
            at = block.body.attributes[kind].place
            if kind == "required_var_files" or (scope.path.parent / value).is_file():
                yield assignments(evaluator, _file(scope, at, value), names)
            else:
                evaluator.notes.append(f"{at}: {value} is not there, and optional")


def _last_of_each(values: Iterable[str]) -> list[str]:
    """Without repetition; of those that are the same the last stays."""
    return list(reversed(dict.fromkeys(reversed(list(values)))))


def _file(scope: Scope, at: str, value: str) -> Path:
    path = scope.path.parent / value
    if not path.is_file():
        raise OperatorError(f"{at}: there is no file {shown(path)}")
    return path
