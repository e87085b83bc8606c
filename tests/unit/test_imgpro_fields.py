"""img.pro's words: each rule of the contract at its edges, and cursors that cannot be forged into an error."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imgpro.cursors import cursor_after, read_cursor
from calotype.dialects.imgpro.fields import RESERVED, read_change, read_form, read_listing
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid

NOW = datetime(2024, 1, 1, microsecond=123456, tzinfo=UTC)
ID = "0123456789abcdef01234567"
ASSET = Asset(ID, "w", "a", "/", "a", Version(ID, 1, "", Facts(Format.JPEG, 1, 1)), NOW, NOW)


def form(**fields):
    return read_form(list(fields.items()), has_file=True)


def refused(read, *given_):
    with pytest.raises(Invalid) as error:
        read(*given_)
    return error.value.fields


def test_a_whole_form_becomes_plain_values():
    assert form(
        name="n",
        public="FALSE",
        namespace="ns",
        tags="A,b,,a",
        external_id="e",
        date="2024-01-15",
        ttl="7d",
        alt="x",
    ) == {
        "name": "n",
        "visibility": Visibility.UNLISTED,
        "namespace": "ns",
        "tags": ("a", "b"),
        "external_id": "e",
        "date": "2024-01-15",
        "ttl": timedelta(days=7),
        "metadata": {"alt": "x"},
    }


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_reserved_name_becomes_a_custom_field(name):
    good = {"tags": "a", "namespace": "ns", "public": "true", "ttl": "5m", "date": "2024-01-15"}
    assert form(**{name: good.get(name, "x")})["metadata"] == {}


@pytest.mark.parametrize(
    ("ttl", "length"),
    [
        ("300", timedelta(minutes=5)),
        ("7776001", timedelta(seconds=7_776_001)),
        ("5m", timedelta(minutes=5)),
        ("129600m", timedelta(days=90)),
        ("1h", timedelta(hours=1)),
        ("90d", timedelta(days=90)),
    ],
)
def test_a_ttl_is_seconds_or_a_duration(ttl, length):
    assert form(ttl=ttl)["ttl"] == length


@pytest.mark.parametrize(
    "ttl",
    [
        "299",
        "0",
        "-300",
        "4m",
        "91d",
        "2161h",
        "9999999999d",
        "9999999999",
        "1w",
        "5M",
        "5.5m",
        " 300",
        "\u066300",
        "1e3",
        "99" * 99,
    ],
)
def test_any_other_ttl_is_refused(ttl):
    assert refused(lambda: form(ttl=ttl)).keys() == {"ttl"}


@pytest.mark.parametrize(
    "date", ["2024-02-29", "2024-01-15T10:00", "2024-01-15T10:00:00Z", "2024-01-15 10:00:00.123+01:00"]
)
def test_a_date_comes_back_as_it_was_sent(date):
    assert form(date=date)["date"] == date


@pytest.mark.parametrize(
    "date",
    [
        "2023-02-29",
        "15.1.2024",
        "20240115",
        "2024-W03-1",
        "2024-01-15T25:00",
        "2024-01-15\n",
        "\u0662024-01-15",
    ],
)
def test_any_other_date_is_refused(date):
    assert refused(lambda: form(date=date)).keys() == {"date"}


@pytest.mark.parametrize(
    ("value", "shown"), [("true", True), ("True", True), ("1", True), ("false", False), ("0", False)]
)
def test_public_is_true_or_false(value, shown):
    assert (form(public=value)["visibility"] is Visibility.PUBLIC) is shown


@pytest.mark.parametrize("name", ["a b", "", "x" * 65, "ünicode", "a.b", "a[0]", "<b>", "a\n"])
def test_a_custom_name_is_of_letters_digits_hyphens_and_underscores(name):
    assert refused(lambda: form(**{name: "x"})).keys() == {name[:64]}


def test_a_custom_value_has_at_most_two_thousand_characters():
    assert form(a="é" * 2000)["metadata"] == {"a": "é" * 2000}
    assert refused(lambda: form(a="é" * 2001)) == {"a": ["at most 2,000 characters"]}


def test_more_than_ten_tags_are_refused():
    assert refused(lambda: form(tags=",".join("abcdefghijk"))) == {"tags": ["at most 10 tags, got 11"]}


def test_a_form_needs_its_file():
    assert refused(lambda: read_form([("ttl", "x")], has_file=False)).keys() == {"file", "ttl"}


@pytest.mark.parametrize("document", [None, [], "x", 1, True])
def test_a_change_is_an_object(document):
    with pytest.raises(Invalid, match="Send a JSON object"):
        read_change(document)


def test_a_change_holds_what_was_named_and_nothing_else():
    change = read_change({"tags": ["B", "b"], "date": None, "public": False, "alt": None, "n": 1.5})
    assert change.words == {"tags": ("b",), "date": None}
    assert (change.page, change.metadata) == (False, {"alt": None, "n": "1.5"})


@pytest.mark.parametrize(
    "document",
    [
        {"name": None},
        {"name": 1},
        {"tags": None},
        {"tags": [1]},
        {"tags": "a"},
        {"public": None},
        {"public": 1},
        {"namespace": ""},
    ],
)
def test_a_member_of_the_wrong_kind_is_refused(document):
    assert refused(read_change, document).keys() == document.keys()


def test_a_list_begins_with_fifty():
    query = read_listing({}, NOW)
    assert (query.limit, query.after, query.ids, query.tags) == (50, None, None, ())


def test_ids_that_cannot_be_are_skipped_and_repeats_are_one():
    assert read_listing({"ids": f"{ID},{ID}, x"}, NOW).ids == (ID,)


def test_a_cursor_finds_its_place_again():
    assert read_cursor(cursor_after(ASSET)) == (NOW, ID)


@pytest.mark.parametrize(
    "position",
    [
        {"t": 10**30, "id": ID},
        {"t": -1, "id": ID},
        {"t": 1.5, "id": ID},
        {"t": "1", "id": ID},
        {"t": 1, "id": "x"},
        {"t": 1},
        {"id": 123},
        [],
        None,
    ],
)
def test_a_forged_cursor_is_refused(position):
    cursor = base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
    assert refused(read_cursor, cursor).keys() == {"cursor"}


def outcome(read):
    """Answer what *read* gives, or the fields that it refuses."""
    try:
        return read()
    except Invalid as error:
        return error.fields


@given(st.text() | st.text("eyJ0IjoxLCJpZCI6[{\\=-_").map(lambda text: text * 9))
def test_whatever_comes_as_a_cursor_is_a_place_or_a_refusal(raw):
    assert outcome(lambda: read_cursor(raw))


names = st.sampled_from(["name", "tags", "ttl", "date", "public", "namespace", "external_id"]) | st.text()


@given(st.lists(st.tuples(names, st.text())))
def test_whatever_comes_in_a_form_is_read_or_refused_field_by_field(pairs):
    assert outcome(lambda: read_form(pairs, has_file=True))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(names, json_values))
def test_whatever_comes_as_a_change_is_read_or_refused_member_by_member(document):
    assert outcome(lambda: read_change(document).of(ASSET, 256 * 1024))
