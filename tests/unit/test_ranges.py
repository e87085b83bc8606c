"""Byte ranges, by RFC 9110 section 14: one is served, many are not, and none costs more than the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.ranges import ByteRange, select
from calotype.errors import RangeNotSatisfiable

SIZE = 1000


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        (b"bytes=0-499", 0, 500),
        (b"bytes=500-999", 500, 1000),
        (b"bytes=500-", 500, 1000),
        (b"bytes=-500", 500, 1000),
        (b"bytes=0-", 0, 1000),
        (b"bytes=0-0", 0, 1),
        (b"bytes=-1", 999, 1000),
        (b"bytes=999-999", 999, 1000),
        (b"bytes=0-1000000", 0, 1000),
        (b"bytes=-5000", 0, 1000),
        (b"Bytes= 007-0009 ", 7, 10),
        (b"bytes=0-" + b"9" * 5000, 0, 1000),
        (b"bytes=" + b"0" * 5000 + b"1-2", 1, 3),
    ],
)
def test_a_single_range_is_cut_to_the_body(value, start, end):
    assert select(value, SIZE) == ByteRange(start, end, SIZE)


@pytest.mark.parametrize(
    "value",
    [
        b"bytes=0-1,5-6",
        b"bytes=" + b",".join(b"0-%d" % end for end in range(1000)),
        b"bytes=0-1,",
        b"bytes=5-2",
        b"bytes=-",
        b"bytes=",
        b"bytes 0-1",
        b"bytes=a-b",
        b"bytes=0x1-2",
        b"bytes=--1",
        b"bytes=1.0-2",
        b"pixels=0-1",
        "bytes=٣-٤".encode(),
        b"",
    ],
)
def test_what_is_no_single_range_asks_for_the_whole(value):
    assert select(value, SIZE) is None


@pytest.mark.parametrize(
    "value", [b"bytes=1000-", b"bytes=1000-2000", b"bytes=-0", b"bytes=" + b"9" * 5000 + b"-"]
)
def test_a_range_beyond_the_end_is_refused_with_the_size(value):
    with pytest.raises(RangeNotSatisfiable) as refused:
        select(value, SIZE)
    assert refused.value.size == SIZE


def test_an_empty_body_has_no_range():
    with pytest.raises(RangeNotSatisfiable):
        select(b"bytes=0-", 0)


def test_positions_are_told_as_the_header_counts_them():
    assert ByteRange(0, 500, 1000).content_range == b"bytes 0-499/1000"


@given(st.one_of(st.binary(max_size=30), st.from_regex(rb"bytes=[0-9]{0,6}-[0-9]{0,6}", fullmatch=True)))
def test_a_part_is_never_empty_and_never_beyond_the_body(value):
    try:
        part = select(value, SIZE)
    except RangeNotSatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= SIZE
