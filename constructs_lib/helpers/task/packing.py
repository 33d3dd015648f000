"""Packs documents for environment variables of the gateway runtime: JSON, then DEFLATE, then base85."""

import base64
import json
import string

from constructs_lib.helpers.task.deflate import deflate

_STANDARD = string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"
"""The alphabet of base64.b85encode."""
ALPHABET = "!" + "".join(chr(code) for code in range(40, 127) if chr(code) not in "<>\\")
"""The alphabet of gateway_runtime/src/base85.mjs. JSON, Terraform and single-quoted shell strings need no escapes."""
_OURS = str.maketrans(_STANDARD, ALPHABET)


def base85(content: bytes) -> str:
    """Base85: five characters for four bytes, then one digit with the number of padding bytes."""
    padding = -len(content) % 4
    return base64.b85encode(content + bytes(padding)).decode("ascii").translate(_OURS) + str(padding)


def packed(document: object, *, sort_keys: bool = False) -> str:
    """The value of the environment variable for a document."""
    return base85(deflate(json.dumps(document, separators=(",", ":"), sort_keys=sort_keys).encode()))
