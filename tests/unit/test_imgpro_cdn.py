"""img.pro's delivery grammar: the words of a URL, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imgpro.cdn import Address, parse, serves
from calotype.domain.formats import Format
from calotype.domain.transformations import Transformation
from calotype.operations import Resize
from calotype.operations.steps import Step

ID = "0123456789abcdef01234567"


def test_a_url_names_a_storage_an_asset_a_size_and_a_format():
    wish = Transformation.of(Resize(short_edge=640), format_=Format.WEBP)
    assert parse(f"ab3/{ID}.webp", "size=m") == Address("ab3", ID, wish)


@pytest.mark.parametrize(("size", "edge"), [("s", 320), ("m", 640), ("l", 1080)])
def test_each_size_is_a_short_edge(size, edge):
    assert parse(f"ab3/{ID}.jpg", f"size={size}").wish.steps == (Step((Resize(short_edge=edge),)),)


@pytest.mark.parametrize("query", ["", "size=", "size=xl", "size=S", "w=3", "size", "&&=", "utm=1&size=%00"])
def test_what_is_not_understood_is_ignored(query):
    assert parse(f"ab3/{ID}.jpg", query) == Address("ab3", ID, Transformation.of(format_=Format.JPEG))


def test_jpg_and_jpeg_are_one_wish():
    assert parse(f"a/{ID}.jpg", "") == parse(f"a/{ID}.jpeg", "")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "ab3",
        "ab3/",
        f"ab3/{ID}",
        f"ab3/{ID}.",
        f"ab3/{ID}.exe",
        "ab3/x.jpg",
        f"ab3/{ID}.jpg/x",
        f"/{ID}.jpg/",
    ],
)
def test_anything_else_names_no_image(path):
    assert parse(path, "") is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_makes_the_parser_raise(path, query):
    parse(path, query)


def test_an_extension_fits_when_we_write_it_or_the_file_came_in_it():
    assert serves(Transformation.of(format_=Format.AVIF), Format.JPEG)
    assert serves(Transformation.of(format_=Format.HEIC), Format.HEIC)
    assert not serves(Transformation.of(format_=Format.SVG), Format.JPEG)
