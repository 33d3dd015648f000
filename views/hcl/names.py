"""Names without hashes for resources and data sources, and the moves from their names in the state."""

import re
from collections.abc import Mapping
from typing import Any

from resource_types.stack import SynthesizedStack
from views.hcl.expressions import EjectError, pieces
from views.hcl.merged import snake

import attrs

Documents = dict[str, dict[str, Any]]
"""The stacks' JSON, by environment."""
KINDS = {"data": "data.", "resource": ""}
NAMES = frozenset({"depends_on", "ignore_changes", "provider", "replace_triggered_by"})
"""Meta-arguments whose strings are addresses or names, not values."""
_ADDRESS = re.compile(r"(?<![\w.])(?:data\.)?[a-z]\w*\.[A-Za-z_][\w-]*")


@attrs.frozen
class Names:
    """The new name of each address, and the environments in which it exists."""

    new: dict[str, str]
    present: dict[str, tuple[bool, ...]]
    """Whether each environment has it, by new address."""
    paths: dict[str, str]
    """The path of its construct in the stack, by new address."""

    @classmethod
    def of(cls, documents: Documents) -> "Names":
        """Names from the constructs' paths. Raises EjectError where an address belongs to two constructs."""
        new: dict[str, str] = {}
        paths: dict[str, str] = {}
        for document in documents.values():
            for old, path in _addresses(document):
                kind, _, _ = old.rpartition(".")
                name = f"{kind}.{_name(path)}"
                if new.setdefault(old, name) != name:
                    raise EjectError(
                        f"{old} is {paths[new[old]]} in one environment and {path} in another: export them separately, "
                        "with ENV="
                    )
                if paths.setdefault(name, path) != path:
                    name = new[old] = f"{name}_{len(paths)}"
                    paths[name] = path
        present = {
            name: tuple(any(old == one for one, _ in _addresses(document)) for document in documents.values())
            for old, name in new.items()
        }
        return cls(new, present, paths)

    def moved(self) -> list[tuple[str, str]]:
        """The old and the new address of each resource that moves; a conditional one gets an index."""
        return [
            (old, f"{name}[0]" if not all(self.present[name]) else name)
            for old, name in self.new.items()
            if not old.startswith("data.") and (old != name or not all(self.present[name]))
        ]

    def renamed(self, value: Any, key: str = "") -> Any:  # noqa: ANN401 (any value of JSON)
        """A value with the new names in its expressions. `key`: the argument that it belongs to."""
        if isinstance(value, Mapping):
            return {name: self.renamed(member, name) for name, member in value.items() if name != "//"}
        if isinstance(value, list):
            return [self.renamed(item, key) for item in value]
        if not isinstance(value, str):
            return value
        if key in NAMES:
            return _ADDRESS.sub(lambda found: self.new.get(found[0], found[0]), value)
        return "".join(_ADDRESS.sub(self._reference, part) if is_code else part for part, is_code in pieces(value))

    def _reference(self, found: re.Match[str]) -> str:
        name = self.new.get(found[0], found[0])
        return f"{name}[0]" if name in self.present and not all(self.present[name]) else name


def _addresses(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The addresses of resources and data sources, with the paths of their constructs."""
    return [(address, one.path) for address, one in SynthesizedStack.of(document).terraform.items()]


def _name(path: str) -> str:
    """A name from a construct's path."""
    name = snake(path)
    return f"_{name}" if name[0].isdigit() else name
