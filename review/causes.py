"""Why resources are replaced: the changed settings or arguments that cause the replacements."""

import ast
from collections.abc import Mapping, Sequence

from review.compare import Change
from review.replaced import Forced, Replacement

import attrs


@attrs.frozen
class Cause:
    """The root cause of replacements, and all resources that are replaced because of it."""

    names: tuple[str, ...]
    """Settings, or arguments as `<address>.<argument>`; empty where Terraform reports none."""
    replacements: tuple[Replacement, ...]


def _plain(value: str) -> str:
    """A setting's Python value as it appears in a stack: a string without quotes, a boolean as in JSON."""
    try:
        given = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    return str(given).lower() if isinstance(given, bool) else str(given)


def _comes_from(forced: Forced, setting: Change) -> bool:
    """Whether replacing the setting's old value by its new one turns the argument's old value into its new one."""
    was, becomes = _plain(setting.old), _plain(setting.new)
    if forced.old == was and forced.new == becomes:
        return True
    return len(was) > 1 and was in forced.old and forced.old.replace(was, becomes) == forced.new


def _name(address: str, forced: Forced, settings: Sequence[Change]) -> str:
    found = [setting.name for setting in settings if _comes_from(forced, setting)]
    return found[0] if len(found) == 1 else f"{address}.{forced.argument}"


def _roots(
    one: Replacement, known: Mapping[str, Replacement], settings: Sequence[Change], seen: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The root causes of a replacement, found through the replaced resources to which it refers."""
    before = [known[address] for address in one.follows if address in known and address not in seen]
    if before:
        seen |= {one.address}
        return frozenset().union(*(_roots(other, known, settings, seen) for other in before))
    return frozenset(_name(one.address, forced, settings) for forced in one.forced)


def causes(found: Sequence[Replacement], settings: Sequence[Change]) -> list[Cause]:
    """Group replacements by their root causes, the largest group first."""
    known = {one.address: one for one in found}
    groups: dict[frozenset[str], list[Replacement]] = {}
    for one in found:
        groups.setdefault(_roots(one, known, settings), []).append(one)
    made = [Cause(tuple(sorted(names)), tuple(members)) for names, members in groups.items()]
    return sorted(made, key=lambda cause: (-len(cause.replacements), cause.names))
