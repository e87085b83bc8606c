"""From names to addresses, by the operating system's resolver.

Law: a lookup cannot be interrupted, so lookups have threads of their own: a name server that never answers
keeps nobody waiting but those who look up names.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Protocol

from calotype.adapters.fetching.addresses import Address

LOOKUPS = 16
"""Lookups at once; one that hangs ends by the resolver's own timeout (5 s for each try by default)."""


class Resolver(Protocol):
    """Answers all addresses of a name, the preferred one first; none when there is no such name."""

    async def __call__(self, host: str, /) -> Sequence[Address]:
        """Look *host* up, once."""

    def close(self) -> None:
        """Look nothing up any more."""


class SystemResolver:
    """Asks as every program on this machine does: hosts file, then name servers."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")

    async def __call__(self, host: str, /) -> Sequence[Address]:
        """Look *host* up, once."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)

    def close(self) -> None:
        """Look nothing up any more; what hangs is left to end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> Sequence[Address]:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(ip_address(str(where[0])) for *_, where in answers))
