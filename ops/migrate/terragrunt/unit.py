"""The variables that a Terragrunt unit passes to Terraform, by Terraform's order of precedence."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ops.aws import OperatorError
from ops.migrate.terragrunt.evaluate import Evaluator
from ops.migrate.terragrunt.functions import deep_merged
from ops.migrate.terragrunt.lexer import shown
from ops.migrate.terragrunt.program import Result, Text
from ops.migrate.terragrunt.scope import Scope
from ops.migrate.terragrunt.structure import Block, Expression
from ops.migrate.terragrunt.variables import Assigned, assignments, automatic

COMMANDS = frozenset({"plan", "apply"})
"""The Terraform commands that deploy."""
ARGUMENTS = ("commands", "env_vars", "arguments", "required_var_files", "optional_var_files")
"""The attributes of extra_arguments that can set variables."""
PREFIX = "TF_VAR_"
Entry = tuple[str, tuple[Scope, Expression]]
"""The name of an object's member, and its expression with the file that it is in."""
Layer = dict[str, Assigned]


def variables(evaluator: Evaluator, path: Path, names: frozenset[str]) -> Layer:
    """The variables that a unit sets; values in files of variables are evaluated for `names` only.

    Raises OperatorError for files that cannot be read or evaluated, and where the unit sets no variables.
    """
    scope = evaluator.scope(path, path, path)
    extra = list(_extra_arguments(evaluator, scope))
    layers = [_inputs(evaluator, scope), *(_environment(block, values) for block, values in extra)]
    layers += [assignments(evaluator, file, names) for file in automatic(path.parent)]
    for block, values in extra:
        layers += _arguments(evaluator, scope, block, values, names)
    if not any(layers):
        raise OperatorError(f"{shown(path)}: has no inputs: pass the folder of an environment, e.g. terragrunt/staging")
    return {name: one for layer in layers for name, one in layer.items()}


# Inputs


def _inputs(evaluator: Evaluator, scope: Scope) -> Layer:
    """The unit's inputs, merged over those of its includes; a later include counts more than an earlier one."""
    deep = {include.scope.key for include in scope.includes if include.strategy == "deep"}
    parts = {part.key: part for part in scope.merged if part.inputs}
    results = evaluator.run({key: partial(Text.of, f"{key}-own") for key in parts})
    found: Layer = {}
    for key, part in reversed(parts.items()):
        lower = _assigned(evaluator, part, results[key])
        higher = {
            name: _over(lower[name], one) if key in deep and name in lower else one for name, one in found.items()
        }
        found = lower | higher
    return found


def _over(lower: Assigned, higher: Assigned) -> Assigned:
    """A value deep-merged over another one."""
    merged = higher.value if higher.unknown else deep_merged(lower.value, higher.value)
    return Assigned(higher.place, merged, higher.unknown or lower.unknown)


def _assigned(evaluator: Evaluator, scope: Scope, whole: Result) -> Layer:
    """The inputs of a file, each with the place where it is written."""
    inputs = scope.inputs
    if inputs is None:
        return {}
    if whole.unknown is True:
        raise evaluator.unknown(scope, inputs)
    if not isinstance(whole.value, dict):
        raise OperatorError(f"{inputs.place}: inputs must be an object")
    written = dict(_entries(evaluator, scope, inputs))
    found = {}
    for name, value in whole.members().items():
        at_scope, expression = written.get(name, (scope, inputs))
        error = None if value.is_known else evaluator.unknown(at_scope, expression)
        found[name] = Assigned(expression.place, value.value, error)
    return found


def _entries(evaluator: Evaluator, scope: Scope, expression: Expression) -> Iterator[Entry]:
    """The expression of each member of an object, as far as it is found without evaluation; the last one counts."""
    found = expression.bare()
    members = found.members()
    if members is not None:
        yield from ((name, (scope, value)) for name, value in members.items())
    elif found.head == "merge" and found.source.closing.get(found.first + 1) == found.last - 1:
        for part in found.inside(found.first + 1).parts():
            yield from _entries(evaluator, scope, part)
    elif found.head in {"local", "include", "read_terragrunt_config", "values"}:
        yield from _referred(evaluator, scope, found)


def _referred(evaluator: Evaluator, scope: Scope, found: Expression) -> Iterator[Entry]:
    """The members of the object to which a reference to a local, an include or a read file leads."""
    try:
        names = evaluator.translated(scope, found).names
    except OperatorError:
        return
    last = found.tokens[found.last - 1].text
    for name in names:
        if name.endswith(("-config", "-locals")):
            yield from _members(evaluator, evaluator.config(name), "locals" if name.endswith("-locals") else last)
        elif "_" in name:
            target, expression = evaluator.local(name)
            if expression.head == "read_terragrunt_config" and last in {"locals", "inputs"}:
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
    """The `extra_arguments` blocks for deployments, with their values; the unit's replace included ones by name."""
    blocks = {block.label: (part, block) for part in scope.merged for block in part.extra_arguments}
    for part, block in blocks.values():
        given = {name: value for name, value in block.body.attributes.items() if name in ARGUMENTS}
        commands = evaluator.values(part, {"commands": given["commands"]}) if "commands" in given else {}
        if COMMANDS.intersection(_strings(commands.get("commands"))):
            yield block, evaluator.values(part, given)


def _strings(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _environment(block: Block, values: dict[str, Any]) -> Layer:
    """The variables that `env_vars` sets (TF_VAR_…)."""
    given = values.get("env_vars")
    if not isinstance(given, dict):
        return {}
    whole = block.body.attributes["env_vars"]
    written = whole.members() or {}
    return {
        name.removeprefix(PREFIX): Assigned(written.get(name, whole).place, value)
        for name, value in given.items()
        if name.startswith(PREFIX)
    }


def _arguments(
    evaluator: Evaluator, scope: Scope, block: Block, values: dict[str, Any], names: frozenset[str]
) -> Iterator[Layer]:
    """The variables that `-var` and `-var-file` set, then those of the variable files, in their order."""
    words = _strings(values.get("arguments"))
    while words:
        option, sign, value = words.pop(0).partition("=")
        option = option.strip()
        if option.startswith(("-var ", "--var ")):  # option and value in one argument
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
        # Of equal entries the last one counts.
        for value in reversed(dict.fromkeys(reversed(_strings(values.get(kind))))):
            at = block.body.attributes[kind].place
            if kind == "required_var_files" or (scope.path.parent / value).is_file():
                yield assignments(evaluator, _file(scope, at, value), names)
            else:
                evaluator.notes.append(f"{at}: the optional file {value} does not exist")


def _file(scope: Scope, at: str, value: str) -> Path:
    path = scope.path.parent / value
    if not path.is_file():
        raise OperatorError(f"{at}: there is no file {shown(path)}")
    return path
