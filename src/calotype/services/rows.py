"""Rows that delivery keeps in memory, and how they stay true.

Law: a copy is used only after `fresh` has been asked, so that access ends at the next request after a
change (SQLite: at once; PostgreSQL: within a second).

Why so: docs/adr/0008.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from calotype.domain.assets import Asset
from calotype.domain.workspaces import Workspace
from calotype.ports import Catalog, Event

ROWS = 20_000
"""Assets kept: about 2 KB each, for their metadata, which may be a hundred times that, is not."""
SLUGS = 1_000
EVENTS = 1_000
"""Read at once; fewer of them are the last ones."""

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")
Place = tuple[str, str, str]
"""Workspace id, folder, file name."""


class Kept(Generic[Question, Answer]):
    """The answers used last, at most *size* of them."""

    def __init__(self, size: int) -> None:
        """Begin with none."""
        self._answers: OrderedDict[Question, Answer] = OrderedDict()
        self._size = size

    def get(self, question: Question) -> Answer | None:
        """Recall an answer, and count it as used."""
        answer = self._answers.get(question)
        if answer is not None:
            self._answers.move_to_end(question)
        return answer

    def keep(self, question: Question, answer: Answer) -> None:
        """Keep an answer; the one that was not used for longest makes room."""
        self._answers[question] = answer
        self._answers.move_to_end(question)
        if len(self._answers) > self._size:
            self._answers.popitem(last=False)

    def drop(self, question: Question) -> None:
        """Forget an answer, if it is there."""
        self._answers.pop(question, None)

    def clear(self) -> None:
        """Forget all."""
        self._answers.clear()


class Rows:
    """A bounded cache of assets and workspaces, emptied by the catalog's events."""

    def __init__(self, catalog: Catalog) -> None:
        """Read through to *catalog*; call `start` before the first use."""
        self._catalog = catalog
        self._assets: Kept[str, Asset] = Kept(ROWS)
        self._places: Kept[Place, str] = Kept(ROWS)
        """Which asset was found at a place: a hint, for the asset itself tells where it is now."""
        self._vacant: Kept[Place, int] = Kept(ROWS)
        """Where nothing was found, as of how many changes in the workspace."""
        self._asset_events: Counter[str] = Counter()
        """How many events of assets each workspace has had here."""
        self._workspaces: dict[str, Workspace] = {}
        self._slugs: Kept[str, str] = Kept(SLUGS)
        """The workspace's id, which a slug names for good, or nothing where there is none yet."""
        self._transformations: dict[str, Mapping[str, str]] = {}
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
        more = True
        while more:
            events = await self._catalog.events_after(self._seen, EVENTS)
            if events and events[0].number != self._seen + 1:
                self._forget_everything()
            for event in events:
                self._forget(event)
                self._seen = event.number
            more = len(events) == EVENTS

    def _forget(self, event: Event) -> None:
        self._generation += 1
        if event.asset_id:
            self._assets.drop(event.asset_id)
            self._asset_events[event.workspace_id] += 1
        else:
            self._workspaces.pop(event.workspace_id, None)
            self._transformations.pop(event.workspace_id, None)
        if event.kind == "workspace.added":
            self._slugs.clear()
        for listener in self._listeners:
            listener(event)

    def _forget_everything(self) -> None:
        self._generation += 1
        for kept in (self._assets, self._vacant, self._workspaces, self._slugs, self._transformations):
            kept.clear()
        for listener in self._listeners:
            listener(None)

    async def current(self) -> None:
        """Catch up when the copies are not fresh."""
        if not self.fresh():
            await self.catch_up()

    # In each method below, a row read while events came in may be older than they are: it is used, not kept.

    async def asset(self, asset_id: str, now: datetime) -> Asset | None:
        """Find a living asset, without its metadata: no delivery asks for it."""
        await self.current()
        asset = self._assets.get(asset_id)
        if asset is None:
            generation = self._generation
            asset = _without_metadata(await self._catalog.asset(asset_id, now))
            if asset is not None and generation == self._generation:
                self._assets.keep(asset.id, asset)
        return None if asset is None or asset.expired(now) else asset

    async def by_path(self, workspace_id: str, folder: str, file_name: str, now: datetime) -> Asset | None:
        """Find a workspace's living asset by where it is, without its metadata."""
        await self.current()
        place = (workspace_id, folder, file_name)
        if self._vacant.get(place) == self._asset_events[workspace_id]:
            return None
        asset = self._assets.get(self._places.get(place) or "")
        # An expired asset leaves its path to another one, without an event of its own.
        if asset is None or asset.expired(now) or _place(asset) != place:
            generation = self._generation
            asset = _without_metadata(await self._catalog.asset_by_path(*place, now))
            if generation == self._generation:
                self._keep_place(place, asset)
        return asset

    def _keep_place(self, place: Place, asset: Asset | None) -> None:
        if asset is None:
            self._vacant.keep(place, self._asset_events[place[0]])
        else:
            self._places.keep(place, asset.id)
            self._assets.keep(asset.id, asset)

    async def workspace(self, workspace_id: str) -> Workspace | None:
        """Find a workspace. They are few: all that are used stay."""
        await self.current()
        workspace = self._workspaces.get(workspace_id)
        if workspace is None:
            generation = self._generation
            workspace = await self._catalog.workspace(workspace_id)
            if workspace is not None and generation == self._generation:
                self._workspaces[workspace_id] = workspace
        return workspace

    async def workspace_by_slug(self, slug: str) -> Workspace | None:
        """Find a workspace by its slug."""
        await self.current()
        workspace_id = self._slugs.get(slug)
        if workspace_id is None:
            generation = self._generation
            found = await self._catalog.workspace_by_slug(slug)
            workspace_id = "" if found is None else found.id
            if generation == self._generation:
                self._slugs.keep(slug, workspace_id)
        return await self.workspace(workspace_id) if workspace_id else None

    async def transformation(self, workspace_id: str, name: str) -> str | None:
        """Say what a workspace's named transformation stands for. A workspace's names are kept together."""
        await self.current()
        known = self._transformations.get(workspace_id)
        if known is None:
            generation = self._generation
            found = await self._catalog.transformations(workspace_id)
            known = {named.name: named.value for named in found}
            if generation == self._generation:
                self._transformations[workspace_id] = known
        return known.get(name)


def _without_metadata(asset: Asset | None) -> Asset | None:
    return None if asset is None else replace(asset, metadata={})


def _place(asset: Asset) -> Place:
    return asset.workspace_id, asset.folder, asset.file_name
