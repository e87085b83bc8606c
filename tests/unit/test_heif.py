"""HEIC: headers, pixels upright once, deep samples, and what fails."""

from __future__ import annotations

from pathlib import Path

import pytest

import pictures
from calotype.engine import heif
from calotype.errors import ImageCorrupt, ImageRefused, ImageTruncated, TooComplex

PHOTO = Path(__file__).parents[3] / "shared" / "images" / "photo.heic"

pytestmark = pytest.mark.skipif(pictures.heic(16, 16) is None, reason="this libheif cannot write HEIC")


@pytest.fixture
def file(tmp_path):
    def write(data):
        (tmp_path / "picture.heic").write_bytes(data)
        return str(tmp_path / "picture.heic")

    return write


def test_a_header_is_read_without_decoding(file):
    source = file(pictures.heic_with_broken_pixels())
    assert heif.header(source) == heif.HeifHeader(64, 64, bits=8, alpha=False, profile=False)


def test_a_header_tells_depth_alpha_and_profile(file):
    source = file(pictures.heic(64, 48, bits=10, alpha=True, icc=pictures.srgb_profile()))
    assert heif.header(source) == heif.HeifHeader(64, 48, bits=10, alpha=True, profile=True)


def test_the_pixels_are_those_that_were_encoded(file):
    image = heif.load(file(pictures.heic(64, 48)))
    top_left = pictures.photo(64, 48).crop((0, 0, 8, 8)).resize((1, 1)).getpixel((0, 0))
    assert (image.width, image.height, image.bands, image.interpretation) == (64, 48, 3, "srgb")
    assert [band.avg() for band in image.crop(0, 0, 8, 8).bandsplit()] == pytest.approx(top_left, abs=4)


def test_a_turned_picture_comes_out_upright_exactly_once(file):
    image = heif.load(file(pictures.heic(64, 48, orientation=6)))
    # Orientation 6 turns clockwise: the stored left edge becomes the upright top edge.
    bottom_left = pictures.photo(64, 48).crop((0, 40, 8, 48)).resize((1, 1)).getpixel((0, 0))
    assert (image.width, image.height, image.get_typeof("orientation")) == (48, 64, 0)
    assert [band.avg() for band in image.crop(0, 0, 8, 8).bandsplit()] == pytest.approx(bottom_left, abs=4)


def test_a_deep_picture_keeps_sixteen_bits(file):
    image = heif.load(file(pictures.heic(64, 48, bits=10)))
    assert (image.format, image.interpretation, image.max() > 255) == ("ushort", "rgb16", True)


@pytest.mark.parametrize(("bits", "largest"), [(8, 255), (10, 65535)])
def test_transparency_is_kept(file, bits, largest):
    image = heif.load(file(pictures.heic(64, 48, bits=bits, alpha=True)))
    alpha = image[3]
    assert (image.bands, image.hasalpha()) == (4, True)
    assert alpha(0, 24)[0] < 0.05 * largest
    assert alpha(63, 24)[0] > 0.95 * largest


def test_the_profile_travels_with_the_pixels(file):
    image = heif.load(file(pictures.heic(64, 48, icc=pictures.srgb_profile())))
    assert image.get("icc-profile-data") == pictures.srgb_profile()


@pytest.mark.parametrize("cut", range(10))
def test_a_cut_file_is_truncated(file, cut):
    source = file(list(pictures.truncated(pictures.heic(64, 48)))[cut])
    with pytest.raises(ImageTruncated):
        heif.load(source)


def test_broken_pixels_are_corrupt(file):
    source = file(pictures.heic_with_broken_pixels())
    with pytest.raises(ImageCorrupt, match="cannot be decoded"):
        heif.load(source)


def test_a_declared_canvas_that_the_pixels_do_not_fill_is_corrupt(file):
    source = file(pictures.heic_declaring(17_000, 17_000))
    assert (heif.header(source).width, heif.header(source).height) == (17_000, 17_000)
    with pytest.raises(ImageCorrupt):
        heif.load(source)


def test_too_many_tiles_are_named_as_such(file):
    source = file(pictures.heic_with_many_items())
    with pytest.raises(TooComplex, match="65535 items"):
        heif.header(source)


@pytest.mark.parametrize("kind", [*pictures.NOT_PICTURES, "avif"])
def test_what_is_no_heic_is_refused(file, kind):
    source = file(pictures.avif(64, 48) if kind == "avif" else pictures.NOT_PICTURES[kind])
    with pytest.raises(ImageRefused):
        heif.load(source)


@pytest.mark.skipif(not PHOTO.exists(), reason="the shared test images are not here")
def test_a_telephone_photo_decodes():
    image = heif.load(str(PHOTO))
    assert (image.width, image.height, image.interpretation) == (2048, 1672, "srgb")
