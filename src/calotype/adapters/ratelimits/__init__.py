"""Rate limits: counted in the catalog, in Redis, or in the memory of a single process."""

from __future__ import annotations

from calotype.adapters.catalog.urls import MEMORY
from calotype.adapters.ratelimits.catalog import CatalogRateLimiter
from calotype.adapters.ratelimits.leases import LeasingRateLimiter
from calotype.adapters.ratelimits.library import MemoryRateLimiter, RedisRateLimiter
from calotype.errors import NotConfigured
from calotype.ports import Catalog, Clock, RateLimiter
from calotype.settings import Settings

__all__ = [
    "CatalogRateLimiter",
    "LeasingRateLimiter",
    "MemoryRateLimiter",
    "RedisRateLimiter",
    "open_limiter",
]


def open_limiter(settings: Settings, catalog: Catalog, clock: Clock) -> RateLimiter:
    """Choose where to count. Nothing is connected to yet.

    Raises:
        NotConfigured: several processes would each count in a memory of their own.
    """
    url = settings.rate_limit_url or (MEMORY if settings.database_url == MEMORY else "")
    if not url:
        return LeasingRateLimiter(CatalogRateLimiter(catalog, clock), clock)
    if url != MEMORY:
        return RedisRateLimiter(url)
    if settings.workers > 1:
        raise NotConfigured("rate_limit_url: memory: cannot be shared; set workers to 1.")
    return MemoryRateLimiter()
