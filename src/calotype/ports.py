"""The seams: what the services need from the outside world, as small Protocols.

Law: each port ships an in-memory version, and one contract suite runs over every adapter of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from calotype.domain.assets import Asset, Facts
from calotype.domain.formats import Format
from calotype.domain.pictures import Measure, Source
from calotype.domain.planning import Plan
from calotype.domain.workspaces import Key, NamedTransformation, Workspace

if TYPE_CHECKING:  # workers import this module, and need no settings
    from calotype.settings import Settings


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A stored blob: its key, its size in bytes, and when it was written."""

    key: str
    size: int
    modified: datetime


class BlobStore(Protocol):
    """Bytes under keys such as `<workspace>/<aa>/<version>/original`.

    Keys are made by the core alone: lower-case hex, slashes and fixed words.
    """

    remote: bool
    """Whether bytes must travel to be read here; decides what the delivery tiers keep."""

    async def put(self, key: str, source: Path, *, durable: bool = True) -> None:
        """Store the file *source*, which may be moved away. When *durable*, it survives a power cut on return.

        Raises:
            StorageFailed: it could not be stored; nothing is there under *key*.
        """

    async def size(self, key: str) -> int | None:
        """Say how many bytes *key* has; None when there is no such blob."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of *key* from *start* up to *end* (exclusive), in chunks of at most 256 KiB.

        Raises:
            NotFound: there is no such blob.
        """

    def path(self, key: str) -> Path | None:
        """Name the local file that holds *key* (which may not exist); None for a remote store."""

    async def delete_prefix(self, prefix: str) -> int:
        """Delete everything under *prefix* and say how many blobs that were. None is no error."""

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield all blobs under *prefix*, in any order."""


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """Which assets of one workspace, newest first. All filters combine with AND."""

    workspace_id: str
    now: datetime
    limit: int = 50
    after: tuple[datetime, str] | None = None
    """Keyset cursor: (created_at, id) of the last asset of the page before."""
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

    async def add_asset(self, asset: Asset, clock: Clock) -> Asset:
        """Add the asset, its version, its tags, its labels and its event in one transaction.

        `created_at` and `updated_at` are taken from *clock* inside the transaction, so that listing
        order is commit order; `published_at` is the same moment for what is public. An expired asset
        that holds the same path or external_id gives it up.

        Raises:
            ExternalIdTaken, PathTaken: a living asset of the workspace has it.
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

    async def update_asset(
        self, workspace_id: str, asset_id: str, change: Callable[[Asset], Asset], clock: Clock
    ) -> Asset | None:
        """Apply the pure *change* to the current row and store the outcome with its event, as one transaction.

        `updated_at` is set from *clock*, and so is `published_at` when the asset becomes public. Answers None
        when there is no such living asset.

        Raises:
            ExternalIdTaken, PathTaken: another living asset of the workspace has the new one.
            Exception: whatever *change* raises; nothing is stored then.
        """

    async def delete_asset(self, workspace_id: str, asset_id: str, now: datetime) -> Asset | None:
        """Delete the row, with its event, and answer what it was; None when there is no such living asset."""

    async def update_assets(
        self, query: AssetQuery, change: Callable[[Asset], Asset | None], clock: Clock
    ) -> Sequence[Asset]:
        """Apply the pure *change* to each asset that *query* chooses, as one transaction, and answer the outcomes.

        As `update_asset` for each; what *change* answers None for stays as it is, and is not answered.

        Raises:
            Exception: whatever *change* raises; nothing is stored then.
        """

    async def delete_assets(self, query: AssetQuery) -> Sequence[Asset]:
        """Delete the assets that *query* chooses, with their events, as one transaction; answer what they were."""

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

    async def record_crash(self, subject: str, at: datetime) -> int:
        """Count a crash by signal while working on *subject* (a version id); answer the total."""

    async def quarantine(self, subject: str, until: datetime | None) -> None:
        """Set *subject* (a version id or variant key) aside until then, with its event; None: for good."""

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


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """What an upload may be; all from settings."""

    max_pixels: int
    max_animation_pixels: int
    max_frames: int
    max_pixels_per_byte: int
    max_svg_bytes: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one full decode of an upload gave."""

    facts: Facts
    cleaned: Path | None = None
    """The sanitised file to store instead of the upload (SVG only), in the scratch folder."""
    mezzanine: Path | None = None
    small: Path | None = None
    """The intermediate, in the scratch folder, when the original is larger than it."""
    notes: tuple[str, ...] = field(default=())


Sources = Mapping[tuple[str, Source], Path]
"""The local files of a plan's pictures, by `Picture.file`."""


