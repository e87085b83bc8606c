"""What moderation forbids: the operator's word on single assets, at every door.

Law: what is locked stays as it is, and what is blocked is served to nobody, its owner included.
"""

from __future__ import annotations

from calotype.domain.assets import Asset, Moderation
from calotype.errors import MediaBlocked, MediaLocked


def check_served(asset: Asset) -> None:
    """Let pass what may be shown.

    Raises:
        MediaBlocked: it is blocked.
    """
    if asset.moderation is Moderation.BLOCKED:
        raise MediaBlocked


def check_changeable(asset: Asset) -> None:
    """Let pass what may be changed and deleted.

    Raises:
        MediaLocked, MediaBlocked: moderation holds it.
    """
    check_served(asset)
    if asset.moderation is Moderation.LOCKED:
        raise MediaLocked
