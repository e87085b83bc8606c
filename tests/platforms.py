"""A whole platform, in memory but for its folder, with a clock that stands still and repeating randomness."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.adapters.cache.disk import DiskCache
from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.adapters.catalog.memory_accounts import MemoryAccounts
from calotype.adapters.catalog.memory_apps import MemoryApps
from calotype.adapters.catalog.memory_requests import MemoryRequestsSeen
from calotype.adapters.fetching import MemoryFetcher
from calotype.adapters.jobs.memory import MemoryJobs
from calotype.adapters.locks.memory import MemoryLocks
from calotype.adapters.ratelimits import MemoryRateLimiter
from calotype.adapters.rendering.inline import InlineRenderer
from calotype.adapters.vision import MemoryVision
from calotype.domain.workspaces import Ability
from calotype.ports import Clock, Mail, Platform
from calotype.services import keys, workspaces
from calotype.services.jobs import MAIL, mail_of
from calotype.settings import Settings

READ_WRITE = frozenset(Ability)
SECRET_KEY = "ab" * 32


@dataclass
class StoppedClock:
    """The time, which moves when a test moves it. It begins at 1704067200 in Unix seconds."""

    now: datetime = datetime(2024, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Wrapped:
    """A port in which some methods are replaced."""

    def __init__(self, port: object, **methods: object) -> None:
        self.__dict__.update(methods)
        self._port = port

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)


class Letterbox:
    """Everything that was sent, and at once what waits in a job to be sent."""

    def __init__(self, jobs: MemoryJobs, secret_key: str, clock: Clock) -> None:
        self._posted: list[Mail] = []
        self._jobs = jobs
        self._secret_key = secret_key
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        self._posted.append(mail)

    async def reach(self) -> str:
        return "into a box"

    @property
    def sent(self) -> list[Mail]:
        for job in [each for each in self._jobs.waiting if each.name == MAIL]:
            self._jobs.waiting.remove(job)
            if job.payload["until"] > self._clock().timestamp():
                self._posted.append(mail_of(self._secret_key, job))
        return self._posted


async def memory_platform(folder: Path, **settings: object) -> Platform:
    """Build a platform with its two workspaces, whose scratch folder is below *folder*."""
    catalog, clock = MemoryCatalog(), StoppedClock()
    accounts = MemoryAccounts(catalog)
    platform = Platform(
        settings=Settings(
            data_dir=folder, base_url="https://img.example", cdn_url="https://cdn.example", **settings
        ),
        catalog=catalog,
        expiry=catalog,
        jobs=catalog.jobs,
        meter=catalog.meter,
        accounts=accounts,
        sign_ins=accounts.sign_ins,
        apps=MemoryApps(catalog),
        requests_seen=MemoryRequestsSeen(),
        mailer=Letterbox(catalog.jobs, SECRET_KEY, clock),
        blobs=MemoryBlobs(),
        renderer=InlineRenderer(),
        cache=DiskCache(folder / "cache", 0),
        locks=MemoryLocks(),
        limiter=MemoryRateLimiter(),
        fetcher=MemoryFetcher(),
        vision=MemoryVision(),
        clock=clock,
        random=random.Random(1).randbytes,
        secret_key=SECRET_KEY,
    )
    platform.scratch.mkdir()
    await workspaces.seed(platform)
    return platform


async def key_for(
    platform: Platform, workspace: str = "default", abilities: frozenset[Ability] = READ_WRITE
) -> str:
    """Make a key for a workspace, which is made when it is missing; answer the secret."""
    found = await platform.catalog.workspace_by_slug(workspace)
    owner = found or await workspaces.create(platform, workspace)
    _, secret = await keys.create_key(platform, owner, "test", abilities)
    return secret
