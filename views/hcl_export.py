"""Write the environments that GATEWAY_ENVIRONMENTS names, or all, as readable HCL: `make hcl`.

For whoever goes on without this project. Every resource keeps its address and the backend its place, so Terraform goes
on with the state that is there and finds nothing to change. Needs the provider's schema, since Terraform's JSON does
not say what is a block and what is an attribute.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from envs import EnvironmentsError, load_environments
from main import build_app
from resource_types.expressions import Reference
from resource_types.stack import SynthesizedStack
from tools import provider_mirror

Block = Mapping[str, Any]

_IDENTIFIER = re.compile(r"(?!for$)[A-Za-z_][\w-]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_REFERENCES = {"depends_on", "ignore_changes", "provider", "replace_triggered_by"}
"""Meta-arguments whose texts are names, not values."""
_LINE = 100
"""A list of plain values stays on one line up to this many characters."""


class EjectError(Exception):
    """Nothing was written; the message says why and what to do."""


def _end_of_interpolation(text: str, start: int) -> int:
    """Where the `${` or `%{` at `start` is closed, past texts and braces inside it."""
    depth, at, in_text = 0, start + 1, False
    while at < len(text):
        if text[at] == "\\" and in_text:
            at += 1
        elif text[at] == '"':
            in_text = not in_text
        elif not in_text and text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return at + 1
        at += 1
    raise EjectError(f"{text[start:]!r} is no Terraform template: its brace is never closed")


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a Terraform template in order, each with whether it is an expression."""
    done = 0
    for match in re.finditer(r"\$\$\{|%%\{|[$%]\{", text):
        if match.start() < done or len(match[0]) == 3:
            continue
        yield text[done : match.start()], False
        end = _end_of_interpolation(text, match.start())
        yield text[match.start() : end], True
        done = end
    yield text[done:], False


def _text(text: str, is_text: Callable[[str], bool] | None) -> str:
    """A template: the expression alone where it is nothing else, lines as lines, else in quotes."""
    pieces = [piece for piece in _pieces(text) if piece[0]]
    if len(pieces) == 1 and pieces[0][1] and text.startswith("$"):
        alone = text[2:-1].strip()
        return alone if is_text is None or is_text(alone) else f"tostring({alone})"
    if "\n" in text.rstrip("\n") and "\r" not in text:
        mark = next(mark for mark in ("EOT", *(f"EOT{n}" for n in range(len(text)))) if mark not in text)
        return f"<<{mark}\n{text}{mark}" if text.endswith("\n") else f"chomp(<<{mark}\n{text}\n{mark}\n)"
    return '"' + "".join(part if is_expression else part.translate(_ESCAPES) for part, is_expression in pieces) + '"'


def expression(value: Any, is_text: Callable[[str], bool] | None = None) -> str:  # noqa: ANN401 (any value of JSON)
    """A value of Terraform's JSON as an HCL expression.

    `is_text` is for a JSON document, in which an interpolation between quotes is a text whatever its type: it knows
    those that are texts anyway.
    """
    if isinstance(value, str):
        return _text(value, is_text)
    if isinstance(value, Mapping):
        members = "".join(f"{_key(key)} = {expression(member, is_text)}\n" for key, member in value.items())
        return f"{{\n{members}}}" if members else "{}"
    if isinstance(value, list):
        items = [expression(item, is_text) for item in value]
        line = f"[{', '.join(items)}]"
        if "\n" not in line and len(line) <= _LINE:
            return line
        # The mark that ends lines of text stands alone on its line.
        return "[\n" + "".join(f"{one}\n,\n" if one.startswith("<<") else f"{one},\n" for one in items) + "]"
    return json.dumps(value)


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else _text(name, None)


def _attribute(value: Any, is_text: Callable[[str], bool]) -> str:  # noqa: ANN401 (any value of JSON)
    """An attribute's value; a text that is a JSON document is written as what it means."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return f"jsonencode({expression(json.loads(value), is_text)})"
        except json.JSONDecodeError:
            pass
    return expression(value)


def _texts(schemas: Block) -> Callable[[str], bool]:
    """Whether an expression is a reference to an attribute that the schema calls a text."""

    def is_text(written: str) -> bool:
        found = Reference.parse(written)
        if not found:
            return False
        known = schemas["data_source_schemas" if found.type.startswith("data.") else "resource_schemas"]
        attributes = known.get(found.type.removeprefix("data."), {}).get("block", {}).get("attributes", {})
        return bool(attributes.get(found.attribute, {}).get("type") == "string")

    return is_text


def _is_block(name: str, value: Any, schema: Block) -> bool:  # noqa: ANN401 (any value of JSON)
    """What the schema says; where it does not know the name (an older provider), an object is a block."""
    if name in schema.get("block_types", {}) or name == "lifecycle":
        return True
    objects = isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping))
    return bool(objects) and name not in schema.get("attributes", {})


def _body(values: Block, schema: Block, is_text: Callable[[str], bool]) -> str:
    """The inside of a block: its attributes, then the blocks in it."""
    attributes, blocks = "", ""
    for name, value in values.items():
        if name == "//" or value is None:
            continue
        if name in _REFERENCES:
            written = f"[{', '.join(value)}]" if isinstance(value, list) else value
            attributes += f"{name} = {written}\n"
        elif _is_block(name, value, schema):
            inside = schema.get("block_types", {}).get(name, {}).get("block", {})
            for one in value if isinstance(value, list) else [value]:
                blocks += "\n" + _block(name, body=_body(one, inside, is_text))
        else:
            attributes += f"{_key(name)} = {_attribute(value, is_text)}\n"
    return attributes + blocks


def _block(kind: str, *labels: str, body: str) -> str:
    return " ".join([kind, *(f'"{label}"' for label in labels)]) + (f" {{\n{body}}}\n" if body else " {}\n")


def _file(path: str) -> str:
    """The file of a resource with this construct path: its construct's, below the stack."""
    construct, _, inside = path.partition("/")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", construct).lower() if inside else "main"


