"""The rules for the words that describe an asset."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.domain.assets import (
    Asset,
    Facts,
    Version,
    blob_prefix,
    check_metadata,
    clean_external_id,
    clean_name,
    clean_namespace,
    clean_tags,
    default_path,
    storable,
)
from calotype.domain.formats import Format
from calotype.errors import Invalid

NOW = datetime(2024, 1, 1, tzinfo=UTC)
ID = "0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.jpg", "a.jpg"),
        ("a\0b\r\nc\x7f.jpg", "abc.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("\u2066a\u2069.jpg", "a.jpg"),
        ("e\u0301.jpg", "\u00e9.jpg"),
        (".hidden", "hidden"),
        ("  a.jpg  ", "a.jpg"),
        ("\ud800a.jpg", "?a.jpg"),
        ("x" * 300, "x" * 255),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
        ("a." + "x" * 300, "a." + "x" * 253),
    ],
)
def test_a_name_is_its_last_segment_without_what_deceives(raw, clean):
    assert clean_name(raw, "fallback") == clean


@pytest.mark.parametrize("raw", ["", "/", "..", "\0", "a/", " . "])
def test_when_nothing_is_left_of_a_name_the_fallback_stands_in(raw):
    assert clean_name(raw, "fallback") == "fallback"


@given(st.text(st.characters()))
def test_a_clean_name_can_be_stored_sent_and_cleaned_again(raw):
    name = clean_name(raw, "fallback")
    assert name.encode()
    assert 0 < len(name) <= 255
    assert not set(name) & set("\0\r\n/\\\u202e")


def test_tags_are_trimmed_lowered_and_unique_in_their_order():
    assert clean_tags([" B ", "a", "b", ""]) == ("b", "a")


@pytest.mark.parametrize("tags", [["x" * 51], list("abcdefghijk"), ["a\0"], ["\ud800"]])
def test_too_many_too_long_and_unstorable_tags_are_refused(tags):
    with pytest.raises(Invalid) as error:
        clean_tags(tags)
    assert error.value.fields.keys() == {"tags"}


@pytest.mark.parametrize("namespace", ["ab", "my-project", "0" * 64, "a--b"])
def test_a_namespace_is_2_to_64_lower_case_letters_digits_and_inner_hyphens(namespace):
    assert clean_namespace(namespace) == namespace


@pytest.mark.parametrize("namespace", ["", "a", "A1", "-a", "a-", "a_b", "a b", "a" * 65, "ab\n", "é1"])
def test_any_other_namespace_is_refused(namespace):
    with pytest.raises(Invalid):
        clean_namespace(namespace)


@pytest.mark.parametrize("external_id", ["", "x" * 256, "a\0", "\udfff"])
def test_an_external_id_has_1_to_255_storable_characters(external_id):
    with pytest.raises(Invalid):
        clean_external_id(external_id)
    assert clean_external_id("é" * 255) == "é" * 255


def test_metadata_has_at_most_fifty_fields():
    fifty = {str(number): "" for number in range(50)}
    assert check_metadata(fifty, 10_000) == fifty
    with pytest.raises(Invalid, match="at most 50 custom fields, got 51"):
        check_metadata({**fifty, "one-more": ""}, 10_000)


def test_metadata_is_measured_in_bytes_of_json():
    assert check_metadata({"a": "é"}, 11) == {"a": "é"}
    with pytest.raises(Invalid, match="at most 10 bytes in all, got 11"):
        check_metadata({"a": "é"}, 10)


def test_text_is_storable_without_nul_and_half_pairs():
    assert storable("x", "fine 📷") == "fine 📷"
    with pytest.raises(Invalid):
        storable("x", "a\0")


def test_a_path_is_unguessable_by_its_id_and_names_the_real_format():
    assert default_path(ID, "a b&c.jpg", None, Format.PNG) == ("/", f"a-b-c_{ID}.png")
    assert default_path(ID, "...", "ns", Format.JPEG) == ("/ns/", f"image_{ID}.jpg")


def test_the_bytes_of_a_version_have_one_prefix():
    assert blob_prefix("w", ID) == f"w/01/{ID}/"


def test_an_asset_is_expired_from_its_very_moment_on():
    version = Version(ID, 1, "", Facts(Format.JPEG, 1, 1))
    asset = Asset(ID, "w", "a", "/", "a", version, NOW, NOW, expires_at=NOW)
    assert asset.expired(NOW)
    assert not asset.expired(NOW - timedelta(microseconds=1))
