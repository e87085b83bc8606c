"""Conditional requests, by RFC 9110 section 13: the table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.conditional import Verdict, fields_of, http_date, judge, validators, wanted_range

NOW = validators(b'"abc"', datetime(1994, 11, 6, 8, 49, 37, 999_999, tzinfo=UTC))
SAME = b"Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = b"Sun, 06 Nov 1994 08:49:36 GMT"
LATER = b"Sun, 06 Nov 1994 08:49:38 GMT"

SEND, NOT_MODIFIED, FAILED = Verdict.SEND, Verdict.NOT_MODIFIED, Verdict.FAILED


def fields(**values: bytes) -> dict[bytes, bytes]:
    return fields_of((name.replace("_", "-").encode(), value) for name, value in values.items())


@pytest.mark.parametrize(
    "value", [b'"abc"', b'W/"abc"', b'"x", "abc"', b'"x",W/"abc" ', b"*", b' "abc"', b" * "]
)
def test_a_tag_that_the_client_holds_is_not_sent_again(value):
    assert judge(fields(if_none_match=value), NOW) is NOT_MODIFIED


@pytest.mark.parametrize(
    "value", [b"", b"abc", b'"abcd"', b'"x", "y"', b'w/"abc"', b'""', b",", b'"a,*,b"', b"*,*"]
)
def test_any_other_tag_is(value):
    assert judge(fields(if_none_match=value), NOW) is SEND


@pytest.mark.parametrize(
    ("date", "verdict"),
    [(SAME, NOT_MODIFIED), (LATER, NOT_MODIFIED), (EARLIER, SEND), (b"yesterday", SEND), (b"", SEND)],
)
def test_a_date_tells_what_was_modified_since_by_the_second(date, verdict):
    assert judge(fields(if_modified_since=date), NOW) is verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (b'"abc"', SEND),
        (b"*", SEND),
        (b'"x", "abc"', SEND),
        (b'W/"abc"', FAILED),
        (b'"x"', FAILED),
        (b"", FAILED),
    ],
)
def test_if_match_compares_strongly_and_fails(value, verdict):
    assert judge(fields(if_match=value), NOW) is verdict


@pytest.mark.parametrize(
    ("date", "verdict"), [(SAME, SEND), (LATER, SEND), (EARLIER, FAILED), (b"never", SEND)]
)
def test_if_unmodified_since_fails_when_it_was(date, verdict):
    assert judge(fields(if_unmodified_since=date), NOW) is verdict


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ({"if_none_match": b'"x"', "if_modified_since": LATER}, SEND),
        ({"if_none_match": b'"abc"', "if_modified_since": EARLIER}, NOT_MODIFIED),
        ({"if_match": b'"abc"', "if_unmodified_since": EARLIER}, SEND),
        ({"if_match": b'"x"', "if_none_match": b'"abc"'}, FAILED),
        ({"if_match": b'"abc"', "if_none_match": b'"abc"'}, NOT_MODIFIED),
        ({"if_unmodified_since": SAME, "if_modified_since": SAME}, NOT_MODIFIED),
        ({}, SEND),
    ],
)
def test_a_tag_outranks_a_date_and_matching_comes_first(asked, verdict):
    assert judge(fields(**asked), NOW) is verdict


@pytest.mark.parametrize(
    ("if_range", "served"),
    [(b'"abc"', True), (SAME, True), (b'W/"abc"', False), (b'"x"', False), (LATER, False), (EARLIER, False),
     (b"*", False), (b'"abc", "x"', False), (b"", False)],
)  # fmt: skip
def test_a_range_is_served_when_if_range_names_exactly_this(if_range, served):
    assert wanted_range(fields(range=b"bytes=0-1", if_range=if_range), NOW) == (
        b"bytes=0-1" if served else None
    )


def test_a_range_without_condition_is_wanted_and_a_condition_without_range_wants_nothing():
    assert wanted_range(fields(range=b"bytes=0-1"), NOW) == b"bytes=0-1"
    assert wanted_range(fields(if_range=b'"abc"'), NOW) is None


def test_several_headers_are_one_list():
    assert fields_of([(b"if-none-match", b'"x"'), (b"accept", b"*/*"), (b"if-none-match", b'"abc"')]) == {
        b"if-none-match": b'"x", "abc"'
    }


@pytest.mark.parametrize("text", [SAME, b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"])
def test_the_three_forms_of_a_date_are_one_time(text):
    assert http_date(text) == NOW.modified


def test_the_time_of_the_last_change_is_told_in_the_one_form_to_send():
    assert NOW.last_modified == SAME


@given(
    st.dictionaries(
        st.sampled_from(["if_match", "if_none_match", "if_modified_since", "if_range"]), st.binary()
    )
)
def test_whatever_is_asked_has_a_verdict(asked):
    assert judge(fields(**asked), NOW) in Verdict
    assert wanted_range(fields(**asked), NOW) is None
