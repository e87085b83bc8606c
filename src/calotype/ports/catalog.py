"""The rows: workspaces, keys, transformations, assets, and what happens to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeAlias

from calotype.domain.assets import Asset
from calotype.domain.plans import NO_QUOTA, Quota
from calotype.domain.workspaces import Key, NamedTransformation, Workspace
from calotype.ports.jobs import Job
from calotype.ports.surroundings import Clock


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """Which assets of one workspace, newest first. All filters combine with AND."""

    workspace_id: str
    now: datetime
    limit: int = 50
    after: tuple[datetime, str] | None = None
    """Keyset cursor: (created_at, id) of the last asset of the page before."""
    above: tuple[datetime, str] | None = None
    """Only what is newer than (created_at, id), and of that what is nearest to it."""
    namespace: str | None = None
    tags: tuple[str, ...] = ()
    all_tags: bool = False
    """Whether every tag must be there, or any."""
    labels: tuple[tuple[str, str], ...] = ()
    """(key, value) pairs; every one must be there."""
    ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class NamespaceTotal:
    """How many living assets bear a namespace, and the bytes of their originals."""

    namespace: str
    count: int
    size: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed that memory may hold a copy of. *asset_id* is empty for keys and workspaces."""

    number: int
    workspace_id: str
    asset_id: str
    kind: str


Entailed: TypeAlias = Callable[[Sequence[Asset]], Sequence[Job]]
"""Names, purely, the jobs that follow from deleting these assets."""


def nothing_more(_gone: Sequence[Asset]) -> Sequence[Job]:
    """Leave it at the rows: for tests, and for what has no bytes."""
    return ()


