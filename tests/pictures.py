"""Good and bad pictures for tests, made in memory: the same call gives the same bytes.

The bad ones are the attacks of the security plan; each docstring names its row (D1, S4, P1 …).
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

CAMERA = "Calotype Wet Plate"
"""The EXIF model that every picture with EXIF carries; it must survive where only the place goes."""
PLACE = (48.8584, 2.2945)
"""Latitude and longitude in degrees."""

_MODEL, _ORIENTATION, _GPS_IFD = 0x0110, 0x0112, 0x8825
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"


# --- pixels ---------------------------------------------------------------------------------------


@cache
def photo(width: int, height: int, seed: int = 1) -> Image.Image:
    """Make a natural-looking RGB picture: a sky-to-ground gradient, smooth clouds and a little grain."""
    noise = np.random.default_rng(seed)
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    sky = np.stack([70 + 120 * down, 110 + 70 * across, 200 - 120 * down], axis=-1)
    pixels = sky + _clouds(noise, width, height) + noise.normal(0, 2, (height, width, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _clouds(noise: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Give smooth noise of three sizes, as a camera sees texture."""
    total = np.zeros((height, width, 3))
    for cells, strength in ((4, 50), (16, 25), (48, 10)):
        coarse = noise.uniform(-strength, strength, (cells, cells, 3)).astype(np.float32)
        bands = [
            Image.fromarray(coarse[..., band]).resize((width, height), Image.Resampling.BICUBIC)
            for band in range(3)
        ]
        total += np.stack([np.asarray(band) for band in bands], axis=-1)
    return total


def _drawn(width: int, height: int, *, alpha: bool = False, text: str = "", seed: int = 1) -> Image.Image:
    picture = photo(width, height, seed).copy()
    if text:
        ImageDraw.Draw(picture).text((4, 4), text, fill=(255, 255, 255))
    if alpha:
        ramp = np.linspace(0, 255, width).astype(np.uint8)
        picture.putalpha(Image.fromarray(np.broadcast_to(ramp, (height, width)).copy()))
    return picture


