"""The budget of new variants: nobody fills the disk, or the day's work, with the sizes 1 to 5000 of one picture.

Law: it is asked before a variant is made, or pixels are looked at for a plan; never for what is known already.

Why so: docs/adr/0021.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import structlog

from calotype.domain.assets import Asset
from calotype.domain.planning import Limit
from calotype.domain.workspaces import Workspace
from calotype.errors import StorageFailed, VariantLimit
from calotype.ports import Catalog, Platform
from calotype.settings import Settings

log = structlog.get_logger(__name__)

UNLIMITED = 0


def budget_of(workspace: Workspace, settings: Settings) -> int:
    """Say how many distinct variants of one asset may be made in a day; 0: any number."""
    return settings.variant_budget if workspace.variant_budget is None else workspace.variant_budget


async def spend(platform: Platform, asset: Asset, key: str, limit: int) -> None:
    """Let the variant *key* of *asset* be made today; making the same again costs nothing.

    Raises:
        VariantLimit: it would be one more than *limit* since midnight UTC.
    """
    now = platform.clock()
    if limit == UNLIMITED or await _fits(platform.catalog, asset, now, key, limit):
        return
    raise VariantLimit(
        f"At most {limit:,} new variants of one image are made in a day.", retry_after=_until_midnight(now)
    )


async def told(platform: Platform, asset: Asset, workspace: Workspace) -> Limit | None:
    """Say how much of the day's budget of *asset* is spent; None: there is none, or it cannot be counted now."""
    limit = budget_of(workspace, platform.settings)
    if limit == UNLIMITED:
        return None
    try:
        used = await platform.catalog.variants_spent(asset.id, platform.clock().date())
    except StorageFailed as error:
        log.warning("variants not counted", asset=asset.id, error=error.message)
        return None
    return spent(used, limit)


def spent(used: int, limit: int) -> Limit:
    """Write down that *used* of *limit* are spent; a workspace's policy of that name beats the setting."""
    return Limit("new variants today", used, limit, "CALOTYPE_VARIANT_BUDGET")


async def _fits(catalog: Catalog, asset: Asset, now: datetime, key: str, limit: int) -> bool:
    try:
        return await catalog.spend_variant(asset.id, now.date(), key, limit)
    except StorageFailed as error:  # the disk is full: what was uploaded is delivered all the same (V4)
        log.warning("variant not counted", asset=asset.id, key=key, error=error.message)
        return True


def _until_midnight(now: datetime) -> int:
    """Count the seconds to the next midnight; *now* is UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return math.ceil((midnight - now).total_seconds())
