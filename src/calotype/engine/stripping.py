"""The original without its metadata, as it is stored: what is sent when encoding it again would only make it larger.

Law: no pixel is decoded, and every one stays. Only parts that a picture needs to be shown are kept, by an
allow-list; what is behind its end goes. A structure that makes no sense, or one that cannot be cleaned safely, is
left to the encoder. (Bytes inside the coded pixels stay what they are: delivery's exact types and `nosniff` keep
them from being anything else, P1.)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from calotype.domain.formats import Format
from calotype.engine import colour
from calotype.engine.metadata_blocks import Kind, blocks, boxes, png_chunks
from calotype.engine.tiff_directories import Directories
from calotype.engine.wholeness import reaches_its_end

_ORIENTATION = 0x0112
_UPRIGHT = 1


def smaller(encoded: bytes, original: str, format_: Format) -> bytes:
    """Choose between a variant of which no pixel was changed, and the file *original* without its metadata.

    Both are of *format_*. The original wins only when it can be stripped and is smaller then.
    """
    path = Path(original)
    if path.stat().st_size > 2 * len(
        encoded
    ):  # no camera writes that much beside its pixels; spare the reading
        return encoded
    kept = stripped(path.read_bytes(), format_)
    return kept if kept is not None and len(kept) < len(encoded) else encoded


def stripped(data: bytes, format_: Format) -> bytes | None:
    """Leave of the file *data* what it takes to show it; None when that cannot be done safely.

    Kept are the pixels, a colour profile that is not plain sRGB, and an animation's times. None for pictures that
    metadata turns, for CMYK (browsers disagree about it), and for other formats than JPEG, PNG, WebP, GIF, AVIF.
    """
    strip = _STRIPS.get(format_)
    if strip is None or _is_turned(data, format_) or not reaches_its_end(data, format_):
        return None
    try:
        return strip(data)
    except (IndexError, ValueError):
        return None


def _is_turned(data: bytes, format_: Format) -> bool:
    return any(
        _orientation(data, *block.spans[0]) != _UPRIGHT
        for block in blocks(data, format_)
        if block.kind is Kind.EXIF
    )


def _orientation(data: bytes, start: int, end: int) -> int:
    """Read the orientation in the first directory of a TIFF structure; upright when it says none."""
    directories = Directories.at(data, start, end)
    try:
        first = next(iter(directories or ()), None)
        entries = list(directories.entries(first)) if directories and first else []
    except IndexError:
        return _UPRIGHT
    values = (data[entry.start : entry.start + 2] for entry in entries if entry.tag == _ORIENTATION)
    little = data[start : start + 1] == b"I"
    return next((int.from_bytes(value, "little" if little else "big") for value in values), _UPRIGHT)


# --- JPEG (T.81, annex B) -------------------------------------------------------------------------

_END, _SCAN, _APP0, _APP2, _APP14 = 0xD9, 0xDA, 0xE0, 0xE2, 0xEE
_JFIF, _ICC, _ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DRAWING = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDC, 0xDD, _SCAN, _END}
"""Frames, DHT, DAC, DQT, DNL, DRI, scans and the end of the image."""
_INKS = 4
"""Components of CMYK and YCCK."""
_MARKER_IN_SCAN = re.compile(rb"\xff[^\0\xff\xd0-\xd7]")
"""What ends coded data: a stuffed zero, fill bytes and the restart markers belong to it."""


def _jpeg(data: bytes) -> bytes | None:
    segments = list(_segments(data))
    if any(marker in _FRAMES and segment[9] == _INKS for marker, segment in segments):
        return None
    profile = _joined([segment for marker, segment in segments if _is_profile(marker, segment)])
    shows_profile = bool(profile) and not colour.is_plain(profile)
    return b"\xff\xd8" + b"".join(
        _jpeg_part(marker, segment, shows_profile=shows_profile) for marker, segment in segments
    )


def _jpeg_part(marker: int, segment: bytes, *, shows_profile: bool) -> bytes:
    payload = segment[4:]
    if marker == _APP0 and payload.startswith(_JFIF):
        # Version, unit and density are all that is left: its thumbnail shows what was cropped away.
        return b"\xff\xe0\0\x10" + payload[:12].ljust(12, b"\0") + b"\0\0"
    if marker == _APP14 and payload.startswith(_ADOBE):
        return b"\xff\xee\0\x0e" + payload[:12].ljust(12, b"\0")
    kept = marker in _DRAWING or (shows_profile and _is_profile(marker, segment))
    return segment if kept else b""


def _is_profile(marker: int, segment: bytes) -> bool:
    return marker == _APP2 and segment.startswith(_ICC, 4)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, bytes) of each segment up to the end of the image; a scan comes with its coded data."""
    at, marker = 2, 0
    while marker != _END:
        if data[at] != 0xFF:
            raise ValueError(at)
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        end = at + 2 if marker == _END else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data) or (marker != _END and end < at + 4):
            raise ValueError(at)
        if marker == _SCAN:
            after = _MARKER_IN_SCAN.search(data, end)
            if after is None:
                raise ValueError(at)
            end = after.start()
        yield marker, data[at:end]
        at = end


def _joined(parts: list[bytes]) -> bytes:
    """Join a profile in its order: each part has a number behind the name, and says how many there are."""
    head = 4 + len(_ICC) + 2
    return b"".join(part[head:] for part in sorted(parts, key=lambda part: part[head - 2]))


# --- PNG (section 11; the extensions for animation and HDR are in its third edition) ----------------

_PNG_CHUNKS = frozenset(
    {
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"sBIT",
        b"cICP",
        b"mDCV",
        b"cLLI",
    }
    | {b"acTL", b"fcTL", b"fdAT"}
)