def _saved(picture: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


# --- metadata -------------------------------------------------------------------------------------


def exif(
    *, orientation: int | None = None, gps: tuple[float, float] | None = None, byte_order: str = "<"
) -> bytes:
    """Make an EXIF block (with the `Exif` preamble): the camera and, when given, orientation and place."""
    block = Image.Exif()
    block.endian = byte_order
    block[_MODEL] = CAMERA
    if orientation:
        block[_ORIENTATION] = orientation
    if gps:
        block[_GPS_IFD] = {
            0: b"\2\3\0\0",
            **_degrees(1, "NS", gps[0]),
            **_degrees(3, "EW", gps[1]),
            29: "2024:05:06",
        }
    return block.tobytes()


def _degrees(tag: int, signs: str, value: float) -> dict[int, object]:
    degrees, minutes = divmod(abs(value), 1)
    minutes, seconds = divmod(minutes * 60, 1)
    exact = (Fraction(int(degrees)), Fraction(int(minutes)), Fraction(round(seconds * 6000), 100))
    return {tag: signs[value < 0], tag + 1: exact}


def xmp(gps: tuple[float, float] | None = PLACE) -> bytes:
    """Make an XMP packet: the place as attribute and as element, and a title that must survive."""
    latitude, longitude = gps or (0, 0)
    place = (
        f'exif:GPSLatitude="{int(latitude)},{latitude % 1 * 60:.4f}N"' if gps else "",
        f"<exif:GPSLongitude>{int(longitude)},{longitude % 1 * 60:.4f}E</exif:GPSLongitude>" if gps else "",
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmp:CreatorTool="{CAMERA}" {place[0]}>{place[1]}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def _metadata(
    orientation: int | None, gps: tuple[float, float] | None, *, with_exif: bool
) -> dict[str, object]:
    return {"exif": exif(orientation=orientation, gps=gps)} if with_exif or orientation or gps else {}


@cache
def srgb_profile() -> bytes:
    """Give a plain sRGB ICC profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_profile(gamma: float = 1.0) -> bytes:
    """Make an ICC profile for grey samples whose curve is one exponent (ICC.1:2022, 7 to 9)."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    tags = {
        b"desc": b"desc\0\0\0\0\0\0\0\5grey\0" + bytes(12 + 67),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"kTRC": b"curv\0\0\0\0\0\0\0\1" + struct.pack(">H", round(gamma * 256)) + b"\0\0",
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += padded
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


# --- good pictures, one function for each format --------------------------------------------------


def jpeg(
    width: int = 320,
    height: int = 240,
    *,
    orientation: int | None = None,
    gps: tuple[float, float] | None = None,
    exif: bool = True,
    progressive: bool = False,
    quality: int = 90,
    text: str = "",
    **options: object,
) -> bytes:
    """Make a JPEG; *width* and *height* are those of the stored samples, before *orientation*."""
    metadata = _metadata(orientation, gps, with_exif=exif)
    picture = _drawn(width, height, text=text)
    return _saved(picture, "JPEG", quality=quality, progressive=progressive, **metadata, **options)


def png(
    width: int = 320,
    height: int = 240,
    *,
    alpha: bool = False,
    bits: int = 8,
    gps: tuple[float, float] | None = None,
    **options: object,
) -> bytes:
    """Make an RGB or RGBA PNG of 8 or 16 *bits*."""
    picture = _drawn(width, height, alpha=alpha)
    if bits == 8:
        return _saved(picture, "PNG", **_metadata(None, gps, with_exif=False), **options)
    samples = np.asarray(picture).astype(">u2") * 257
    rows = np.pad(samples.reshape(height, -1).view(np.uint8), ((0, 0), (1, 0)))
    return png_of(
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 6 if alpha else 2, 0, 0, 0)),
        chunk(b"IDAT", zlib.compress(rows.tobytes())),
    )


def png_with_xmp(width: int = 64, height: int = 48, packet: bytes | None = None) -> bytes:
    """Make a PNG whose uncompressed iTXt chunk holds an XMP packet."""
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", (packet or xmp()).decode())
    return _saved(photo(width, height), "PNG", pnginfo=info)


def gif(frames: int = 1, width: int = 64, height: int = 48) -> bytes:
    """Make a GIF of *frames* different frames, 40 ms each."""
    pictures = [photo(width, height, seed).quantize(32) for seed in range(1, frames + 1)]
    if frames == 1:
        return _saved(pictures[0], "GIF")
    return _saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=40, loop=0)


def webp(
    width: int = 320,
    height: int = 240,
    *,
    frames: int = 1,
    alpha: bool = False,
    gps: tuple[float, float] | None = None,
    **options: object,
) -> bytes:
    """Make a WebP: still, with *alpha*, or animated."""
    pictures = [_drawn(width, height, alpha=alpha, seed=seed) for seed in range(1, frames + 1)]
    if frames > 1:
        options = {"save_all": True, "append_images": pictures[1:], "duration": 40, "loop": 0} | options
    return _saved(pictures[0], "WEBP", quality=80, **_metadata(None, gps, with_exif=False), **options)


def avif(
    width: int = 320,
    height: int = 240,
    *,
    alpha: bool = False,
    gps: tuple[float, float] | None = None,
    **options: object,
) -> bytes:
    """Make an AVIF."""
    metadata = _metadata(None, gps, with_exif=False)
    return _saved(_drawn(width, height, alpha=alpha), "AVIF", speed=10, max_threads=1, **metadata, **options)


def tiff(
    width: int = 320, height: int = 240, *, gps: tuple[float, float] | None = None, **options: object
) -> bytes:
    """Make a TIFF."""
    return _saved(_drawn(width, height), "TIFF", **_metadata(None, gps, with_exif=True), **options)


