"""Delivery: the bytes of a variant from the nearest tier, made once when no tier has them.

Local disk cache -> remote blob store -> one flight -> render. The tier in memory is the HTTP door's,
which holds whole responses (`web/delivery.py`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from calotype.domain.assets import Asset, blob_prefix
from calotype.domain.moderation import check_served
from calotype.domain.negotiation import Accept
from calotype.domain.pictures import Picture
from calotype.domain.planning import Limit, Original, Plan, Target
from calotype.domain.terms import Terms
from calotype.domain.transformations import Transformation
from calotype.domain.visibility import OPEN_BY_ID
from calotype.errors import NotFound, RenderFailed, StorageFailed, UnnamedRefused
from calotype.ports import Event, Platform, Sources
from calotype.services.flights import Flights, alone
from calotype.services.mezzanines import Mezzanines
from calotype.services.planner import Planner
from calotype.services.purging import PURGED
from calotype.services.quarantine import Quarantine
from calotype.services.rows import Rows
from calotype.services.variant_budget import budget_of, spend, told

log = structlog.get_logger(__name__)

PAGE = 1000
"""Ids that the catalog is asked about at once."""


class TierObserver(Protocol):
    """Counts where bytes came from."""

    def tier(self, name: str) -> None:
        """Count one answer from the tier *name*: disk, blob or render."""


class Delivery:
    """Finds what a URL names, and gets its bytes."""

    def __init__(self, platform: Platform, observer: TierObserver) -> None:
        """Keep rows and flights of this process; everything else is *platform*'s."""
        self._platform = platform
        self._observer = observer
        self._flights = Flights()
        self._mezzanines = Mezzanines(platform.jobs)
        self._dropped: list[str] = []
        self._purged: list[str] = []
        self._missed = True
        """Whether deletions may have gone unheard: before the start, or in events that were pruned unread."""
        self.rows = Rows(platform.catalog)
        self._quarantine = Quarantine(platform.catalog, self.rows, platform.clock)
        self.planner = Planner(platform, self.rows, self.files, self._quarantine)
        self.rows.listen(self._on_event)

    def _on_event(self, event: Event | None) -> None:
        if event is None:
            self._missed = True
        elif event.kind == "asset.deleted":
            self._dropped.append(event.asset_id)
        elif event.kind == PURGED:
            self._purged.append(event.asset_id)

    async def follow(self) -> None:
        """Catch up with events when there are any, and drop what was deleted from the disk; call it every second."""
        if not self.rows.fresh():
            await self.rows.catch_up()
        if self._missed:
            self._dropped += await self._unknown()
            self._missed = False
        while self._dropped:
            await self._platform.cache.drop(self._dropped.pop())
        while self._purged:
            await self._platform.cache.drop_variants(self._purged.pop())

    async def _unknown(self) -> list[str]:
        """List what the disk holds of assets that the catalog no longer has (first versions bear their ids)."""
        held, known = await self._platform.cache.assets(), set[str]()
        for start in range(0, len(held), PAGE):
            known |= await self._platform.catalog.known_versions(held[start : start + PAGE])
        return [asset_id for asset_id in held if asset_id not in known]

    async def target(
        self,
        storage: str,
        asset_id: str,
        wish: Transformation,
        accepts: Callable[[Asset], bool],
        accept: Accept = Accept.NEITHER,
        *,
        owner: str = "",
        unnamed: bool = False,
    ) -> Target:
        """Find the asset that is open to everyone by *asset_id*, and plan *wish* for a client of class *accept*.

        *accepts* is the dialect's judgement whether the wish fits the asset at all. With the workspace *owner*, its
        own is found whatever the visibility, and nobody else's is. *unnamed* says that the wish is of the URL's own
        making: no signature vouches for it here, so a workspace that wants signatures or names refuses it.

        Raises:
            UnnamedRefused: the workspace makes signed or named transformations only.
            NotFound: no such asset for this door: unknown, expired, private, another storage, or not accepted.
            MediaBlocked: it is served to nobody.
            Refused: the plan was refused (see `planning.plan`).
        """
        asset = await self.rows.asset(asset_id, self._platform.clock())
        if asset is None or not accepts(asset) or owner not in {"", asset.workspace_id}:
            raise NotFound
        if asset.visibility not in OPEN_BY_ID and not owner:
            raise NotFound
        workspace = await self.rows.workspace(asset.workspace_id)
        if workspace is None or workspace.storage != storage:
            raise NotFound
        check_served(asset)
        if unnamed and not owner and (workspace.restrict_unsigned or workspace.restrict_unnamed):
            raise UnnamedRefused
        what = await self.planner.plan(asset, wish, workspace, accept)
        return Target(asset, what, Terms(max_age=workspace.max_age_s))

    async def tier_of(self, target: Target) -> str:
        """Name the tier below memory that has the bytes of *target* now: disk, blob or render (none has)."""
        asset, what = target.asset, target.what
        if isinstance(what, Original):
            return "blob"
        if self._platform.cache.get(asset.id, what.key) is not None:
            return "disk"
        remote = self._platform.blobs.remote and await self._platform.blobs.size(_variant(asset, what.key))
        return "blob" if remote else "render"

    async def budget(self, asset: Asset) -> Limit | None:
        """Say how much of the day's budget of new variants is spent; None: *asset* has none."""
        workspace = await self.rows.workspace(asset.workspace_id)
        return None if workspace is None else await told(self._platform, asset, workspace)

    async def bytes_of(self, target: Target) -> bytes | Path:
        """Give what is sent for *target*: a variant's bytes, or the file of an original.

        Raises:
            NotFound, Quarantined, RenderFailed, Busy: as `original` and `variant`.
        """
        if isinstance(target.what, Original):
            return await self.original(target.asset, target.what)
        return await self.variant(target.asset, target.what)

    async def original(self, asset: Asset, what: Original) -> Path:
        """Give the local file of an original: as stored, or its copy with GPS blanked, made on first demand.

        Raises:
            NotFound: its bytes are gone.
            RenderFailed, Busy: the copy could not be made.
        """
        stored = await self._file(asset, "original")
        if not what.blank_gps:
            return stored
        delivered = f"{blob_prefix(asset.workspace_id, asset.version.id)}delivered"
        async with self._platform.locks.hold(what.key):
            if await self._platform.blobs.size(delivered) is None:
                await self._blank(asset, stored, what, delivered)
                await self._forget_if_deleted(asset)
        return await self._file(asset, "delivered")

    async def _blank(self, asset: Asset, stored: Path, what: Original, delivered: str) -> None:
        with tempfile.TemporaryDirectory(dir=self._platform.scratch) as folder:
            copy = Path(folder) / "delivered"
            await self._platform.renderer.blank_gps(stored, what.format, copy, owner=asset.workspace_id)
            # Durable, though it could be made again: nothing checks it on reading, as the cache is checked.
            await self._platform.blobs.put(delivered, copy)

    async def variant(self, asset: Asset, what: Plan) -> bytes:
        """Give the bytes of a variant.

        Raises:
            Quarantined: decoding this version, or making this variant, failed before.
            VariantLimit: the asset had its share of new variants today.
            TooComplex: a vector takes too long, or too much, to be drawn so much larger than it is.
            RenderFailed, Busy: it could not be made now.
        """
        body = self._cached(asset, what)
        if body is not None:
            return body
        return await self._flights.join(what.key, lambda started: self._make(asset, what, started))

    def _cached(self, asset: Asset, what: Plan) -> bytes | None:
        body = self._platform.cache.get(asset.id, what.key)
        if body is not None:
            self._observer.tier("disk")
        return body

    async def _make(self, asset: Asset, what: Plan, started: Callable[[], None]) -> bytes:
        """Make a variant while holding its name, so that other processes wait instead of working too."""
        async with alone(self._platform.locks, what.key):
            body = self._cached(asset, what)
            if body is None:
                body = await self._stored(asset, what)
                if body is None:
                    body = await self._render(asset, what, started)
                    self._mezzanines.want(asset)
                await self._keep(asset, what.key, body)
        return body

    async def rendered(self, asset: Asset, what: Plan) -> bytes:
        """Render *what* of *asset* for who keeps it elsewhere: past the quarantine, but neither kept nor counted here.

        Raises:
            NotFound: something that it is made from was deleted meanwhile.
            Quarantined, RenderFailed, Busy: it could not be made now.
        """
        return await self._render(asset, what, lambda: None, counted=False)

    async def _render(
        self, asset: Asset, what: Plan, started: Callable[[], None], *, counted: bool = True
    ) -> bytes:
        renderer, catalog = self._platform.renderer, self._platform.catalog
        async with self._quarantine.guard(what.picture, what.key) as check:

            def begin() -> None:
                check()
                started()

            sources = await self.files(what.picture)
            if counted:
                await self._spend(asset, what)
            try:
                body = await renderer.render(what, sources, started=begin, owner=asset.workspace_id)
            except RenderFailed as error:
                if not await catalog.known_versions((asset.version.id,)):
                    raise NotFound from error  # deleted while it was being read: nobody's failure
                raise
        self._observer.tier("render")
        return body

    async def _spend(self, asset: Asset, what: Plan) -> None:
        workspace = await self.rows.workspace(asset.workspace_id)
        if workspace is not None:
            await spend(self._platform, asset, what.key, budget_of(workspace, self._platform.settings))

    async def files(self, picture: Picture) -> Sources:
        """Fetch what *picture* and its layers are made from.

        Raises:
            NotFound: some of it is gone.
        """
        platform = self._platform
        return {
            each.file: await platform.cache.file(
                each.kept_with,
                platform.blobs,
                f"{blob_prefix(each.workspace_id, each.version_id)}{each.source.value}",
            )
            for each in picture.files()
        }

    async def _file(self, asset: Asset, name: str) -> Path:
        key = f"{blob_prefix(asset.workspace_id, asset.version.id)}{name}"
        return await self._platform.cache.file(asset.id, self._platform.blobs, key)

    async def _stored(self, asset: Asset, what: Plan) -> bytes | None:
        """Look in the blob store, when it is remote and another machine may have put the variant there."""
        if not self._platform.blobs.remote:
            return None
        try:
            key = _variant(asset, what.key)
            body = b"".join([chunk async for chunk in self._platform.blobs.read(key)])
        except NotFound:
            return None
        self._observer.tier("blob")
        return body

    async def _keep(self, asset: Asset, key: str, body: bytes) -> None:
        await self._platform.cache.put(asset.id, key, body)
        if self._platform.blobs.remote:
            try:
                await self._keep_remotely(asset, key, body)
            except (StorageFailed, OSError) as error:  # it is there to be answered all the same
                log.warning("variant not shared", asset=asset.id, key=key, error=str(error))
        await self._forget_if_deleted(asset)

    async def _forget_if_deleted(self, asset: Asset) -> None:
        """Take away what was just kept for an asset that was deleted while it was being made.

        What has merely expired still has a row that names its bytes, so the row is asked for as of its
        creation. Rows in memory may be a second old (PostgreSQL): the event that comes then clears the disk,
        but nothing would clear a remote store, for which the catalog itself is asked.
        """
        if self._platform.blobs.remote:
            deleted = not await self._platform.catalog.known_versions((asset.version.id,))
        else:
            deleted = await self.rows.asset(asset.id, asset.created_at) is None
        if deleted:
            await self._platform.cache.drop(asset.id)
            await self._platform.blobs.delete_prefix(blob_prefix(asset.workspace_id, asset.version.id))

    async def _keep_remotely(self, asset: Asset, key: str, body: bytes) -> None:
        """Share a variant with other machines, within the asset's budget."""
        blobs, folder = self._platform.blobs, _variant(asset, "")
        if await blobs.size(f"{folder}{key}") is not None:
            return
        used = sum([blob.size async for blob in blobs.list(folder)])
        if used + len(body) > self._platform.settings.remote_variant_bytes:
            return
        with tempfile.NamedTemporaryFile(dir=self._platform.scratch) as file:
            file.write(body)
            file.flush()
            await blobs.put(f"{folder}{key}", Path(file.name), durable=False)


def _variant(asset: Asset, key: str) -> str:
    return f"{blob_prefix(asset.workspace_id, asset.version.id)}variants/{key}"
