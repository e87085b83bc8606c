"""What came without TLS to a server that requires it.

Law: a redirect leads to a configured URL, never to the Host that was sent. And what carries a key, or comes to the
API, is never redirected: a client that follows by itself would go on sending its key in the clear.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calotype.errors import HttpsRequired
from calotype.settings import IMG_PROCESSING_PATH, Settings

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""What a load balancer or Prometheus asks from next door, often without TLS; no secret is in it."""
APIS = ("/v1/", "/mcp", f"{IMG_PROCESSING_PATH}/v1/")
HSTS = "max-age=31536000"
"""A year without plain HTTP for this host (RFC 6797). The hosts below it are not ours to speak for."""
_URL_CHARACTERS = "/:%?#[]@!$&'()*+,;=~"

Refusal = Callable[[Request, HttpsRequired], Awaitable[Response]]


class HttpsOnly:
    """The ASGI application around those that are only to be had by HTTPS."""

    def __init__(self, app: ASGIApp, settings: Settings, refusal: Refusal) -> None:
        """Wrap *app*; *refusal* words what is refused."""
        self._app = app
        self._refusal = refusal
        self._base = settings.base_url
        cdn = urlsplit(settings.cdn_url)
        self._delivery_host = cdn.netloc.lower()
        self._own_delivery_host = cdn.netloc != urlsplit(settings.base_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["scheme"] == "https":
            await self._app(scope, receive, _with_hsts(send))
        elif scope["path"] in PROBES:
            await self._app(scope, receive, send)
        else:
            request = Request(scope, receive)
            answer = self._redirect(request) or await self._refusal(request, HttpsRequired())
            await answer(scope, receive, send)

    def _redirect(self, request: Request) -> Response | None:
        """Lead a browser to where it should have gone."""
        if request.method not in {"GET", "HEAD"} or request.url.path.startswith(APIS):
            return None
        if "authorization" in request.headers:
            return None
        target = request.scope["raw_path"] + b"?" + request.scope["query_string"]
        location = self._origin(request) + quote(target.removesuffix(b"?"), safe=_URL_CHARACTERS)
        return Response(status_code=308, headers={"Location": location, "Cache-Control": "no-store"})

    def _origin(self, request: Request) -> str:
        host = request.headers.get("host", "").lower()
        own = self._own_delivery_host and host == self._delivery_host
        return f"https://{self._delivery_host}" if own else self._base


def _with_hsts(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Strict-Transport-Security", HSTS)
        await send(message)

    return sending
