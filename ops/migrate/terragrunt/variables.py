"""Reads variable files: .tfvars and .tfvars.json."""

import json
import re
from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.aws import OperatorError
from ops.migrate.terragrunt.lexer import Source, read_text
from ops.migrate.terragrunt.scope import Scope
from ops.migrate.terragrunt.structure import Body, Expression, body_of

import attrs

if TYPE_CHECKING:
    from ops.migrate.terragrunt.evaluate import Evaluator

SUFFIXES = (".tfvars", ".tfvars.json")
_NAME = re.compile(r'[\s,{]*(?=")')
"""What comes before the next name in a JSON object."""
_WORDS = frozenset({"true", "false", "null", "for", "in", "if", "else", "endif", "endfor"})


@attrs.frozen
class Assigned:
    """A variable's value and its place; `unknown` is the error where the value is unknown."""

    place: str
    value: Any = None
    unknown: OperatorError | None = None


def automatic(folder: Path) -> list[Path]:
    """The variable files that Terraform loads by itself, lowest precedence first (Terraform, "Input Variables")."""
    first = [folder / name for name in ("terraform.tfvars", "terraform.tfvars.json") if (folder / name).is_file()]
    return first + sorted(path for end in SUFFIXES for path in folder.glob(f"*.auto{end}") if path.is_file())


def assignments(evaluator: "Evaluator", path: Path, names: Container[str]) -> dict[str, Assigned]:
    """The variables that a file sets; in .tfvars, only those in `names` have their values.

    Raises OperatorError for a file that is not valid, and for references and functions in these values.
    """
    if path.suffix == ".json":
        return _of_json(path)
    source, body = body_of(path)
    if body.blocks:
        block = body.blocks[0]
        raise OperatorError(f"{block.place}: {block.kind}: is a block; a .tfvars file may have `name = value` only")
    wanted = {name: value for name, value in body.attributes.items() if name in names}
    if problems := [problem for value in wanted.values() for problem in _not_plain(value)]:
        raise OperatorError("\n".join(problems))
    values = evaluator.values(Scope("variables", source, Body(), path, path), wanted)
    return {name: Assigned(value.place, values.get(name)) for name, value in body.attributes.items()}


def _not_plain(value: Expression) -> list[str]:
    """Problems in a .tfvars value: Terraform evaluates neither references nor functions there."""
    tokens, problems = value.tokens, []
    for index in range(value.first, value.last):
        token, before = tokens[index], tokens[index - 1].text if index > value.first else ""
        after = tokens[index + 1].text if index + 1 < value.last else ""
        is_key = after in {"=", ":"} or before == "?"
        if token.kind == "name" and token.text not in _WORDS and before != "." and not is_key:
            problems.append(f"{value.place}: {value.text}: a .tfvars file may not have references or functions")
            break
    return problems


def _of_json(path: Path) -> dict[str, Assigned]:
    source = Source(path, read_text(path))
    text, decode = source.text, json.JSONDecoder().raw_decode
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise source.wrong(error.pos, error.msg) from None
    if not isinstance(whole, dict):
        at = len(text) - len(text.lstrip())
        raise OperatorError(f"{source.place(at)}: must be an object with the names and values of variables")
    found: dict[str, Assigned] = {}
    at = 0
    while member := _NAME.match(text, at):
        name, at = decode(text, member.end())
        if name in found:
            raise OperatorError(f"{source.place(member.end())}: {name} is set twice")
        start = at + len(text[at:]) - len(text[at:].lstrip(": \t\r\n"))
        value, at = decode(text, start)
        found[name] = Assigned(source.place(start), value)
    return found


def as_json(evaluator: "Evaluator", path: Path) -> str:
    """The result of read_tfvars_file: the file's variables as JSON."""
    if path.suffix == ".json":
        return read_text(path)
    _, body = body_of(path)
    found = assignments(evaluator, path, body.attributes)
    return json.dumps({name: one.value for name, one in found.items()})
