"""An environment's file that exists, with imported settings in it: whatever else it holds stays, comments too."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from envs.common import COMMON
from ops.aws import OperatorError

import attrs

NAME = "ENVIRONMENT"
Edit = tuple[int, int, str]
"""Bytes from and to, and what replaces them."""


@attrs.frozen
class EnvironmentFile:
    """The text of a file, and where in it the settings are."""

    text: str
    call: ast.Call
    settings: dict[str, ast.expr]
    """Values by name, those that go over COMMON too."""
    common: ast.expr | None
    """What is written as `**COMMON`, e.g. `(COMMON | {…})`."""

    @classmethod
    def read(cls, path: Path) -> "EnvironmentFile | None":
        """What a file holds; None where it defines no environment. Raises OperatorError where that cannot be read."""
        text, shown = path.read_text(encoding="utf-8"), f"envs/{path.name}"
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise OperatorError(
                f"{shown}:{error.lineno}: does not parse, so its settings cannot be kept: move it away"
            ) from None
        environment = next((one for one in tree.body if _defines(one)), None)
        if environment is None:
            return None
        call = environment.value if isinstance(environment, ast.Assign | ast.AnnAssign) else None
        if not isinstance(call, ast.Call):
            raise OperatorError(f"{shown}:{environment.lineno}: {NAME} is not written as Environment(**COMMON, …), so "
                                "its settings cannot be kept: move the file away")  # fmt: skip
        common = next((one.value for one in call.keywords if one.arg is None), None)
        over = _over_common(common, f"{shown}:{common.lineno}") if common else {}
        return cls(text, call, over | {one.arg: one.value for one in call.keywords if one.arg}, common)

    def source(self, name: str) -> str:
        """A setting as it is written."""
        return ast.get_source_segment(self.text, self.settings[name]) or ""

    def differing(self, texts: Mapping[str, str]) -> Iterator[str]:
        """The settings that are in both and differ, with both values."""
        for name, text in texts.items():
            new = ast.parse(text, mode="eval").body
            if name in self.settings and ast.dump(self.settings[name]) != ast.dump(new):
                yield f"{name} {self.source(name)} -> {text}"

    def edited(self, texts: Mapping[str, str], comment: str) -> str:
        """The file with these settings, and a comment after them."""
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
    """What goes over COMMON in `COMMON | {…}`. Raises OperatorError where it is written in another way."""
    if isinstance(value, ast.Name):
        return {}
    if isinstance(value, ast.BinOp) and isinstance(value.right, ast.Dict):
        names = [key.value if isinstance(key, ast.Constant) else None for key in value.right.keys]
        if all(isinstance(name, str) for name in names):
            return _over_common(value.left, place) | dict(zip(map(str, names), value.right.values, strict=True))
    raise OperatorError(
        f"{place}: is not written as **COMMON or **(COMMON | {{…}}), so it cannot be kept: move the file away"
    )
