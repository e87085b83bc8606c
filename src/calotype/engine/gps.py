"""The place where a picture was taken: found, and blanked in place.

Law: the file keeps its length and every byte outside the blanked values and PNG's checksums, so its pixels
are untouched. Covered: the GPS directory of EXIF and GPS properties of XMP, in every format that we accept.
Not covered: maker notes, XMP in UTF-16, pictures inside an icon, and a video behind the picture.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from mmap import ACCESS_READ, ACCESS_WRITE, mmap
from pathlib import Path

from calotype.domain.formats import Format
from calotype.engine.metadata_blocks import Kind, Span, blocks, png_chunks
from calotype.engine.png_text import unpacked
from calotype.engine.tiff_directories import GPS_DIRECTORY, XMP_PACKET, Directories, Entry

_LARGEST_VALUE = 65_536
"""Bytes of one GPS value that are believed; the standard's longest is a name."""
_MOST_BLOCKS = 256
"""A picture has two or three; a flood of them ends here."""
_EXIF = b"Exif\0\0"
_VERSION = 0
"""GPSVersionID says nothing of a place, and cameras without a fix write it alone."""

_BLANK_CHUNK = b"caLo"
"""An ancillary, private chunk type, safe to copy (PNG, 5.4): every reader skips it."""

_PROPERTY = re.compile(
    rb"""
      (?<=\s) (?:[\w.-]+:)? GPS (?!VersionID) [\w.-]* \s* = \s* (?: "[^"<]*" | '[^'<]*' )
    | < ( (?:[\w.-]+:)? GPS (?!VersionID) [\w.-]* ) (?: \s [^<>]* )? (?: /> | > .{0,1024}? </ \1 \s* > )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""A GPS property as an attribute or as an element, in any case: DJI writes `drone-dji:GpsLatitude`."""


def has_gps(source: str, format_: Format) -> bool:
    """Whether the file *source* says where it was taken. Never raises on malformed metadata."""
    if not Path(source).stat().st_size:
        return False
    with Path(source).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return any(True for _ in _findings(data, format_))


def blank(source: str, format_: Format, target: str) -> None:
    """Copy *source* to *target* with every GPS value overwritten: zeros in EXIF, spaces in XMP."""
    shutil.copyfile(source, target)
    if not Path(target).stat().st_size:
        return
    with Path(target).open("r+b") as file, mmap(file.fileno(), 0, access=ACCESS_WRITE) as data:
        findings = list(_findings(data, format_))
        for (start, end), filler in findings:
            data[start:end] = (filler * (end - start))[: end - start]
        if format_ is Format.PNG:
            _mend_checksums(data, [span for span, _ in findings])


def without_place_in_exif(block: bytes) -> bytes:
    """Give an EXIF block (a TIFF structure, with or without the name `Exif` before it) without its place."""
    start = len(_EXIF) if block.startswith(_EXIF) else 0
    return _overwritten(block, _in_exif(block, ((start, len(block)),)))


def without_place_in_xmp(packet: bytes) -> bytes:
    """Give an XMP packet without its GPS properties."""
    return _overwritten(packet, _in_xmp(packet, ((0, len(packet)),)))


def _overwritten(block: bytes, findings: Iterator[tuple[Span, bytes]]) -> bytes:
    result = bytearray(block)
    for (start, end), filler in findings:
        result[start:end] = filler * (end - start)
    return bytes(result)


def _findings(data: mmap, format_: Format) -> Iterator[tuple[Span, bytes]]:
    """Yield every span to overwrite, and with what."""
    for block in islice(blocks(data, format_), _MOST_BLOCKS):
        yield from _SEARCHES[block.kind](data, block.spans)


def _in_exif(data: bytes | mmap, spans: tuple[Span, ...]) -> Iterator[tuple[Span, bytes]]:
    start, end = spans[0]
    directories = Directories.at(data, start, end)
    if directories is None:
        return
    with contextlib.suppress(IndexError):
        ordinary = list(directories)
        places = {directories.target(entry) for entry in _entries(directories, ordinary, GPS_DIRECTORY)}
        for place in places.difference(ordinary):
            yield from ((span, b"\0") for span in _directory_spans(directories, place))
        for entry in _entries(directories, ordinary, XMP_PACKET):
            yield from _in_xmp(data, ((entry.start, min(entry.start + entry.size, end)),))


def _entries(directories: Directories, which: list[int], tag: int) -> Iterator[Entry]:
    return (entry for each in which for entry in directories.entries(each) if entry.tag == tag)


def _directory_spans(directories: Directories, place: int) -> Iterator[Span]:
    """Yield the values of a GPS directory, then the directory itself: it is empty afterwards."""
    entries = list(directories.entries(place)) if place < directories.end else []
    if all(entry.tag == _VERSION for entry in entries):
        return
    for entry in entries:
        inside = directories.start <= entry.start and entry.start + entry.size <= directories.end
        if not entry.inline and inside and entry.size <= _LARGEST_VALUE:
            yield entry.start, entry.start + entry.size
    yield directories.extent(place)


def _in_xmp(data: bytes | mmap, spans: tuple[Span, ...]) -> Iterator[tuple[Span, bytes]]:
    """Search the packet as one text, though a property may straddle two of its parts."""
    packet = b"".join(data[start:end] for start, end in spans)
    for match in _PROPERTY.finditer(packet):
        yield from ((span, b" ") for span in _in_file(match.span(), spans))


def _in_file(found: Span, spans: tuple[Span, ...]) -> Iterator[Span]:
    """Map a stretch of the joined packet back to where its parts lie in the file."""
    before = 0
    for start, end in spans:
        first, last = max(found[0] - before, 0), min(found[1] - before, end - start)
        if first < last:
            yield start + first, start + last
        before += max(0, end - start)


def _in_png_text(data: bytes | mmap, spans: tuple[Span, ...]) -> Iterator[tuple[Span, bytes]]:
    """Look into a packed text chunk; when it has a place, turn it into a private chunk of zeros.

    What is compressed or in hexadecimal cannot be blanked at the same length, so the whole chunk goes.
    """
    start, end = spans[0]
    content = unpacked(bytes(data[start - 4 : start]), bytes(data[start:end]))
    exif = ((len(_EXIF) if content.startswith(_EXIF) else 0, len(content)),)
    if _PROPERTY.search(content) or any(_in_exif(content, exif)):
        yield (start - 4, start), _BLANK_CHUNK
        yield (start, end), b"\0"


_SEARCHES: dict[Kind, Callable[[bytes | mmap, tuple[Span, ...]], Iterator[tuple[Span, bytes]]]] = {
    Kind.EXIF: _in_exif,
    Kind.XMP: _in_xmp,
    Kind.PNG_TEXT: _in_png_text,
}


def _mend_checksums(data: mmap, changed: list[Span]) -> None:
    for _, start, end in png_chunks(data):
        if any(start - 4 <= first < end for first, _ in changed):
            data[end : end + 4] = zlib.crc32(data[start - 4 : end]).to_bytes(4, "big")
