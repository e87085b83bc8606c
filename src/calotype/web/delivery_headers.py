"""The headers of a delivered image: everything that it says of itself, written out from its target.

Law: every value passes `web/responses.header`, the one place where text becomes a header; pure, and no byte of the
body is needed but for its format where the plan leaves that open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calotype.domain.assets import clean_name
from calotype.domain.conditional import Validators, validators
from calotype.domain.formats import FORMATS, SNIFF_BYTES, Format, sniff
from calotype.domain.planning import Original, Target
from calotype.domain.visibility import OPEN_BY_ID
from calotype.web.responses import content_disposition, header

Header = tuple[bytes, bytes]

ACTIVE = {FORMATS[Format.SVG].media_type}
"""Media types that a browser would run on our origin: downloads there, shown only on a delivery host."""

EVERY_BODY: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"*"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
)
"""On every answer, errors included."""


@dataclass(frozen=True, slots=True)
class Caching:
    """How long others may keep a response."""

    public: bool
    max_age: int
    """Seconds, at most."""
    until: datetime | None = None
    """When it ends for everyone: the asset's own time, or that of a signed URL."""
    immutable: bool = False

    def header(self, now: datetime) -> Header:
        """Write `Cache-Control`: as long as the policy says, and no longer than the image lives."""
        if not self.public:
            return (b"cache-control", b"private, no-store")
        age = self.max_age
        if self.until is not None:
            age = max(0, min(age, int((self.until - now).total_seconds())))
        return (b"cache-control", b"public, max-age=%d%b" % (age, b", immutable" if self.immutable else b""))


def caching(target: Target, max_age: int) -> Caching:
    """Judge how long *target* may be kept, where the server's own setting is *max_age* seconds.

    An asset whose door is closed is private whatever its terms say: it takes a credential or a signature to get here.
    """
    terms, asset = target.terms, target.asset
    return Caching(
        public=terms.public and asset.visibility in OPEN_BY_ID,
        max_age=max_age if terms.max_age is None else min(max_age, terms.max_age),
        until=min((end for end in (terms.until, asset.expires_at) if end is not None), default=None),
        immutable=terms.immutable,
    )


def validators_of(target: Target) -> Validators:
    """Give the tag and the time by which clients and caches tell that they hold *target*.

    The tag is the variant's key. The time is that of the row's last change, which any change of the bytes moves; a
    tag or a title moves it too, and costs a transfer to those alone who ask by time.
    """
    return validators(b'"%s"' % target.what.key.encode(), target.asset.updated_at)


def varying(target: Target) -> tuple[str, ...]:
    """Name the request headers that the answer depends on."""
    return (*(("Accept",) if target.what.varies else ()), *target.terms.vary)


def shared_headers(target: Target) -> list[Header]:
    """Give what a 304 says as well as a 200 (RFC 9110, 15.4.5), but for Cache-Control."""
    current, names = validators_of(target), varying(target)
    vary = [header("Vary", ", ".join(names))] if names else []
    return [(b"etag", current.etag), (b"last-modified", current.last_modified), *vary, *EVERY_BODY]


def body_headers(target: Target, media_type: str, *, inline: bool) -> list[Header]:
    """Give what belongs to a body: its type, its name, whether parts of it can be had, how it came about.

    *inline* says whether what is active may be shown.

    Raises:
        Invalid: a header of the dialect's own has characters that no header can hold.
    """
    what, terms = target.what, target.terms
    headers = [header("Content-Type", media_type)]
    if terms.attachment is not None:
        name = clean_name(terms.attachment, target.asset.name)
        headers.append(header("Content-Disposition", content_disposition("attachment", name)))
    elif media_type in ACTIVE and not inline:
        headers.append((b"content-disposition", b"attachment"))
    if isinstance(what, Original):
        headers.append((b"accept-ranges", b"bytes"))
    if what.notes:
        headers.append(header("X-Calotype-Notes", ", ".join(what.notes)))
    return headers + [header(name, value) for name, value in terms.headers]


def media_type_of(target: Target, body: bytes) -> str:
    """Name the type of what is sent. A plan with an alternative may have come out in the source's own format."""
    what = target.what
    if not isinstance(what, Original) and what.alternative is not None:
        came_out = sniff(body[:SNIFF_BYTES])
        if came_out is not None:
            return FORMATS[came_out].media_type
    return what.media_type
