"""Rate limits counted by the `limits` library: in this process's memory, or in a Redis that processes share.

Windows are fixed and begin with the first count. The library reads the time itself.
"""

from __future__ import annotations

import math
import time
from typing import cast

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.errors import StorageError

from calotype.errors import Busy, NotConfigured
from calotype.ports import RateLimiter, Window

PATIENCE_S = 1.0
"""How long a Redis may take to connect or to answer; it is next door, and every request waits for it."""
CONNECTIONS = 32
"""To one Redis from one process; whoever finds none free waits for one."""
PAUSE_S = 5
"""How long one that failed is left alone: else each request would wait in vain, one after the other."""

log = structlog.get_logger("calotype.limits")


class LibraryRateLimiter(RateLimiter):
    """Counts in one of the library's storages."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._paused_until = 0.0

    async def count(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> Window:
        """Count *amount*, and say where the bucket stands.

        Raises:
            Busy: the storage does not answer, or did not a few seconds ago.
        """
        if time.monotonic() < self._paused_until:
            raise _away()
        key = RateLimitItemPerSecond(limit, window_s).key_for(bucket)
        try:
            used = await self._storage.incr(key, window_s, amount)
            ends_at = await self._storage.get_expiry(key)
        except StorageError as error:
            self._paused_until = time.monotonic() + PAUSE_S
            # The type alone: a driver's message may hold a URL with its password.
            log.warning("rate limits are not counted", reason=type(error.storage_error).__name__)
            raise _away() from error
        return Window(used, limit, max(1, math.ceil(ends_at - time.time())))

    async def close(self) -> None:
        """Release nothing: there is nothing to release."""


class MemoryRateLimiter(LibraryRateLimiter):
    """For one process alone: two would each allow the whole limit. A restart forgets everything."""

    def __init__(self) -> None:
        super().__init__(MemoryStorage())


class RedisRateLimiter(LibraryRateLimiter):
    """For any number of processes and machines."""

    def __init__(self, url: str) -> None:
        """Count in the Redis at *url*; it is connected to when there is something to count.

        Raises:
            NotConfigured: it is no URL.
        """
        from redis.asyncio import BlockingConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        try:
            pool = BlockingConnectionPool.from_url(
                url.replace("redis+unix:", "unix:"),
                max_connections=CONNECTIONS,
                timeout=PATIENCE_S,
                socket_connect_timeout=PATIENCE_S,
                socket_timeout=PATIENCE_S,
                # Once more, without a pause: a connection that idled too long has been closed at the other end.
                retry=Retry(NoBackoff(), 1),
            )
        except ValueError:
            raise NotConfigured("rate_limit_url is no URL.") from None
        super().__init__(
            RedisStorage(
                f"async+{url}",
                wrap_exceptions=True,
                implementation="redispy",
                key_prefix="calotype",
                connection_pool=cast("str", pool),  # the library's type forgets what it hands on
            )
        )
        self._pool = pool

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.disconnect()


def _away() -> Busy:
    return Busy("The rate limits cannot be counted right now.", retry_after=PAUSE_S)
