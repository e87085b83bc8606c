"""Many clients at once, and what a server counted of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx
from served import Served


async def crowd(
    served: Served, paths: Iterable[str], each: Callable = lambda *_: None
) -> list[httpx.Response]:
    """Ask for all *paths* at once, each over a connection of its own; *each* hears (place, answer) as they come."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=served.url, timeout=180, limits=limits) as client:

        async def ask(place: int, path: str) -> httpx.Response:
            answer = await client.get(path)
            each(place, answer)
            return answer

        return await asyncio.gather(*(ask(place, path) for place, path in enumerate(paths)))


def at_once(served: Served, paths: Iterable[str]) -> list[httpx.Response]:
    """Do so from a test that is no coroutine."""
    return asyncio.run(crowd(served, paths))


def stem(made: dict) -> str:
    """Give an upload's path on the delivery host, without its extension."""
    return urlsplit(made["src"]).path.rpartition(".")[0]


def counted(served: Served, sample: str) -> int:
    """Read a sample such as `calotype_deliveries_total{tier="render"}` from `/metrics`; 0 when it is not there."""
    lines = served.client.get("/metrics").text.splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(f"{sample} "))


def renders(served: Served, kind: str = "render") -> int:
    """Count the jobs of a kind that ended well in a worker of any process."""
    return counted(served, f'calotype_render_seconds_count{{kind="{kind}"}}')


def warmed(served: Served) -> Served:
    """Wait until every worker has started: until then, a place in the queue is one of the server's own."""
    assert until(lambda: served.client.get("/readyz").status_code == 200, 60)
    return served


def until(true: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait until something becomes true; say whether it did."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return true()
