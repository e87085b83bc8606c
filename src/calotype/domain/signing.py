"""Signatures of delivery URLs: HMAC-SHA1 over the URL as it was sent, so that it cannot be bent into another one.

Law: what is verified is the raw request target, never what became of it by decoding; a signature is compared
whole and in constant time; everything that is wrong with one is wrong in the same words.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from calotype.errors import SignatureExpired, SignatureInvalid

SIGNATURE, EXPIRY = "ik-s", "ik-t"
"""The query parameters that carry them (ImageKit contract, 3.10)."""
NEVER = "9999999999"
"""What is signed in place of an expiry by whoever sets none."""

_DIGEST = re.compile(r"[0-9a-f]{40}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)
_TRANSFORMATION = re.compile(r"(?:^|(?<=/))tr:[^/]*")
"""A segment of the path that is no part of the file's own."""
# What no client can send as it is (RFC 3986, 2: neither unreserved nor reserved), so that it was a plain
# character when it was signed. Decoding nothing else leaves one meaning to every signature.
_UNSENDABLE = re.compile(r"(?:%(?:20|22|3[CE]|5[CE]|60|7[BCD]|[89A-F][0-9A-F]))+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Presented:
    """A signature as it came: what it is said to sign, itself, and until when it is said to hold."""

    signed: str
    """The raw target without the two parameters."""
    signature: str
    expiry: str
    """Decimal Unix seconds; empty when none was given."""


def presented(target: str) -> Presented | None:
    """Take the signature off a raw *target* (path and query); None when there is none.

    Raises:
        SignatureInvalid: a parameter came twice, or an expiry without a signature.
    """
    path, mark, query = target.partition("?")
    parts = query.split("&")
    values = {
        name: [part for part in parts if part.partition("=")[0] == name] for name in (SIGNATURE, EXPIRY)
    }
    if not any(values.values()):
        return None
    if len(values[SIGNATURE]) != 1 or len(values[EXPIRY]) > 1:
        raise SignatureInvalid
    kept = [part for part in parts if part.partition("=")[0] not in values]
    signature, expiry = (part[0].partition("=")[2] if part else "" for part in values.values())
    if values[EXPIRY] and not expiry:
        raise SignatureInvalid  # an emptied expiry is no request for a URL that never ends
    return Presented(path + (mark + "&".join(kept) if kept else ""), signature, expiry)


def verify(
    given: Presented,
    *,
    endpoints: Sequence[str],
    keys: Iterable[str],
    now: datetime,
    horizon_s: int = 0,
) -> None:
    """Let pass what one of *keys* has signed relative to one of *endpoints*, and has not ended.

    *endpoints* are raw path prefixes that end in a slash: a client cuts its own from the URL before it signs.
    With a *horizon_s*, nothing is accepted that holds for longer than so many seconds from now.

    Raises:
        SignatureInvalid: malformed, or nobody here has signed this.
        SignatureExpired: genuine, and over; or it would hold for longer than is allowed.
    """
    if not _DIGEST.fullmatch(given.signature) or (given.expiry and not _SECONDS.fullmatch(given.expiry)):
        raise SignatureInvalid
    expiry = given.expiry or NEVER
    texts = [text + expiry for endpoint in endpoints for text in _spellings(given.signed, endpoint)]
    matches = [hmac.compare_digest(signature(key, text), given.signature) for key in keys for text in texts]
    if not any(matches):
        raise SignatureInvalid
    left = int(expiry) - now.timestamp()
    if left < 0:
        raise SignatureExpired
    if horizon_s and left > horizon_s:
        raise SignatureExpired(f"The signed URL holds for longer than {horizon_s:,} seconds.")


def signature(key: str, text: str) -> str:
    """Sign *text*, which ends in its expiry: 40 lower-case hexadecimal digits."""
    return hmac.new(key.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha1).hexdigest()


def _spellings(signed: str, endpoint: str) -> Iterator[str]:
    """Give what may have been signed: as it was sent, then with what had to be encoded for sending as it was.

    The vendor's Python package signs a transformation and the query as they are, spaces too, and everything else
    encoded; the client that sends the URL encodes them (ImageKit contract, 3.10).
    """
    if not signed.startswith(endpoint):
        return
    path, mark, query = signed.removeprefix(endpoint).partition("?")
    paths = dict.fromkeys((path, _TRANSFORMATION.sub(_plain_match, path), path.replace("%20", " ")))
    for one, other in product(paths, dict.fromkeys((query, _plain(query)))):
        yield one + mark + other


def _plain_match(found: re.Match[str]) -> str:
    return _plain(found[0])


def _plain(query: str) -> str:
    return _UNSENDABLE.sub(lambda found: _decoded(found[0]), query)


def _decoded(escapes: str) -> str:
    return bytes.fromhex(escapes.replace("%", "")).decode("utf-8", "surrogateescape")
