"""EXIF and XMP that PNG writers pack into text chunks: deflated, or as ImageMagick's hexadecimal profiles.

Law: inflates at most 1 MiB, so that no chunk is a bomb (D6).
"""

from __future__ import annotations

import zlib

_LIMIT = 1 << 20
_PROFILE = b"Raw profile type "
_KEYWORDS = (b"XML:com.adobe.xmp\0", _PROFILE + b"exif\0", _PROFILE + b"APP1\0", _PROFILE + b"xmp\0")


def is_packed(head: bytes) -> bool:
    """Whether a text chunk that begins with *head* may hold EXIF or XMP."""
    return head.startswith(_KEYWORDS)


def unpacked(kind: bytes, data: bytes) -> bytes:
    """Give what the text chunk *kind* (`tEXt`, `zTXt` or `iTXt`) holds; empty when it makes no sense."""
    keyword, _, rest = data.partition(b"\0")
    text = _text(kind, rest)
    return _from_hexadecimal(text) if keyword.startswith(_PROFILE) else text


def _text(kind: bytes, rest: bytes) -> bytes:
    if kind == b"tEXt":
        return rest[:_LIMIT]
    if kind == b"zTXt":
        return _inflated(rest[1:])
    deflated, fields = rest[:1] == b"\1", rest[2:].split(b"\0", 2)  # language, translated keyword, text
    return _inflated(fields[-1]) if deflated else fields[-1][:_LIMIT]


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LIMIT)
    except zlib.error:
        return b""


def _from_hexadecimal(text: bytes) -> bytes:
    """Read a profile as ImageMagick writes it: an empty line, its name, its length, and lines of hex."""
    try:
        return bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii"))
    except ValueError:
        return b""
