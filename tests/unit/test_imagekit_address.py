"""The anatomy of an ImageKit URL: which file it names, and which parts of it are a transformation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imagekit.address import Address, parse
from calotype.dialects.imagekit.grammar import Chain
from calotype.errors import Invalid, NotFound, Refused

VERSION = "0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("a.jpg", "/a.jpg"),
        ("folder/sub/a.jpg", "/folder/sub/a.jpg"),
        ("/a.jpg", "/a.jpg"),
        ("folder//a.jpg", "/folder/a.jpg"),
        ("folder%2Fa.jpg", "/folder/a.jpg"),
        ("%E0%A4%B9/a%20b.jpg", "/ह/a b.jpg"),
        ("a+b.jpg", "/a+b.jpg"),
        ("tr:w-300/folder/a.jpg", "/folder/a.jpg"),
        ("folder/tr:w-300/a.jpg", "/folder/a.jpg"),
        ("folder/tr%3Aw-300/a.jpg", "/folder/a.jpg"),
        ("a.jpg/ik-thumbnail.jpg", "/a.jpg"),
        ("ik-seo/path/of/folder/old-file-name/eiffel-tower.jpg", "/path/of/folder/old-file-name.jpg"),
        ("tr:w-300/ik-seo/old-file-name/eiffel-tower.jpg", "/old-file-name.jpg"),
        ("ik-seo/tr:w-300/old-file-name/eiffel-tower.jpg", "/old-file-name.jpg"),
        ("ik-seo/a.jpg", "/ik-seo/a.jpg"),
        ("../../etc/passwd", "/../../etc/passwd"),
        ("%2e%2e%2fetc%2fpasswd", "/../etc/passwd"),
        ("a%252Fb.jpg", "/a%2Fb.jpg"),
        ("", "/"),
    ],
)
def test_a_path_names_a_file(path, file):
    assert parse(path, "").path == file


@pytest.mark.parametrize(
    ("path", "query", "chains"),
    [
        ("tr:w-300/a.jpg", "", [("w-300", 15)]),
        ("a.jpg", "tr=w-300,h-200", [("w-300,h-200", 21)]),
        ("a.jpg", "v=1&tr=w-300&x", [("w-300", 25)]),
        ("x/tr:w-300/a.jpg", "tr=rt-90", [("w-300", 17), ("rt-90", 32)]),
        ("tr%3Aw-300/a.jpg", "", [("w-300", 17)]),
        ("a.jpg", "tr=w-300%2Ch-200", [("w-300%2Ch-200", 21)]),
        ("a.jpg", "tr=w-1&tr=w-2", [("w-1", 21), ("w-2", 28)]),
        ("a.jpg", "t%72=w-1", [("w-1", 23)]),
        ("a.jpg", "TR=w-1&xtr=w-2", []),
    ],
)
def test_transformations_are_found_in_the_path_then_in_the_query(path, query, chains):
    assert parse(path, query, at=12).chains == tuple(Chain(text, at) for text, at in chains)


def test_a_thumbnail_is_a_still_of_the_file_before_it():
    assert parse("a.gif/ik-thumbnail.jpg", "tr=w-9") == Address("/a.gif", (Chain("w-9", 26),), thumbnail=True)


def test_the_query_says_which_version_and_how_it_is_saved():
    query = f"ik-obj-version={VERSION}&ik-attachment=true&ik-attachment-filename=a%20%C3%A9+b.jpg"
    address = parse("a.jpg", query)
    assert (address.version, address.attachment, address.file_name) == (VERSION, True, "a é b.jpg")


@pytest.mark.parametrize(
    "query", ["updatedAt=17", "v=1&&=&a", "ik-attachment=false", "ik-attachment", "ik-s=x", "?"]
)
def test_every_other_parameter_changes_nothing(query):
    assert parse("a.jpg", query) == Address("/a.jpg")


def test_what_a_query_says_in_vain_is_told_with_its_place():
    words = parse("a.jpg", "updatedAt=17&ik-sanitizeSvg=true&ik-s=x&&tr=w-9").words
    assert [(word.text, word.at, word.meaning, word.ignored) for word in words] == [
        ("updatedAt=17", 6, "ignored: no such parameter here", True),
        ("ik-sanitizeSvg=true", 19, "ignored: every SVG is made safe when it is stored", True),
    ]


@pytest.mark.parametrize(
    "path",
    ["a.mp4/ik-video.mp4", "a.gif/ik-gif-video.mp4", "a/ik-master.m3u8", "a/ik-video.mp4/ik-thumbnail.jpg"],
)
def test_what_only_a_video_has_is_refused(path):
    with pytest.raises(Invalid, match="Videos are not delivered"):
        parse(path, "")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("%FF.jpg", ""),
        ("a%0d%0aX-Evil:1.jpg", ""),
        ("a%00.jpg", ""),
        ("a.jpg", "ik-attachment-filename=a%0d%0ab"),
        ("ik-genimg-prompt-cat/a.jpg", ""),
        ("a" * 8193, ""),
        ("a.jpg", "v=" + "a" * 8192),
    ],
)
def test_what_cannot_be_a_name_is_refused(path, query):
    with pytest.raises(Invalid):
        parse(path, query)


@pytest.mark.parametrize("version", ["", "1", VERSION.upper(), VERSION + "0", "%00"])
def test_a_version_that_is_no_id_is_not_found(version):
    with pytest.raises(NotFound):
        parse("a.jpg", f"ik-obj-version={version}")


@given(st.text(max_size=100), st.text(max_size=100))
def test_any_text_is_an_address_or_a_refusal(path, query):
    try:
        assert parse(path, query).path.startswith("/")
    except Refused as error:
        assert error.message  # noqa: PT017 - both outcomes are fine
