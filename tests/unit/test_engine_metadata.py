"""Metadata on request: EXIF, XMP and IPTC stay; the place, thumbnails, maker notes and the orientation do not."""

from __future__ import annotations

import io
import struct
from dataclasses import replace

import pytest
from PIL import Image as Pillow

import pictures
import talkative
from calotype.domain.formats import Format, sniff
from calotype.domain.transformations import OUTPUTS
from calotype.engine import colour, gps
from calotype.engine.decoding import open_image, upright
from calotype.engine.encoding import encode
from calotype.engine.vips import Image

HOLDERS = (Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF)
"""The output formats that have a place for metadata; GIF has none."""


def kept(data, folder, format_, **wishes):
    source = folder / "original"
    source.write_bytes(data)
    output = replace(OUTPUTS[format_], keep_metadata=True, **wishes)
    return encode(colour.to_srgb(upright(open_image(str(source), sniff(data)))), output)


def fields(data):
    image = Image.new_from_buffer(data, "")
    return {name: image.get(name) for name in image.get_fields()}


def has_place(data, folder):
    result = folder / "result"
    result.write_bytes(data)
    return gps.has_gps(str(result), sniff(data))


@pytest.mark.parametrize("format_", HOLDERS)
def test_exif_and_xmp_stay(format_, tmp_path):
    found = fields(kept(talkative.jpeg(), tmp_path, format_))
    assert found["exif-ifd0-Make"].startswith(talkative.PLANTED.decode())
    assert talkative.PLANTED in found["xmp-data"]


def test_iptc_stays_in_a_jpeg(tmp_path):
    found = fields(kept(talkative.jpeg(), tmp_path, Format.JPEG))["iptc-data"]
    assert b"\x1c\x02\x78" in found
    assert talkative.PLANTED in found


@pytest.mark.parametrize("make", [talkative.png, talkative.webp, talkative.avif])
def test_exif_of_every_source_stays(make, tmp_path):
    assert talkative.PLANTED in kept(make(), tmp_path, Format.JPEG)


@pytest.mark.skipif(pictures.heic() is None, reason="this libheif has no HEVC encoder")
def test_exif_of_a_heic_stays_and_the_picture_is_turned_once(tmp_path):
    source = pictures.heic(orientation=6, gps=pictures.PLACE, packet=pictures.xmp())
    found = fields(kept(source, tmp_path, Format.JPEG))
    assert (found["width"], found["height"], found.get("orientation", 1)) == (240, 320, 1)
    assert found["exif-ifd0-Model"].startswith(pictures.CAMERA)
    assert (b"CreatorTool" in found["xmp-data"], b"GPS" in found["xmp-data"]) == (True, False)


@pytest.mark.parametrize("format_", HOLDERS)
def test_the_place_goes(format_, tmp_path):
    source = talkative.jpeg()
    assert has_place(source, tmp_path)
    result = kept(source, tmp_path, format_)
    assert not has_place(result, tmp_path)
    assert [name for name in fields(result) if name.startswith("exif-ifd3-")] == []


@pytest.mark.parametrize("format_", HOLDERS)
def test_the_place_stays_where_the_workspace_keeps_places(format_, tmp_path):
    result = kept(talkative.jpeg(), tmp_path, format_, keep_gps=True)
    assert has_place(result, tmp_path)
    assert b"GPSLongitude" in fields(result)["xmp-data"]


@pytest.mark.parametrize("format_", HOLDERS)
@pytest.mark.parametrize("keep_gps", [False, True])
def test_no_thumbnail_and_no_maker_note_stays(format_, keep_gps, tmp_path):
    result = kept(talkative.jpeg(), tmp_path, format_, keep_gps=keep_gps)
    told = (b"note " + talkative.PLANTED, b"thumb " + talkative.PLANTED, talkative.PLANTED + b" preview")
    assert [part for part in told if part in result] == []


def test_the_thumbnail_of_exif_goes(tmp_path):
    thumbnail = pictures.jpeg(160, 120, exif=False)
    block = _with_thumbnail(talkative.exif(), thumbnail)
    source = pictures.with_segments(pictures.jpeg(exif=False), pictures.segment(0xE1, block))
    assert thumbnail in source
    assert kept(source, tmp_path, Format.JPEG).count(b"\xff\xd8\xff") == 1


