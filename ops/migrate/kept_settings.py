"""Puts imported settings into an existing environment's file, and keeps everything else in it, comments included."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from envs.common import COMMON
from ops.aws import OperatorError

import attrs

NAME = "ENVIRONMENT"
Edit = tuple[int, int, str]
"""Start and end in bytes, and the replacement."""


@attrs.frozen
class EnvironmentFile:
    """The text of an environment's file, and the syntax nodes of its settings."""

    text: str
    call: ast.Call
    settings: dict[str, ast.expr]
    """Values by name, including those that override COMMON."""
    common: ast.expr | None
    """The expression after `**`, e.g. `COMMON` or `(COMMON | {…})`; None without one."""

    @classmethod
    def read(cls, path: Path) -> "EnvironmentFile | None":
        """Parse a file; None where it defines no ENVIRONMENT. Raises OperatorError for a form that cannot be edited."""
        text, shown = path.read_text(encoding="utf-8"), f"envs/{path.name}"
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise OperatorError(
                f"{shown}:{error.lineno}: not valid Python, so its settings cannot be kept: correct it, or move it away"
            ) from None
        environment = next((one for one in tree.body if _defines(one)), None)
        if environment is None:
            return None
        call = environment.value if isinstance(environment, ast.Assign | ast.AnnAssign) else None
        if not isinstance(call, ast.Call):
            raise OperatorError(f"{shown}:{environment.lineno}: {NAME} is not a call Environment(**COMMON, …), so its "
                                "settings cannot be kept: move the file away")  # fmt: skip
        common = next((one.value for one in call.keywords if one.arg is None), None)
        over = _over_common(common, f"{shown}:{common.lineno}") if common else {}
        return cls(text, call, over | {one.arg: one.value for one in call.keywords if one.arg}, common)

    def source(self, name: str) -> str:
        """The source text of a setting's value."""
        return ast.get_source_segment(self.text, self.settings[name]) or ""

    def differing(self, texts: Mapping[str, str]) -> Iterator[str]:
        """The settings of this file with another value in `texts`, as `name old -> new`."""
        for name, text in texts.items():
            new = ast.parse(text, mode="eval").body
            if name in self.settings and ast.dump(self.settings[name]) != ast.dump(new):
                yield f"{name} {self.source(name)} -> {text}"

    def edited(self, texts: Mapping[str, str], comment: str) -> str:
        """The file's text with these settings, and a comment after them."""
        edits = [self._replaced(node, texts[name]) for name, node in self.settings.items() if name in texts]
        new = {name: text for name, text in texts.items() if name not in self.settings}
        over = ", ".join(f'"{name}": {text}' for name, text in new.items() if self.common and name in COMMON)
        if self.common and over:
            start, end, _ = self._replaced(self.common, "")
            edits += [(start, start, "("), (end, end, f" | {{{over}}})")]
        own = [f"{name}={text}," for name, text in new.items() if not (self.common and name in COMMON)]
        body, closing = self.text.encode(), self._replaced(self.call, "")[1] - 1
        last = max((self._replaced(one.value, "")[1] for one in self.call.keywords), default=None)
        comma = "" if last is None or not own or re.match(rb"[)\s]*,", body[last:closing]) else ","
        edits.append((closing, closing, "\n".join(["", comma, *own, comment, ""])))
        for start, end, text in sorted(edits, key=lambda edit: edit[0], reverse=True):
            body = body[:start] + text.encode() + body[end:]
        return body.decode()

    def _replaced(self, node: ast.expr, text: str) -> Edit:
        lines = self.text.encode().splitlines(keepends=True)
        ends = ((node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0))
        start, end = (sum(map(len, lines[: line - 1])) + column for line, column in ends)
        return start, end, text


def _defines(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == NAME for target in targets)


def _over_common(value: ast.expr, place: str) -> dict[str, ast.expr]:
    """The settings that override COMMON in `COMMON | {…}`. Raises OperatorError for another form."""
    if isinstance(value, ast.Name):
        return {}
    if isinstance(value, ast.BinOp) and isinstance(value.right, ast.Dict):
        names = [key.value if isinstance(key, ast.Constant) else None for key in value.right.keys]
        if all(isinstance(name, str) for name in names):
            return _over_common(value.left, place) | dict(zip(map(str, names), value.right.values, strict=True))
    raise OperatorError(
        f"{place}: not of the form **COMMON or **(COMMON | {{…}}), so it cannot be kept: move the file away"
    )