class Catalog(Protocol):
    """The rows: workspaces, keys, transformations, assets, events. Each method is one transaction.

    Assets that have expired at the `now` that is passed are not there, in any method that takes one.
    """

    async def add_workspace(self, workspace: Workspace) -> bool:
        """Add it; False when its slug or storage segment is taken."""

    async def workspace(self, workspace_id: str) -> Workspace | None:
        """Find a workspace by id."""

    async def workspace_by_slug(self, slug: str) -> Workspace | None:
        """Find a workspace by slug."""

    async def workspaces(self) -> Sequence[Workspace]:
        """List all workspaces, oldest first."""

    async def update_workspace(
        self, workspace_id: str, change: Callable[[Workspace], Workspace]
    ) -> Workspace | None:
        """Apply the pure *change* to its policies and store the outcome with its event; None: no such workspace.

        Its id, slug, storage segment and age stay what they are.
        """

    async def set_transformation(self, named: NamedTransformation) -> None:
        """Add it with its event, or give its name a new value; *created_at* stays the first one's."""

    async def remove_transformation(self, workspace_id: str, name: str) -> bool:
        """Remove it with its event; False when there is none of that name."""

    async def transformations(self, workspace_id: str) -> Sequence[NamedTransformation]:
        """List a workspace's named transformations, by name."""

    async def transformation(self, workspace_id: str, name: str) -> NamedTransformation | None:
        """Find one by its name."""

    async def add_key(self, key: Key) -> None:
        """Add a key."""

    async def keys(self, workspace_id: str | None = None) -> Sequence[Key]:
        """List keys, revoked ones too, oldest first."""

    async def keys_by_lookup(self, lookup: str) -> Sequence[Key]:
        """Find the keys that are not revoked and start with *lookup*: nearly always one or none."""

    async def revoke_key(self, key_id: str, at: datetime) -> bool:
        """Revoke a key, with its event; False when there is no such active key."""

    async def add_asset(self, asset: Asset, clock: Clock, quota: Quota = NO_QUOTA) -> Asset:
        """Add the asset, its version, its tags, its labels and its event in one transaction, and count it.

        `created_at` and `updated_at` are taken from *clock* inside the transaction, so that listing
        order is commit order; `published_at` is the same moment for what is public. An expired asset
        that holds the same path or external_id gives it up.

        Raises:
            ExternalIdTaken, PathTaken: a living asset of the workspace has it.
            QuotaExceeded: *quota* has no room for it beside what the workspace has used.
        """

    async def asset(self, asset_id: str, now: datetime) -> Asset | None:
        """Find an asset in any workspace; the caller judges visibility."""

    async def asset_by_external_id(self, workspace_id: str, external_id: str, now: datetime) -> Asset | None:
        """Find a workspace's asset by the id that its owner gave it."""

    async def asset_by_path(
        self, workspace_id: str, folder: str, file_name: str, now: datetime
    ) -> Asset | None:
        """Find a workspace's asset by where it is: both as `read_path` spells them."""

    async def assets(self, query: AssetQuery) -> Sequence[Asset]:
        """List assets, newest first (by created_at, then id, both descending)."""

    async def created_at(self, workspace_id: str, asset_id: str) -> datetime | None:
        """Say when one of a workspace's assets was made, be it expired, or deleted among the last 10,000 changes."""

    async def update_asset(
        self, workspace_id: str, asset_id: str, change: Callable[[Asset], Asset], clock: Clock
    ) -> Asset | None:
        """Apply the pure *change* to the current row and store the outcome with its event, as one transaction.

        `updated_at` is set from *clock*, but where nothing changes besides the facts of the same version: then
        only more is known of it. `published_at` is set when the asset becomes public. Answers None when there is
        no such living asset.

        Raises:
            ExternalIdTaken, PathTaken: another living asset of the workspace has the new one.
            Exception: whatever *change* raises; nothing is stored then.
        """

    async def delete_asset(
        self, workspace_id: str, asset_id: str, now: datetime, entailed: Entailed = nothing_more
    ) -> Asset | None:
        """Delete the asset as `delete_assets` does, and answer what it was.

        None when there is no such living asset, or moderation holds it.
        """

    async def update_assets(
        self, query: AssetQuery, change: Callable[[Asset], Asset | None], clock: Clock
    ) -> Sequence[Asset]:
        """Apply the pure *change* to each asset that *query* chooses, as one transaction, and answer the outcomes.

        As `update_asset` for each; what *change* answers None for stays as it is, and is not answered.

        Raises:
            Exception: whatever *change* raises; nothing is stored then.
        """

    async def delete_assets(self, query: AssetQuery, entailed: Entailed = nothing_more) -> Sequence[Asset]:
        """Delete the assets that *query* chooses, as one transaction, and answer what they were.

        Their events and the jobs that are *entailed* are stored with it. What is locked or blocked stays.
        """

    async def namespaces(
        self, workspace_id: str, now: datetime, limit: int, offset: int
    ) -> Sequence[NamespaceTotal]:
        """List a workspace's namespaces: the one with the most assets first, then by name."""

    async def version_ids(self, after: str = "", limit: int = 1000) -> Sequence[tuple[str, str]]:
        """Page through (workspace id, version id) of every version, by version id."""

    async def known_versions(self, version_ids: Sequence[str]) -> frozenset[str]:
        """Say which of *version_ids* (at most 1,000) have a row."""

    async def versions_under(
        self, workspace_id: str, path_start: str, after: str = "", limit: int = 1000
    ) -> Sequence[tuple[str, str]]:
        """Page through (asset id, version id) of a workspace's assets whose path begins so, by asset id.

        Expired ones too, while they have a row: their bytes are there as well.
        """

    async def measured(self, version_id: str) -> Mapping[str, tuple[int, ...]]:
        """Read what was measured of a version: what only its pixels can tell."""

    async def remember_measure(self, version_id: str, key: str, values: Sequence[int]) -> None:
        """Keep a measurement, without an event: what was measured once is true for good.

        Nothing happens when the version is gone, or 500 of its measurements are kept already.
        """

    async def spend_variant(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """Note that the variant *key* is made; False when it would be that day's one more than *limit* of the asset.

        Exact among all processes; a key that is noted already always fits.
        """

    async def variants_spent(self, asset_id: str, day: date) -> int:
        """Say how many variants of the asset were noted that day, in all processes."""

    async def record_crash(self, subject: str, at: datetime) -> int:
        """Count one more failure of *subject* (a version id, or its enlargement); answer the total."""

    async def quarantine(self, subject: str, until: datetime | None) -> None:
        """Set *subject* (a version id, its enlargement, a variant key) aside until then, or for good; an event."""

    async def quarantines(self, now: datetime) -> Mapping[str, datetime | None]:
        """List all that is set aside at *now*: subject -> until when; None: for good. They are few."""

    async def count(self, bucket: str, window_start: datetime, window_s: int, amount: int = 1) -> int:
        """Add *amount* to a counter that lives as long as its window; answer its new value."""

    async def announce(self, workspace_id: str, asset_ids: Sequence[str], kind: str) -> None:
        """Append one event for each asset though no row changes: copies are to be forgotten."""

    async def last_event(self) -> int:
        """Number of the newest event; 0 when there is none."""

    async def events_after(self, number: int, limit: int = 1000) -> Sequence[Event]:
        """List events newer than *number*, oldest first."""

    def changed(self) -> bool:
        """Say, without waiting, whether anything was committed since the last call, here or elsewhere.

        Called on every hit: microseconds. May say True too often, never too seldom.
        """

    async def ping(self) -> None:
        """Prove that the database answers.

        Raises:
            StorageFailed: it does not.
        """

    async def close(self) -> None:
        """Release the connections."""
