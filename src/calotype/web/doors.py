"""Doors: which dialect delivers a URL, by its host and its path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from calotype.settings import Settings
from calotype.web.delivery import Grammar


@dataclass(frozen=True, slots=True)
class Template:
    """A route's name in the metrics, for what is no Starlette route."""

    path: str

    @property
    def prefix(self) -> str:
        """What every path of it begins with: all before the first name in braces."""
        return self.path.partition("{")[0]


@dataclass(frozen=True, slots=True)
class Door:
    """A dialect's delivery: how its URLs are read, who answers them, and the path that it is mounted below."""

    prefix: str
    grammar: Grammar
    answer: ASGIApp
    route: Template


class Doors:
    """Chooses between delivery and everything else, by host and by path."""

    def __init__(self, settings: Settings, cdn: Door, others: Sequence[Door], rest: ASGIApp) -> None:
        """Deliver img.pro's URLs below `cdn_url`; on a host of its own, what is active may be shown inline."""
        url, base = urlsplit(settings.cdn_url), urlsplit(settings.base_url)
        self._own_host = "" if url.netloc == base.netloc else url.netloc.lower()
        # On the API's own host a proxy that serves us below a path takes that path off, here as for every page.
        self._own_path = f"{url.path if self._own_host else url.path.removeprefix(base.path)}/"
        here = cdn.prefix if self._own_host else self._own_path
        self._doors = (replace(cdn, prefix=here), *others)
        self._on_own_host = (*others, replace(cdn, prefix=self._own_path))  # it may take every path there
        self._rest = rest

    def find(self, host: str, path: str) -> tuple[Door, str] | None:
        """Find who delivers *path* on *host* (lower case), and what of the path is theirs to read."""
        for door in self._on_own_host if self._own_host and host == self._own_host else self._doors:
            if path.startswith(door.prefix):
                return door, path[len(door.prefix) :]
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        host = _host(scope)
        found = self.find(host, scope["path"])
        if found is None:
            await self._rest(scope, receive, send)
            return
        door, below = found
        scope["calotype.path"] = below
        scope["calotype.delivery_host"] = bool(self._own_host) and host == self._own_host
        scope["route"] = door.route
        await door.answer(scope, receive, send)


def _host(scope: Scope) -> str:
    """Give the request's Host: its case means nothing (RFC 3986, 3.2.2)."""
    return next((value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"), "")