def files(document: Block, schemas: Block) -> dict[str, str]:
    """A stack's .tf files by name, as they are before `terraform fmt`."""
    if unknown := set(document) - {"//", "terraform", "provider", "data", "resource", "output"}:
        raise EjectError(f"the stack has {', '.join(sorted(unknown))}, which make hcl does not know how to write")
    is_text = _texts(schemas)
    terraform = document["terraform"]
    needed = "".join(f"{name} = {expression(one)}\n" for name, one in terraform["required_providers"].items())
    ((backend, place),) = terraform["backend"].items()
    settings = (
        _block("required_providers", body=needed) + "\n" + _block("backend", backend, body=_body(place, {}, is_text))
    )
    found: dict[str, list[str]] = {"main": [_block("terraform", body=settings)]}
    for name, providers in document["provider"].items():
        found["main"] += [
            _block("provider", name, body=_body(one, schemas["provider"]["block"], is_text)) for one in providers
        ]
    for block in SynthesizedStack.of(document).terraform.values():
        *data, type_, name = block.address.split(".")
        schema = schemas["data_source_schemas" if data else "resource_schemas"].get(type_, {}).get("block", {})
        written = _block(*(data or ["resource"]), type_, name, body=_body(block.body, schema, is_text))
        found.setdefault(_file(block.path), []).append(written)
    found["outputs"] = [
        _block("output", name, body=_body(one, {}, is_text)) for name, one in document["output"].items()
    ]
    return {f"{name}.tf": "\n".join(blocks) for name, blocks in found.items() if blocks}


def _schemas(folder: Path) -> Block:
    """The schema of the AWS provider that this checkout rehearses with."""
    needs = {"aws": {"source": "hashicorp/aws", "version": provider_mirror.chosen().version}}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": needs}}), encoding="utf-8")
    provider_mirror.terraform(folder, "init", "-input=false", "-no-color")
    told = provider_mirror.terraform(folder, "providers", "schema", "-json")
    (schemas,) = json.loads(told)["provider_schemas"].values()
    found: Block = schemas
    return found


def eject(synthesized: Path, out: Path) -> list[Path]:
    """Write each stack to a folder of its name below `out`, all or none. Raises EjectError and TerraformError."""
    names = sorted(path.name for path in (synthesized / "stacks").iterdir())
    for name in names:
        if (out / name).exists():
            raise EjectError(f"{out / name} is there already: move it away, or name another folder with OUT=…")
    out.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that moving it there is one step that cannot break off.
    with tempfile.TemporaryDirectory(dir=out, prefix=".hcl-") as place:
        made = Path(place)
        (made / "schema").mkdir()
        schemas = _schemas(made / "schema")
        for name in names:
            document = json.loads((synthesized / "stacks" / name / "cdk.tf.json").read_text(encoding="utf-8"))
            (made / name).mkdir()
            for file, content in files(document, schemas).items():
                (made / name / file).write_text(content, encoding="utf-8")
            provider_mirror.terraform(made / name, "fmt", "-no-color")
        return [(made / name).rename(out / name) for name in names]


def main(arguments: list[str] | None = None) -> int:
    """Write all of them, or none and a line that says why."""
    parser = argparse.ArgumentParser(prog="python -m views.hcl_export", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder to write to; it is made where it is missing")
    out: Path = parser.parse_args(arguments).out
    try:
        environments = load_environments()
        with tempfile.TemporaryDirectory() as folder:
            build_app(environments, outdir=folder).synth()
            written = eject(Path(folder), out)
    except (EnvironmentsError, EjectError, provider_mirror.TerraformError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"OUT={out}: {error.filename}: {error.strerror}; name a folder that can be written to", file=sys.stderr)
        return 1
    for folder_of_one in written:
        print(folder_of_one)
    return 0


if __name__ == "__main__":
    sys.exit(main())
