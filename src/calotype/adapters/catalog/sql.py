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
        async with self._database.write() as connection:
            return await workspaces.add(connection, workspace)

    async def workspace(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id."""
        async with self._database.read() as connection:
            return await workspaces.find(connection, schema.workspaces.c.id == workspace_id)

    async def workspace_by_slug(self, slug: str) -> Workspace | None:
        """Find a workspace by slug."""
        async with self._database.read() as connection:
            return await workspaces.find(connection, schema.workspaces.c.slug == slug)

    async def workspaces(self) -> Sequence[Workspace]:
        """List all, oldest first."""
        async with self._database.read() as connection:
            return await workspaces.listed(connection)

    async def update_workspace(
        self, workspace_id: str, change: Callable[[Workspace], Workspace]
    ) -> Workspace | None:
        """Store what *change* makes of its policies; None when there is no such workspace."""
        async with self._database.write() as connection:
            return await workspaces.change(connection, workspace_id, change)

    async def set_transformation(self, named: NamedTransformation) -> None:
        """Add it, or give its name a new value."""
        async with self._database.write() as connection:
            await transformations.store(connection, named)

    async def remove_transformation(self, workspace_id: str, name: str) -> bool:
        """Remove it; False when there is none of that name."""
        async with self._database.write() as connection:
            return await transformations.remove(connection, workspace_id, name)

    async def transformations(self, workspace_id: str) -> Sequence[NamedTransformation]:
        """List a workspace's, by name."""
        async with self._database.read() as connection:
            return await transformations.listed(connection, workspace_id)

    async def transformation(self, workspace_id: str, name: str) -> NamedTransformation | None:
        """Find one by its name."""
        async with self._database.read() as connection:
            return await transformations.find(connection, workspace_id, name)

    async def add_key(self, key: Key) -> None:
        """Add a key."""
        async with self._database.write() as connection:
            await keys.add(connection, key)

    async def keys(self, workspace_id: str | None = None) -> Sequence[Key]:
        """List keys, revoked ones too, oldest first."""
        where = () if workspace_id is None else (schema.keys.c.workspace_id == workspace_id,)
        async with self._database.read() as connection:
            return await keys.find(connection, *where)

    async def keys_by_lookup(self, lookup: str) -> Sequence[Key]:
        """Find the active keys that start with *lookup*."""
        where = (schema.keys.c.lookup == lookup, schema.keys.c.revoked_at.is_(None))
        async with self._database.read() as connection:
            return await keys.find(connection, *where)

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is no such active key."""
        async with self._database.write() as connection:
            return await keys.revoke(connection, key_id, at)

    async def add_asset(self, asset: Asset, clock: Clock, quota: Quota = NO_QUOTA) -> Asset:
        """Add the asset as of now."""
        async with self._database.write() as connection:
            return await assets.add(connection, asset, clock, quota)

    async def asset(self, asset_id: str, now: datetime) -> Asset | None:
        """Find a living asset in any workspace."""
        row = await self._database.first(assets.BY_ID, {"id": asset_id, "now": now})
        return None if row is None else assets.asset_of(row)

    async def asset_by_external_id(self, workspace_id: str, external_id: str, now: datetime) -> Asset | None:
        """Find a workspace's living asset by the id that its owner gave it."""
        table = schema.assets.c
        where = (table.workspace_id == workspace_id, table.external_id == external_id)
        async with self._database.read() as connection:
            return await assets.find(connection, now, *where)

    async def asset_by_path(
        self, workspace_id: str, folder: str, file_name: str, now: datetime
    ) -> Asset | None:
        """Find a workspace's living asset by where it is."""
        place = {"workspace_id": workspace_id, "folder": folder, "file_name": file_name}
        row = await self._database.first(assets.BY_PATH, {**place, "now": now})
        return None if row is None else assets.asset_of(row)

    async def assets(self, query: AssetQuery) -> Sequence[Asset]:
        """List one page, newest first."""
        async with self._database.read() as connection:
            return await assets.listed(connection, query)

    async def created_at(self, workspace_id: str, asset_id: str) -> datetime | None:
        """Say when an asset was made: a living one, or one that is gone not long ago."""
        async with self._database.read() as connection:
            return await assets.created_at(connection, workspace_id, asset_id)

    async def update_asset(
        self, workspace_id: str, asset_id: str, change: Callable[[Asset], Asset], clock: Clock
    ) -> Asset | None:
        """Store what *change* makes of the asset; None when there is no such living asset."""
        async with self._database.write() as connection:
            return await assets.change(connection, workspace_id, asset_id, change, clock)

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
        async with self._database.write() as connection:
            return await batches.change(connection, query, change, clock)

    async def delete_assets(self, query: AssetQuery, entailed: Entailed = nothing_more) -> Sequence[Asset]:
        """Delete the assets that *query* chooses, and answer what they were."""
        async with self._database.write() as connection:
            return await batches.remove(connection, query, self._database.outbox, entailed)

    async def namespaces(
        self, workspace_id: str, now: datetime, limit: int, offset: int
    ) -> Sequence[NamespaceTotal]:
        """Count what each namespace holds, the largest first."""
        async with self._database.read() as connection:
            return await namespaces.page(connection, workspace_id, now, limit, offset)

    async def version_ids(self, after: str = "", limit: int = 1000) -> Sequence[tuple[str, str]]:
        """Page through (workspace id, version id), by version id."""
        async with self._database.read() as connection:
            return await versions.ids(connection, after, limit)

    async def versions_under(
        self, workspace_id: str, path_start: str, after: str = "", limit: int = 1000
    ) -> Sequence[tuple[str, str]]:
        """Page through (asset id, version id) of the assets whose path begins so, by asset id."""
        async with self._database.read() as connection:
            return await versions.under(connection, workspace_id, path_start, after, limit)

    async def known_versions(self, version_ids: Sequence[str]) -> frozenset[str]:
        """Say which of *version_ids* have a row."""
        async with self._database.read() as connection:
            return await versions.known(connection, version_ids)

    async def measured(self, version_id: str) -> Mapping[str, tuple[int, ...]]:
        """Read what was measured of a version."""
        async with self._database.read() as connection:
            return await measurements.of(connection, version_id)

    async def remember_measure(self, version_id: str, key: str, values: Sequence[int]) -> None:
        """Keep a measurement of a version that is there."""
        async with self._database.write() as connection:
            await measurements.remember(connection, version_id, key, values)

    async def spend_variant(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """Note the use of a variant; False when it would be one more than *limit* that day."""
        if await self._uses.spend(asset_id, day, key, limit):
            return True
        async with (
            self._database.read() as connection
        ):  # the dead spend nothing, and not every count knows them
            return not await assets.exists(connection, asset_id)

    async def record_crash(self, subject: str, at: datetime) -> int:
        """Count a crash; answer the total."""
        async with self._database.write() as connection:
            return await quarantine.record_crash(connection, subject, at)

    async def quarantine(self, subject: str, until: datetime | None) -> None:
        """Set *subject* aside until then; None: for good."""
        async with self._database.write() as connection:
            await quarantine.set_aside(connection, subject, until)

    async def quarantines(self, now: datetime) -> Mapping[str, datetime | None]:
        """List what is set aside."""
        async with self._database.read() as connection:
            return await quarantine.current(connection, now)

    async def count(self, bucket: str, window_start: datetime, window_s: int, amount: int = 1) -> int:
        """Add *amount* to a window's counter; answer its new value."""
        async with self._database.write() as connection:
            return await counters.count(connection, bucket, window_start, window_s, amount)

    async def announce(self, workspace_id: str, asset_ids: Sequence[str], kind: str) -> None:
        """Append one event for each asset."""
        async with self._database.write() as connection:
            await events.append_each(connection, workspace_id, kind, asset_ids)

    async def last_event(self) -> int:
        """Number of the newest event; 0 when there is none."""
        async with self._database.read() as connection:
            return await events.last(connection)

    async def events_after(self, number: int, limit: int = 1000) -> Sequence[Event]:
        """List events newer than *number*, oldest first; a first one that is not the next: some were forgotten."""
        async with self._database.read() as connection:
            return await events.after(connection, number, limit)

    def changed(self) -> bool:
        """Say, without waiting, whether anything was committed since the last call."""
        return self._database.watch.changed()

    async def ping(self) -> None:
        """Prove that the database answers."""
        async with self._database.read() as connection:
            await connection.execute(select(1))

    async def close(self) -> None:
        """Close every connection."""
        await self._uses.close()
        await self._database.close()
