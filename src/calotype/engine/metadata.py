"""What a variant says beside its pixels: nothing, or the parts of the source's EXIF, XMP and IPTC that were asked for.

Law: even on request no thumbnail, no maker note, and no place unless the workspace keeps places. A thumbnail shows
what was cropped away; maker notes hold serial numbers in offsets that no rewriting survives (X1).

Why so: docs/adr/0012.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress

from calotype.domain.transformations import Output
from calotype.engine import gps
from calotype.engine.tiff_directories import Directories
from calotype.engine.vips import Image, pyvips

EXIF_FIELD, XMP_FIELD, IPTC_FIELD = "exif-data", "xmp-data", "iptc-data"
_EXIF_TAGS = "exif-ifd"
"""libvips keeps each EXIF field under such a name too, and on saving drops what has lost it."""
_GPS_TAGS = "exif-ifd3-"
_THUMBNAIL_FIELD = "jpeg-thumbnail-data"
_ORIENTATIONS = ("orientation", "exif-ifd0-Orientation")
_EXIF_NAME = b"Exif\0\0"
_MAKER_NOTE = 0x927C
_COPYRIGHT, _ASCII = 0x8298, 2
_NOTICE_BYTES = 4096
"""The longest copyright notice that is kept."""
_WORD = 4
"""Bytes of a pointer in EXIF."""
_MM_PER_INCH = 25.4
_DENSITY = 72.0
"""Pixels for each inch that a result declares when nobody says otherwise."""

_PHOTOSHOP, _IPTC_RESOURCE = b"Photoshop 3.0\0", 0x0404
_THUMBNAILS = re.compile(rb"<((?:[\w.-]+:)?Thumbnails)\b.*?</\1\s*>", re.DOTALL)
"""The previews that photo editors put into XMP, base64."""


def keep(image: Image, output: Output) -> str:
    """Name the kinds of metadata that the encoder writes of *image*, in libvips' words. It makes EXIF up when named."""
    noticed = output.keep_copyright and image.get_typeof(EXIF_FIELD)
    kinds = {
        "icc": output.keep_profile or output.keep_gain_map,
        # WebP and AVIF can hold a density in EXIF alone, and libvips gives JPEG's away with it.
        "exif": output.keep_metadata or noticed or output.density,
        "xmp|iptc": output.keep_metadata,
        "gainmap": output.keep_gain_map,
    }
    return "|".join(kind for kind, wanted in kinds.items() if wanted) or "none"


def chosen(image: Image, output: Output) -> Image:
    """Leave of *image*'s metadata what *output* asks for, with the density and without an orientation."""
    told = image.copy(**_resolution(output))
    if output.keep_metadata:
        _rewrite(told, keep_gps=output.keep_gps)
    else:
        notice = _notice(told) if output.keep_copyright else b""
        _drop(told, (EXIF_FIELD, XMP_FIELD, IPTC_FIELD, _EXIF_TAGS))
        if notice:
            told.set_type(pyvips.GValue.blob_type, EXIF_FIELD, notice)
    _drop(told, _ORIENTATIONS)  # the pixels are upright
    return told


def _resolution(output: Output) -> dict[str, float]:
    """Give libvips' resolution, in pixels for each millimetre; kept metadata keeps the source's."""
    if output.keep_metadata and output.density is None:
        return {}
    density = (output.density or _DENSITY) / _MM_PER_INCH
    return {"xres": density, "yres": density}


def _drop(image: Image, prefixes: tuple[str, ...]) -> None:
    for field in image.get_fields():
        if field.startswith(prefixes):
            image.remove(field)


def _rewrite(image: Image, *, keep_gps: bool) -> None:
    """Take out what never leaves. Setting the EXIF block makes libvips parse it, and all its fields, anew."""
    for field, rewritten in ((EXIF_FIELD, _exif), (XMP_FIELD, _xmp), (IPTC_FIELD, _iptc)):
        if image.get_typeof(field):
            value = rewritten(bytes(image.get(field)), keep_gps=keep_gps)
            image.remove(field)
            if value:
                image.set_type(pyvips.GValue.blob_type, field, value)
    _drop(image, (_THUMBNAIL_FIELD,) if keep_gps else (_THUMBNAIL_FIELD, _GPS_TAGS))


