"""`/mcp`: who may pass to the SDK's server, and with how large a body; and when that server is started.

Law: what a browser sends from another page is refused (DNS rebinding: MCP, transports, security warning), a wrong
key is refused, and a body is read at this server's own pace and limits.

Why so: docs/adr/0033.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calotype.dialects.imgpro.callers import address_of, caller_of
from calotype.dialects.imgpro.errors import HEADERS, headers_of, log_failure, status_of
from calotype.errors import CalotypeError, FileTooLarge, Forbidden
from calotype.mcp.refusals import sentence, told
from calotype.mcp.tools import Call
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.settings import Settings
from calotype.web.pace import feed

MIB = 1024 * 1024
CALL_BYTES = MIB
"""Bytes of a call's JSON, beside the file that a caller with a key may put into it."""
_INVALID_REQUEST = -32600
"""JSON-RPC 2.0, 5.1: what is refused here was not looked into."""


class AgentsDoor:
    """The ASGI application at `/mcp`. `run` keeps what it leads to, for as long as the application lives."""

    def __init__(self, platform: Platform) -> None:
        """Lead to the services of *platform*."""
        self._platform = platform
        self._wanted = asyncio.Event()
        self._opened: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Wait for the first call, then serve until cancelled.

        The SDK is imported by then alone, beside the event loop: it takes longer than all else at the start.
        """
        await self._wanted.wait()
        try:
            server = await asyncio.to_thread(import_module, "calotype.mcp.server")
            opening: AbstractAsyncContextManager[ASGIApp] = server.serving(
                self._platform.settings, _largest(self._platform.settings)
            )
            async with opening as app:
                self._opened.set_result(app)
                await asyncio.Event().wait()
        except Exception as error:
            if not self._opened.done():
                self._opened.set_exception(error)
            raise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if request.method != "POST":  # no stream to listen to and no session to end: nothing is kept here
            await _not_allowed()(scope, receive, send)
            return
        try:
            self._check_origin(request)
            caller = await caller_of(self._platform, request)
            body = await self._body(request, caller)
        except CalotypeError as error:
            log_failure(error)
            await _refusal(error)(scope, receive, send)
            return
        self._wanted.set()
        app = await asyncio.shield(self._opened)
        explainer = request.app.state.explainer
        scope["calotype.call"] = Call(self._platform, caller, address_of(request), explainer)
        await app(scope, _replayed(body, receive), send)

    def _check_origin(self, request: Request) -> None:
        """Let pass who is no browser, and pages of this server.

        Raises:
            Forbidden: a page of another origin sends it.
        """
        base = urlsplit(self._platform.settings.base_url)
        own = f"{base.scheme}://{base.netloc}".lower()
        if any(each.lower() != own for each in request.headers.getlist("origin")):
            raise Forbidden("Pages of other origins may not call this; agents send no Origin.")

    async def _body(self, request: Request, caller: Caller) -> bytes:
        """Receive the body: without a key a small one.

        Raises:
            FileTooLarge, RequestTooSlow: it is larger than this caller may send, or comes too slowly.
        """
        settings = self._platform.settings
        limit = CALL_BYTES if caller.anonymous else _largest(settings)
        body = bytearray()

        def sink(chunk: bytes) -> None:
            _check_size(len(body) + len(chunk), limit)
            body.extend(chunk)

        length = request.headers.get("content-length", "")
        declared = length.isascii() and length.isdigit() and len(length) < 20
        _check_size(int(length) if declared else 0, limit)
        await feed(request, sink, min_rate=settings.min_upload_rate, grace_s=settings.upload_grace_s)
        return bytes(body)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise FileTooLarge(f"A call of this caller has at most {limit:,} bytes; import larger files by URL.")


def _largest(settings: Settings) -> int:
    """Say how many bytes the largest call has: base64 makes four of three."""
    return CALL_BYTES + settings.max_upload_bytes_mcp * 4 // 3


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _refusal(error: CalotypeError) -> JSONResponse:
    return _json(sentence(error), told(error), status_of(error), headers_of(error))


def _not_allowed() -> JSONResponse:
    return _json("method_not_allowed: send each message as a POST.", None, 405, {"Allow": "POST"})


def _json(message: str, data: dict[str, Any] | None, status: int, headers: dict[str, str]) -> JSONResponse:
    error = {"code": _INVALID_REQUEST, "message": message} | ({"data": data} if data else {})
    content = {"jsonrpc": "2.0", "id": None, "error": error}
    return JSONResponse(content, status, {**HEADERS, **headers})
