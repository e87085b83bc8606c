"""The delivery door: a plain ASGI application, without framework, that every dialect's URLs go through.

Law: a hit awaits no database and touches no file; a 304 touches no bytes; errors are never kept.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from starlette.types import Receive, Scope, Send

from calotype.domain.conditional import etag_matches
from calotype.domain.formats import FORMATS, Format
from calotype.domain.planning import Plan, Target
from calotype.errors import CalotypeError, NotFound
from calotype.web.departures import unless_client_leaves
from calotype.web.hot import Header, Hot, HotResponses, head
from calotype.web.requests import current_request_id, new_request_id

CHUNK = 256 * 1024
ACTIVE = {FORMATS[Format.SVG].media_type}
"""Media types that a browser would run on our origin: downloads there, shown only on a delivery host."""

_EVERY_BODY = (
    (b"access-control-allow-origin", b"*"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_READS = frozenset({b"GET", b"HEAD"})
_PREFLIGHT = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
)


class Freshness(Protocol):
    """Whether what is in memory may still be used."""

    @property
    def generation(self) -> int:
        """A number that rises whenever something was forgotten."""

    def fresh(self) -> bool:
        """Say so, without waiting."""

    async def catch_up(self) -> None:
        """Read what has changed."""


class HitObserver(Protocol):
    """Counts what nobody else sees: a hit passes by all middleware."""

    def hit(self, method: bytes, url: bytes, status: int, size: int) -> None:
        """Count a response of *size* body bytes from memory."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error in a dialect's own shape."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a dialect gives the door: how its URLs are read, and how its errors look."""

    find: Callable[[Scope], Awaitable[Target]]
    """Raises CalotypeError when the URL names nothing that may be sent."""
    refuse: Callable[[CalotypeError, str], Refusal]
    """Turns an error and the request's id into what is sent."""


