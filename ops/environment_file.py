"""Sets values in envs/<name>.py and leaves the rest of the file as it is."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from envs.common import COMMON
from ops.aws import OperatorError
from tools.environment import ROOT

import attrs

LINE_LENGTH = 120


@attrs.frozen
class Written:
    """A string value to write, and the comment to put after it."""

    value: str
    remark: str

    def pair(self, name: str) -> str:
        """The line of a dict entry."""
        return f'"{name}": "{self.value}",  # {self.remark}\n'

    def argument(self, name: str) -> str:
        """The line of a keyword argument."""
        return f'{name}="{self.value}",  # {self.remark}\n'


def _offset(text: str, line: int, column: int) -> int:
    """The index into a string of a position in `ast`, which counts columns in UTF-8 bytes."""
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    return (
        _offset(text, node.lineno, node.col_offset),
        _offset(text, node.end_lineno or node.lineno, node.end_col_offset or 0),
    )


def _call(tree: ast.Module) -> ast.Call | None:
    """The call `Environment(…)` of the statement `ENVIRONMENT = Environment(…)`."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            called = statement.value.func
            if names == ["ENVIRONMENT"] and isinstance(called, ast.Name) and called.id == "Environment":
                return statement.value
    return None


def _with_common(text: str, node: ast.expr, wanted: Mapping[str, Written]) -> tuple[int, int, str] | None:
    """The replacement of `**COMMON` or `**(COMMON | {…})` that overrides values of COMMON; None for another form."""
    kept = ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and isinstance(node.right, ast.Dict):
        for key, value in zip(node.right.keys, node.right.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                return None
            if key.value not in wanted:
                kept += f'"{key.value}": {ast.get_source_segment(text, value)},\n'
        node_common = node.left
    else:
        node_common = node
    if not (isinstance(node_common, ast.Name) and node_common.id == "COMMON"):
        return None
    pairs = kept + "".join(written.pair(name) for name, written in wanted.items())
    inner = f"COMMON | {{\n{pairs}}}"
    start, end = _span(text, node)
    # The node of `COMMON | {…}` leaves out the parentheses around it, so they are in the file already.
    return start, end, inner if isinstance(node, ast.BinOp) else f"({inner})"


def with_values(text: str, wanted: Mapping[str, Written]) -> str | None:
    """The text of an environment's file with these settings.

    None where the file does not have the form `ENVIRONMENT = Environment(**COMMON, …)`.
    """
    call = _call(ast.parse(text))
    if call is None:
        return None
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    edits = [(*_span(text, given[name]), f'"{written.value}"') for name, written in wanted.items() if name in given]
    common = {name: written for name, written in wanted.items() if name not in given and name in COMMON}
    if common:
        edit = _with_common(text, given[None], common) if None in given else None
        if edit is None:
            return None
        edits.append(edit)
    added = [written.argument(name) for name, written in wanted.items() if name not in given and name not in COMMON]
    if added:
        _, end = _span(text, call)
        before = text[: end - 1].rstrip()
        comma = "" if before.endswith((",", "(")) else ","
        edits.append((len(before), end - 1, f"{comma}\n{''.join(added)}"))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def formatted(text: str, name: str) -> str:
    """The text as ruff formats it; lines that stay too long get a noqa comment. Raises OperatorError where ruff fails.

    `name`: the environment's, for ruff's messages.
    """
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", f"envs/{name}.py", "-"],
        cwd=ROOT, input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise OperatorError(f"envs/{name}.py: ruff cannot format it: {done.stderr.strip()}")
    # ruff does not break a long string, e.g. an image with its digest.
    return "".join(
        f"{line}  # noqa: E501\n" if len(line) > LINE_LENGTH and "# noqa" not in line else f"{line}\n"
        for line in done.stdout.splitlines()
    )


def write_values(path: Path, wanted: Mapping[str, Written]) -> None:
    """Set values in an environment's file.

    Raises OperatorError, with nothing written, where the file has a form that has to be edited by hand.
    """
    text = with_values(path.read_text(encoding="utf-8"), wanted)
    if text is None:
        lines = "".join(f"\n  {written.argument(name).rstrip()}" for name, written in wanted.items())
        raise OperatorError(
            f"envs/{path.name}: the file does not have the form ENVIRONMENT = Environment(**COMMON, …); nothing was "
            f"written. Set these values by hand:{lines}"
        )
    fresh = path.with_suffix(".new")
    fresh.write_text(formatted(text, path.stem), encoding="utf-8")
    fresh.replace(path)
