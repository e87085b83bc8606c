"""Host names that stand for a path: what comes to one of them is as if that path had been asked of this server.

Law: only the paths that are named move; health checks, pages and all else are on every host what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from calotype.web.delivery_headers import Header


class Hosts:
    """The ASGI application around those whose paths may be asked for by a host name alone."""

    def __init__(self, app: ASGIApp, hosts: str, prefix: str, moved: Sequence[str]) -> None:
        """Put *prefix* before paths that begin with one of *moved*, on *hosts*: names with commas between."""
        self._app = app
        self._hosts = frozenset(each.strip().lower().encode() for each in hosts.split(",") if each.strip())
        self._prefix = prefix
        self._moved = tuple(moved)
        self._raw_moved = tuple(each.encode() for each in moved)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._hosts and scope["path"].startswith(self._moved) and self._is_ours(scope["headers"]):
            # In place: whoever is around this names the route by what is found in the scope afterwards.
            scope["path"] = f"{self._prefix}{scope['path']}"
            scope["raw_path"] = self._prefix.encode() + scope["raw_path"]
        await self._app(scope, receive, send)

    def target(self, url: bytes, headers: Iterable[Header]) -> bytes:
        """Spell the request target *url* as this server knows it, for whoever looks before a request is started."""
        moves = self._hosts and url.startswith(self._raw_moved) and self._is_ours(headers)
        return self._prefix.encode() + url if moves else url

    def _is_ours(self, headers: Iterable[Header]) -> bool:
        """Tell by the Host, whose case means nothing; with its port where the setting has one, else without."""
        host = next((value.lower() for name, value in headers if name == b"host"), b"")
        return host in self._hosts or host.rpartition(b":")[0] in self._hosts
