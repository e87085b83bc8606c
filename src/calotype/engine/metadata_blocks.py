"""Where EXIF and XMP lie in a file of each format: found by structure, never by searching through pixels.

Law: nothing is decoded, inflated or copied; a structure that makes no sense ends the walk.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from mmap import mmap

from calotype.domain.formats import Format
from calotype.engine.png_text import is_packed

Span = tuple[int, int]
"""Start and end of some bytes of a file."""

_MAX_PARTS = 65_536
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_XMP_EXTENSION_HEAD = len(_XMP_EXTENSION) + 32 + 4 + 4
"""Name, digest of the whole, its length, and the offset of this part (XMP specification 3, 1.1.3.1)."""
_PNG_XMP = re.compile(rb"XML:com\.adobe\.xmp\0\0.[^\0]{0,80}\0[^\0]{0,80}\0", re.DOTALL)


class Kind(Enum):
    """What a block holds."""

    EXIF = "exif"
    """A TIFF structure; one span."""
    XMP = "xmp"
    """An XML packet, in one span or several that belong together."""
    PNG_TEXT = "png-text"
    """The data of a PNG text chunk that packs either of them; one span."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of metadata and where its bytes lie."""

    kind: Kind
    spans: tuple[Span, ...]


def blocks(data: bytes | mmap, format_: Format) -> Iterator[Block]:
    """Yield every EXIF and XMP block of *data*; a malformed rest is left alone."""
    with contextlib.suppress(IndexError):
        yield from _WALKS.get(format_, _none)(data)


def png_chunks(data: bytes | mmap) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of each chunk's data (PNG, 5.3); the CRC follows at end."""
    at = 8
    for _ in range(_MAX_PARTS):
        if at + 12 > len(data):
            return
        end = at + 8 + _number(data, at, 4)
        if end + 4 > len(data):
            return
        yield bytes(data[at + 4 : at + 8]), at + 8, end
        at = end + 4


def _none(_: bytes | mmap) -> Iterator[Block]:
    return iter(())


def _jpeg(data: bytes | mmap) -> Iterator[Block]:
    """Walk the segments of this image, and of those that follow it (MPF: previews, gain maps, depth)."""
    at = 0
    for _ in range(64):
        at = data.find(b"\xff\xd8\xff", at)
        if at < 0:
            return
        extension: list[tuple[int, Span]] = []
        scan = at + 2
        for marker, start, end in _segments(data, at + 2):
            yield from _app1(data, start, end, extension) if marker == 0xE1 else ()
            scan = end
        if extension:
            yield Block(Kind.XMP, tuple(span for _, span in sorted(extension)))
        at = data.find(b"\xff\xd9", scan)
        if at < 0:
            return


