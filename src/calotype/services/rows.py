"""Rows that delivery keeps in memory, and how they stay true.

Law: a copy is used only after `fresh` has been asked, so that access ends at the next request after a
change (SQLite: at once; PostgreSQL: within a second).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from calotype.domain.assets import Asset
from calotype.domain.workspaces import Workspace
from calotype.ports import Catalog, Event

ROWS = 20_000
"""Assets kept: about 2 KB each, for their metadata, which may be a hundred times that, is not."""


class Rows:
    """A bounded cache of assets and workspaces, emptied by the catalog's events."""

    def __init__(self, catalog: Catalog) -> None:
        """Read through to *catalog*; call `start` before the first use."""
        self._catalog = catalog
        self._assets: OrderedDict[str, Asset] = OrderedDict()
        self._workspaces: dict[str, Workspace] = {}
        self._seen = 0
        self._generation = 0
        self._changes = 0
        """How often the catalog said that something had changed."""
        self._read = 0
        """How many of those changes the events read so far account for."""
        self._catching_up = asyncio.Lock()
        self._listeners: list[Callable[[Event | None], None]] = []

    @property
    def generation(self) -> int:
        """A number that rises whenever something was forgotten."""
        return self._generation

    def listen(self, listener: Callable[[Event | None], None]) -> None:
        """Have *listener* called with every event, in order, before anyone is told that copies are fresh.

        None stands for events that were pruned unread: anything may have changed.
        """
        self._listeners.append(listener)

    async def start(self) -> None:
        """Begin at the newest event: nothing is held yet."""
        self._catalog.changed()
        self._seen = await self._catalog.last_event()

    def fresh(self) -> bool:
        """Say whether the copies may be used as they are; when not, await `catch_up` first.

        No before the events are read to their end, for whoever asks meanwhile too.
        """
        if self._catalog.changed():
            self._changes += 1
        return self._read == self._changes

    async def catch_up(self) -> None:
        """Read the events since the last time and drop what they name."""
        wanted = self._changes
        async with self._catching_up:
            # Someone else may have read them while we stood in line; what comes after us is not waited for.
            if self._read < wanted:
                changes = self._changes
                await self._read_events()
                self._read = changes

    async def _read_events(self) -> None:
        while events := await self._catalog.events_after(self._seen):
            if events[0].number != self._seen + 1:
                self._forget_everything()
            for event in events:
                self._forget(event)
            self._seen = events[-1].number

    def _forget(self, event: Event) -> None:
        self._generation += 1
        if event.asset_id:
            self._assets.pop(event.asset_id, None)
        else:
            self._workspaces.pop(event.workspace_id, None)
        for listener in self._listeners:
            listener(event)

    def _forget_everything(self) -> None:
        self._generation += 1
        self._assets.clear()
        self._workspaces.clear()
        for listener in self._listeners:
            listener(None)

    async def asset(self, asset_id: str, now: datetime) -> Asset | None:
        """Find a living asset, without its metadata: no delivery asks for it."""
        if not self.fresh():
            await self.catch_up()
        asset = self._assets.get(asset_id)
        if asset is None:
            generation = self._generation
            found = await self._catalog.asset(asset_id, now)
            asset = None if found is None else replace(found, metadata={})
            # A row read while events came in may be older than they are: use it, do not keep it.
            if asset is not None and generation == self._generation:
                self._keep(asset)
        else:
            self._assets.move_to_end(asset_id)
        return None if asset is None or asset.expired(now) else asset

    def _keep(self, asset: Asset) -> None:
        self._assets[asset.id] = asset
        if len(self._assets) > ROWS:
            self._assets.popitem(last=False)

    async def workspace(self, workspace_id: str) -> Workspace | None:
        """Find a workspace. They are few: all that are used stay."""
        workspace = self._workspaces.get(workspace_id)
        if workspace is None:
            generation = self._generation
            workspace = await self._catalog.workspace(workspace_id)
            if workspace is not None and generation == self._generation:
                self._workspaces[workspace_id] = workspace
        return workspace