def _png(data: bytes) -> bytes | None:
    kept = [data[:8]]
    for kind, start, end in png_chunks(data):
        if kind in _PNG_CHUNKS:
            kept.append(data[start - 8 : end + 4])
        elif kind == b"iCCP":
            kept.append(_png_profile(data[start:end]))
        if kind == b"IEND":
            return b"".join(kept)
    return None  # the end is not there


def _png_profile(content: bytes) -> bytes:
    """Keep a profile that moves colours, under no name of its own; nothing of one that does not."""
    deflated = content.partition(b"\0")[2][1:]
    try:
        profile = zlib.decompressobj().decompress(deflated, colour.MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return b""
    if colour.is_plain(profile):
        return b""
    body = b"iCCP" + b"icc\0\0" + zlib.compress(profile, 9)
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


# --- WebP (RFC 9649) ------------------------------------------------------------------------------

_WEBP_CHUNKS = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM"})
_HAS_PROFILE, _HAS_EXIF, _HAS_XMP = 0x20, 0x08, 0x04
_FRAME_HEADER = 16


def _webp(data: bytes) -> bytes | None:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        return None
    parts = list(_riff(data, 12, end))
    shows_profile = any(kind == b"ICCP" and not colour.is_plain(body) for kind, body in parts)
    kept = b"".join(_webp_part(kind, body, shows_profile=shows_profile) for kind, body in parts)
    return b"RIFF" + (4 + len(kept)).to_bytes(4, "little") + b"WEBP" + kept


def _webp_part(kind: bytes, body: bytes, *, shows_profile: bool) -> bytes:
    if kind == b"VP8X":
        dropped = _HAS_EXIF | _HAS_XMP | (0 if shows_profile else _HAS_PROFILE)
        return _riff_chunk(kind, bytes([body[0] & ~dropped]) + body[1:10])
    if kind == b"ANMF":
        inner = [part for part in _riff(body, _FRAME_HEADER, len(body)) if part[0] in _WEBP_CHUNKS]
        return _riff_chunk(kind, body[:_FRAME_HEADER] + b"".join(_riff_chunk(*part) for part in inner))
    kept = kind in _WEBP_CHUNKS or (kind == b"ICCP" and shows_profile)
    return _riff_chunk(kind, body) if kept else b""


def _riff(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, content) of each chunk; odd ones are followed by a byte that counts for nothing."""
    while at < end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            raise ValueError(at)
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


# --- GIF (GIF89a, appendix A) ---------------------------------------------------------------------

_TRAILER, _EXTENSION, _IMAGE = 0x3B, 0x21, 0x2C
_GRAPHIC_CONTROL, _COMMENT, _APPLICATION = 0xF9, 0xFE, 0xFF
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def _gif(data: bytes) -> bytes | None:
    at = 13 + _colour_table(data[10])
    kept = [data[:at]]
    while data[at] != _TRAILER:
        end = _end_of_block(data, at)
        if end > len(data) or data[at] not in {_EXTENSION, _IMAGE}:
            return None
        if data[at] == _IMAGE or data[at + 1] == _GRAPHIC_CONTROL:
            kept.append(data[at:end])
        elif data[at + 1] == _APPLICATION:
            kept.append(_repetition(data[at:end]))
        elif data[at + 1] != _COMMENT:  # plain text is a picture too, and nobody can draw it
            return None
        at = end
    return b"".join(kept) + bytes([_TRAILER])


def _repetition(extension: bytes) -> bytes:
    """Keep of an application extension the number of repetitions, a sub-block of three bytes, if it is that one."""
    return extension[:18] + b"\0" if extension[3:14] in _LOOPS and extension[14:16] == b"\3\1" else b""


def _end_of_block(data: bytes, at: int) -> int:
    """Skip an extension or an image: what leads it, then sub-blocks up to the empty one."""
    at += 2 if data[at] == _EXTENSION else 11 + _colour_table(data[at + 9])
    while size := data[at]:
        at += size + 1
    return at + 1


def _colour_table(flags: int) -> int:
    """Bytes of the colour table that *flags* declare."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


# --- AVIF (ISO 14496-12) --------------------------------------------------------------------------

_EMPTY_TIFF = b"II*\0\x08\0\0\0" + bytes(6)
"""An EXIF block that readers accept, without a single field."""


def _avif(data: bytes) -> bytes | None:
    """Overwrite EXIF and XMP where they lie: moving anything would move what `iloc` points to.

    Only for a file of a still image's boxes, that names no thumbnail and no second rendition.
    """
    top = list(boxes(data, 0, len(data)))
    meta = [data[start:end] for kind, start, end in top if kind == b"meta"]
    ordinary = [kind for kind, _, _ in top if kind in {b"ftyp", b"meta", b"mdat"}]
    if len(ordinary) != len(top) or len(meta) != 1 or _SECONDS.search(meta[0]):
        return None
    result = bytearray(data)
    for block in blocks(data, Format.AVIF):
        for start, end in block.spans:
            result[start:end] = _blank(block.kind, max(0, end - start))
    return bytes(result) if len(result) == len(data) else None


def _blank(kind: Kind, size: int) -> bytes:
    if kind is Kind.XMP:
        return b" " * size
    return _EMPTY_TIFF[:size].ljust(size, b"\0")


_SECONDS = re.compile(rb"thmb|tmap|free|uuid|jumb|c2pa")

_STRIPS: dict[Format, Callable[[bytes], bytes | None]] = {
    Format.JPEG: _jpeg,
    Format.PNG: _png,
    Format.WEBP: _webp,
    Format.GIF: _gif,
    Format.AVIF: _avif,
}