class Renderer(Protocol):
    """The engine behind its isolation: work on untrusted bytes happens in other processes.

    Every method waits for a slot and raises Busy when none comes in time; when the awaiting task is
    cancelled while queued, its place is given up. *owner* is the workspace that is served: those who wait
    take turns, and when too many wait, it is the one with the most places that loses some.
    """

    async def ingest(
        self, source: Path, format_: Format, limits: IngestLimits, scratch: Path, *, owner: str = ""
    ) -> Ingested:
        """Decode *source* fully, once: validate it, learn its facts, make its mezzanine in *scratch*.

        Raises:
            ImageRefused: the bytes are no image that we accept.
            RenderFailed: the worker crashed, or broke (`cause` says which).
            Busy: no slot came free in time.
        """

    async def render(
        self, plan: Plan, sources: Sources, *, started: Callable[[], None] = lambda: None, owner: str = ""
    ) -> bytes:
        """Execute *plan* on the files *sources* and answer the encoded variant.

        *started* is called when the job leaves the queue: from then on it is better let finish. What it
        raises is raised here, and the job is not done.

        Raises:
            RenderFailed: the worker crashed, ran out of memory or over the deadline (`cause` says which).
            Busy: no slot came free in time.
        """

    async def measure(
        self,
        question: Measure,
        sources: Sources,
        *,
        started: Callable[[], None] = lambda: None,
        owner: str = "",
    ) -> tuple[int, ...]:
        """Look at a picture and answer the *question* about it; *started* is as for `render`.

        Raises:
            RenderFailed, Busy: as `render`.
        """

    async def blank_gps(self, source: Path, format_: Format, target: Path, *, owner: str = "") -> None:
        """Copy *source* to *target* with every GPS value overwritten: same length, same pixels.

        Raises:
            RenderFailed, Busy: as `render`.
        """

    async def warm(self) -> None:
        """Wait until every worker has started and can render."""

    async def enforced(self) -> dict[str, str]:
        """Say what confines a worker here, and of what does not, why."""

    async def close(self) -> None:
        """Stop the workers; what runs is ended."""


class Sink(Protocol):
    """Takes the bytes of a fetch, and refuses what is too much for it."""

    def expect(self, size: int) -> None:
        """Hear how many bytes will come, where their sender says so.

        Raises:
            Refused: they are too many.
        """

    def write(self, data: memoryview) -> None:
        """Take *data*, the next bytes.

        Raises:
            Refused: they are too many, or no longer wanted.
            Failed: they cannot be kept.
        """


class Fetcher(Protocol):
    """The only way out: gets what a URL leads to that a stranger has named, from public addresses alone."""

    async def fetch(self, url: str, sink: Sink) -> None:
        """Get *url* and write its bytes to *sink*, in order. What the sink raises ends the fetch, and is raised.

        Raises:
            FetchFailed: it is no URL that we fetch, leads to no public address, or to no whole answer in time.
            Busy: too many fetches are under way.
        """

    async def close(self) -> None:
        """Close what is open."""


class Locks(Protocol):
    """One holder of a name at a time, across every process of the installation."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for *name*, hold it for the block, and let it go; a dead process holds nothing."""

    async def close(self) -> None:
        """Release the connections; what is held is let go."""


class RateLimiter(Protocol):
    """Counts what someone did in a window of time."""

    async def hit(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> int:
        """Count *amount* against *bucket*; 0 when within *limit*, else the seconds until the window ends."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a tier let go of: how many files, and their bytes."""

    count: int = 0
    size: int = 0

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(self.count + other.count, self.size + other.size)


class VariantCache(Protocol):
    """The local disk's tier: bytes that can be made again, bounded in all, grouped by asset."""

    def get(self, asset_id: str, key: str) -> bytes | None:
        """Read a variant; None when it is not there or its checksum is wrong. Called on the event loop: fast."""

    async def put(self, asset_id: str, key: str, body: bytes) -> None:
        """Keep a variant, atomically; a full disk is logged, never raised."""

    async def file(self, asset_id: str, blobs: BlobStore, blob_key: str) -> Path:
        """Give the local file that holds a blob, fetching it first when the store is remote.

        Raises:
            NotFound: there is no such blob.
        """

    async def drop(self, asset_id: str) -> Dropped:
        """Forget everything of an asset, and say what that was."""

    async def drop_variants(self, asset_id: str) -> Dropped:
        """Forget an asset's variants alone: a copy of its original may be in use by a render."""

    async def assets(self) -> Sequence[str]:
        """List the ids of assets that something is kept of."""


class Clock(Protocol):
    """The time, as an argument."""

    def __call__(self) -> datetime:
        """Say what time it is: aware, UTC, with microseconds."""


class Random(Protocol):
    """Randomness, as an argument."""

    def __call__(self, size: int, /) -> bytes:
        """Give *size* unpredictable bytes."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The frozen bundle of ports that services work with; `bootstrap` builds it."""

    settings: Settings
    catalog: Catalog
    blobs: BlobStore
    renderer: Renderer
    cache: VariantCache
    locks: Locks
    limiter: RateLimiter
    fetcher: Fetcher
    clock: Clock
    random: Random
    secret_key: str = field(repr=False)
    """The installation's own secret, from the setting or the data directory: it seals what must be read again."""

    @property
    def scratch(self) -> Path:
        """The folder for spooled uploads and intermediates: on the blobs' file system, emptied at start."""
        return self.settings.data_dir / "scratch"