def _with_thumbnail(block, thumbnail):
    """Append a second directory (TIFF 6.0; EXIF 2.32, 4.5.4) that names *thumbnail*."""
    body = bytearray(block[6:])
    order = "little" if body[:2] == b"II" else "big"
    first = int.from_bytes(body[4:8], order)
    chain = first + 2 + 12 * int.from_bytes(body[first : first + 2], order)
    at = len(body) + len(body) % 2
    body += bytes(at - len(body))
    body[chain : chain + 4] = at.to_bytes(4, order)

    def entry(tag, kind, value):
        return b"".join(
            number.to_bytes(size, order) for number, size in ((tag, 2), (kind, 2), (1, 4), (value, 4))
        )

    start = at + 2 + 3 * 12 + 4
    body += (3).to_bytes(2, order) + entry(0x0103, 3, 6 if order == "little" else 6 << 16)
    body += entry(0x0201, 4, start) + entry(0x0202, 4, len(thumbnail)) + bytes(4) + thumbnail
    return b"Exif\0\0" + bytes(body)


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG, Format.WEBP])
@pytest.mark.parametrize("orientation", [1, 3, 6, 77])
def test_an_upright_result_says_so(format_, orientation, tmp_path):
    found = fields(kept(talkative.jpeg(orientation=orientation), tmp_path, format_))
    assert found.get("orientation", 1) == 1
    assert found.get("exif-ifd0-Orientation", "1 (").startswith("1 (")


@pytest.mark.parametrize("format_", HOLDERS)
def test_comments_private_blocks_and_what_is_behind_the_end_never_stay(format_, tmp_path):
    sources = (talkative.jpeg(), talkative.png())
    results = [kept(data, tmp_path, format_) for data in sources]
    traces = (talkative.VIDEO[:12], b"MPF\0", b"Comment\0", b"caLo")
    assert [trace for result in results for trace in traces if trace in result] == []


def test_a_density_beside_kept_metadata_replaces_that_of_the_source(tmp_path):
    assert fields(kept(talkative.jpeg(), tmp_path, Format.JPEG, density=144.0))[
        "exif-ifd0-XResolution"
    ].startswith("144")


def test_a_gif_has_no_place_for_any_of_it(tmp_path):
    assert talkative.PLANTED not in kept(talkative.jpeg(), tmp_path, Format.GIF)


@pytest.mark.parametrize("block", [b"II*\0\xff\xff\xff\x7f" + bytes(range(200)), b"no TIFF at all", b""])
def test_broken_exif_is_no_reason_to_fail(block, tmp_path):
    noise = pictures.segment(0xE1, b"Exif\0\0" + block)
    broken = pictures.with_segments(pictures.jpeg(exif=False), noise)
    assert fields(kept(broken, tmp_path, Format.JPEG))["width"] == 320


# The copyright notice alone


def noticed(notice, order="<", tag=0x8298):
    """Make a JPEG whose EXIF has a maker and the copyright *notice*, in either byte order."""
    value = notice + b"\0"
    head = {"<": b"II*\0", ">": b"MM\0*"}[order]
    maker = struct.pack(f"{order}HHII", 0x010F, 2, 5, 38)
    place = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack(f"{order}I", 43)
    right = struct.pack(f"{order}HHI", tag, 2, len(value)) + place
    block = head + struct.pack(f"{order}IH", 8, 2) + maker + right + bytes(4) + b"Leak\0" + value
    segment = pictures.segment(0xE1, b"Exif\0\0" + block)
    return pictures.with_segments(pictures.jpeg(16, 12, exif=False), segment)


def with_notice(data, folder, format_):
    source = folder / "original"
    source.write_bytes(data)
    output = replace(OUTPUTS[format_], keep_copyright=True)
    return encode(colour.to_srgb(upright(open_image(str(source), sniff(data)))), output)


@pytest.mark.parametrize("format_", HOLDERS)
def test_the_notice_stays_and_nothing_else_does(format_, tmp_path):
    result = with_notice(noticed(b"2026 Jane Doe"), tmp_path, format_)
    exif = Pillow.open(io.BytesIO(result)).getexif()
    assert exif[0x8298] == "2026 Jane Doe"
    assert b"Leak" not in result


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("notice", [b"J", b"Doe", b"Jane", b"Jane\0Doe", "© Zoë".encode(), b"x" * 4095])
def test_a_notice_of_any_length_and_byte_order_stays(notice, order, tmp_path):
    result = with_notice(noticed(notice, order), tmp_path, Format.JPEG)
    assert notice + b"\0" in result


@pytest.mark.parametrize(
    "source", [noticed(b""), noticed(b"Jane", tag=0x8299), pictures.jpeg(16, 12), pictures.png(16, 12)]
)
def test_without_a_notice_there_is_no_exif(source, tmp_path):
    assert "exif-data" not in fields(with_notice(source, tmp_path, Format.JPEG))


@pytest.mark.parametrize("format_", HOLDERS)
def test_of_a_talkative_picture_nothing_is_left_but_the_notice(format_, tmp_path):
    assert talkative.PLANTED not in with_notice(talkative.jpeg(), tmp_path, format_)
