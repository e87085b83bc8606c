"""The reference of response headers: what a delivered image, a refusal and a preflight say, and when."""

from __future__ import annotations

from typing import NamedTuple

from becoming import row, table

from calotype.web.delivery_headers import EVERY_BODY

_INTRODUCTION = """\
# Response headers

What delivery says, for every dialect. Why, and what a cache makes of it, is told in [HTTP](../http.md); the dialects'
errors are in [the errors](../errors.md).
"""


class Header(NamedTuple):
    """A header: its name, when it is sent, and what it says."""

    name: str
    when: str
    value: str


_FIXED = {
    "access-control-allow-origin": "any page may read it",
    "access-control-expose-headers": "its scripts may read every header",
    "content-security-policy": "nothing in a body is run",
    "cross-origin-resource-policy": "any page may show it",
    "timing-allow-origin": "any page may time it",
    "x-content-type-options": "the type is not guessed",
}
"""Why those are sent that never change."""

HEADERS = (
    Header("content-type", "every body", "the media type; an error is never an image's"),
    Header("content-length", "every body", "bytes"),
    Header("etag", "200, 206, 304", "the variant's key, strong"),
    Header("last-modified", "200, 206, 304", "when the image's row last changed"),
    Header(
        "cache-control",
        "images and errors",
        "images: `public, max-age=…`, with `immutable` where the URL names a version, or `private, no-store` for what "
        "takes a credential or a signature; errors: `no-store`",
    ),
    Header(
        "vary",
        "the answer depends on request headers",
        "`Accept` with `f-auto` where formats differ; `sec-ch-width`, `sec-ch-dpr` with `w-auto`, `dpr-auto`",
    ),
    Header("content-disposition", "a download, or SVG on the API's own host", "`attachment`, and the name"),
    Header("accept-ranges", "an original", "`bytes`"),
    Header("content-range", "206, 416", "the part and the whole"),
    Header(
        "content-dpr",
        "`w-auto` or `dpr-auto` with client hints",
        "pixels of the picture for each of the layout",
    ),
    Header(
        "x-calotype-notes",
        "something was done differently from what was asked",
        "in words, such as `poster; 900 frames are over 100 MP`",
    ),
    Header("x-request-id", "always", "finds the request in the log"),
    Header("date", "always", "now"),
    *(
        Header(name.decode(), "every image and every error", f"`{value.decode()}`: {_FIXED[name.decode()]}")
        for name, value in EVERY_BODY
    ),
    Header("retry-after", "429 and 503", "whole seconds"),
    Header("x-should-retry", "501", "`false`"),
    Header("www-authenticate", "401 of img.pro's", "`Bearer`"),
    Header("ik-error", "some of ImageKit's errors", "`ENOENT - …` or `ELIMIT - …`"),
    Header("x-ik-requestid", "every answer to ImageKit's URLs", "the same as `x-request-id`"),
    Header("allow", "`OPTIONS`, 405", "`GET, HEAD, OPTIONS`"),
    Header("access-control-allow-methods", "`OPTIONS`", "`GET, HEAD`"),
    Header("access-control-allow-headers", "`OPTIONS`", "`*`: a page may send conditions and ranges"),
    Header("access-control-max-age", "`OPTIONS`", "a day, in seconds"),
)


def headers_page(note: str) -> str:
    """List every header."""
    lines = [f"{note}{_INTRODUCTION}", *table("header", "sent with", "value")]
    lines += [row(f"`{each.name}`", each.when, each.value) for each in HEADERS]
    return "\n".join(lines) + "\n"
