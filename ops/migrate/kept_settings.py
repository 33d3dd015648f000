"""What an environment's file holds that an import must not lose."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ops.aws import OperatorError

import attrs

NAME = "ENVIRONMENT"
OWN_IMPORTS = ("envs.common", "envs.schema")


@attrs.frozen
class Kept:
    """Settings by name as they are written, imports and other statements."""

    settings: dict[str, str]
    imports: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()

    def changes(self, texts: dict[str, str]) -> Iterator[str]:
        """The settings that are in both and differ, with both values."""
        for name, text in texts.items():
            if name in self.settings and _value(self.settings[name]) != _value(text):
                yield f"{name} {self.settings[name]} -> {text}"


NOTHING = Kept({})


def _value(text: str) -> object:
    """A literal's value; the text itself of anything else."""
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value


def kept(path: Path) -> Kept:
    """What a file holds; nothing where it defines no environment. Raises OperatorError where that cannot be read."""
    text = path.read_text(encoding="utf-8")
    shown = f"envs/{path.name}"
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise OperatorError(
            f"{shown}:{error.lineno}: does not parse, so its settings cannot be kept: move it away"
        ) from None
    environment = next((one for one in tree.body if _defines(one)), None)
    if environment is None:
        return NOTHING
    call = environment.value if isinstance(environment, ast.Assign | ast.AnnAssign) else None
    if not isinstance(call, ast.Call):
        raise OperatorError(f"{shown}:{environment.lineno}: {NAME} is not written as Environment(**COMMON, …), so its "
                            "settings cannot be kept: move the file away")  # fmt: skip
    settings: dict[str, str] = {}
    for keyword in call.keywords:
        if keyword.arg:
            settings[keyword.arg] = _source(text, keyword.value)
        else:
            settings |= _of_common(text, keyword.value, f"{shown}:{keyword.value.lineno}")
    rest = [one for one in tree.body if one is not environment and not _is_docstring(one)]
    imports = [one for one in rest if isinstance(one, ast.Import | ast.ImportFrom)]
    return Kept(
        settings,
        tuple(line for one in imports if (line := _import(text, one))),
        tuple(_source(text, one) for one in rest if one not in imports),
    )


def _defines(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == NAME for target in targets)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _source(text: str, node: ast.AST) -> str:
    return ast.get_source_segment(text, node) or ""


def _import(text: str, statement: ast.Import | ast.ImportFrom) -> str:
    """An import, without the names that every environment's file imports."""
    if isinstance(statement, ast.ImportFrom) and statement.module in OWN_IMPORTS:
        names = [one for one in statement.names if one.name not in {"COMMON", "Environment"}]
        listed = ", ".join(one.name + (f" as {one.asname}" if one.asname else "") for one in names)
        return f"from {statement.module} import {listed}" if listed else ""
    return _source(text, statement)


def _of_common(text: str, value: ast.expr, place: str) -> dict[str, str]:
    """What goes over COMMON in `**(COMMON | {…})`."""
    if isinstance(value, ast.Name):
        return {}
    if isinstance(value, ast.BinOp) and isinstance(value.right, ast.Dict):
        names = [key.value if isinstance(key, ast.Constant) else None for key in value.right.keys]
        if all(isinstance(name, str) for name in names):
            return {str(name): _source(text, one) for name, one in zip(names, value.right.values, strict=True)}
    raise OperatorError(
        f"{place}: is not written as **COMMON or **(COMMON | {{…}}), so it cannot be kept: move the file away"
    )
