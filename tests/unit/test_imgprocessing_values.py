"""Values of a request as IMG Processing reads them: whatever is sent is read, or is said to be wrong."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imgprocessing import listing, values
from calotype.dialects.imgprocessing.values import Members, Wrong
from calotype.errors import Invalid

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PARSERS = {
    "text": values.text(1, 30),
    "name": values.name,
    "integer": values.integer(1, 10_000),
    "unbounded": values.integer(0),
    "number": values.number(1, 1000),
    "any number": values.number(),
    "one_of": values.one_of(("jpeg", "png")),
    "image_id": values.image_id,
}


def wrong_of(parse, value) -> str:
    with pytest.raises(Wrong) as caught:
        parse(value)
    return str(caught.value)


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@given(value=ANYTHING)
def test_every_value_is_read_or_wrong(parse, value):
    read: object = ""
    with suppress(Wrong):
        read = parse(value)
    assert isinstance(read, str | int | float)


@given(document=st.dictionaries(st.sampled_from(["take", "from"]), st.text()))
def test_every_query_is_read_or_invalid(document):
    take, first = 1, None
    with suppress(Invalid):
        take, first = listing.read(document)
    assert 1 <= take <= 100
    assert first is None or len(first) == 24


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0, "must be between 1 and 10,000"),
        (10**400, "must be between 1 and 10,000"),
        (1e300, "must be between 1 and 10,000"),
        (0.5, "must be an integer"),
        (True, "must be an integer"),
        ("1", "must be an integer"),
        (float("nan"), "must be an integer"),
        (float("inf"), "must be an integer"),
    ],
)
def test_what_is_no_integer_of_the_range_is_wrong(value, reason):
    assert wrong_of(values.integer(1, 10_000), value) == reason


def test_large_limits_are_said_to_the_last_digit():
    reason = "must be between 0 and 9,007,199,254,740,991"
    assert wrong_of(values.integer(0, 2**53 - 1), 2**53) == reason


def test_an_integer_may_be_written_with_a_fraction_of_nothing():
    assert values.integer(1, 10_000)(json.loads("100.0")) == 100


@pytest.mark.parametrize(
    ("value", "reason"),
    [(0.5, "must be between 1 and 1,000"), ("2", "must be a number"), (True, "must be a number")],
)
def test_what_is_no_number_of_the_range_is_wrong(value, reason):
    assert wrong_of(values.number(1, 1000), value) == reason


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400])
def test_a_number_without_a_range_is_still_one_that_can_be_reckoned_with(value):
    assert wrong_of(values.number(), value) == "must be a number that a double can hold"


def test_members_of_objects_in_an_array_are_named_by_their_place():
    members = Members({"watermarks": [{"left": -1}, {"left": "x"}]})
    for each in members.each("watermarks", 1, 5):
        each.required("left", values.integer(0))
    with pytest.raises(Invalid) as caught:
        members.check()
    assert caught.value.fields == {
        "watermarks[0].left": ["must be at least 0"],
        "watermarks[1].left": ["must be an integer"],
    }


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "is required"),
        ([], "must be an array of 1 to 5 objects"),
        ([{}] * 6, "must be an array of 1 to 5 objects"),
        ({}, "must be an array of 1 to 5 objects"),
        ([1], "must have nothing but objects in it"),
    ],
)
def test_an_array_has_its_number_of_objects(value, reason):
    members = Members({"watermarks": value})
    assert list(members.each("watermarks", 1, 5)) == []
    with pytest.raises(Invalid) as caught:
        members.check()
    assert caught.value.fields == {"watermarks": [reason]}
