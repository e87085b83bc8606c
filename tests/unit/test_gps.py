"""The place where a picture was taken: found and blanked, with nothing else touched."""

from __future__ import annotations

import io
import struct
import zlib

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import pictures
from calotype.domain.formats import Format
from calotype.engine import gps

GPS_IFD, MODEL, ORIENTATION = 0x8825, 0x0110, 0x0112
GUID = b"0123456789ABCDEF0123456789ABCDEF"


def _xmp_jpeg(packet: bytes) -> bytes:
    return pictures.with_segments(
        pictures.jpeg(64, 48), pictures.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)
    )


def _extended(packet: bytes, parts: int = 3) -> bytes:
    """Make a JPEG whose extended XMP is split over *parts* segments, the last one first."""
    step = -(-len(packet) // parts)
    head = b"http://ns.adobe.com/xmp/extension/\0" + GUID
    pieces = [
        pictures.segment(0xE1, head + struct.pack(">II", len(packet), at) + packet[at : at + step])
        for at in range(0, len(packet), step)
    ]
    return pictures.with_segments(pictures.jpeg(64, 48), *reversed(pieces))


def _two_exif_segments() -> bytes:
    plain, placed = pictures.exif(orientation=6), pictures.exif(gps=pictures.PLACE, byte_order=">")
    return pictures.with_segments(
        pictures.jpeg(64, 48, exif=False), pictures.segment(0xE1, plain), pictures.segment(0xE1, placed)
    )


def _tiff_with_xmp() -> bytes:
    return pictures.tiff(64, 48, tiffinfo={700: pictures.xmp()})


def _png_with_text(kind: bytes, keyword: bytes, rest: bytes) -> bytes:
    data, text = pictures.png(64, 48), pictures.chunk(kind, keyword + b"\0" + rest)
    return data[:33] + text + data[33:]  # right after IHDR


def _profile(data: bytes) -> bytes:
    """Write a profile as ImageMagick does."""
    return f"\nexif\n{len(data):8}\n{data.hex()}\n".encode()


PACKED = {
    "compressed XMP": (b"iTXt", b"XML:com.adobe.xmp", b"\1\0\0\0" + zlib.compress(pictures.xmp())),
    "EXIF in hexadecimal": (b"tEXt", b"Raw profile type exif", _profile(pictures.exif(gps=pictures.PLACE))),
    "EXIF in hexadecimal, compressed": (
        b"zTXt",
        b"Raw profile type APP1",
        b"\0" + zlib.compress(_profile(pictures.exif(gps=pictures.PLACE))),
    ),
}

PLACED = {
    "jpeg": (Format.JPEG, pictures.jpeg(gps=pictures.PLACE, orientation=6)),
    "jpeg, big-endian": (
        Format.JPEG,
        pictures.with_segments(
            pictures.jpeg(64, 48, exif=False),
            pictures.segment(0xE1, pictures.exif(gps=pictures.PLACE, byte_order=">", orientation=6)),
        ),
    ),
    "jpeg, two EXIF segments": (Format.JPEG, _two_exif_segments()),
    "jpeg, XMP": (Format.JPEG, _xmp_jpeg(pictures.xmp())),
    "jpeg, extended XMP": (Format.JPEG, _extended(pictures.xmp())),
    "jpeg, second image": (Format.JPEG, pictures.jpeg(64, 48) + pictures.jpeg(32, 32, gps=pictures.PLACE)),
    "jpeg, progressive": (Format.JPEG, pictures.jpeg(gps=pictures.PLACE, progressive=True)),
    "png": (Format.PNG, pictures.png(64, 48, gps=pictures.PLACE)),
    "png, XMP": (Format.PNG, pictures.png_with_xmp()),
    "webp": (Format.WEBP, pictures.webp(64, 48, gps=pictures.PLACE)),
    "webp, XMP": (Format.WEBP, pictures.webp(64, 48, xmp=pictures.xmp())),
    "webp, animated": (Format.WEBP, pictures.webp(64, 48, frames=3, gps=pictures.PLACE)),
    "gif, XMP": (
        Format.GIF,
        pictures.gif().replace(
            b"\x2c",
            b"\x21\xff\x0bXMP DataXMP" + pictures.xmp() + b"\1" + bytes(range(255, -1, -1)) + b"\0\x2c",
            1,
        ),
    ),
    "tiff": (Format.TIFF, pictures.tiff(64, 48, gps=pictures.PLACE)),
    "tiff, XMP": (Format.TIFF, _tiff_with_xmp()),
    "avif": (Format.AVIF, pictures.avif(64, 48, gps=pictures.PLACE)),
    "avif, XMP": (Format.AVIF, pictures.avif(64, 48, xmp=pictures.xmp())),
}
if pictures.heic(16, 16):
    PLACED["heic"] = (Format.HEIC, pictures.heic(64, 48, gps=pictures.PLACE, orientation=6))
    PLACED["heic, XMP"] = (Format.HEIC, pictures.heic(64, 48, packet=pictures.xmp()))


@pytest.fixture
def blanked(tmp_path):
    def run(data, format_):
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(data)
        gps.blank(str(source), format_, str(target))
        return target.read_bytes()

    return run


@pytest.fixture
def placed(tmp_path):
    def run(data, format_):
        (tmp_path / "asked").write_bytes(data)
        return gps.has_gps(str(tmp_path / "asked"), format_)

    return run


def _open(data: bytes) -> Image.Image:
    if data[4:12] == b"ftypheic":
        return pillow_heif.open_heif(data).to_pillow()
    return Image.open(io.BytesIO(data))


def _pixels(data: bytes) -> list[bytes]:
    picture = _open(data)
    frames = []
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        frames.append(picture.convert("RGBA").tobytes())
    return frames


@pytest.mark.parametrize("kind", PLACED)
def test_a_place_is_found_and_gone_afterwards(kind, blanked, placed):
    format_, data = PLACED[kind]
    assert placed(data, format_) is True
    assert placed(blanked(data, format_), format_) is False


@pytest.mark.parametrize("kind", PLACED)
def test_length_and_pixels_stay(kind, blanked):
    format_, data = PLACED[kind]
    after = blanked(data, format_)
    assert len(after) == len(data)
    assert _pixels(after) == _pixels(data)


@pytest.mark.parametrize("kind", PLACED)
def test_another_reader_finds_no_place_but_still_the_camera(kind, blanked):
    format_, data = PLACED[kind]
    after = blanked(data, format_)
    assert b"GPSL" not in after
    assert b"2024:05:06" not in after
    assert _open(after).getexif().get_ifd(GPS_IFD) == {}
    assert after.count(pictures.CAMERA.encode()) == data.count(pictures.CAMERA.encode()) >= 1


def test_orientation_stays(blanked):
    after = blanked(*reversed(PLACED["jpeg"]))
    assert _open(after).getexif()[ORIENTATION] == 6
    assert _open(after).getexif()[MODEL] == pictures.CAMERA


def test_checksums_of_a_png_are_right_afterwards(blanked):
    after = Image.open(io.BytesIO(blanked(pictures.png(64, 48, gps=pictures.PLACE), Format.PNG)))
    after.verify()
    assert after.size == (64, 48)


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_text_chunk_of_a_png_goes_whole(kind, placed, blanked):
    data = _png_with_text(*PACKED[kind])
    after = blanked(data, Format.PNG)
    assert (placed(data, Format.PNG), placed(after, Format.PNG)) == (True, False)
    assert len(after) == len(data)
    assert _pixels(after) == _pixels(data)
    assert Image.open(io.BytesIO(after)).info == {}


def test_a_packed_text_chunk_without_a_place_stays(placed):
    plain = _profile(pictures.exif(orientation=6))
    assert placed(_png_with_text(b"tEXt", b"Raw profile type exif", plain), Format.PNG) is False


def test_xmp_stays_well_formed(blanked):
    packet = pictures.xmp()
    after = blanked(_xmp_jpeg(packet), Format.JPEG)
    start = after.index(b"<?xpacket")
    kept = after[start : start + len(packet)].decode()
    assert f'xmp:CreatorTool="{pictures.CAMERA}"' in kept
    assert kept.replace(" ", "") == pictures.xmp(None).decode().replace(" ", "")


@pytest.mark.parametrize(
    "properties",
    [
        'drone-dji:GpsLatitude="+48.1"',
        "ns1:GPSLatitude = '48,1N'",
        "><exif:GPSDestLatitude xml:lang='x'>48</exif:GPSDestLatitude><x",
        "><exif:GPSAreas><rdf:Seq><rdf:li>Paris</rdf:li></rdf:Seq></exif:GPSAreas><x",
    ],
)
def test_properties_are_found_under_any_prefix_and_form(properties, placed, blanked):
    packet = f"<rdf:Description {properties}/>".encode()
    assert placed(_xmp_jpeg(packet), Format.JPEG) is True
    assert placed(blanked(_xmp_jpeg(packet), Format.JPEG), Format.JPEG) is False


@pytest.mark.parametrize(
    ("format_", "data"),
    [
        (Format.JPEG, pictures.jpeg(orientation=6)),
        (Format.PNG, pictures.png(64, 48)),
        (Format.TIFF, pictures.tiff(64, 48)),
        (Format.AVIF, pictures.avif(64, 48)),
        (Format.WEBP, pictures.webp(64, 48)),
        (Format.GIF, pictures.gif()),
        (Format.BMP, pictures.bmp(8, 8)),
        (Format.SVG, pictures.svg()),
        (Format.JPEG, _xmp_jpeg(pictures.xmp(None))),
        (Format.JPEG, b""),
    ],
)
def test_without_a_place_nothing_changes(format_, data, placed, blanked):
    assert placed(data, format_) is False
    assert blanked(data, format_) == data


def test_the_version_of_gps_alone_is_no_place(placed):
    block = Image.Exif()
    block[GPS_IFD] = {0: b"\2\3\0\0"}
    assert placed(pictures.jpeg(64, 48, exif=False) + b"", Format.JPEG) is False
    versioned = pictures.with_segments(
        pictures.jpeg(64, 48, exif=False), pictures.segment(0xE1, block.tobytes())
    )
    assert placed(versioned, Format.JPEG) is False


def test_a_gps_pointer_to_the_main_directory_blanks_nothing(blanked):
    loop = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, GPS_IFD, 4, 1, 8, 8)
    data = pictures.with_segments(pictures.jpeg(64, 48, exif=False), pictures.segment(0xE1, loop))
    assert blanked(data, Format.JPEG) == data


