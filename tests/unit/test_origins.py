"""Which URLs IMG Processing fetches from, by the patterns that it ships with and by others."""

import pytest

from calotype.domain.origins import is_allowed
from calotype.settings import VENDORS_ORIGINS

SHIPPED = ",".join(VENDORS_ORIGINS)


@pytest.mark.parametrize(
    "url",
    [
        "https://storage.img-processing.com/images/image_x",
        "https://bucket.s3.eu-west-1.amazonaws.com/a.jpg?X-Amz-Signature=abc%2F",
        "https://my.bucket.s3.amazonaws.com/a.jpg",
        "https://s3.amazonaws.com/bucket/a.jpg",
        "https://account.blob.core.windows.net/c/a.png?sv=1&sig=a%3D",
        "https://pub-1.r2.dev/a.webp",
        "https://www.dropbox.com/scl/fi/x/a.jpg?rlkey=1&dl=1",
        "https://storage.googleapis.com/b/a.jpg",
        "https://drive.google.com/uc?id=1",
        "https://1drv.ms/i/s!x",
        "HTTPS://S3.AMAZONAWS.COM/b/a.jpg",
        "https://s3.amazonaws.com:443/b/a.jpg",
    ],
)
def test_the_vendors_origins_are_allowed(url):
    assert is_allowed(SHIPPED, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://s3.amazonaws.com/b/a.jpg",
        "https://s3.amazonaws.com:8443/b/a.jpg",
        "https://example.com/a.jpg",
        "https://example.com/https://s3.amazonaws.com/",
        "https://example.com/.s3.amazonaws.com/a.jpg",
        "https://s3.amazonaws.com.example.com/a.jpg",
        "https://evils3.amazonaws.com.evil/a.jpg",
        "https://s3.amazonaws.com@example.com/a.jpg",
        "https://example.com#@s3.amazonaws.com/a.jpg",
        "https://example.com\\@s3.amazonaws.com/a.jpg",
        "https://example.com?.r2.dev/a.jpg",
        "https://.r2.dev/a.jpg",
        "https://r2.dev/a.jpg",
        "https://s3.amazonaws.com/a.jpg\n",
        "https://s3.amazonaws.com/a b.jpg",
        " https://s3.amazonaws.com/a.jpg",
        "https://bücket.s3.amazonaws.com/a.jpg",
        "https://[::1]/a.jpg",
        "https://127.0.0.1/a.jpg",
        "//s3.amazonaws.com/a.jpg",
        "file:///etc/passwd",
        "",
    ],
)
def test_nothing_else_is_and_nothing_that_could_be_read_in_two_ways(url):
    assert not is_allowed(SHIPPED, url)


def test_a_star_in_a_host_is_at_least_one_label():
    assert is_allowed("https://*/*", "https://anything.example/a.jpg")
    assert not is_allowed("https://*.example.com/*", "https://example.com/a.jpg")


def test_a_pattern_without_a_path_allows_every_path():
    assert is_allowed("https://cdn.example.com", "https://cdn.example.com/a/b.jpg?c")


def test_a_pattern_with_a_path_allows_what_is_below_it():
    assert is_allowed("https://cdn.example.com/public/*", "https://cdn.example.com/public/a.jpg")
    assert not is_allowed("https://cdn.example.com/public/*", "https://cdn.example.com/private/a.jpg")


def test_what_is_no_pattern_allows_nothing():
    assert not is_allowed("", "https://s3.amazonaws.com/a")
    assert not is_allowed("http://cdn.example.com/*", "https://cdn.example.com/a.jpg")
