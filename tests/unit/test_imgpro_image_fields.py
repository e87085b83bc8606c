"""Whatever is sent to the second generation or in a batch is read, or refused field by field."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imgpro.batch_fields import (
    read_image_batch,
    read_image_ids,
    read_media_batch,
    read_media_deletion,
)
from calotype.dialects.imgpro.image_fields import (
    read_image_change,
    read_image_form,
    read_image_import,
    read_image_listing,
)
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.errors import Invalid

NOW = datetime(2024, 1, 1, tzinfo=UTC)
ID = "0123456789abcdef01234567"
ASSET = Asset(ID, "w", "a", "/", "a", Version(ID, 1, "", Facts(Format.JPEG, 1, 1)), NOW, NOW)

NAMES = st.sampled_from(
    [
        "caption",
        "public",
        "labels",
        "metadata",
        "ttl",
        "filename",
        "name",
        "url",
        "ids",
        "tags",
        "tag_mode",
        "namespace",
    ]
)
PARAMETERS = st.sampled_from(["limit", "cursor", "ids", "label", "label[]"]) | st.text().map(
    "label[{}]".format
)
TEXTS = st.text() | st.sampled_from(["true", "{}", '{"a": "b"}', '{"a": null}', "[", "1h", "\0", "9" * 30])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES | st.text(), VALUES) | VALUES


def outcome(read):
    """Whether it was read, or refused with a reason."""
    try:
        read()
    except Invalid as error:
        return bool(error.fields) or error.message == "Send a JSON object."
    return True


@given(DOCUMENTS)
def test_a_change(document):
    assert outcome(lambda: read_image_change(document).of(ASSET, 256 * 1024))


@given(DOCUMENTS)
def test_an_import(document):
    assert outcome(lambda: read_image_import(document))


@given(st.lists(st.tuples(NAMES | st.text(), TEXTS)), st.booleans())
def test_a_form(pairs, has_file):
    assert outcome(lambda: read_image_form(pairs, has_file=has_file))


@given(st.lists(st.tuples(PARAMETERS | st.text(), TEXTS)))
def test_a_list(pairs):
    assert outcome(lambda: read_image_listing(pairs, NOW))


@given(DOCUMENTS)
def test_batches(document):
    for read in (read_image_batch, read_media_batch):
        assert outcome(lambda read=read: read(document).change.of(ASSET, 256 * 1024))
    for read in (read_image_ids, read_media_deletion):
        assert outcome(lambda read=read: read(document))
