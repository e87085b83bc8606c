"""Whether a file's end is there, told from its structure: no pixel is decoded.

Decoders forgive too much (libvips reads an animation that stops half-way, and a PNG without IEND) and say
too little about what they refuse. Only formats that are built of blocks with lengths are judged here; of the
others (JPEG, TIFF) the decoder's own words tell.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path

from calotype.domain.formats import Format


def is_whole(source: str, format_: Format) -> bool:
    """Say whether *source* reaches the end that its own structure promises; True where that says nothing."""
    if format_ not in _CHECKS or not Path(source).stat().st_size:
        return True
    with Path(source).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return reaches_its_end(data, format_)


def reaches_its_end(data: bytes | mmap.mmap, format_: Format) -> bool:
    """Say of a file's bytes what `is_whole` says of a file."""
    check = _CHECKS.get(format_)
    try:
        return check is None or check(data)
    except IndexError:  # a length pointed behind the end
        return False


def _png(data: bytes | mmap.mmap) -> bool:
    """Walk the chunks to IEND: length, type, data, CRC (PNG, 5.3)."""
    at, kind = 8, b""
    while kind != b"IEND":
        kind = data[at + 4 : at + 8]
        at += 12 + _number(data, at, 4)
    return at <= len(data)


def _gif(data: bytes | mmap.mmap) -> bool:
    """Walk the blocks to the trailer (GIF89a, appendix A)."""
    at = 13 + _colour_table(data[10])
    while data[at] != 0x3B:
        at = _sub_blocks(data, at + (2 if data[at] == 0x21 else 11 + _colour_table(data[at + 9])))
    return True


def _colour_table(flags: int) -> int:
    """Bytes of the colour table that *flags* declare."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _sub_blocks(data: bytes | mmap.mmap, at: int) -> int:
    """Skip data sub-blocks, each led by its length, up to the empty one."""
    while size := data[at]:
        at += size + 1
    return at + 1


def _webp(data: bytes | mmap.mmap) -> bool:
    """Compare with the length in the RIFF header."""
    return int.from_bytes(data[4:8], "little") + 8 <= len(data)


def _isobmff(data: bytes | mmap.mmap) -> bool:
    """Walk the top-level boxes to the end (ISO 14496-12, 4.2); size 0 means "up to the end"."""
    at = 0
    while at < len(data):
        size = _number(data, at, 4)
        size = _number(data, at + 8, 8) if size == 1 else size
        if size < 8:
            return size == 0
        at += size
    return at == len(data)


def _number(data: bytes | mmap.mmap, at: int, size: int) -> int:
    """Read a big-endian number; the last byte is looked at first, which raises behind the end."""
    return data[at + size - 1] + (int.from_bytes(data[at : at + size - 1], "big") << 8)


_CHECKS: dict[Format, Callable[[bytes | mmap.mmap], bool]] = {
    Format.PNG: _png,
    Format.GIF: _gif,
    Format.WEBP: _webp,
    Format.AVIF: _isobmff,
    Format.HEIC: _isobmff,
}
