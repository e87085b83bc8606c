"""If-None-Match, by RFC 9110 section 13.1.2."""

import pytest

from calotype.domain.conditional import etag_matches

ETAG = b'"abc"'


@pytest.mark.parametrize("value", [b'"abc"', b'W/"abc"', b'"x", "abc"', b'"x",W/"abc" ', b"*", b' "abc"'])
def test_a_tag_that_the_client_holds_matches(value):
    assert etag_matches(value, ETAG)


@pytest.mark.parametrize("value", [b"", b"abc", b'"abcd"', b'"x", "y"', b'w/"abc"', b'""', b","])
def test_any_other_does_not(value):
    assert not etag_matches(value, ETAG)
