"""The delivery door: a plain ASGI application, without framework, that every dialect's URLs go through.

Law: a hit awaits no database and touches no file; a 304 touches no bytes; errors are never kept.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from starlette.types import Receive, Scope, Send

from calotype.domain.conditional import CACHE_FIELDS, Verdict, fields_of, judge, wanted_range
from calotype.domain.planning import Original, Target
from calotype.domain.ranges import ByteRange, select
from calotype.domain.words import Word
from calotype.errors import CalotypeError, MethodNotAllowed, NotFound, PreconditionFailed, RangeNotSatisfiable
from calotype.web.delivery_headers import (
    ACTIVE,
    EVERY_BODY,
    Header,
    body_headers,
    caching,
    media_type_of,
    shared_headers,
    validators_of,
    varying,
)
from calotype.web.departures import unless_client_leaves
from calotype.web.hot import Held, Hot, HotResponses, head
from calotype.web.requests import current_request_id, new_request_id

CHUNK = 256 * 1024

_READS = frozenset({b"GET", b"HEAD"})
_ALLOW = (b"allow", b"GET, HEAD, OPTIONS")
_PREFLIGHT = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    # Conditions and several ranges make a page ask first; `*` never stands for Authorization (Fetch, 4.8).
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
    _ALLOW,
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


async def _wordless(_: Scope) -> tuple[Word, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a dialect gives the door: how its URLs are read, and how its errors look."""

    find: Callable[[Scope], Awaitable[Target]]
    """Raises CalotypeError when the URL names nothing that may be sent. With `calotype.owner` in the scope, a workspace
    id, it is that owner who asks: what they own is found whatever its visibility, and without a signature."""
    refuse: Callable[[CalotypeError, str], Refusal]
    """Turns an error and the request's id into what is sent."""
    words: Callable[[Scope], Awaitable[tuple[Word, ...]]] = _wordless
    """Says what became of each part of the URL; raises as `find`."""
    request_id: bytes = b""
    """The name, in lower case, of a further header in which the dialect tells the id of each request."""


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
        hot = self._hot.find(url, headers)
        if hot is None or method not in _READS or not self._freshness.fresh():
            return None
        ends = hot.caching.until
        if ends is not None and ends <= self._clock():
            return None
        asked = fields_of(headers)
        if asked and not asked.keys() <= CACHE_FIELDS:
            return None
        if asked and judge(asked, hot.validators) is Verdict.NOT_MODIFIED:
            status, lines, body = 304, hot.not_modified, b""
        else:
            status, lines, body = 200, hot.full, b"" if method == b"HEAD" else hot.held.body
        if ends is not None:
            lines += head(b"", [hot.caching.header(self._clock())])
        self._observer.hit(method, url, status, len(body))
        request_id = new_request_id().encode()
        if hot.request_id:
            lines += hot.request_id + b": " + request_id + b"\r\n"
        return lines + b"x-request-id: " + request_id + b"\r\n", body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await _send(send, 204, [*_PREFLIGHT, *self._request_named()], b"")
            return
        try:
            await self._answer(scope, receive, send)
        except CalotypeError as error:  # none is raised once the answer has begun
            await self._send_refusal(error, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"].encode() not in _READS:
            raise MethodNotAllowed
        generation = self._freshness.generation
        target = await self._grammar.find(scope)
        shared, asked = shared_headers(target), fields_of(scope["headers"])
        verdict = judge(asked, validators_of(target))
        if verdict is Verdict.FAILED:
            raise PreconditionFailed
        if verdict is Verdict.NOT_MODIFIED:
            await _send(send, 304, [*shared, *self._own(target)], b"")
            return
        body = await self._body(target, receive)
        with nullcontext() if isinstance(body, bytes) else body:
            media_type = media_type_of(target, body) if isinstance(body, bytes) else target.what.media_type
            inline = bool(scope.get("calotype.delivery_host"))
            headers = [*shared, *body_headers(target, media_type, inline=inline)]
            if isinstance(body, bytes) and await self._may_hold(generation, target, media_type, scope):
                self._hold(scope, target, headers, body)
            part = _part(scope["method"], target, asked, _size(body))
            await _send_body(send, scope["method"], [*headers, *self._own(target)], body, part)

    async def _body(self, target: Target, receive: Receive) -> bytes | BinaryIO:
        """Get the whole body: from memory by its key, or from the tiers below; as a file when it is large."""
        held = self._hot.by_key(target.what.key)
        if held is not None:
            return held.body
        found = await unless_client_leaves(receive, self._bytes_of(target))
        return (
            found if isinstance(found, bytes) else await asyncio.to_thread(_opened, found, self._hot.largest)
        )

    async def _may_hold(self, generation: int, target: Target, media_type: str, scope: Scope) -> bool:
        """Say whether the response may be found by its URL alone, and is what the URL leads to still."""
        if media_type in ACTIVE or not caching(target, self._max_age).public:
            return False
        return await self._unchanged(generation, target, scope)

    async def _unchanged(self, generation: int, target: Target, scope: Scope) -> bool:
        """Look again when anything changed while the bytes were on their way: stale ones are not held."""
        if self._freshness.fresh() and generation == self._freshness.generation:
            return True
        try:
            return await self._grammar.find(scope) == target
        except CalotypeError:
            return False

    def _hold(self, scope: Scope, target: Target, headers: list[Header], body: bytes) -> None:
        asset = target.asset
        held = self._hot.hold(Held(target.what.key, asset.id, asset.workspace_id, body))
        if held is None:
            return
        kept = caching(target, self._max_age)
        fixed = [] if kept.until else [kept.header(self._clock())]
        length = (b"content-length", b"%d" % len(body))
        full = head(b"HTTP/1.1 200 OK\r\n", [*headers, *fixed, length])
        not_modified = head(b"HTTP/1.1 304 Not Modified\r\n", [*shared_headers(target), *fixed])
        hot = Hot(
            held,
            validators_of(target),
            kept,
            full,
            not_modified,
            others=_has_others(target),
            request_id=self._grammar.request_id,
        )
        names = tuple(name.lower().encode() for name in varying(target))
        self._hot.remember(_url(scope), hot, names, scope["headers"])

    def _own(self, target: Target) -> list[Header]:
        """Give the headers that one answer has to itself: how long it may be kept from now on, and its request's id."""
        return [caching(target, self._max_age).header(self._clock()), *self._request_named()]

    def _request_named(self) -> list[Header]:
        name = self._grammar.request_id
        return [(name, current_request_id().encode())] if name else []

    async def _send_refusal(self, error: CalotypeError, send: Send) -> None:
        refusal = self._grammar.refuse(error, current_request_id())
        headers = [*refusal.headers, (b"cache-control", b"no-store"), *EVERY_BODY]
        if isinstance(error, MethodNotAllowed):
            headers.append(_ALLOW)
        if isinstance(error, RangeNotSatisfiable):
            headers.append((b"content-range", b"bytes */%d" % error.size))
        headers.append((b"content-length", b"%d" % len(refusal.body)))
        await _send(send, refusal.status, headers, refusal.body)


def _part(method: str, target: Target, asked: dict[bytes, bytes], size: int) -> ByteRange | None:
    """Choose the part to send; None: the whole. Only of originals, whose bytes never change, and only to a GET.

    A variant is small and may be made anew; HEAD tells about the whole (RFC 9110, 14.2).

    Raises:
        RangeNotSatisfiable: the range has no byte of the body.
    """
    if method != "GET" or not isinstance(target.what, Original):
        return None
    wanted = wanted_range(asked, validators_of(target))
    return None if wanted is None else select(wanted, size)


def _has_others(target: Target) -> bool:
    """Say whether other images had a part in the answer: by the URL's terms, or as layers."""
    what = target.what
    layered = not isinstance(what, Original) and len([*what.picture.files()]) > 1
    return target.terms.others or layered


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


def _size(body: bytes | BinaryIO) -> int:
    return len(body) if isinstance(body, bytes) else os.fstat(body.fileno()).st_size


async def _send_body(
    send: Send, method: str, headers: list[Header], body: bytes | BinaryIO, part: ByteRange | None
) -> None:
    """Send a body, or *part* of it: what is in memory at once, a file a chunk at a time."""
    start, end = (0, _size(body)) if part is None else (part.start, part.end)
    status = 200
    if part is not None:
        status, headers = 206, [*headers, (b"content-range", part.content_range)]
    headers = [*headers, (b"content-length", b"%d" % (end - start))]
    if method == "HEAD":
        await _send(send, status, headers, b"")
    elif isinstance(body, bytes):
        await _send(send, status, headers, body if part is None else body[start:end])
    else:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        async for chunk in _chunks(body, start, end):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _chunks(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, start)
    while start < end and (chunk := await asyncio.to_thread(file.read, min(CHUNK, end - start))):
        start += len(chunk)
        yield chunk


async def _send(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
