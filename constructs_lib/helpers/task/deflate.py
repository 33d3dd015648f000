"""Raw DEFLATE (RFC 1951): the same bytes on every machine.

`zlib` differs between builds of Python (zlib, zlib-ng), and a task definition must not change with the machine that
synthesizes it. libdeflate has the same output on every architecture (its release notes, 0.8), and the Pipfile pins one
release. Node's `inflateRawSync` reads it.
"""

_LEVEL = 12
"""libdeflate's best compression."""


def deflate(data: bytes) -> bytes:
    """`data` compressed."""
    from deflate import deflate_compress  # noqa: PLC0415 (only routes and teams need it)

    return bytes(deflate_compress(data, _LEVEL))