def _notice(image: Image) -> bytes:
    """Make an EXIF block that holds the copyright notice of *image*'s and nothing else; nothing when it has none."""
    block = bytes(image.get(EXIF_FIELD)) if image.get_typeof(EXIF_FIELD) else b""
    value = _copyright(block).rstrip(b"\0")
    if not value:
        return b""
    value = value.ljust(_WORD, b"\0") + b"\0"  # up to a word it would have to lie in the field itself
    # TIFF 6.0, section 2: a header, one directory of one field, none after it, and what the field points to.
    field = struct.pack("<HHII", _COPYRIGHT, _ASCII, len(value), 26)
    return _EXIF_NAME + b"II*\0" + struct.pack("<IH", 8, 1) + field + bytes(_WORD) + value


def _copyright(block: bytes) -> bytes:
    """Find the value of the field in the first directory; nothing in a block that is none."""
    directories = Directories.at(block, len(_EXIF_NAME) if block.startswith(_EXIF_NAME) else 0, len(block))
    if directories is None:
        return b""
    with suppress(IndexError, StopIteration):
        for entry in directories.entries(next(iter(directories))):
            if entry.tag == _COPYRIGHT:
                end = entry.start + min(entry.size, _NOTICE_BYTES)
                return block[entry.start : min(end, directories.end)]
    return b""


def _exif(block: bytes, *, keep_gps: bool) -> bytes:
    """Blank the maker note, and cut the chain of directories, whose second one is the thumbnail's.

    On saving, the block is written anew without what nothing refers to. Nothing is left of one that is no EXIF, or
    that points outside itself.
    """
    start = len(_EXIF_NAME) if block.startswith(_EXIF_NAME) else 0
    directories = Directories.at(block, start, len(block))
    if directories is None:
        return b""
    result = bytearray(block if keep_gps else gps.without_place_in_exif(block))
    try:
        for first, end in _unwanted(directories):
            result[first:end] = bytes(end - first)
    except IndexError:
        return b""
    return bytes(result)


def _unwanted(directories: Directories) -> Iterator[tuple[int, int]]:
    """Yield the spans of pointers to a next directory, and of maker notes."""
    for directory in directories:
        first, end = directories.extent(directory)
        yield max(first, end - _WORD), end
        for entry in directories.entries(directory):
            if entry.tag == _MAKER_NOTE and not entry.inline:
                yield entry.start, max(entry.start, min(entry.start + entry.size, directories.end))


def _xmp(packet: bytes, *, keep_gps: bool) -> bytes:
    packet = _THUMBNAILS.sub(b"", packet)
    return packet if keep_gps else gps.without_place_in_xmp(packet)


def _iptc(block: bytes, *, keep_gps: bool) -> bytes:  # noqa: ARG001 - as the others; IPTC knows no coordinates
    """Leave of Photoshop's resources the IPTC record: others hold thumbnails and paths."""
    if not block.startswith(_PHOTOSHOP):
        return block
    return _PHOTOSHOP + b"".join(
        block[start:end] for kind, start, end in _resources(block) if kind == _IPTC_RESOURCE
    )


def _resources(block: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (id, start, end) of each image resource (Photoshop File Formats, "Image Resource Blocks")."""
    at = len(_PHOTOSHOP)
    while block[at : at + 4] == b"8BIM" and at + 7 <= len(block):
        name = (block[at + 6] + 2) // 2 * 2  # a Pascal string, padded to an even length
        size_at = at + 6 + name
        size = int.from_bytes(block[size_at : size_at + 4], "big")
        end = size_at + 4 + size + size % 2
        yield int.from_bytes(block[at + 4 : at + 6], "big"), at, end
        at = end