def bmp(width: int = 320, height: int = 240) -> bytes:
    """Make a 24-bit BMP."""
    return _saved(_drawn(width, height), "BMP")


def ico(*sides: int) -> bytes:
    """Make an icon with one square picture for each of *sides* (default: 16, 32 and 48)."""
    sides = sides or (16, 32, 48)
    return _saved(_drawn(max(sides), max(sides), alpha=True), "ICO", sizes=[(side, side) for side in sides])


def heic(
    width: int = 320,
    height: int = 240,
    *,
    alpha: bool = False,
    bits: int = 8,
    orientation: int | None = None,
    gps: tuple[float, float] | None = None,
    icc: bytes | None = None,
    packet: bytes | None = None,
) -> bytes | None:
    """Make a HEIC; None when this libheif has no HEVC encoder. 10 *bits* makes a deep one."""
    if not pillow_heif.libheif_info()["HEIF"]:
        return None
    picture = _drawn(width, height, alpha=alpha)
    if bits > 8:
        samples = (np.asarray(picture).astype(np.uint16) * 257).tobytes()
        file = pillow_heif.from_bytes("RGBA;16" if alpha else "RGB;16", picture.size, samples)
    else:
        file = pillow_heif.from_pillow(picture)
    # The encoder writes `irot`/`imir` from the EXIF orientation and keeps the tag, as telephones do.
    block = exif(orientation=orientation, gps=gps) if orientation or gps else None
    options = {"icc_profile": icc, "xmp": packet, "exif": block}
    out = io.BytesIO()
    file.save(out, quality=60, **{name: value for name, value in options.items() if value})
    return out.getvalue()


def svg(
    body: str = '<circle cx="50" cy="40" r="30" fill="#c33"/>',
    *,
    head: str = "",
    attributes: str | None = None,
) -> bytes:
    """Make an SVG of 100x80 around *body*; *head* goes before the root element."""
    if attributes is None:
        attributes = 'width="100" height="80" viewBox="0 0 100 80"'
    return f'{head}<svg xmlns="{_SVG}" xmlns:xlink="{_XLINK}" {attributes}>{body}</svg>'.encode()


def svgz(data: bytes | None = None) -> bytes:
    """Make a gzipped SVG."""
    return gzip.compress(data or svg(), mtime=0)


# --- containers -----------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    """Make a PNG chunk with its right CRC."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(*chunks: bytes) -> bytes:
    """Make a PNG of *chunks*; IEND is added."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def segment(marker: int, data: bytes) -> bytes:
    """Make a JPEG segment (marker 0xE1 is APP1)."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """Put *segments* right after a JPEG's start-of-image marker."""
    return data[:2] + b"".join(segments) + data[2:]


# --- bad pictures: what is no picture at all ------------------------------------------------------

EMPTY = b""
"""P2: nothing at all."""
TEXT = b"This is a shopping list, whatever its name says: eggs, flour, collodion.\n"
"""P2: text that is called .jpg."""
PLAYLIST = b"#EXTM3U\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
"""D15: an HLS playlist that makes a video tool read local files."""
MVG = b"push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 'ephemeral:/etc/passwd'\n"
"""D14: ImageTragick."""
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"
"""D14: PostScript reads files."""
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n"
"""D14: a document called .jpg."""

NOT_PICTURES: Mapping[str, bytes] = {
    "text": TEXT,
    "playlist": PLAYLIST,
    "mvg": MVG,
    "eps": EPS,
    "pdf": PDF,
    "html": b"<!doctype html><html><body><svg></svg></body></html>",
}


# --- bad pictures: broken and lying ones ----------------------------------------------------------


