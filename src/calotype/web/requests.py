"""The outermost layer around every request: its id, its line in the log, its count, and the answer of last resort.

Law: every answer carries an id that we made; no failure of ours leaves without an answer; a connection whose
request body nobody read to its end is closed after the answer.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from time import perf_counter

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calotype.web.metrics import Metrics

CLIENT_LEFT = 499
"""What the log says, as nginx does, when the client left before the answer began."""
LINGER_S = 2.0
LINGER_BYTES = 1024 * 1024
"""How long and how much an unread body is discarded after its answer. Closing at once would reset the connection,
and a client that is still sending may then never see why (RFC 9112 section 9.6)."""

_ID = ContextVar("request_id", default="")
_CLIENT_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_BODILESS = frozenset({"GET", "HEAD"})

log = structlog.get_logger("calotype.request")


def new_request_id() -> str:
    """Make an id for a request: 20 hex characters, unique in practice, no secret."""
    return f"{random.getrandbits(80):020x}"


def current_request_id() -> str:
    """Say which request this code runs for; empty outside of one."""
    return _ID.get()


def server_error(_request: Request | None, _error: Exception) -> Response:
    """Make the answer of last resort. A framework inside takes it as its handler for `Exception`."""
    content = {
        "error": "server_error",
        "message": "Something failed on this server; the request id finds it in the log.",
        "request_id": current_request_id(),
    }
    return JSONResponse(content, status_code=500, headers={"cache-control": "no-store"})


class RequestLayer:
    """The ASGI application around all others.

    An `x-request-id` that a client sends is logged beside ours, if it looks like one, and never taken over:
    whoever chooses ids could make two requests look like one.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap *app* and count into *metrics*."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_request_id()
        _ID.set(request_id)
        bodied = scope["method"] not in _BODILESS and _has_body(scope)
        exchange = (_BodyExchange if bodied else _Exchange)(receive, send, request_id)
        started = perf_counter()
        self._metrics.hits.in_flight += 1
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            exchange.status = (
                CLIENT_LEFT  # even if a framework inside has answered its own surprise with a 500
            )
        except Exception as error:
            if exchange.status and not exchange.ended:
                raise  # half an answer is out; the server logs this and cuts the connection
            log.exception("failed", method=scope["method"], path=_path(scope))
            if not exchange.ended:
                await server_error(None, error)(scope, exchange.receive, exchange.send)
        finally:
            self._metrics.hits.in_flight -= 1
            self._record(scope, exchange, (exchange.ended or perf_counter()) - started)

    def _record(self, scope: Scope, exchange: _Exchange, seconds: float) -> None:
        route, status = _route(scope), exchange.status or CLIENT_LEFT
        self._metrics.hits.request(scope["method"], route, status, exchange.sent)
        self._metrics.answered(route, seconds, status)
        write = log.error if status >= 500 else log.info
        write(
            "answered",
            method=scope["method"],
            path=_path(scope),
            status=status,
            duration_ms=round(seconds * 1000, 2),
            bytes=exchange.sent,
            client=scope["client"][0] if scope.get("client") else "",
            **_client_request_id(scope),
        )


class _Exchange:
    """One request and its answer, watched: what was sent, and under which id."""

    __slots__ = ("_id", "_send", "ended", "receive", "sent", "status")

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self.receive = receive
        self.status = 0
        self.sent = 0
        self.ended = 0.0
        """When the last of the answer was handed to the server; 0 before that."""
        self._send = send
        self._id = (b"x-request-id", request_id.encode("ascii"))

    def send(self, message: Message) -> Awaitable[None]:
        # Hands on the server's own awaitable: one coroutine less for each message of a hit.
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(message.get("headers", ()))}
        else:
            self.sent += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.ended = self.ended or perf_counter()
        return self._send(message)

    def _headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [*headers, self._id]


class _BodyExchange(_Exchange):
    """An exchange whose request has a body, which may not have been read when the answer is complete."""

    __slots__ = ("_receive", "_unread")

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        super().__init__(receive, send, request_id)
        self._receive = receive
        self._unread = True
        self.receive = self._watched_receive

    async def _watched_receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._unread = False
        return message

    def send(self, message: Message) -> Awaitable[None]:
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        return self._send_and_linger(message) if last and self._unread else super().send(message)

    async def _send_and_linger(self, message: Message) -> None:
        await super().send({**message, "more_body": True})
        self.ended = perf_counter()
        await self._linger()
        await super().send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        closing = [(b"connection", b"close")] if self._unread else []
        return [*super()._headers(headers), *closing]

    async def _linger(self) -> None:
        left = LINGER_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while self._unread and left > 0:
                    message = await self._watched_receive()
                    left -= len(message.get("body", b""))


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _route(scope: Scope) -> str:
    """Name the route by its template: paths hold ids, and there are too many of those for a metric."""
    route = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{route}" if route else "unmatched"


def _path(scope: Scope) -> str:
    """Give the path as it was sent, still percent-encoded, without the query: signatures live there."""
    return str(scope["raw_path"].decode("ascii", "backslashreplace"))


def _client_request_id(scope: Scope) -> dict[str, str]:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _CLIENT_ID.fullmatch(value):
            return {"client_request_id": value.decode("ascii")}
    return {}
