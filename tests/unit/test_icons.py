"""BMP and ICO: sizes before pixels, the largest picture, and what fails."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

import pictures
from calotype.domain.formats import Format
from calotype.engine import icons
from calotype.errors import ImageRefused, ImageTruncated, TooManyPixels


@pytest.fixture
def file(tmp_path):
    def write(data):
        (tmp_path / "picture").write_bytes(data)
        return str(tmp_path / "picture")

    return write


def _icon(picture: bytes, side: int = 16, bits: int = 32) -> bytes:
    """Make an icon whose directory promises *side* and whose picture is *picture*."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, side, side, 0, 0, 1, bits, len(picture), 22) + picture


def _samples(image):
    return bytes(image.write_to_memory())


def test_a_bitmap_decodes_to_its_pixels(file):
    source = file(pictures.bmp(64, 48))
    image = icons.load(source, Format.BMP)
    assert icons.size(source, Format.BMP) == (64, 48)
    assert (image.bands, image.interpretation) == (3, "srgb")
    assert _samples(image) == pictures.photo(64, 48).tobytes()


@pytest.mark.parametrize(
    ("mode", "bands", "interpretation"), [("1", 1, "b-w"), ("L", 1, "b-w"), ("P", 3, "srgb")]
)
def test_bitmaps_of_few_colours_decode(file, mode, bands, interpretation):
    out = io.BytesIO()
    pictures.photo(30, 20).convert(mode).save(out, "BMP")
    image = icons.load(file(out.getvalue()), Format.BMP)
    assert (image.width, image.height, image.bands, image.interpretation) == (30, 20, bands, interpretation)


def test_the_largest_picture_of_an_icon_is_taken(file):
    source = file(pictures.ico(16, 48, 32))
    image = icons.load(source, Format.ICO)
    assert icons.size(source, Format.ICO) == (48, 48)
    assert (image.width, image.height, image.bands, image.hasalpha()) == (48, 48, 4, True)


def test_an_icon_of_bitmaps_has_its_mask_as_alpha(file):
    out = io.BytesIO()
    picture = Image.new("RGBA", (16, 16), (10, 20, 30, 0))
    picture.save(out, "ICO", sizes=[(16, 16)], bitmap_format="bmp")
    source = file(out.getvalue())
    assert icons.size(source, Format.ICO) == (16, 16)
    assert icons.load(source, Format.ICO)(3, 3) == [10, 20, 30, 0]


def test_the_size_of_an_icon_is_that_of_its_picture_not_of_its_directory(file):
    assert icons.size(file(_icon(pictures.png_declaring(20_000, 20_000))), Format.ICO) == (20_000, 20_000)


def test_an_icon_with_a_flood_inside_is_not_decoded(file):
    with pytest.raises(TooManyPixels):
        icons.load(file(_icon(pictures.png_declaring(20_000, 20_000))), Format.ICO)


def test_a_bitmap_header_that_declares_a_flood_is_refused(file):
    with pytest.raises(TooManyPixels):
        icons.size(file(pictures.bmp_declaring(60_000, 60_000)), Format.BMP)


def test_a_bitmap_mask_that_is_not_there_is_no_crash(file):
    header = struct.pack("<IiiHHIIiiII", 40, 10_000, 20_000, 1, 32, 0, 0, 0, 0, 0, 0)
    source = file(_icon(header + bytes(64)))
    assert icons.size(source, Format.ICO) == (10_000, 10_000)
    with pytest.raises(ImageRefused):
        icons.load(source, Format.ICO)


@pytest.mark.parametrize("cut", range(10))
@pytest.mark.parametrize("format_", [Format.BMP, Format.ICO])
def test_a_cut_file_is_truncated(file, format_, cut):
    whole = pictures.bmp(64, 48) if format_ is Format.BMP else pictures.ico(48)
    with pytest.raises(ImageTruncated):
        icons.load(file(list(pictures.truncated(whole))[cut]), format_)


def test_an_icon_without_pictures_is_corrupt(file):
    with pytest.raises(ImageRefused):
        icons.size(file(b"\0\0\1\0\0\0"), Format.ICO)


def test_only_the_named_decoder_is_asked(file):
    with pytest.raises(ImageRefused):
        icons.load(file(_icon(pictures.jpeg(16, 16))), Format.ICO)
    with pytest.raises(ImageRefused):
        icons.load(file(b"BM" + bytes(4) + pictures.png(16, 16)), Format.BMP)
