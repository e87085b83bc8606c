"""One HTTP/1.1 connection, with bounds on what comes before a request is a request: header bytes, header time, target.

Law: a client that has not yet sent a whole head costs one timer and a bounded buffer, and a refusal never lands
inside the answer to an earlier request on the same connection.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from calotype.web.requests import new_request_id
from calotype.web.turns import Turns
from calotype.web.unread import (
    LARGE_HEAD,
    LONG_TARGET,
    MALFORMED,
    PIPELINED,
    SLOW,
    Refusal,
    Wording,
    in_general,
)

log = structlog.get_logger("calotype.protocol")


_MORE_THAN_A_HEAD = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
"""Headers of requests that are no plain GET."""


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """What the head of a request (request line and headers) may be."""

    max_bytes: int = 32 * 1024
    timeout_s: float = 10.0
    max_target: int = 8192
    """Length of the request target as it was sent, in bytes."""
    max_pipelined: int = 32
    """Requests of one connection that may wait: each costs some kilobytes, and one read brings thousands."""


class BoundedConfig(Config):
    """uvicorn's configuration, with the limits that `BoundedProtocol` holds."""

    def __init__(self, app: str | ASGIApp, head_limits: HeadLimits, **options: Any) -> None:
        """Take uvicorn's own arguments, and *head_limits*."""
        self.head_limits = head_limits
        self.turns = Turns()
        super().__init__(app, http=BoundedProtocol, **options)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's connection, which refuses heads that are too slow, too large or malformed.

    The usual request, whose head comes in one piece on a connection that is kept alive, sets no timer.
    """

    def __init__(
        self,
        config: BoundedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Be built by uvicorn, once for each connection."""
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.head_limits
        self._turns = config.turns
        self._timer: asyncio.TimerHandle | None = None
        self._begun = False
        """Whether a request has begun and not ended: `url` and `headers` are its own, as far as they have come in."""
        self._in_head = False
        self._head_bytes = 0
        """Upper bound of what the current head has used; exact enough until it passes the limit."""
        self._chunk_bytes = 0
        self._refusal = MALFORMED
        self._hit = False
        """Whether the request that is being read has been answered from memory."""
        self._late = False
        """Whether it waits for its turn instead."""
        self._answered = False
        """Whether any has."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock: a connection that never sends a byte ends too."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it as well
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the timer go with the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what may belong to a head, and watch the clock until the head is whole."""
        self._chunk_bytes = len(data)
        if self._in_head:
            self._head_bytes += self._chunk_bytes
        super().data_received(data)
        if self._in_head and self._head_bytes > self._limits.max_bytes:
            self._refuse(LARGE_HEAD)
        # Also without a head begun: line ends between requests would otherwise stop uvicorn's idle timer for good.
        elif self._timer is None and (
            self._in_head or (self._idle() and self.timeout_keep_alive_task is None)
        ):
            self._start_timer()

    def on_message_begin(self) -> None:
        """Begin to count; what came before in the same chunk is counted too, and taken out later if need be."""
        super().on_message_begin()
        self._begun = self._in_head = True
        self._head_bytes = self._chunk_bytes

    def on_headers_complete(self) -> None:
        """End the head; uvicorn starts the application from here."""
        self._in_head = False
        if self._timer is not None:
            self._stop_timer()
        if len(self.url) > self._limits.max_target:
            self._abort(LONG_TARGET)
        if self._head_bytes > self._limits.max_bytes and self._measured_head() > self._limits.max_bytes:
            self._abort(LARGE_HEAD)
        # RFC 9112 section 3.2: exactly one, or a cache in front of us and we may see different hosts.
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) != 1 and (hosts or self.parser.get_http_version() != "1.0"):
            self._abort(MALFORMED)
        if len(self.pipeline) >= self._limits.max_pipelined:
            self._abort(PIPELINED)
        plain = self._plain()
        self._late = plain and not self._turns.take(self.loop)
        self._hit = plain and not self._late and self._answer_from_memory()
        if not self._hit:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request; one that was answered from memory never had a cycle."""
        self._begun = False
        if not self._hit:
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Start the application, or wait in line first; uvicorn calls this for each request in its order."""
        if self._late:
            self._late = False
            method, url, headers = self.parser.get_method(), self.url, self.headers
            self._turns.wait(lambda: self._begin(cycle, app, method, url, headers))
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(
        self,
        cycle: RequestResponseCycle,
        app: ASGI3Application,
        method: bytes,
        url: bytes,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        """Answer the request that has waited in line, from memory or with the application."""
        if cycle.disconnected:
            return
        if cycle.keep_alive and self._write_from_memory(method, url, headers):
            cycle.response_started = cycle.response_complete = True
            self.on_response_complete()
        else:
            super()._start_asgi_task(cycle, app)

    def _plain(self) -> bool:
        """Whether the request may be answered without the application.

        Nothing before it is unanswered or unsent, nothing follows its head, and the connection stays. Everything
        else is the application's, which gives the same answer.
        """
        if not self._idle() or self.flow.write_paused or not self.parser.should_keep_alive():
            return False
        return not any(name in _MORE_THAN_A_HEAD for name, _ in self.headers)

    def _answer_from_memory(self) -> bool:
        """Answer without starting the application; False when that cannot be."""
        answered = self._write_from_memory(self.parser.get_method(), self.url, self.headers)
        if answered:
            self.on_response_complete()
        return answered

    def _write_from_memory(self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
        """Write the answer that the application has left a way to (`hit` in its lifespan's state), if it has."""
        hit = self.app_state.get("hit")
        answer = hit(method, url, headers) if hit else None
        if answer is None:
            return False
        head, body = answer
        self.transport.writelines((head + self._default_lines() + b"\r\n", body))
        self._answered = True
        return True

    def _idle(self) -> bool:
        """Whether no request waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _default_lines(self) -> bytes:
        """Write out the server's own headers: the date, which changes once a second."""
        return b"".join(name + b": " + value + b"\r\n" for name, value in self.server_state.default_headers)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words; ours are in the refusal
        """Refuse what the parser stopped at: what a callback of ours objected to, else malformed HTTP."""
        self._in_head = False
        self._refuse(self._refusal)

    def _measured_head(self) -> int:
        """Count the head without what came in the same chunks before and after it."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _abort(self, refusal: Refusal) -> None:
        """Leave the parser from within a callback; uvicorn then calls `send_400_response`."""
        self._refusal = refusal
        raise ValueError(refusal.message)

    def _start_timer(self) -> None:
        self._timer = self.loop.call_later(self._limits.timeout_s, self._time_is_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self) -> None:
        self._timer = None
        self._refuse(SLOW)

    def _refuse(self, refusal: Refusal) -> None:
        """Answer *refusal* and close; when an earlier answer is still going out, close after that instead."""
        if self.transport.is_closing():
            return
        if refusal is SLOW and (self._answered or self.cycle is not None) and not self._in_head:
            self.transport.close()  # idle between requests: a 408 now could be read as the answer to the next
            return
        if self._answering():
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        self.transport.write(self._response(refusal))
        self.transport.close()

    def _answering(self) -> bool:
        """Whether the connection owes an answer to a request that came in whole, or has begun to answer."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return False
        return bool(self.pipeline) or cycle.response_started or not cycle.more_body

    def _response(self, refusal: Refusal) -> bytes:
        request_id = new_request_id()
        client = self.client[0] if self.client else ""
        log.info("refused", status=refusal.status, code=refusal.code, client=client, request_id=request_id)
        if metrics := self.app_state.get("metrics"):
            metrics.refused(refusal.status)
        own, body = self._wording()(refusal, request_id)
        headers = {
            b"content-length": b"%d" % len(body),
            b"cache-control": b"no-store",  # a cache may keep 414 by itself (RFC 9110, 15.1)
            b"x-content-type-options": b"nosniff",
            b"x-request-id": request_id.encode(),
            b"connection": b"close",
        }
        lines = [*self.server_state.default_headers, *own, *headers.items()]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
        return STATUS_LINE[refusal.status] + head + b"\r\n" + body

    def _wording(self) -> Wording:
        """Find whose words are used: the application has left a way to tell (`wording` in its lifespan's state)."""
        find = self.app_state.get("wording")
        return (find(self.url, self.headers) if find and self._begun else None) or in_general
