"""The bytes decide what a file is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pictures
from calotype.domain.formats import BY_EXTENSION, FORMATS, SNIFF_BYTES, Format, sniff

GOOD = {
    Format.JPEG: pictures.jpeg(16, 16),
    Format.PNG: pictures.png(16, 16),
    Format.GIF: pictures.gif(),
    Format.WEBP: pictures.webp(16, 16),
    Format.AVIF: pictures.avif(64, 48),
    Format.TIFF: pictures.tiff(16, 16),
    Format.BMP: pictures.bmp(16, 16),
    Format.ICO: pictures.ico(16),
    Format.SVG: pictures.svg(),
}


@pytest.mark.parametrize("format_", GOOD)
def test_every_format_is_known_by_its_first_bytes(format_):
    assert sniff(GOOD[format_][:SNIFF_BYTES]) is format_


@pytest.mark.skipif(pictures.heic(16, 16) is None, reason="this libheif cannot write HEIC")
def test_heic_is_known_by_its_brand():
    assert sniff(pictures.heic(64, 48)[:SNIFF_BYTES]) is Format.HEIC


@pytest.mark.parametrize("options", [{"progressive": True}, {"exif": False}, {"orientation": 6}])
def test_every_kind_of_jpeg_is_a_jpeg(options):
    assert sniff(pictures.jpeg(16, 16, **options)) is Format.JPEG


@pytest.mark.parametrize("head", [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"])
def test_both_byte_orders_and_bigtiff_are_tiff(head):
    assert sniff(head + bytes(12)) is Format.TIFF


@pytest.mark.parametrize(
    ("major", "others", "expected"),
    [
        (b"avif", [b"mif1", b"miaf"], Format.AVIF),
        (b"avis", [b"msf1"], Format.AVIF),
        (b"mif1", [b"avif"], Format.AVIF),
        (b"mif1", [b"heic"], Format.HEIC),
        (b"heix", [b"mif1"], Format.HEIC),
        (b"msf1", [b"hevc"], Format.HEIC),
        (b"isom", [b"mp42"], None),
        (b"qt  ", [], None),
        (b"crx ", [b"isom"], None),
    ],
)
def test_brands_tell_avif_from_heic_and_from_film(major, others, expected):
    box = b"ftyp" + major + bytes(4) + b"".join(others)
    assert sniff((len(box) + 4).to_bytes(4, "big") + box + bytes(20)) is expected


@pytest.mark.parametrize(
    "head",
    [
        "\ufeff<svg/>",
        " \n\t<svg>",
        '<?xml version="1.0"?><svg>',
        "<!-- made by hand --><svg>",
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" ""><svg>',
        '<s:svg xmlns:s="http://www.w3.org/2000/svg">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_svg_is_known_behind_whatever_xml_may_open_with(head, encoding):
    assert (
        sniff(head.lstrip("\ufeff").encode(encoding) if encoding == "utf-16" else head.encode()) is Format.SVG
    )


def test_svgz_is_taken_for_svg():
    assert sniff(pictures.svgz()) is Format.SVG


def test_an_svg_is_an_svg_whatever_its_name_says():
    assert sniff(pictures.svg_called_webp()) is Format.SVG


@pytest.mark.parametrize("kind", pictures.NOT_PICTURES)
def test_what_is_no_picture_is_none(kind):
    assert sniff(pictures.NOT_PICTURES[kind]) is None


def test_nothing_is_none():
    assert sniff(pictures.EMPTY) is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pictures.jpeg_html_polyglot(), Format.JPEG),
        (pictures.gif_script_polyglot(), Format.GIF),
        (pictures.png_php_polyglot(), Format.PNG),
    ],
)
def test_a_polyglot_is_what_its_first_bytes_say(data, expected):
    assert sniff(data[:SNIFF_BYTES]) is expected


@given(st.binary(max_size=64))
def test_sniffing_never_raises(head):
    assert sniff(head) in {None, *Format}


@pytest.mark.parametrize("cut", range(0, 40, 3))
@pytest.mark.parametrize("format_", GOOD)
def test_a_cut_head_is_its_format_or_none(format_, cut):
    assert sniff(GOOD[format_][:cut]) in {format_, None}


def test_every_extension_belongs_to_one_format():
    listed = [extension for info in FORMATS.values() for extension in info.extensions]
    assert len(listed) == len(set(listed)) == len(BY_EXTENSION)
    assert (BY_EXTENSION["jpg"], BY_EXTENSION["tif"]) == (Format.JPEG, Format.TIFF)


@pytest.mark.parametrize(
    ("format_", "name"), [(Format.WEBP, "WebP"), (Format.JPEG, "JPEG"), (Format.SVG, "SVG")]
)
def test_a_format_is_shown_as_people_write_it(format_, name):
    assert format_.shown == name
