"""Header values that come from people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.errors import Invalid
from calotype.web.responses import content_disposition, header


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("cat.jpg", 'inline; filename="cat.jpg"'),
        ("my cat.jpg", 'inline; filename="my cat.jpg"'),
        ("naïve €.jpg", "inline; filename=\"na_ve _.jpg\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.jpg"),
        ('a"b;c%41.jpg', "inline; filename=\"a_b_c_41.jpg\"; filename*=UTF-8''a%22b%3Bc%2541.jpg"),
        ("../../etc/passwd", 'inline; filename=".._.._etc_passwd"'),
        ("a\r\nSet-Cookie: x", 'inline; filename="a__Set-Cookie: x"'),
        ("", 'inline; filename="file"'),
        ("\ud800.jpg", "inline; filename=\"_.jpg\"; filename*=UTF-8''%3F.jpg"),
    ],
)
def test_a_file_name_is_offered_in_ascii_and_exactly(filename, disposition):
    assert content_disposition("inline", filename) == disposition


@given(st.text())
def test_every_file_name_makes_a_header_that_can_be_sent(filename):
    name, value = header("Content-Disposition", content_disposition("attachment", filename))
    assert name == b"content-disposition"
    assert all(0x20 <= byte < 0x7F for byte in value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ETag", "a\r\nb"), ("ETag", "a\x00"), ("ETag", "€"), ("E Tag", "a"), ("", "a"), ("X\n", "a")],
)
def test_what_could_begin_another_header_is_refused(name, value):
    with pytest.raises(Invalid):
        header(name, value)


def test_a_harmless_value_passes():
    assert header("X-Name", "a\tb é") == (b"x-name", b"a\tb \xe9")
