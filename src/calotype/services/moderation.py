"""Moderation: the operator's word on an asset. No API says it; `calotype assets set` does.

Law: it is an event like any other change, so every copy in memory is forgotten before the next request is answered.
"""

from __future__ import annotations

from dataclasses import replace

from calotype.domain.assets import Asset, Moderation
from calotype.errors import NotFound
from calotype.ports import Platform


async def judge(platform: Platform, asset: Asset, verdict: Moderation) -> Asset:
    """Lock, block or clear *asset*, and answer what it is now.

    Raises:
        NotFound: it was deleted, or has expired, meanwhile.
    """
    judged = await platform.catalog.update_asset(
        asset.workspace_id, asset.id, lambda current: replace(current, moderation=verdict), platform.clock
    )
    if judged is None:
        raise NotFound
    return judged
