"""Rate limits: counted in the catalog, or in memory where there is none to share."""

from __future__ import annotations

from calotype.adapters.catalog.urls import MEMORY
from calotype.adapters.ratelimits.catalog import CatalogRateLimiter
from calotype.adapters.ratelimits.memory import MemoryRateLimiter
from calotype.errors import NotConfigured
from calotype.ports import Catalog, Clock
from calotype.settings import Settings

__all__ = ["CatalogRateLimiter", "MemoryRateLimiter", "open_limiter"]


def open_limiter(
    settings: Settings, catalog: Catalog, clock: Clock
) -> CatalogRateLimiter | MemoryRateLimiter:
    """Choose where to count.

    Raises:
        NotConfigured: several processes would each count in a memory of their own.
    """
    if settings.database_url != MEMORY:
        return CatalogRateLimiter(catalog, clock)
    if settings.workers > 1:
        raise NotConfigured("database_url: memory: cannot be shared; set workers to 1.")
    return MemoryRateLimiter()
