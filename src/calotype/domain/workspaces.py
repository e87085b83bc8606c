"""Workspaces and their keys: who owns assets, and what a credential may do."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calotype.domain.assets import storable
from calotype.errors import Invalid

DEFAULT = "default"
ANONYMOUS = "anonymous"

KEY_PREFIX = "img_live_"
APP_PREFIX = "img_sk_live_"
PRIVATE_PREFIX, PUBLIC_PREFIX = "private_", "public_"
"""Of the two halves of a pair, as its clients expect them."""
TEST_PREFIX, LIVE_PREFIX = "test_", "live_"
"""Of the keys of IMG Processing: which stage they are of, which their clients read out of them."""
PAIRS_MAX = 5
"""Active pairs of one workspace: each is tried on every signature."""
KEY_LOOKUP_CHARS = len(KEY_PREFIX) + 8
"""How much of a key is stored in the clear, to find its row by; the other 32 characters are the secret."""

TRANSFORMATION_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
TRANSFORMATION_CHARS = 4096
TRANSFORMATIONS_MAX = 1000
"""Names in one workspace: they are kept in memory together."""


class Ability(StrEnum):
    """What a key may do."""

    READ = "read"
    WRITE = "write"


class KeyKind(StrEnum):
    """Which doors a key opens."""

    BEARER = "bearer"
    """img.pro's: sent as it is with each request."""
    IMAGEKIT = "imagekit"
    """A pair: its private half signs URLs, and is sent as the user name of Basic authentication."""
    APP = "app"
    """An app's one secret: sent as a bearer key is, and acts for the user that the request names."""
    PROCESSING = "processing"
    """IMG Processing's: sent as it is in a header of its own, and no bearer key."""


class Stage(StrEnum):
    """What a key of IMG Processing is for: to try things out, or to be relied on."""

    TEST = "test"
    LIVE = "live"


class OriginalPolicy(StrEnum):
    """How originals leave: with the place they were taken at blanked, or exactly as they came."""

    BLANK_GPS = "blank-gps"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Policy:
    """What of a workspace's choices shapes the bytes that leave: all of it is part of a variant's key."""

    originals: OriginalPolicy = OriginalPolicy.BLANK_GPS
    auto_avif: bool = False
    quality: int | None = None
    stamp: bool = False
    """Whether a picture says that it is a test. Only what leaves is planned so: what the library keeps is clean."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The owner of assets, keys and policies.

    *storage* is the first segment of its delivery URLs: 3 to 6 characters of `[a-z0-9]`, unique.
    """

    id: str
    slug: str
    storage: str
    created_at: datetime
    originals: OriginalPolicy = OriginalPolicy.BLANK_GPS
    auto_avif: bool = False
    """Whether negotiation may choose AVIF."""
    quality: int | None = None
    """Quality where a URL asks for none, 1 to 100; None: each format's own."""
    restrict_unsigned: bool = False
    """Whether every ImageKit URL needs a signature."""
    restrict_unnamed: bool = False
    """Whether only named transformations are made from such URLs."""
    variant_budget: int | None = None
    """Distinct variants of one asset that may be made in a day; 0: any number, None: as the setting says."""
    max_age_s: int | None = None
    """Seconds that browsers and CDNs may keep an image; None: as the setting says."""
    plan: str = "unlimited"
    """The name of its plan: what it may upload and store."""
    verified: bool = True
    """Whether its owner has shown that the e-mail address is theirs; nothing stays for good before."""
    live_id: str = ""
    """The id of the workspace whose test stage this is; empty: it is live. No name says so: names are chosen."""

    @property
    def is_test(self) -> bool:
        """Whether this is the test stage of another workspace."""
        return bool(self.live_id)

    @property
    def is_anonymous(self) -> bool:
        """Whether this is the reserved workspace of uploads without a key."""
        return self.slug == ANONYMOUS

    @property
    def policy(self) -> Policy:
        """The part that the planner looks at."""
        return Policy(self.originals, self.auto_avif, self.quality, self.is_test)


@dataclass(frozen=True, slots=True)
class NamedTransformation:
    """A transformation that URLs of one workspace call by name; *value* is what they would say otherwise."""

    workspace_id: str
    name: str
    value: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Key:
    """A credential as it is stored: the secret's hash, never the secret."""

    id: str
    workspace_id: str
    name: str
    lookup: str
    digest: str
    abilities: frozenset[Ability]
    created_at: datetime
    revoked_at: datetime | None = None
    kind: KeyKind = KeyKind.BEARER
    public_id: str = ""
    """The half of a pair that clients may show; empty for what is no pair."""
    sealed: str = field(default="", repr=False)
    """The secret itself, encrypted, where it must sign; empty for what is only compared."""

    def matches(self, secret: str) -> bool:
        """Compare *secret* (the whole key as sent) with the stored digest, in constant time."""
        return self.revoked_at is None and hmac.compare_digest(self.digest, digest_of(secret))


def digest_of(secret: str) -> str:
    """Hash a key for storage. One round: a key has 160 bits of its own, so there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def transformation_name(raw: str) -> str:
    """Check the name of a transformation: 1 to 100 letters, digits, underscores and hyphens.

    Raises:
        Invalid: anything else.
    """
    if not TRANSFORMATION_NAME.match(raw):
        raise Invalid.field("name", "1 to 100 letters, digits, underscores and hyphens")
    return raw


def transformation_value(raw: str) -> str:
    """Check what a name stands for; a leading `tr:`, which documentation shows it with, is dropped.

    Raises:
        Invalid: it is empty, longer than 4,096 characters, or cannot be stored.
    """
    value = raw.strip().removeprefix("tr:")
    if not 0 < len(value) <= TRANSFORMATION_CHARS:
        raise Invalid.field("value", f"1 to {TRANSFORMATION_CHARS:,} characters")
    return storable("value", value)
