"""How somebody deletes by hand what a takeover leaves on AWS: the commands for each type, in the order that AWS takes.

The commands are those of the AWS CLI's reference, in the types' records; `{…}` are attributes in Terraform's state.
"""

import re
import shlex
from typing import Any

from ops.aws import Aws, code_of
from resource_types import KNOWN
from resource_types.record import Removal, Values

import jmespath
from botocore.exceptions import ClientError

REMOVALS = dict(
    sorted(
        ((type_, record.removal) for type_, record in KNOWN.items() if isinstance(record.removal, Removal)),
        key=lambda item: item[1].order,
    )
)
"""By type, in the order in which AWS lets go of them."""
PART_OF = frozenset(type_ for type_, record in KNOWN.items() if isinstance(record.removal, str) and record.removal)
"""Types that are a property of something else, and gone with it."""
_ABSENT = re.compile(r"NotFound|NoSuch|Non[eE]xist|^404$")
"""How the services' codes for something that is not there are spelled; any other refusal says nothing about that."""
ORDER = {type_: place for place, type_ in enumerate(REMOVALS)}


class _Attributes(dict[str, Any]):
    """Fills a template; what a state does not have stays as `<name>` for a person to look up."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def commands_for(type_: str, values: Values) -> tuple[str, ...]:
    """The commands that delete a resource, ready for a shell; none for a type that is not known here."""
    removal = REMOVALS.get(type_)
    quoted = _Attributes({key: shlex.quote(str(value)) for key, value in values.items()})
    return tuple(command.format_map(quoted) for command in removal.commands) if removal else ()


def is_there(aws: Aws, type_: str, values: Values) -> bool:
    """Whether a resource still exists; true where that cannot be told."""
    removal = REMOVALS.get(type_)
    read = removal.there if removal else None
    if read is None:
        return True
    plain = _Attributes(values)
    arguments = {
        name: [value[0].format_map(plain)] if isinstance(value, list) else value.format_map(plain)
        for name, value in read.arguments.items()
    }
    try:
        answer = getattr(aws.client(read.service), read.call)(**arguments)
    except ClientError as error:
        return _ABSENT.search(code_of(error)) is None
    return bool(jmespath.search(read.query.format_map(plain), answer))
