"""Workspaces and their keys: who owns assets, and what a credential may do."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DEFAULT = "default"
ANONYMOUS = "anonymous"

KEY_PREFIX = "img_live_"
KEY_LOOKUP_CHARS = len(KEY_PREFIX) + 8
"""How much of a key is stored in the clear, to find its row by; the other 32 characters are the secret."""


class Ability(StrEnum):
    """What a key may do."""

    READ = "read"
    WRITE = "write"


class OriginalPolicy(StrEnum):
    """How originals leave: with the place they were taken at blanked, or exactly as they came."""

    BLANK_GPS = "blank-gps"
    KEEP = "keep"


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

    @property
    def is_anonymous(self) -> bool:
        """Whether this is the reserved workspace of uploads without a key."""
        return self.slug == ANONYMOUS


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

    def matches(self, secret: str) -> bool:
        """Compare *secret* (the whole key as sent) with the stored digest, in constant time."""
        return self.revoked_at is None and hmac.compare_digest(self.digest, digest_of(secret))


def digest_of(secret: str) -> str:
    """Hash a key for storage. One round: a key has 160 bits of its own, so there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
