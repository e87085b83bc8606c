"""Batches: many of a workspace's assets changed or deleted by one request.

Law: the rows are one transaction, the bytes go after it, and what is not the caller's is as if it were not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calotype.domain.assets import ID, Asset
from calotype.domain.workspaces import Ability
from calotype.errors import Invalid, NotFound, Refused
from calotype.ports import AssetQuery, NamespaceTotal, Platform
from calotype.services.access import Caller
from calotype.services.completion import to_its_end
from calotype.services.library import Change, drop_bytes

NAMESPACE_MAX = 1000
"""Assets of a namespace that one request deletes; whoever wants more asks again."""

DROPS_AT_ONCE = 8
"""Assets whose bytes are deleted side by side: a remote store answers slowly, but takes many."""


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
    """Delete *caller*'s own assets among *asset_ids*, rows first; answer how many those were.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
    """
    return await to_its_end(_delete(platform, _chosen(platform, caller, asset_ids)))


async def delete_namespace(platform: Platform, caller: Caller, namespace: str) -> int:
    """Delete the newest 1,000 of *caller*'s own assets in *namespace*; answer how many there were.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
    """
    caller.need(Ability.WRITE)
    query = AssetQuery(caller.workspace.id, platform.clock(), NAMESPACE_MAX, namespace=namespace)
    return await to_its_end(_delete(platform, query))


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


async def _delete(platform: Platform, query: AssetQuery) -> int:
    gone = await platform.catalog.delete_assets(query)
    places = asyncio.Semaphore(DROPS_AT_ONCE)

    async def drop(asset: Asset) -> None:
        async with places:
            await drop_bytes(platform, asset)

    async with asyncio.TaskGroup() as drops:
        for asset in gone:
            drops.create_task(drop(asset))
    return len(gone)
