"""Raw DEFLATE (RFC 1951) with the same output on every machine.

A task definition must not change with the machine that synthesizes it, and `zlib`'s output depends on the build of
Python (zlib or zlib-ng). libdeflate's is the same on every architecture (its release notes, 0.8), and the Pipfile pins
one release. Node.js reads it with `inflateRawSync`.
"""

_LEVEL = 12
"""libdeflate's best compression."""


def deflate(data: bytes) -> bytes:
    """`data` compressed."""
    from deflate import deflate_compress  # noqa: PLC0415 (only with routes or teams)

    return bytes(deflate_compress(data, _LEVEL))