class DeliveryDoor:
    """The ASGI application below a dialect's delivery path."""

    def __init__(
        self,
        grammar: Grammar,
        bytes_of: Callable[[Target], Coroutine[Any, Any, bytes | Path]],
        *,
        freshness: Freshness,
        hot: HotResponses,
        observer: HitObserver,
        clock: Callable[[], datetime],
        max_age: int,
    ) -> None:
        """Serve hits from *hot*; find and fetch the rest by *grammar* and *bytes_of*."""
        self._grammar = grammar
        self._bytes_of = bytes_of
        self._freshness = freshness
        self._hot = hot
        self._observer = observer
        self._clock = clock
        self._max_age = max_age

    def hit(self, method: bytes, url: bytes, headers: Sequence[Header]) -> tuple[bytes, bytes] | None:
        """Answer from memory, if it has this very URL: the head without its last, empty line, and the body.

        For the connection to ask before it starts the application, which is what makes a hit cheap. None is
        no judgement: the same request then comes in through `__call__`.
        """
        hot = self._hot.get(url)
        if hot is None or method not in _READS or not self._freshness.fresh():
            return None
        if hot.expires_at is not None and hot.expires_at <= self._clock():
            return None
        if _client_has(headers, hot.etag):
            status, lines, body = 304, hot.not_modified, b""
        else:
            status, lines, body = 200, hot.full, b"" if method == b"HEAD" else hot.body
        if hot.expires_at is not None:
            lines += head(b"", [self._cache_control(hot.expires_at)])
        self._observer.hit(method, url, status, len(body))
        return lines + b"x-request-id: " + new_request_id().encode() + b"\r\n", body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"].encode() in _READS:
            await self._answer(scope, receive, send)
        else:
            status = 204 if scope["method"] == "OPTIONS" else 405
            await _send(send, status, [*_PREFLIGHT], b"")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        generation = self._freshness.generation
        try:
            target = await self._grammar.find(scope)
            headers = _headers(target, inline=bool(scope.get("calotype.delivery_host")))
            if _client_has(scope["headers"], _etag(target)):
                await self._send_not_modified(target, headers, send)
                return
            held = self._hot.by_key(target.what.key)
            found = held.body if held else await unless_client_leaves(receive, self._bytes_of(target))
            body = (
                await asyncio.to_thread(_opened, found, self._hot.largest)
                if isinstance(found, Path)
                else found
            )
        except CalotypeError as error:
            await self._send_refusal(error, send)
            return
        if not isinstance(body, bytes):
            await self._send_file(body, target, headers, scope, send)
        else:
            if target.what.media_type not in ACTIVE and await self._unchanged(generation, target, scope):
                self._hold(_url(scope), target, headers, body)
            await self._send_bytes(body, target, headers, send)

    async def _unchanged(self, generation: int, target: Target, scope: Scope) -> bool:
        """Look again when anything changed while the bytes were on their way: stale ones are not held."""
        if self._freshness.fresh() and generation == self._freshness.generation:
            return True
        try:
            return await self._grammar.find(scope) == target
        except CalotypeError:
            return False

    def _hold(self, url: bytes, target: Target, headers: list[Header], body: bytes) -> None:
        key, asset = target.what.key, target.asset
        if self._hot.by_key(key) is None:
            caching = [] if asset.expires_at else [self._cache_control(None)]
            length = (b"content-length", b"%d" % len(body))
            full = head(b"HTTP/1.1 200 OK\r\n", [*headers, *caching, length])
            not_modified = head(b"HTTP/1.1 304 Not Modified\r\n", [*headers, *caching])
            self._hot.add(Hot(key, asset.id, _etag(target), body, full, not_modified, asset.expires_at))
        hot = self._hot.by_key(key)
        if hot is not None:
            self._hot.alias(url, hot)

    def _cache_control(self, expires_at: datetime | None) -> Header:
        """Let others keep it for as long as the setting says, and no longer than it lives."""
        age = self._max_age
        if expires_at is not None:
            age = max(0, min(age, int((expires_at - self._clock()).total_seconds())))
        return (b"cache-control", b"public, max-age=%d" % age)

    async def _send_not_modified(self, target: Target, headers: list[Header], send: Send) -> None:
        caching = self._cache_control(target.asset.expires_at)
        await _send(send, 304, [*headers, caching], b"")

    async def _send_bytes(self, body: bytes, target: Target, headers: list[Header], send: Send) -> None:
        length = (b"content-length", b"%d" % len(body))
        caching = self._cache_control(target.asset.expires_at)
        await _send(send, 200, [*headers, caching, length], body)

    async def _send_file(
        self, opened: BinaryIO, target: Target, headers: list[Header], scope: Scope, send: Send
    ) -> None:
        """Stream what is too large for memory, a chunk at a time."""
        with opened as file:
            size = os.fstat(file.fileno()).st_size
            caching = self._cache_control(target.asset.expires_at)
            start = [*headers, caching, (b"content-length", b"%d" % size)]
            await send({"type": "http.response.start", "status": 200, "headers": start})
            while scope["method"] != "HEAD" and (chunk := await asyncio.to_thread(file.read, CHUNK)):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    async def _send_refusal(self, error: CalotypeError, send: Send) -> None:
        refusal = self._grammar.refuse(error, current_request_id())
        length = (b"content-length", b"%d" % len(refusal.body))
        headers = [*refusal.headers, (b"cache-control", b"no-store"), *_EVERY_BODY, length]
        await _send(send, refusal.status, headers, refusal.body)


def _etag(target: Target) -> bytes:
    return b'"%s"' % target.what.key.encode()


def _headers(target: Target, *, inline: bool) -> list[Header]:
    """Everything that follows from the target alone: what it is, and how a browser may use it."""
    what = target.what
    headers = [(b"content-type", what.media_type.encode()), (b"etag", _etag(target)), *_EVERY_BODY]
    if what.media_type in ACTIVE and not inline:
        headers.append((b"content-disposition", b"attachment"))
    if isinstance(what, Plan) and what.notes:
        headers.append((b"x-calotype-notes", ", ".join(what.notes).encode()))
    return headers


def _client_has(headers: Iterable[Header], etag: bytes) -> bool:
    return any(name == b"if-none-match" and etag_matches(value, etag) for name, value in headers)


def _url(scope: Scope) -> bytes:
    """Write the request target as a client sends it: path and query, still percent-encoded."""
    query: bytes = scope["query_string"]
    path: bytes = scope["raw_path"]
    return path + b"?" + query if query else path


def _opened(path: Path, largest: int) -> bytes | BinaryIO:
    """Read a file of at most *largest* bytes, or open it.

    Raises:
        NotFound: it was deleted since it was named.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise NotFound from None
    if os.fstat(file.fileno()).st_size > largest:
        return file
    with file:
        return file.read()


async def _send(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
