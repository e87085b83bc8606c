"""Fetching what a URL names that a stranger has sent, from public addresses alone."""

from __future__ import annotations

from calotype.adapters.fetching.http import FetchPolicy, HttpFetcher
from calotype.adapters.fetching.memory import MemoryFetcher
from calotype.adapters.fetching.resolving import SystemResolver
from calotype.settings import Settings

__all__ = ["FetchPolicy", "HttpFetcher", "MemoryFetcher", "open_fetcher", "policy_of"]


def open_fetcher(settings: Settings) -> HttpFetcher:
    """Open the way out, held to what *settings* say."""
    return HttpFetcher(policy_of(settings), SystemResolver())


def policy_of(settings: Settings) -> FetchPolicy:
    """Gather from *settings* what a fetch is held to."""
    return FetchPolicy(
        ports=frozenset(int(port) for port in settings.fetch_ports.split(",")),
        timeout_s=settings.fetch_timeout_s,
        head_timeout_s=settings.fetch_head_timeout_s,
        min_rate=settings.min_fetch_rate,
        at_once=settings.max_fetches,
        test_network=settings.unsafe_fetch_from_loopback_in_tests,
    )
