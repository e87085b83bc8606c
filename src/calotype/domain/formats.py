"""Image formats: their names, extensions and media types, and how their first bytes look.

Law: the bytes decide what a file is, never its name or the Content-Type that came with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """A format that we accept; the value is its canonical name."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    AVIF = "avif"
    HEIC = "heic"
    TIFF = "tiff"
    BMP = "bmp"
    ICO = "ico"
    SVG = "svg"

    @property
    def shown(self) -> str:
        """The format's name as people write it."""
        return "WebP" if self is Format.WEBP else self.value.upper()


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """What follows from a format: media type, extensions (the first is the one we write), abilities."""

    media_type: str
    extensions: tuple[str, ...]
    alpha: bool = True
    animated: bool = False
    output: bool = False
    """Whether we can encode it; every such format is also safe to show in a browser."""


FORMATS: dict[Format, FormatInfo] = {
    Format.JPEG: FormatInfo("image/jpeg", ("jpg", "jpeg", "jpe"), alpha=False, output=True),
    Format.PNG: FormatInfo("image/png", ("png",), output=True),
    Format.GIF: FormatInfo("image/gif", ("gif",), animated=True, output=True),
    Format.WEBP: FormatInfo("image/webp", ("webp",), animated=True, output=True),
    Format.AVIF: FormatInfo("image/avif", ("avif",), output=True),
    Format.HEIC: FormatInfo("image/heic", ("heic", "heif")),
    Format.TIFF: FormatInfo("image/tiff", ("tiff", "tif")),
    Format.BMP: FormatInfo("image/bmp", ("bmp",)),
    Format.ICO: FormatInfo("image/x-icon", ("ico",)),
    Format.SVG: FormatInfo("image/svg+xml", ("svg",)),
}

BY_EXTENSION: dict[str, Format] = {
    extension: format_ for format_, info in FORMATS.items() for extension in info.extensions
}

SNIFF_BYTES = 4096
"""How many leading bytes `sniff` wants; an SVG may open with comments."""

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# Instructions and comments, each up to its first end (possessive: no way back, so linear), then the root or
# a DOCTYPE that names it. A web page with an <svg> inside is a web page.
_SVG = re.compile(
    rb"\s*+(?:(?><\?.*?\?>|<!--.*?-->)\s*+)*+<(?:!DOCTYPE\s+)?(?:[A-Za-z_][\w.-]*:)?svg[\s>/\[]",
    re.IGNORECASE | re.DOTALL,
)
_GZIP = b"\x1f\x8b"


def sniff(head: bytes) -> Format | None:
    """Name the format that *head*, a file's first bytes, belongs to; None when it is none of ours.

    A gzip stream is reported as SVG: svgz is the only gzipped thing that we accept, and the
    renderer finds out whether it is one.
    """
    for matches, format_ in _SIGNATURES:
        if matches(head):
            return format_
    return None


def _is_isobmff(head: bytes, brands: set[bytes]) -> bool:
    """Look for *brands* in the `ftyp` box (ISO 14496-12, 4.3): the major brand first, then the others."""
    if head[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(head[:4], "big"), len(head), 256)
    return head[8:12] in brands or any(head[at : at + 4] in brands for at in range(16, end, 4))


def _is_svg(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"}:  # UTF-16: the ASCII in it shows once the NULs are gone
        text = text[2:].replace(b"\0", b"")
    return bool(_SVG.match(text)) or head.startswith(_GZIP)


_SIGNATURES = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), Format.JPEG),
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), Format.PNG),
    (lambda head: head[:6] in {b"GIF87a", b"GIF89a"}, Format.GIF),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", Format.WEBP),
    (lambda head: _is_isobmff(head, _AVIF_BRANDS), Format.AVIF),
    (lambda head: _is_isobmff(head, _HEIC_BRANDS), Format.HEIC),
    (lambda head: head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}, Format.TIFF),
    (lambda head: head[:2] == b"BM" and head[6:10] == b"\0\0\0\0", Format.BMP),
    (lambda head: head[:4] == b"\0\0\1\0" and head[4:6] != b"\0\0", Format.ICO),
    (_is_svg, Format.SVG),
)
