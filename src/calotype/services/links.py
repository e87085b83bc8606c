"""Signed links: whose purpose, subject and expiry nobody can change, and which are good once where that is asked for.

Law: a link is judged by its signature before anything in it is believed, and a key of its own signs links: no
other signature of this server's could be shown as one.

The query is `t` (subject and nonce), `exp` (Unix seconds) and `sig`: HMAC-SHA256 over purpose, subject, expiry and
nonce, whole (256 bits), under a key from HKDF-SHA256 (RFC 5869).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from calotype.errors import LinkExpired, LinkInvalid, LinkUsed
from calotype.ports import Platform, UsedLink

_DERIVED_FOR = b"calotype links 1"
NONCE_BYTES = 12

_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,100})\.([0-9a-f]{24})\Z")
_EXPIRY = re.compile(r"[0-9]{1,10}\Z")
"""Until the year 2286: no sign, no fraction, no NaN (attack A3), and nothing that a date could not hold."""
_SIGNATURE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


class Purpose(StrEnum):
    """What a link is for; one that is made for another purpose does not open this."""

    VERIFY = "verify"
    UPGRADE = "upgrade"


LIFETIMES = {Purpose.VERIFY: timedelta(hours=24), Purpose.UPGRADE: timedelta(hours=24)}
"""How long a link holds; one that says it holds longer was not made by these rules."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was made here and holds: *subject* is the id of what it is about."""

    purpose: Purpose
    subject: str
    nonce: str
    expires_at: datetime

    def used(self) -> UsedLink:
        """Say how it is remembered once it is used."""
        spelt = f"{self.purpose} {self.subject} {self.nonce}"
        return UsedLink(hashlib.sha256(spelt.encode()).hexdigest(), self.expires_at)


def sign(platform: Platform, purpose: Purpose, subject: str) -> str:
    """Make the query of a link about *subject*, an id, that holds from now on for as long as its purpose allows."""
    if not _SUBJECT.match(subject):
        raise ValueError("the subject of a link is an id")
    expires_at = (platform.clock() + LIFETIMES[purpose]).replace(microsecond=0)
    link = Link(purpose, subject, platform.random(NONCE_BYTES).hex(), expires_at)
    token = f"{subject}.{link.nonce}"
    return urlencode({
        "t": token, "exp": int(expires_at.timestamp()), "sig": _signature(platform.secret_key, link),
    })  # fmt: skip


def read(platform: Platform, purpose: Purpose, query: Mapping[str, str]) -> Link:
    """Read the link whose query is *query*, without using it up.

    Raises:
        LinkInvalid: it is incomplete, changed, or made for another purpose.
        LinkExpired: its time is over.
    """
    token, expiry = _TOKEN.match(query.get("t", "")), query.get("exp", "")
    signature = query.get("sig", "")
    if not token or not _EXPIRY.match(expiry) or not _SIGNATURE.match(signature):
        raise LinkInvalid
    link = Link(purpose, token[1], token[2], datetime.fromtimestamp(int(expiry), UTC))
    if not hmac.compare_digest(_signature(platform.secret_key, link), signature):
        raise LinkInvalid
    now = platform.clock()
    if link.expires_at <= now:
        raise LinkExpired
    if link.expires_at > now + LIFETIMES[purpose]:  # signed, but by a clock that was wrong
        raise LinkInvalid
    return link


async def use(platform: Platform, link: Link) -> None:
    """Use *link* up: of many at once, one goes on.

    Raises:
        LinkUsed: somebody did before.
    """
    if not await platform.sign_ins.use_link(link.used(), platform.clock()):
        raise LinkUsed


def _signature(secret_key: str, link: Link) -> str:
    key = HKDF(SHA256(), length=32, salt=None, info=_DERIVED_FOR).derive(secret_key.encode())
    # Purpose and subject hold no line break, so no two links are spelt alike.
    spelt = f"{link.purpose}\n{link.subject}\n{int(link.expires_at.timestamp())}\n{link.nonce}"
    digest = hmac.digest(key, spelt.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
