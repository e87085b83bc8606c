"""The catalog in SQL: each method is one transaction, spelled out in the file of its subject.

One implementation for SQLite and PostgreSQL; what differs is in `engines`, `watches`, `upserts` and one lock in
`events`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from calotype.adapters.catalog import (
    assets,
    batches,
    counters,
    events,
    keys,
    measurements,
    namespaces,
    quarantine,
    schema,
    transformations,
    versions,
    workspaces,
)
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.variant_uses import VariantUses
from calotype.domain.assets import Asset
from calotype.domain.plans import NO_QUOTA, Quota
from calotype.domain.workspaces import Key, NamedTransformation, Workspace
from calotype.ports import AssetQuery, Clock, Entailed, Event, NamespaceTotal
from calotype.ports.catalog import nothing_more


class SqlCatalog:
    """The rows in a database. What each method means stands at the port, `calotype.ports.Catalog`."""

    def __init__(self, database: Database, uses: VariantUses) -> None:
        self._database = database
        self._uses = uses

    async def add_workspace(self, workspace: Workspace) -> bool:
        """Add it; False when its slug or storage segment is taken."""
        return await self._database.write(workspaces.add, workspace)

    async def workspace(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id."""
        row = await self._database.first(workspaces.BY_ID, {"id": workspace_id})
        return None if row is None else workspaces.workspace_of(row)

    async def workspace_by_slug(self, slug: str) -> Workspace | None:
        """Find a workspace by slug."""
        row = await self._database.first(workspaces.BY_SLUG, {"slug": slug})
        return None if row is None else workspaces.workspace_of(row)

    async def workspaces(self) -> Sequence[Workspace]:
        """List all, oldest first."""
        return await self._database.read(workspaces.listed)

    async def update_workspace(
        self, workspace_id: str, change: Callable[[Workspace], Workspace]
    ) -> Workspace | None:
        """Store what *change* makes of its policies; None when there is no such workspace."""
        return await self._database.write(workspaces.change, workspace_id, change)

    async def set_transformation(self, named: NamedTransformation) -> None:
        """Add it, or give its name a new value."""
        await self._database.write(transformations.store, named)

    async def remove_transformation(self, workspace_id: str, name: str) -> bool:
        """Remove it; False when there is none of that name."""
        return await self._database.write(transformations.remove, workspace_id, name)

    async def transformations(self, workspace_id: str) -> Sequence[NamedTransformation]:
        """List a workspace's, by name."""
        return await self._database.read(transformations.listed, workspace_id)

    async def transformation(self, workspace_id: str, name: str) -> NamedTransformation | None:
        """Find one by its name."""
        return await self._database.read(transformations.find, workspace_id, name)

    async def add_key(self, key: Key) -> None:
        """Add a key."""
        await self._database.write(keys.add, key)

    async def keys(self, workspace_id: str | None = None) -> Sequence[Key]:
        """List keys, revoked ones too, oldest first."""
        where = () if workspace_id is None else (schema.keys.c.workspace_id == workspace_id,)
        return await self._database.read(keys.find, *where)

    async def keys_by_lookup(self, lookup: str) -> Sequence[Key]:
        """Find the active keys that start with *lookup*."""
        found = await self._database.look_up(keys.BY_LOOKUP, {"lookup": lookup})
        return [keys.key_of(row) for row in found]

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is no such active key."""
        return await self._database.write(keys.revoke, key_id, at)

    async def add_asset(self, asset: Asset, clock: Clock, quota: Quota = NO_QUOTA) -> Asset:
        """Add the asset as of now."""
        return await self._database.write(assets.add, asset, clock, quota)

    async def asset(self, asset_id: str, now: datetime) -> Asset | None:
        """Find a living asset in any workspace."""
        row = await self._database.first(assets.BY_ID, {"id": asset_id, "now": now})
        return None if row is None else assets.asset_of(row)

    async def asset_by_external_id(self, workspace_id: str, external_id: str, now: datetime) -> Asset | None:
        """Find a workspace's living asset by the id that its owner gave it."""
        table = schema.assets.c
        where = (table.workspace_id == workspace_id, table.external_id == external_id)
        return await self._database.read(assets.find, now, *where)

    async def asset_by_path(
        self, workspace_id: str, folder: str, file_name: str, now: datetime
    ) -> Asset | None:
        """Find a workspace's living asset by where it is."""
        place = {"workspace_id": workspace_id, "folder": folder, "file_name": file_name}
        row = await self._database.first(assets.BY_PATH, {**place, "now": now})
        return None if row is None else assets.asset_of(row)

    async def assets(self, query: AssetQuery) -> Sequence[Asset]:
        """List one page, newest first."""
        return await self._database.read(assets.listed, query)

    async def created_at(self, workspace_id: str, asset_id: str) -> datetime | None:
        """Say when an asset was made: a living one, or one that is gone not long ago."""
        return await self._database.read(assets.created_at, workspace_id, asset_id)

    async def update_asset(
        self, workspace_id: str, asset_id: str, change: Callable[[Asset], Asset], clock: Clock
    ) -> Asset | None:
        """Store what *change* makes of the asset; None when there is no such living asset."""
        return await self._database.write(assets.change, workspace_id, asset_id, change, clock)

    async def delete_asset(
        self, workspace_id: str, asset_id: str, now: datetime, entailed: Entailed = nothing_more
    ) -> Asset | None:
        """Delete the asset and answer what it was; None when there is no such living asset, or it is held."""
        gone = await self.delete_assets(AssetQuery(workspace_id, now, ids=(asset_id,)), entailed)
        return gone[0] if gone else None

    async def update_assets(
        self, query: AssetQuery, change: Callable[[Asset], Asset | None], clock: Clock
    ) -> Sequence[Asset]:
        """Store what *change* makes of the assets that *query* chooses."""
        return await self._database.write(batches.change, query, change, clock)

    async def delete_assets(self, query: AssetQuery, entailed: Entailed = nothing_more) -> Sequence[Asset]:
        """Delete the assets that *query* chooses, and answer what they were."""
        return await self._database.write(batches.remove, query, self._database.outbox, entailed)

    async def namespaces(
        self, workspace_id: str, now: datetime, limit: int, offset: int
    ) -> Sequence[NamespaceTotal]:
        """Count what each namespace holds, the largest first."""
        return await self._database.read(namespaces.page, workspace_id, now, limit, offset)

    async def version_ids(self, after: str = "", limit: int = 1000) -> Sequence[tuple[str, str]]:
        """Page through (workspace id, version id), by version id."""
        return await self._database.read(versions.ids, after, limit)

    async def versions_under(
        self, workspace_id: str, path_start: str, after: str = "", limit: int = 1000
    ) -> Sequence[tuple[str, str]]:
        """Page through (asset id, version id) of the assets whose path begins so, by asset id."""
        return await self._database.read(versions.under, workspace_id, path_start, after, limit)

    async def known_versions(self, version_ids: Sequence[str]) -> frozenset[str]:
        """Say which of *version_ids* have a row."""
        return await self._database.read(versions.known, version_ids)

    async def measured(self, version_id: str) -> Mapping[str, tuple[int, ...]]:
        """Read what was measured of a version."""
        return await self._database.read(measurements.of, version_id)

    async def remember_measure(self, version_id: str, key: str, values: Sequence[int]) -> None:
        """Keep a measurement of a version that is there."""
        await self._database.write(measurements.remember, version_id, key, values)

    async def spend_variant(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """Note the use of a variant; False when it would be one more than *limit* that day."""
        if await self._uses.spend(asset_id, day, key, limit):
            return True
        # The dead spend nothing, and not every count knows them.
        return not await self._database.read(assets.exists, asset_id)

    async def variants_spent(self, asset_id: str, day: date) -> int:
        """Count the variants that were noted that day."""
        return await self._uses.spent(asset_id, day)

    async def record_crash(self, subject: str, at: datetime) -> int:
        """Count a failure; answer the total."""
        return await self._database.write(quarantine.record_crash, subject, at)

    async def quarantine(self, subject: str, until: datetime | None) -> None:
        """Set *subject* aside until then; None: for good."""
        await self._database.write(quarantine.set_aside, subject, until)

    async def quarantines(self, now: datetime) -> Mapping[str, datetime | None]:
        """List what is set aside."""
        return await self._database.read(quarantine.current, now)

    async def count(self, bucket: str, window_start: datetime, window_s: int, amount: int = 1) -> int:
        """Add *amount* to a window's counter; answer its new value."""
        return await self._database.write(counters.count, bucket, window_start, window_s, amount)

    async def announce(self, workspace_id: str, asset_ids: Sequence[str], kind: str) -> None:
        """Append one event for each asset."""
        await self._database.write(events.append_each, workspace_id, kind, asset_ids)

    async def last_event(self) -> int:
        """Number of the newest event; 0 when there is none."""
        return await self._database.read(events.last)

    async def events_after(self, number: int, limit: int = 1000) -> Sequence[Event]:
        """List events newer than *number*, oldest first; a first one that is not the next: some were forgotten."""
        found = await self._database.look_up(events.AFTER, {"number": number, "limit": limit})
        return [Event(**row) for row in found]

    def changed(self) -> bool:
        """Say, without waiting, whether anything was committed since the last call."""
        return self._database.watch.changed()

    async def ping(self) -> None:
        """Prove that the database answers."""
        await self._database.rows(select(1))

    async def close(self) -> None:
        """Close every connection."""
        await self._uses.close()
        await self._database.close()
