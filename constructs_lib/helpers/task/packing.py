"""Documents as the runtime unpacks them from an environment variable: JSON, deflated, base85."""

import base64
import json
import string

from constructs_lib.helpers.task.deflate import deflate

_STANDARD = string.digits + string.ascii_uppercase + string.ascii_lowercase + "!#$%&()*+-;<=>?@^_`{|}~"
"""The digits of base64.b85encode."""
ALPHABET = "!" + "".join(chr(code) for code in range(40, 127) if chr(code) not in "<>\\")
"""Those of gateway_runtime/src/base85.mjs: JSON, Terraform and the single quotes of a shell leave them as they are."""
_OURS = str.maketrans(_STANDARD, ALPHABET)


def base85(content: bytes) -> str:
    """Five characters for four bytes, and one that counts the padding."""
    padding = -len(content) % 4
    return base64.b85encode(content + bytes(padding)).decode("ascii").translate(_OURS) + str(padding)


def packed(document: object, *, sort_keys: bool = False) -> str:
    """A document as its variable holds it."""
    return base85(deflate(json.dumps(document, separators=(",", ":"), sort_keys=sort_keys).encode()))
