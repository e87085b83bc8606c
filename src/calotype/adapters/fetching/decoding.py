"""The content codings of a body: gzip and zlib, undone in pieces of bounded size.

Law: a piece is at most PIECE_BYTES, however little it came from. The HTTP library's own decoder inflates a whole
chunk at once, and codings inside codings: 64 KiB on the wire could become gigabytes before anyone counts them.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

from calotype.errors import FetchFailed

PIECE_BYTES = 256 * 1024
PLAIN = frozenset({"", "identity"})
_DEFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
"""Told apart by their first bytes; nobody agrees on what `deflate` means but that it is zlib (RFC 9110, 8.4.1.2)."""


async def decoded(chunks: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """Undo *coding* (the value of Content-Encoding, in lower case).

    Raises:
        FetchFailed: the coding is another one, or several; or what came is not in it, or ends early.
    """
    if coding in PLAIN:
        async for chunk in chunks:
            yield chunk
        return
    if coding not in _DEFLATED:
        raise FetchFailed("The origin sends a content coding that it was not asked for.")
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    async for chunk in chunks:
        for piece in _inflated(inflater, chunk):
            yield piece
            await asyncio.sleep(0)  # others are served between two pieces of a bomb
    if not inflater.eof:
        raise FetchFailed("The origin's answer ends early.")


def _inflated(inflater: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    try:
        # A full piece may have left more inside, though all of the chunk was taken.
        piece = inflater.decompress(chunk, PIECE_BYTES)
        while piece:
            yield piece
            piece = inflater.decompress(inflater.unconsumed_tail, PIECE_BYTES)
    except zlib.error:
        raise FetchFailed("The origin's answer is not in the coding that it names.") from None
    if inflater.unused_data:
        raise FetchFailed("The origin's answer goes on after its end.")
