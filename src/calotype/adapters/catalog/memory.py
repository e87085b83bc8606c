"""The catalog in memory: for tests, and for trying things out. It forgets everything when the process ends.

Law: no method awaits, so each is as indivisible as a transaction.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from calotype.adapters.catalog.events import KEPT
from calotype.adapters.catalog.measurements import KEPT as MEASURES_KEPT
from calotype.adapters.catalog.memory_usage import MemoryMeter
from calotype.adapters.catalog.outcome import added, outcome, workspace_outcome
from calotype.adapters.catalog.schema import MICROSECOND
from calotype.adapters.jobs.memory import MemoryJobs
from calotype.domain.assets import Asset, Moderation
from calotype.domain.pictures import enlargement
from calotype.domain.plans import NO_QUOTA, Quota
from calotype.domain.workspaces import Key, NamedTransformation, Workspace
from calotype.errors import ExternalIdTaken, NotFound, PathTaken, StorageFailed
from calotype.ports import AssetQuery, Clock, Entailed, Event, NamespaceTotal
from calotype.ports.catalog import nothing_more


class MemoryCatalog:
    """The rows in dicts. What each method means stands at the port, `calotype.ports.Catalog`."""

    def __init__(self) -> None:
        self.jobs = MemoryJobs()
        self._workspaces: dict[str, Workspace] = {}
        self._newest_at: dict[str, datetime] = {}
        self._keys: dict[str, Key] = {}
        self._assets: dict[str, Asset] = {}
        self._transformations: dict[tuple[str, str], NamedTransformation] = {}
        self._measured: dict[str, dict[str, tuple[int, ...]]] = {}
        self._variant_uses: dict[tuple[str, date], set[str]] = {}
        self._crashes: Counter[str] = Counter()
        self._quarantine: dict[str, datetime | None] = {}
        self._counters: dict[tuple[str, datetime, int], int] = {}
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._tombstones: dict[tuple[str, str], datetime] = {}
        self._changed = False
        self.meter = MemoryMeter(self._assets)

    async def add_workspace(self, workspace: Workspace) -> bool:
        """Add it; False when its id, slug or storage segment is taken."""
        taken = {
            word for other in self._workspaces.values() for word in (other.id, other.slug, other.storage)
        }
        if taken & {workspace.id, workspace.slug, workspace.storage}:
            return False
        self._workspaces[workspace.id] = workspace
        self._happened(workspace.id, "workspace.added")
        return True

    async def workspace(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id."""
        return self._workspaces.get(workspace_id)

    async def workspace_by_slug(self, slug: str) -> Workspace | None:
        """Find a workspace by slug."""
        return next((each for each in self._workspaces.values() if each.slug == slug), None)

    async def workspaces(self) -> Sequence[Workspace]:
        """List all, oldest first."""
        return sorted(self._workspaces.values(), key=lambda each: (each.created_at, each.id))

    async def update_workspace(
        self, workspace_id: str, change: Callable[[Workspace], Workspace]
    ) -> Workspace | None:
        """Store what *change* makes of its policies; None when there is no such workspace."""
        before = self._workspaces.get(workspace_id)
        if before is None:
            return None
        self._workspaces[workspace_id] = after = workspace_outcome(before, change)
        self._happened(workspace_id, "workspace.updated")
        return after

    async def set_transformation(self, named: NamedTransformation) -> None:
        """Add it, or give its name a new value."""
        place = (named.workspace_id, named.name)
        first = self._transformations.get(place, named)
        self._transformations[place] = replace(named, created_at=first.created_at)
        self._happened(named.workspace_id, "transformation.changed")

    async def remove_transformation(self, workspace_id: str, name: str) -> bool:
        """Remove it; False when there is none of that name."""
        if self._transformations.pop((workspace_id, name), None) is None:
            return False
        self._happened(workspace_id, "transformation.changed")
        return True

    async def transformations(self, workspace_id: str) -> Sequence[NamedTransformation]:
        """List a workspace's, by name."""
        return [each for (owner, _), each in sorted(self._transformations.items()) if owner == workspace_id]

    async def transformation(self, workspace_id: str, name: str) -> NamedTransformation | None:
        """Find one by its name."""
        return self._transformations.get((workspace_id, name))

    async def add_key(self, key: Key) -> None:
        """Add a key."""
        self._keys[key.id] = key
        self._happened(key.workspace_id, "key.added")

    async def keys(self, workspace_id: str | None = None) -> Sequence[Key]:
        """List keys, revoked ones too, oldest first."""
        found = [key for key in self._keys.values() if workspace_id in {None, key.workspace_id}]
        return sorted(found, key=lambda key: (key.created_at, key.id))

    async def keys_by_lookup(self, lookup: str) -> Sequence[Key]:
        """Find the active keys that start with *lookup*."""
        return [key for key in await self.keys() if key.lookup == lookup and key.revoked_at is None]

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is no such active key."""
        key = self._keys.get(key_id)
        if key is None or key.revoked_at is not None:
            return False
        self._keys[key_id] = replace(key, revoked_at=at)
        self._happened(key.workspace_id, "key.revoked")
        return True

    async def add_asset(self, asset: Asset, clock: Clock, quota: Quota = NO_QUOTA) -> Asset:
        """Add the asset as of now."""
        if asset.workspace_id not in self._workspaces:
            raise NotFound("No such workspace.")
        if asset.id in self._assets:
            raise StorageFailed("The database refused the change.")
        newest = self._newest_at.get(asset.workspace_id)
        now = clock() if newest is None else max(clock(), newest + MICROSECOND)
        new = added(asset, now, verified=self._workspaces[asset.workspace_id].verified)
        self._free_path(new, now)
        self._free_external_id(new, now)
        self.meter.reserve(asset.workspace_id, asset.version.size, now, quota)
        self._newest_at[asset.workspace_id] = now
        self._assets[new.id] = new
        self._happened(new.workspace_id, "asset.added", new.id)
        return new

    async def asset(self, asset_id: str, now: datetime) -> Asset | None:
        """Find a living asset in any workspace."""
        asset = self._assets.get(asset_id)
        return None if asset is None or asset.expired(now) else asset

    async def asset_by_external_id(self, workspace_id: str, external_id: str, now: datetime) -> Asset | None:
        """Find a workspace's living asset by the id that its owner gave it."""
        living = (asset for asset in self._of(workspace_id) if not asset.expired(now))
        return next((asset for asset in living if asset.external_id == external_id), None)

    async def asset_by_path(
        self, workspace_id: str, folder: str, file_name: str, now: datetime
    ) -> Asset | None:
        """Find a workspace's living asset by where it is."""
        living = (asset for asset in self._of(workspace_id) if not asset.expired(now))
        return next(
            (asset for asset in living if (asset.folder, asset.file_name) == (folder, file_name)), None
        )

    async def assets(self, query: AssetQuery) -> Sequence[Asset]:
        """List one page, newest first."""
        found = [asset for asset in self._of(query.workspace_id) if _matches(asset, query)]
        found.sort(key=_position, reverse=True)
        return found[: query.limit] if query.above is None else found[-query.limit :]

    async def created_at(self, workspace_id: str, asset_id: str) -> datetime | None:
        """Say when an asset was made: a living one, or one that is gone."""
        asset = self._assets.get(asset_id)
        if asset is not None and asset.workspace_id == workspace_id:
            return asset.created_at
        return self._tombstones.get((workspace_id, asset_id))

    async def update_asset(
        self, workspace_id: str, asset_id: str, change: Callable[[Asset], Asset], clock: Clock
    ) -> Asset | None:
        """Store what *change* makes of the asset; None when there is no such living asset."""
        now = clock()
        before = await self.asset(asset_id, now)
        if before is None or before.workspace_id != workspace_id:
            return None
        return self._store(outcome(before, change(before), now), now)

    async def update_assets(
        self, query: AssetQuery, change: Callable[[Asset], Asset | None], clock: Clock
    ) -> Sequence[Asset]:
        """Store what *change* makes of the assets that *query* chooses."""
        now = clock()
        wanted = [(before, change(before)) for before in await self.assets(query)]
        return [
            self._store(outcome(before, after, now), now) for before, after in wanted if after is not None
        ]

    def keep_provisional(self, workspace_id: str, now: datetime) -> None:
        """Let stay for good what would expire only because the workspace was not verified."""
        for asset in list(self._assets.values()):
            if asset.workspace_id == workspace_id and asset.provisional and not asset.expired(now):
                self._assets[asset.id] = replace(asset, expires_at=None, provisional=False)
                self._happened(workspace_id, "asset.updated", asset.id)

    async def delete_asset(
        self, workspace_id: str, asset_id: str, now: datetime, entailed: Entailed = nothing_more
    ) -> Asset | None:
        """Delete the asset and answer what it was; None when there is no such living asset, or it is held."""
        gone = await self.delete_assets(AssetQuery(workspace_id, now, ids=(asset_id,)), entailed)
        return gone[0] if gone else None

    async def delete_assets(self, query: AssetQuery, entailed: Entailed = nothing_more) -> Sequence[Asset]:
        """Delete the assets that *query* chooses, and answer what they were."""
        gone = [asset for asset in await self.assets(query) if not asset.moderation]
        self._remove(gone, entailed)
        return gone

    async def remove_expired(self, now: datetime, limit: int, entailed: Entailed) -> Sequence[Asset]:
        """Delete those whose time came first; see `calotype.ports.Expiry`."""
        over = [
            each
            for each in self._assets.values()
            if each.expired(now) and each.moderation is not Moderation.LOCKED
        ]
        over.sort(key=lambda asset: (asset.expires_at or now, asset.id))
        self._remove(over[:limit], entailed)
        return over[:limit]

    def _remove(self, gone: Sequence[Asset], entailed: Entailed) -> None:
        for asset in gone:
            self._delete(asset)
        for job in entailed(gone):
            self.jobs.add(job)

    async def namespaces(
        self, workspace_id: str, now: datetime, limit: int, offset: int
    ) -> Sequence[NamespaceTotal]:
        """Count what each namespace holds, the largest first."""
        sizes: dict[str, list[int]] = {}
        for asset in self._of(workspace_id):
            if asset.namespace is not None and not asset.expired(now):
                sizes.setdefault(asset.namespace, []).append(asset.version.size)
        totals = [NamespaceTotal(name, len(each), sum(each)) for name, each in sizes.items()]
        totals.sort(key=lambda total: (-total.count, total.namespace))
        return totals[offset : offset + limit]

    def _store(self, after: Asset, now: datetime) -> Asset:
        self._free_path(after, now)
        self._free_external_id(after, now)
        self._assets[after.id] = after
        self._happened(after.workspace_id, "asset.updated", after.id)
        return after

    def _delete(self, asset: Asset) -> None:
        del self._assets[asset.id]
        self._tombstones[asset.workspace_id, asset.id] = asset.created_at
        self._measured.pop(asset.version.id, None)
        for spent in [spent for spent in self._variant_uses if spent[0] == asset.id]:
            del self._variant_uses[spent]
        for subject in (asset.version.id, enlargement(asset.version.id)):
            self._crashes.pop(subject, None)
            self._quarantine.pop(subject, None)
        self._happened(asset.workspace_id, "asset.deleted", asset.id)

    async def version_ids(self, after: str = "", limit: int = 1000) -> Sequence[tuple[str, str]]:
        """Page through (workspace id, version id), by version id."""
        found = ((asset.version.id, asset.workspace_id) for asset in self._assets.values())
        return [(workspace, version) for version, workspace in sorted(found) if version > after][:limit]

    async def versions_under(
        self, workspace_id: str, path_start: str, after: str = "", limit: int = 1000
    ) -> Sequence[tuple[str, str]]:
        """Page through (asset id, version id) of the assets whose path begins so, by asset id."""
        there = (
            asset
            for asset in self._of(workspace_id)
            if (asset.folder + asset.file_name).startswith(path_start)
        )
        return sorted((asset.id, asset.version.id) for asset in there if asset.id > after)[:limit]

    async def known_versions(self, version_ids: Sequence[str]) -> frozenset[str]:
        """Say which of *version_ids* have a row."""
        return frozenset(version_ids) & {asset.version.id for asset in self._assets.values()}

    async def measured(self, version_id: str) -> Mapping[str, tuple[int, ...]]:
        """Read what was measured of a version."""
        return dict(self._measured.get(version_id, {}))

    async def remember_measure(self, version_id: str, key: str, values: Sequence[int]) -> None:
        """Keep a measurement of a version that is there."""
        measured = self._measured.get(version_id, {})
        if len(measured) < MEASURES_KEPT and await self.known_versions((version_id,)):
            self._measured[version_id] = {**measured, key: tuple(values)}

    async def spend_variant(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """Note the use of a variant; False when it would be one more than *limit* that day."""
        if asset_id not in self._assets:
            return True
        self._variant_uses = {spent: keys for spent, keys in self._variant_uses.items() if spent[1] >= day}
        used = self._variant_uses.setdefault((asset_id, day), set())
        if key not in used and len(used) >= limit:
            return False
        used.add(key)
        return True

    async def variants_spent(self, asset_id: str, day: date) -> int:
        """Count the variants that were noted that day."""
        return len(self._variant_uses.get((asset_id, day), ()))

    async def record_crash(self, subject: str, at: datetime) -> int:  # noqa: ARG002 - the row keeps it, memory does not
        """Count a failure; answer the total."""
        self._crashes[subject] += 1
        return self._crashes[subject]

    async def quarantine(self, subject: str, until: datetime | None) -> None:
        """Set *subject* aside until then; None: for good."""
        self._quarantine[subject] = until
        self._happened("", "quarantine.added")

    async def quarantines(self, now: datetime) -> Mapping[str, datetime | None]:
        """List what is set aside."""
        return {subject: until for subject, until in self._quarantine.items() if until is None or until > now}

    async def count(self, bucket: str, window_start: datetime, window_s: int, amount: int = 1) -> int:
        """Add *amount* to a window's counter; answer its new value."""
        window = (bucket, window_start, window_s)
        if window not in self._counters:
            self._sweep(window_start)
        self._counters[window] = self._counters.get(window, 0) + amount
        return self._counters[window]

    async def announce(self, workspace_id: str, asset_ids: Sequence[str], kind: str) -> None:
        """Append one event for each asset."""
        for asset_id in asset_ids:
            self._happened(workspace_id, kind, asset_id)

    async def last_event(self) -> int:
        """Number of the newest event; 0 when there is none."""
        return self._events[-1].number if self._events else 0

    async def events_after(self, number: int, limit: int = 1000) -> Sequence[Event]:
        """List events newer than *number*, oldest first."""
        return [event for event in self._events if event.number > number][:limit]

    def changed(self) -> bool:
        """Say whether anything was changed since the last call."""
        changed, self._changed = self._changed, False
        return changed

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        """Nothing to release."""

    def _of(self, workspace_id: str) -> Iterator[Asset]:
        return (asset for asset in self._assets.values() if asset.workspace_id == workspace_id)

    def _happened(self, workspace_id: str, kind: str, asset_id: str = "") -> None:
        number = self._events[-1].number + 1 if self._events else 1
        self._events.append(Event(number, workspace_id, asset_id, kind))
        self._changed = True

    def _free_path(self, asset: Asset, now: datetime) -> None:
        """Take the path from an expired holder.

        Raises:
            PathTaken: the holder is alive.
        """
        for holder in list(self._of(asset.workspace_id)):
            if holder.id == asset.id or holder.path != asset.path:
                continue
            if not holder.expired(now):
                raise PathTaken
            self._assets[holder.id] = replace(holder, folder="", file_name=holder.id)

    def _free_external_id(self, asset: Asset, now: datetime) -> None:
        """Take the external id from an expired holder.

        Raises:
            ExternalIdTaken: the holder is alive.
        """
        if asset.external_id is None:
            return
        for holder in list(self._of(asset.workspace_id)):
            if holder.id == asset.id or holder.external_id != asset.external_id:
                continue
            if not holder.expired(now):
                raise ExternalIdTaken
            self._assets[holder.id] = replace(holder, external_id=None)

    def _sweep(self, before: datetime) -> None:
        """Forget the windows that ended before *before*."""
        for bucket, start, length in list(self._counters):
            if start + timedelta(seconds=length) <= before:
                del self._counters[bucket, start, length]


def _position(asset: Asset) -> tuple[datetime, str]:
    return asset.created_at, asset.id


def _matches(asset: Asset, query: AssetQuery) -> bool:
    combine = all if query.all_tags else any
    return (
        not asset.expired(query.now)
        and (query.after is None or _position(asset) < query.after)
        and (query.above is None or _position(asset) > query.above)
        and query.namespace in {None, asset.namespace}
        and (not query.tags or combine(tag in asset.tags for tag in query.tags))
        and all(asset.labels.get(key) == value for key, value in query.labels)
        and (query.ids is None or asset.id in query.ids)
    )
