"""Unpacks a packed variable of the gateway."""

import json
import zlib
from typing import Any

from constructs_lib.helpers.task.packing import ALPHABET


def content(text: str) -> bytes:
    """The bytes of a base85 string, decoded independently of the project's code."""
    digits, padding = text[:-1], int(text[-1])
    whole = b""
    for at in range(0, len(digits), 5):
        value = 0
        for digit in digits[at : at + 5]:
            value = value * 85 + ALPHABET.index(digit)
        whole += value.to_bytes(4, "big")
    return whole[: len(whole) - padding]


def unpacked(text: str) -> Any:  # noqa: ANN401 (any JSON)
    """The JSON document in a packed variable."""
    return json.loads(zlib.decompress(content(text), wbits=-15))
