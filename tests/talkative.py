"""Pictures that tell too much: each says PLANTED in every place where its format has room beside the pixels (X1)."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

import pictures

PLANTED = b"calotype-planted-marker"
TRACES = (
    PLANTED,
    PLANTED.hex().encode(),
    zlib.compress(PLANTED)[2:-4],
    b"GPSLatitude",
    b"xmpmeta",
    b"ftypmp42",
)
"""What must be nowhere in a variant: as it is, in hexadecimal, deflated; and what only metadata contains."""

_MAKE, _MAKER_NOTE, _EXIF_IFD, _COMMENT = 0x010F, 0x927C, 0x8769, 0x9286
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MPF = (
    b"MPF\0II*\0\x08\0\0\0"
    + struct.pack("<H" + "HHI4s" * 3, 3, 0xB000, 7, 4, b"0100", 0xB001, 4, 1, b"\1", 0xB002, 7, 16, b"\x32")
    + bytes(4 + 16)
    + PLANTED
)
"""A multi-picture index (CIPA DC-007): version, number of pictures, and where they are."""
VIDEO = b"\0\0\0\x18ftypmp42" + PLANTED * 40
"""A Motion Photo's video, behind the picture."""


def exif(orientation: int = 1) -> bytes:
    """Make EXIF with camera, place, serial number, comment, maker note, and a thumbnail."""
    block = Image.Exif()
    block[_MAKE] = PLANTED.decode()
    block[0x0112] = orientation
    block[_EXIF_IFD] = {
        _MAKER_NOTE: b"note " + PLANTED,
        _COMMENT: b"ASCII\0\0\0" + PLANTED,
        0xA431: PLANTED.decode(),
    }
    block[0x8825] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0), 27: PLANTED}
    return block.tobytes()


def xmp() -> bytes:
    """Make an XMP packet with a place, and a preview inside."""
    preview = b"<xmp:Thumbnails><rdf:li>" + PLANTED + b" preview</rdf:li></xmp:Thumbnails>"
    return pictures.xmp().replace(
        b"</rdf:Description>", preview + b"<x>" + PLANTED + b"</x></rdf:Description>"
    )


def iptc() -> bytes:
    """Make Photoshop's resources: an IPTC caption, and a thumbnail of another picture."""
    record = b"\x1c\x02\x78" + struct.pack(">H", len(PLANTED)) + PLANTED
    return b"Photoshop 3.0\0" + _resource(0x0404, record) + _resource(0x040C, b"thumb " + PLANTED)


def _resource(kind: int, data: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", kind, 0, len(data)) + data + b"\0" * (len(data) % 2)


def jpeg(width: int = 320, height: int = 240, *, orientation: int = 1, icc: bytes | None = None) -> bytes:
    """Make a JPEG with EXIF, XMP, IPTC, MPF, a comment, unknown segments, a second picture and a video."""
    data = pictures.jpeg(width, height, exif=False, **({"icc_profile": icc} if icc else {}))
    second = pictures.with_segments(pictures.jpeg(64, 48, exif=False), pictures.segment(0xFE, PLANTED))
    segments = (
        pictures.segment(0xE1, exif(orientation)),
        pictures.segment(0xE1, _XMP + xmp()),
        pictures.segment(0xE2, _MPF),
        pictures.segment(0xED, iptc()),
        pictures.segment(0xE7, PLANTED),
        pictures.segment(0xEB, PLANTED),
        pictures.segment(0xFE, PLANTED),
    )
    end_of_jfif = 4 + int.from_bytes(data[4:6], "big")
    return data[:end_of_jfif] + b"".join(segments) + data[end_of_jfif:] + second + VIDEO


def png(width: int = 320, height: int = 240, *, alpha: bool = False) -> bytes:
    """Make a PNG with text in all three chunks, EXIF, XMP, a time, a private chunk, and more behind the end."""
    data = pictures.png(width, height, alpha=alpha)
    chunks = (
        pictures.chunk(b"tEXt", b"Comment\0" + PLANTED),
        pictures.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(PLANTED)),
        pictures.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp()),
        pictures.chunk(b"tEXt", b"Raw profile type exif\0\nexif\n      23\n" + PLANTED.hex().encode()),
        pictures.chunk(b"eXIf", exif().removeprefix(b"Exif\0\0")),
        pictures.chunk(b"tIME", b"\x07\xe8\5\6\7\x08\x09"),
        pictures.chunk(b"caLo", PLANTED),
    )
    after_header = 8 + 25
    return data[:after_header] + b"".join(chunks) + data[after_header:] + PLANTED


def webp(width: int = 320, height: int = 240, *, frames: int = 1, alpha: bool = False) -> bytes:
    """Make a WebP with EXIF, XMP, an unknown chunk, and more behind the end."""
    data = pictures.webp(width, height, frames=frames, alpha=alpha, exif=exif(), xmp=xmp())
    body = data[12:] + b"tell" + struct.pack("<I", len(PLANTED)) + PLANTED + b"\0" * (len(PLANTED) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body + PLANTED


def gif(frames: int = 3) -> bytes:
    """Make a GIF with a comment, XMP, a foreign application block, and more behind the end."""
    data = pictures.gif(frames)
    at = 13 + (3 << (data[10] & 7) + 1)
    size = bytes([len(PLANTED)])
    comment = b"\x21\xfe" + size + PLANTED + b"\0"
    foreign = b"\x21\xff\x0bEVILAPP 1.0" + size + PLANTED + b"\0"
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    packet = b"\x21\xff\x0bXMP DataXMP" + xmp() + trailer
    return data[:at] + packet + comment + foreign + data[at:] + PLANTED


def avif(width: int = 320, height: int = 240, *, alpha: bool = False) -> bytes:
    """Make an AVIF with EXIF and XMP."""
    return pictures.avif(width, height, alpha=alpha, exif=exif(), xmp=xmp())


def tiff() -> bytes:
    """Make a TIFF with EXIF and XMP."""
    picture, out = pictures.photo(320, 240), io.BytesIO()
    picture.save(out, "TIFF", exif=exif(), tiffinfo={700: xmp(), 270: PLANTED.decode()})
    return out.getvalue()
