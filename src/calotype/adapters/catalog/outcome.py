"""What a change may touch: everything but the identity of an asset or workspace, and the time it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from calotype.domain.assets import Asset
from calotype.domain.visibility import HAS_PAGE
from calotype.domain.workspaces import Workspace


def added(asset: Asset, now: datetime, *, verified: bool) -> Asset:
    """Stamp a new *asset* with *now*, the moment of its commit.

    One that would expire for want of verification stays for good if its workspace is *verified* by now: it may have
    been on its way meanwhile.
    """
    published_at = now if asset.visibility in HAS_PAGE else None
    new = replace(asset, created_at=now, updated_at=now, published_at=published_at)
    return replace(new, expires_at=None, provisional=False) if verified and new.provisional else new


def outcome(before: Asset, after: Asset, now: datetime) -> Asset:
    """Make of *before* what *after* says, keep whose it is, and stamp it with *now*.

    Where only more is known of the same bytes, nobody has changed anything, and it keeps its stamp.
    """
    published_at = (before.published_at or now) if after.visibility in HAS_PAGE else None
    return replace(
        after,
        id=before.id,
        workspace_id=before.workspace_id,
        created_at=before.created_at,
        updated_at=before.updated_at if _only_learned(before, after) else now,
        published_at=published_at,
    )


def _only_learned(before: Asset, after: Asset) -> bool:
    facts = after.version.facts
    learned = replace(before, version=replace(before.version, facts=facts))
    return facts != before.version.facts and after == learned


def workspace_outcome(before: Workspace, change: Callable[[Workspace], Workspace]) -> Workspace:
    """Apply *change* to *before*; what its addresses and its bytes are named by stays, and whose stage it is."""
    return replace(
        change(before),
        id=before.id,
        slug=before.slug,
        storage=before.storage,
        created_at=before.created_at,
        live_id=before.live_id,
    )