def truncated(data: bytes, cuts: int = 10) -> Iterator[bytes]:
    """D9: cut *data* at *cuts* places, from its first bytes to all but the last tenth."""
    for part in range(cuts):
        yield data[: max(1, len(data) * part // cuts + 1)]


def png_declaring(width: int = 20_000, height: int = 20_000) -> bytes:
    """D1, D3: under 100 bytes that declare a huge canvas."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return png_of(chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 16)))


def jpeg_declaring(width: int = 64_250, height: int = 64_250) -> bytes:
    """D1: `lottapixel.jpg`, a small JPEG whose frame header declares 4,128 megapixels."""
    data = bytearray(jpeg(64, 64, exif=False))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def avif_declaring(width: int = 17_000, height: int = 17_000) -> bytes:
    """D2: about 1 KB of AVIF whose `ispe` property declares a huge canvas."""
    return _with_ispe(avif(64, 48, quality=50), width, height)


def heic_declaring(width: int = 17_000, height: int = 17_000) -> bytes | None:
    """D2: a small HEIC whose `ispe` property declares a huge canvas."""
    data = heic(64, 64)
    return data and _with_ispe(data, width, height)


def _with_ispe(data: bytes, width: int, height: int) -> bytes:
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


@cache
def gif_frames(count: int = 1024) -> bytes:
    """D5: a GIF of *count* frames of four pixels each, about 30 bytes a frame."""
    colours = bytes((0, 0, 0, 255, 255, 255))
    head = b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0) + colours
    frames = b"".join(
        b"\x21\xf9\x04\x04" + struct.pack("<H", 2) + b"\0\0"  # graphic control: 20 ms
        b"\x2c" + struct.pack("<HHHHB", 0, 0, 2, 2, 0) + b"\x02" + lzw + b"\0"
        for lzw in (b"\x03\x4c\x12\x05" if number % 2 else b"\x03\x04\x00\x05" for number in range(count))
    )
    return head + frames + b";"


def heic_with_broken_pixels() -> bytes | None:
    """D11: a HEIC whose header is fine and whose coded pixels are not."""
    data = heic(64, 64)
    return data and _with_broken_mdat(data)


def heic_with_many_items(count: int = 65_535) -> bytes | None:
    """D12: a HEIC that declares more items (tiles, mostly) than libheif's limit of 1,000."""
    data = heic(64, 64)
    at = data.index(b"iinf") + 8 if data else 0
    return data and data[:at] + struct.pack(">H", count) + data[at + 2 :]


def avif_with_broken_pixels() -> bytes:
    """D11: an AVIF whose header is fine and whose coded pixels are not."""
    return _with_broken_mdat(avif(64, 48))


def _with_broken_mdat(data: bytes) -> bytes:
    start = data.index(b"mdat") + 4
    return data[:start] + bytes(255 - byte for byte in data[start:])


def jpeg_with_broken_pixels() -> bytes:
    """D11: a JPEG whose scan ends in noise; decoders that forgive show grey."""
    data = jpeg(exif=False)
    return data[: len(data) // 2] + b"\xff\xd9"


def png_with_bad_crc() -> bytes:
    """D11: a PNG whose first IDAT fails its CRC and whose deflate stream is noise."""
    data = bytearray(png(64, 48))
    at = data.index(b"IDAT") + 40
    data[at : at + 64] = bytes(64)
    return bytes(data)


def png_zip_text_bomb(megabytes: int = 64) -> bytes:
    """D6: one pixel, with zTXt, iTXt and iCCP chunks that inflate to *megabytes* MB each."""
    bomb = zlib.compress(bytes(megabytes << 20), 9)
    return png_of(
        chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        chunk(b"iCCP", b"bomb\0\0" + bomb),
        chunk(b"zTXt", b"bomb\0\0" + bomb),
        chunk(b"iTXt", b"bomb\0\1\0\0\0" + bomb),
        chunk(b"IDAT", zlib.compress(b"\0\x80\x80\x80")),
    )


def jpeg_with_broken_profile() -> bytes:
    """D8: a JPEG whose ICC profile is noise."""
    return jpeg(64, 48, icc_profile=b"\0\0\2\0none" + bytes(range(256)) * 2)


def bmp_declaring(width: int = 60_000, height: int = 60_000) -> bytes:
    """D1: a BMP header that declares a huge canvas over a few bytes."""
    return bmp(8, 8)[:18] + struct.pack("<ii", width, height) + bmp(8, 8)[26:]


# --- bad pictures: SVG ----------------------------------------------------------------------------


def svg_with_entities(levels: int = 9) -> bytes:
    """S3: billion laughs, ten entities a level."""
    nest = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels + 1))
    return svg(f"<text>&l{levels};</text>", head=f'<!DOCTYPE svg [<!ENTITY l0 "laugh">{nest}]>')


def svg_with_external_entity() -> bytes:
    """S3: XXE, a local file as an entity."""
    return svg("<text>&file;</text>", head='<!DOCTYPE svg [<!ENTITY file SYSTEM "file:///etc/passwd">]>')


def svg_use_self() -> bytes:
    """S4: a group that uses itself."""
    return svg('<g id="a"><use xlink:href="#a"/><rect width="9" height="9"/></g>')


def svg_use_loop() -> bytes:
    """S4: two groups that use each other."""
    return svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>')


def svg_use_doubling(levels: int = 30) -> bytes:
    """S4: every level uses the one below twice: 2**levels copies out of a few lines."""
    groups = "".join(
        f'<g id="l{n}"><use href="#l{n - 1}"/><use href="#l{n - 1}"/></g>' for n in range(1, levels + 1)
    )
    return svg(f'<defs><rect id="l0" width="9" height="9"/>{groups}</defs><use href="#l{levels}"/>')


def svg_nested(depth: int = 10_000) -> bytes:
    """S4: groups in groups, deeper than any parser's stack likes."""
    return svg("<g>" * depth + "</g>" * depth)


def svg_nodes(count: int = 150_000) -> bytes:
    """S4: more elements than any drawing needs."""
    return svg("<g/>" * count)


@cache
def svgz_bomb(megabytes: int = 1024) -> bytes:
    """S5: about 1 MB of gzip that inflates to *megabytes* MB of spaces inside an SVG.

    A full flush makes the deflate blocks independent, so one compressed megabyte can be repeated.
    """
    spaces = b" " * (1 << 20)
    before, after = svg("\0").split(b"\0")
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = deflate.compress(before) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(spaces) + deflate.flush(zlib.Z_FULL_FLUSH)
    tail = deflate.compress(after) + deflate.flush()
    check = zlib.crc32(before)
    for _ in range(megabytes):
        check = zlib.crc32(spaces, check)
    length = len(before) + (megabytes << 20) + len(after)
    return (
        b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
        + head
        + block * megabytes
        + tail
        + struct.pack("<II", zlib.crc32(after, check), length & 0xFFFFFFFF)
    )


# --- bad pictures: two things at once -------------------------------------------------------------

PAYLOAD = b"<script>alert(document.domain)</script><?php system($_GET['c']); ?>"
"""P1: what must be absent from everything that is rendered."""


def jpeg_html_polyglot() -> bytes:
    """P1: a JPEG whose comment is a web page."""
    return with_segments(jpeg(64, 48), segment(0xFE, b"<html><body>" + PAYLOAD + b"</body></html>"))


def gif_script_polyglot() -> bytes:
    """P1: a GIF that is also JavaScript, its comment extension carrying the payload."""
    data = gif()
    comment = b"\x21\xfe" + bytes([len(PAYLOAD)]) + PAYLOAD + b"\0"
    return data[:-1] + comment + b";" + b"=1;alert(1)"


def png_php_polyglot() -> bytes:
    """P1: a PNG with PHP in a text chunk and after its end."""
    info = PngInfo()
    info.add_text("Comment", PAYLOAD.decode())
    return _saved(photo(64, 48), "PNG", pnginfo=info) + PAYLOAD


def svg_called_webp() -> bytes:
    """S7: an SVG with a script, whatever its name says."""
    return svg("<script>alert(1)</script>")