def _segments(data: bytes | mmap, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of each segment's payload up to the first scan (T.81, B.1.1.4)."""
    for _ in range(_MAX_PARTS):
        while data[at : at + 2] == b"\xff\xff":  # fill bytes
            at += 1
        if data[at] != 0xFF or data[at + 1] in {0xDA, 0xD9}:
            return
        end = at + 2 + max(2, _number(data, at + 2, 2))
        yield data[at + 1], at + 4, min(end, len(data))
        at = end


def _app1(data: bytes | mmap, start: int, end: int, extension: list[tuple[int, Span]]) -> Iterator[Block]:
    """Tell EXIF from XMP; parts of an extended packet are put into *extension* with their offset in it."""
    head = bytes(data[start : min(end, start + len(_XMP_EXTENSION))])
    if head.startswith(_EXIF):
        yield Block(Kind.EXIF, ((start + len(_EXIF), end),))
    elif head.startswith(_XMP):
        yield Block(Kind.XMP, ((start + len(_XMP), end),))
    elif head == _XMP_EXTENSION and start + _XMP_EXTENSION_HEAD <= end:
        body = start + _XMP_EXTENSION_HEAD
        extension.append((_number(data, body - 4, 4), (body, end)))


def _png(data: bytes | mmap) -> Iterator[Block]:
    for kind, start, end in png_chunks(data):
        if kind == b"eXIf":
            yield Block(Kind.EXIF, ((start, end),))
        elif kind == b"iTXt" and (head := _PNG_XMP.match(data[start : min(end, start + 256)])):
            yield Block(Kind.XMP, ((start + head.end(), end),))
        elif kind in {b"tEXt", b"zTXt", b"iTXt"} and is_packed(bytes(data[start : min(end, start + 80)])):
            yield Block(Kind.PNG_TEXT, ((start, end),))


def _webp(data: bytes | mmap) -> Iterator[Block]:
    at = 12
    for _ in range(_MAX_PARTS):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        start, end = at + 8, min(at + 8 + size, len(data))
        if start > len(data):
            return
        if data[at : at + 4] == b"EXIF":
            yield Block(Kind.EXIF, ((start + _preamble(data, start), end),))
        elif data[at : at + 4] == b"XMP ":
            yield Block(Kind.XMP, ((start, end),))
        at += 8 + size + size % 2


def _preamble(data: bytes | mmap, start: int) -> int:
    """Skip JPEG's `Exif` name, which many writers leave before the TIFF header."""
    return len(_EXIF) if data[start : start + len(_EXIF)] == _EXIF else 0


def _tiff(data: bytes | mmap) -> Iterator[Block]:
    yield Block(Kind.EXIF, ((0, len(data)),))


def _gif(data: bytes | mmap) -> Iterator[Block]:
    """Find the XMP application extension: bare XML, then a trailer that ends it from any byte."""
    start = data.find(b"\x21\xff\x0bXMP DataXMP")
    if start >= 0:
        end = data.find(b"<?xpacket end", start)
        yield Block(Kind.XMP, ((start + 14, end if end >= 0 else start + 14),))


def _isobmff(data: bytes | mmap) -> Iterator[Block]:
    """Find the items `Exif` and `mime` (XMP) through `iinf` and `iloc` (ISO 14496-12, 8.11)."""
    for kind, start, end in boxes(data, 0, len(data)):
        if kind == b"meta":
            parts = {part: (a, b) for part, a, b in boxes(data, start + 4, end)}
            if b"iinf" in parts and b"iloc" in parts:
                yield from _items(data, parts)


def _items(data: bytes | mmap, parts: dict[bytes, Span]) -> Iterator[Block]:
    wanted = dict(_item_kinds(data, *parts[b"iinf"]))
    inline = parts.get(b"idat", (0, 0))[0]
    for item, spans in _locations(_Cursor(data, *parts[b"iloc"]), inline, len(data)):
        if wanted.get(item) is Kind.EXIF and spans:
            start, end = spans[0]
            start += 4 + _number(data, start, 4)  # where the TIFF header begins (23008-12, A.2.1)
            yield Block(Kind.EXIF, ((start + _preamble(data, start), end),))
        elif wanted.get(item) is Kind.XMP:
            yield Block(Kind.XMP, spans)


def boxes(data: bytes | mmap, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end) of each box's payload (ISO 14496-12, 4.2)."""
    for _ in range(_MAX_PARTS):
        if at + 8 > end:
            return
        size, head = _number(data, at, 4), 8
        if size == 1:
            size, head = _number(data, at + 8, 8), 16
        size = size or end - at
        if size < head:
            return
        yield bytes(data[at + 4 : at + 8]), at + head, min(at + size, end)
        at += size


def _item_kinds(data: bytes | mmap, start: int, end: int) -> Iterator[tuple[int, Kind]]:
    first = start + (6 if data[start] == 0 else 8)
    for kind, at, stop in boxes(data, first, end):
        if kind != b"infe":
            continue
        wide = 4 if data[at] >= 3 else 2
        item, type_at = _number(data, at + 4, wide), at + 4 + wide + 2
        rest = bytes(data[type_at : min(stop, type_at + 512)])
        if rest[:4] == b"Exif":
            yield item, Kind.EXIF
        elif rest[:4] == b"mime" and b"rdf+xml" in rest:
            yield item, Kind.XMP


@dataclass(slots=True)
class _Cursor:
    """Reads big-endian numbers one after the other."""

    data: bytes | mmap
    at: int
    end: int

    def take(self, size: int) -> int:
        if self.at + size > self.end:
            raise IndexError(self.at)
        self.at += size
        return _number(self.data, self.at - size, size)


def _locations(cursor: _Cursor, inline: int, file_size: int) -> Iterator[tuple[int, tuple[Span, ...]]]:
    """Read `iloc` (8.11.3): each item's extents in the file, or in the `idat` box at *inline*."""
    version = cursor.take(4) >> 24
    sizes, more = cursor.take(1), cursor.take(1)
    index = more & 15 if version else 0
    for _ in range(cursor.take(4 if version == 2 else 2)):
        item = cursor.take(4 if version == 2 else 2)
        base = inline if version and cursor.take(2) & 15 == 1 else 0
        cursor.take(2)
        base += cursor.take(more >> 4)
        spans = []
        for _ in range(cursor.take(2)):
            cursor.take(index)
            start = base + cursor.take(sizes >> 4)
            spans.append((start, min(start + (cursor.take(sizes & 15) or file_size), file_size)))
        yield item, tuple(spans)


def _number(data: bytes | mmap, at: int, size: int) -> int:
    if at < 0 or at + size > len(data):
        raise IndexError(at)
    return int.from_bytes(data[at : at + size], "big")


_WALKS: dict[Format, Callable[[bytes | mmap], Iterator[Block]]] = {
    Format.JPEG: _jpeg,
    Format.PNG: _png,
    Format.WEBP: _webp,
    Format.GIF: _gif,
    Format.TIFF: _tiff,
    Format.AVIF: _isobmff,
    Format.HEIC: _isobmff,
}
