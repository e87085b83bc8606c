"""Paths: one spelling for each place, and nothing that climbs, deceives or cannot be stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.assets import Asset, Facts, Version, check_focus, default_path
from calotype.domain.formats import Format
from calotype.domain.paths import read_path
from calotype.errors import Invalid
from calotype.operations.base import Box

ID = "0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("/a.jpg", ("/", "a.jpg")),
        ("/trips/2024/a.jpg", ("/trips/2024/", "a.jpg")),
        ("//trips///a.jpg", ("/trips/", "a.jpg")),
        ("/./trips/./a.jpg", ("/trips/", "a.jpg")),
        ("/no extension", ("/", "no extension")),
        ("/e\u0301/\u65e5\u672c.jpg", ("/\u00e9/", "\u65e5\u672c.jpg")),
        ("/a+b&c(1)/50%.webp", ("/a+b&c(1)/", "50%.webp")),
        ("/...", ("/", "...")),
        ("/" + "x" * 1023, ("/", "x" * 1023)),
    ],
)
def test_a_path_is_a_folder_and_a_file_name(raw, place):
    assert read_path(raw) == place


@pytest.mark.parametrize(
    "raw",
    [
        "", "a.jpg", "trips/a.jpg", "/", "//", "/.", "/trips/", "/trips/.",
        "/../a.jpg", "/trips/../a.jpg", "/trips/..",
        "/a\0.jpg", "/a\n.jpg", "/a\x7f.jpg", "/\u202egpj.exe", "/\ud800.jpg",
        "/" + "x" * 1024, "/" + "é" * 512,
    ],
)  # fmt: skip
def test_what_is_no_place_for_a_file_is_refused_by_its_name(raw):
    with pytest.raises(Invalid) as error:
        read_path(raw)
    assert error.value.fields.keys() == {"path"}


@given(st.text(st.characters(), max_size=200).map("/{}".format))
def test_a_place_that_is_read_again_is_the_same_place(raw):
    try:
        folder, file_name = read_path(raw)
    except Invalid:
        return
    assert read_path(folder + file_name) == (folder, file_name)
    assert folder.startswith("/")
    assert folder.endswith("/")
    assert "/" not in file_name


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), st.sampled_from([None, "ns"]))
def test_every_default_path_is_a_place(name, namespace):
    folder, file_name = default_path(ID, name, namespace, Format.PNG)
    assert read_path(folder + file_name) == (folder, file_name)


def test_an_assets_path_is_its_folder_and_its_file_name():
    version = Version(ID, 1, "", Facts(Format.JPEG, 1, 1))
    assert Asset(ID, "w", "a", "/trips/", "a.jpg", version, None, None).path == "/trips/a.jpg"


@pytest.mark.parametrize("box", [Box(0, 0, 100, 50), Box(99, 49, 1, 1)])
def test_a_focus_may_be_any_box_inside_the_picture(box):
    assert check_focus(box, Facts(Format.JPEG, 100, 50)) == box


@pytest.mark.parametrize(
    "box",
    [
        Box(-1, 0, 9, 9),
        Box(0, -1, 9, 9),
        Box(0, 0, 0, 9),
        Box(0, 0, 9, 0),
        Box(1, 0, 100, 9),
        Box(0, 1, 9, 50),
    ],
)
def test_a_focus_outside_the_picture_or_without_an_area_is_refused(box):
    with pytest.raises(Invalid, match="100 x 50 pixels"):
        check_focus(box, Facts(Format.JPEG, 100, 50))
