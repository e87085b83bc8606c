"""Batches: many of a workspace's assets changed or deleted by one request.

Law: the rows are one transaction, a job of the same transaction deletes their bytes, and what is not the caller's
is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calotype.domain.assets import ID, Asset, Moderation
from calotype.domain.moderation import check_changeable
from calotype.domain.workspaces import Ability
from calotype.errors import Invalid, MediaBlocked, MediaLocked, NotFound, Refused
from calotype.ports import AssetQuery, NamespaceTotal, Platform
from calotype.services.access import Caller
from calotype.services.jobs import purge_of
from calotype.services.library import Change

NAMESPACE_MAX = 1000
"""Assets of a namespace that one request deletes; whoever wants more asks again."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of each id that was asked for, in their order."""

    changed: Mapping[str, Asset]
    refused: Mapping[str, Refused]


async def update_each(
    platform: Platform, caller: Caller, asset_ids: Sequence[str], change: Change
) -> Outcomes:
    """Apply *change* to each of *caller*'s own assets among *asset_ids*; where it is refused, to the others.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
    """
    refused: dict[str, Refused] = {}

    def attempt(asset: Asset) -> Asset | None:
        try:
            return change.of(asset, platform.settings.max_metadata_bytes)
        except Refused as error:
            refused[asset.id] = error
            return None

    query = _chosen(platform, caller, asset_ids)
    found = await platform.catalog.update_assets(query, attempt, platform.clock)
    changed = {asset.id: asset for asset in found}
    return Outcomes(
        {id_: changed[id_] for id_ in asset_ids if id_ in changed},
        {id_: refused.get(id_, NotFound()) for id_ in asset_ids if id_ not in changed},
    )


async def update_all(platform: Platform, caller: Caller, asset_ids: Sequence[str], change: Change) -> int:
    """Apply *change* to *caller*'s own assets among *asset_ids*, or to none; answer how many those are.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
        MediaLocked, MediaBlocked: moderation holds one of them.
        Invalid: one of them cannot be changed so; the reason names it.
    """

    def strictly(asset: Asset) -> Asset:
        try:
            return change.of(asset, platform.settings.max_metadata_bytes)
        except Invalid as error:
            fields = {
                name: [f"{asset.id}: {reason}" for reason in reasons]
                for name, reasons in error.fields.items()
            }
            raise Invalid(f"{asset.id}: {error.message}", fields=fields) from None

    query = _chosen(platform, caller, asset_ids)
    return len(await platform.catalog.update_assets(query, strictly, platform.clock))


async def delete_all(platform: Platform, caller: Caller, asset_ids: Sequence[str]) -> int:
    """Delete *caller*'s own assets among *asset_ids*, or none; answer how many those are.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
        MediaLocked, MediaBlocked: moderation holds one of them.
    """
    query = _chosen(platform, caller, asset_ids)
    for asset in await platform.catalog.assets(query):
        check_changeable(asset)
    return len(await platform.catalog.delete_assets(query, purge_of))


async def delete_each(platform: Platform, caller: Caller, asset_ids: Sequence[str]) -> Mapping[str, Refused]:
    """Delete each of *caller*'s own assets among *asset_ids*; answer why which of them stay.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
    """
    query = _chosen(platform, caller, asset_ids)
    await platform.catalog.delete_assets(query, purge_of)
    return {asset.id: _held(asset) for asset in await platform.catalog.assets(query)}


def _held(asset: Asset) -> Refused:
    """Say why *asset* was not deleted: only moderation holds what is there."""
    return MediaBlocked() if asset.moderation is Moderation.BLOCKED else MediaLocked()


async def delete_namespace(platform: Platform, caller: Caller, namespace: str) -> int:
    """Delete the newest 1,000 of *caller*'s own assets in *namespace* that no moderation holds; answer how many.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
    """
    caller.need(Ability.WRITE)
    query = AssetQuery(caller.workspace.id, platform.clock(), NAMESPACE_MAX, namespace=namespace)
    return len(await platform.catalog.delete_assets(query, purge_of))


async def namespaces(
    platform: Platform, caller: Caller, limit: int, offset: int
) -> tuple[Sequence[NamespaceTotal], int | None]:
    """List *caller*'s namespaces, the fullest first, and the offset of the next page, where there is one.

    Raises:
        Unauthorized, Forbidden: a key with the read ability is needed.
    """
    caller.need(Ability.READ)
    found = await platform.catalog.namespaces(caller.workspace.id, platform.clock(), limit + 1, offset)
    return found[:limit], offset + limit if len(found) > limit else None


def _chosen(platform: Platform, caller: Caller, asset_ids: Sequence[str]) -> AssetQuery:
    caller.need(Ability.WRITE)
    ids = tuple(id_ for id_ in asset_ids if ID.match(id_))
    return AssetQuery(caller.workspace.id, platform.clock(), len(ids), ids=ids)
