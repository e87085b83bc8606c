"""Publishing: an image becomes everybody's, or its owner's alone again.

Law: both may be asked twice; the second time changes nothing.
"""

from __future__ import annotations

from calotype.domain.assets import ID, Asset
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Ability
from calotype.errors import NotFound
from calotype.ports import Platform
from calotype.services import library
from calotype.services.access import Caller


async def publish(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    """Make one of *caller*'s own assets public.

    Raises:
        Forbidden: the key may not write.
        NotFound: none of their own living assets.
        MediaLocked, MediaBlocked: moderation holds it.
    """
    asset = await _own(platform, caller, asset_id)
    if asset.visibility is Visibility.PUBLIC:
        return asset
    return await _show(platform, caller, asset, Visibility.PUBLIC)


async def unpublish(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    """Make one of *caller*'s own public assets private; what is not public stays as closed as it is.

    Raises:
        Forbidden, NotFound, MediaLocked, MediaBlocked: as `publish`.
    """
    asset = await _own(platform, caller, asset_id)
    if asset.visibility is not Visibility.PUBLIC:
        return asset
    return await _show(platform, caller, asset, Visibility.PRIVATE)


async def _own(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    caller.need(Ability.WRITE)
    asset = await platform.catalog.asset(asset_id, platform.clock()) if ID.match(asset_id) else None
    if asset is None or not caller.owns(asset.workspace_id):
        raise NotFound
    return asset


async def _show(platform: Platform, caller: Caller, asset: Asset, visibility: Visibility) -> Asset:
    change = library.Change({"visibility": visibility})
    return await library.update(platform, caller, asset.id, change)