@pytest.mark.parametrize("kind", PLACED)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_in_the_metadata_is_survived(kind, data, placed, blanked):
    format_, whole = PLACED[kind]
    damaged = bytearray(whole)
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=12)):
        damaged[at] = byte
    cut = bytes(damaged[: data.draw(st.integers(1, len(damaged)))])
    assert len(blanked(cut, format_)) == len(cut)
    assert placed(cut, format_) in {True, False}


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=300), format_=st.sampled_from(list(Format)), order=st.sampled_from("<>"))
def test_garbage_is_survived(garbage, format_, order, placed, blanked):
    directory = b"Exif\0\0" + (b"II*\0" if order == "<" else b"MM\0*") + garbage
    for data in (
        garbage,
        pictures.with_segments(b"\xff\xd8\xff\xd9", pictures.segment(0xE1, directory)),
        directory[6:],
    ):
        assert placed(data, format_) in {True, False}
        assert len(blanked(data, format_)) == len(data)


BAD = {
    "pixel flood": (Format.JPEG, pictures.jpeg_declaring()),
    "tiny PNG, huge canvas": (Format.PNG, pictures.png_declaring()),
    "tiny AVIF, huge canvas": (Format.AVIF, pictures.avif_declaring()),
    "AVIF with broken pixels": (Format.AVIF, pictures.avif_with_broken_pixels()),
    "many frames": (Format.GIF, pictures.gif_frames()),
    "JPEG with broken pixels": (Format.JPEG, pictures.jpeg_with_broken_pixels()),
    "JPEG with broken profile": (Format.JPEG, pictures.jpeg_with_broken_profile()),
    "PNG with a bad checksum": (Format.PNG, pictures.png_with_bad_crc()),
    "PNG text bomb": (Format.PNG, pictures.png_zip_text_bomb()),
    "JPEG and HTML": (Format.JPEG, pictures.jpeg_html_polyglot()),
    "GIF and script": (Format.GIF, pictures.gif_script_polyglot()),
    "PNG and PHP": (Format.PNG, pictures.png_php_polyglot()),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_pictures_without_a_place_are_copied_as_they_are(kind, placed, blanked):
    format_, data = BAD[kind]
    assert placed(data, format_) is False
    assert blanked(data, format_) == data
