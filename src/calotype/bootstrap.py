"""The composition root: settings -> Platform. The only importer of adapters; it composes and decides nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from calotype.adapters import catalog as catalogs
from calotype.adapters.blobs import open_blobs
from calotype.adapters.cache.disk import DiskCache
from calotype.adapters.data_directory import DataDirectory
from calotype.adapters.fetching import open_fetcher
from calotype.adapters.locks import open_locks
from calotype.adapters.mail import open_mailer
from calotype.adapters.ratelimits import open_limiter
from calotype.adapters.rendering.pool import Observer, PoolRenderer
from calotype.adapters.vision import VisionObserver, open_vision
from calotype.domain.workspaces import DEFAULT, Ability
from calotype.errors import NotConfigured
from calotype.ports import BlobStore, Platform
from calotype.services import keys, workspaces
from calotype.services.doctor import Check, examine
from calotype.services.usage import starting_plan
from calotype.settings import Settings


def now() -> datetime:
    """Say what time it is: the one clock of the product."""
    return datetime.now(UTC)


class Watcher(Observer, VisionObserver, Protocol):
    """Who counts what render workers and models do."""


class Closable(Protocol):
    """What holds connections, files or processes until it is closed."""

    async def close(self) -> None:
        """Let go of them."""


C = TypeVar("C", bound=Closable)


@asynccontextmanager
async def open_platform(
    settings: Settings, *, slots: int = 0, observer: Watcher | None = None
) -> AsyncIterator[Platform]:
    """Open every port by *settings*, and close them when the block ends, or when a later one cannot be opened.

    *slots* worker processes are started; none (the default) is right for commands that render nothing.
    *observer* is told of renders, waits and deaths, and of what models are asked for.
    """
    async with AsyncExitStack() as opened:

        def kept(port: C) -> C:
            opened.push_async_callback(port.close)  # the last one opened is the first one closed
            return port

        stores = await catalogs.open_stores(settings.database_url)
        catalog, blobs = kept(stores.catalog), open_blobs(settings.blob_url)
        cache = settings.data_dir / "cache"
        yield Platform(
            settings=settings,
            catalog=catalog,
            expiry=stores.expiry,
            blobs=blobs,
            cache=DiskCache(cache, settings.disk_cache_bytes),
            locks=kept(open_locks(settings)),
            limiter=kept(open_limiter(settings, catalog, now)),
            vision=kept(open_vision(settings, observer)),
            fetcher=kept(open_fetcher(settings)),
            meter=stores.meter,
            accounts=stores.accounts,
            sign_ins=stores.sign_ins,
            apps=stores.apps,
            requests_seen=stores.requests_seen,
            mailer=open_mailer(settings, now, os.urandom),
            clock=now,
            random=os.urandom,
            secret_key=DataDirectory(settings.data_dir).secret_key(settings, os.urandom),
            jobs=kept(stores.jobs),
            renderer=kept(_pool(settings, slots, blobs, cache, observer)),
        )


def _pool(
    settings: Settings, slots: int, blobs: BlobStore, cache: Path, observer: Watcher | None
) -> PoolRenderer:
    """Make the pool, whose workers may read what is in the *cache*, and where *blobs* are files, those."""
    stored = blobs.path("any")
    return PoolRenderer(
        settings,
        slots=slots,
        scratch=settings.data_dir / "scratch",
        readable=(cache,) if stored is None else (cache, stored.parent),
        observer=observer,
    )


@asynccontextmanager
async def open_seeded(settings: Settings) -> AsyncIterator[Platform]:
    """Open every port on a migrated database that has its two workspaces, for commands that render nothing."""
    await migrate(settings)
    async with open_platform(settings) as platform:
        await workspaces.seed(platform)
        yield platform


async def migrate(settings: Settings) -> None:
    """Make the data directory where it is missing, and bring the database to the newest schema."""
    DataDirectory(settings.data_dir).create()
    await catalogs.migrate(settings.database_url)


def unused(settings: Settings) -> AbstractContextManager[bool]:
    """Hold the data directory's lock for the block if no server does, and say whether it is held."""
    return DataDirectory(settings.data_dir).try_lock()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` has done: *message* is for the operator's eyes, once; empty when there was nothing to make."""

    message: str


@contextmanager
def prepared(settings: Settings) -> Iterator[Prepared]:
    """Make a data directory ready to serve from, and hold its lock for the block, which is the server's life.

    Raises:
        Busy: another server holds it.
        NotConfigured, StorageFailed: it, or the database, cannot be used, or not by several processes.
    """
    _check_shared(settings)
    starting_plan(settings)  # raises when there is none: no account could begin
    directory = DataDirectory(settings.data_dir)
    directory.create()
    with directory.lock():
        directory.secret_key(settings, os.urandom)
        directory.empty_scratch()
        yield Prepared(asyncio.run(_first_key(settings)))


def _check_shared(settings: Settings) -> None:
    """Refuse what every process would have for itself: none would know what another has stored."""
    if settings.database_url == catalogs.MEMORY:
        raise NotConfigured("database_url: memory: keeps no key for the server; set a file or PostgreSQL.")
    if settings.blob_url.startswith("memory:") and settings.workers > 1:
        raise NotConfigured("blob_url: memory: cannot be shared; set workers to 1.")


async def _first_key(settings: Settings) -> str:
    async with open_seeded(settings) as platform:
        owner = await workspaces.find(platform, DEFAULT)
        if await keys.list_keys(platform, owner):
            return ""
        _, secret = await keys.create_key(platform, owner, "First key", frozenset(Ability))
        return _welcome(settings, secret)


def _welcome(settings: Settings, secret: str) -> str:
    return (
        f"\nThis is the workspace `default`. Its API key, shown this once:\n\n    {secret}\n\n"
        "Upload a picture with it:\n\n"
        f'    curl {settings.base_url}/v1/upload -H "Authorization: Bearer {secret}" -F "file=@photo.jpg"\n'
    )


async def examined(settings: Settings) -> list[Check]:
    """Look at everything that a server of *settings* needs; what is enforced on workers is one check each."""
    await migrate(settings)
    async with open_platform(settings, slots=1) as platform:
        checks = await examine(platform)
        confinement = await platform.renderer.enforced()
    return [
        *checks,
        *(Check(f"worker: {what}", ok=True, finding=finding) for what, finding in confinement.items()),
    ]
