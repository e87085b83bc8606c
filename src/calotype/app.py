"""The ASGI application: what is mounted where, and in which order. It composes and decides nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from calotype import bootstrap
from calotype.dialects import imgpro
from calotype.dialects.imgpro.delivery import grammar
from calotype.ports import Platform
from calotype.services.delivery import Delivery
from calotype.settings import Settings
from calotype.web import health
from calotype.web.delivery import DeliveryDoor
from calotype.web.hits import Hits
from calotype.web.hot import HotResponses
from calotype.web.logs import configure_logging
from calotype.web.metrics import Metrics
from calotype.web.requests import RequestLayer, server_error

FOLLOW_S = 1.0
"""How often a process looks for changes that no request made it see: what was deleted leaves its disk then."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Template:
    """A route's name in the metrics, for what is no Starlette route."""

    path: str


CDN_ROUTE = Template("/cdn/{storage}/{file}")


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Build the application; without *settings*, from the environment (each web process does so itself)."""
    settings = settings or Settings()
    configure_logging(settings)
    return Application(settings)


class Application:
    """Everything behind one port. ASGI's lifespan opens and closes it."""

    _door: DeliveryDoor
    _requests: ASGIApp

    def __init__(self, settings: Settings) -> None:
        """Hold *settings*; nothing is opened before the lifespan starts."""
        self._settings = settings
        self._metrics = Metrics()
        self._resources = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Follow the lifespan, or answer a request."""
        if scope["type"] == "http":
            await self._requests(scope, receive, send)
        else:
            await self._lifespan(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return  # a WebSocket: there is none here, and returning refuses it
        await receive()
        try:
            await self._open()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        # For the connections: they count what they refuse, and answer from memory before they start a request.
        scope.get("state", {}).update(metrics=self._metrics, hit=self._door.hit)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._resources.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        slots = max(1, self._settings.render_slots // self._settings.workers)
        opening = bootstrap.open_platform(self._settings, slots=slots, observer=self._metrics)
        platform = await self._resources.enter_async_context(opening)
        delivery = Delivery(platform, self._metrics)
        await delivery.rows.start()
        self._door = self._delivery_door(platform, delivery)
        warming = self._keep_going(platform.renderer.warm())
        self._keep_going(_follow(delivery))
        self._keep_going(self._metrics.fold_for_ever())
        pages = self._pages(platform, warmed=lambda: asyncio.shield(warming))
        self._requests = RequestLayer(Doors(self._settings, self._door, pages), self._metrics)

    def _keep_going(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* beside the requests, until the application closes."""
        task = asyncio.create_task(work)
        self._resources.push_async_callback(_end, task)
        return task

    def _delivery_door(self, platform: Platform, delivery: Delivery) -> DeliveryDoor:
        hot = HotResponses(self._settings.memory_cache_bytes, self._settings.memory_cache_item_bytes)
        delivery.rows.listen(hot.heed)
        return DeliveryDoor(
            grammar(delivery),
            delivery.bytes_of,
            freshness=delivery.rows,
            hot=hot,
            observer=Hits(self._metrics.hits, CDN_ROUTE.path),
            clock=platform.clock,
            max_age=self._settings.max_age_s,
        )

    def _pages(self, platform: Platform, *, warmed: health.Check) -> ASGIApp:
        # Ready is who has warmed up once: who is merely busy says so itself, with 503 and Retry-After.
        checks: dict[str, health.Check] = {"catalog": platform.catalog.ping, "renderer": warmed}
        own = [
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz(checks)),
            Route("/metrics", self._metrics.endpoint),
        ]
        handlers = {Exception: server_error}
        pages = Starlette(routes=[*own, *imgpro.routes(platform)], exception_handlers=handlers)
        pages.router.redirect_slashes = False  # such a redirect would be built from the client's Host
        return pages


class Doors:
    """Chooses between delivery and everything else, by host and by path."""

    def __init__(self, settings: Settings, delivery: ASGIApp, rest: ASGIApp) -> None:
        """Deliver below `cdn_url`; on a host of its own, what is active may be shown inline."""
        cdn = urlsplit(settings.cdn_url)
        base = urlsplit(settings.base_url)
        self._own_host = b"" if cdn.netloc == base.netloc else cdn.netloc.lower().encode()
        # On the API's own host a proxy that serves us below a path takes that path off, here as for every page.
        self._own_path = f"{cdn.path if self._own_host else cdn.path.removeprefix(base.path)}/"
        self._path = "/cdn/" if self._own_host else self._own_path
        self._delivery = delivery
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        on_own_host = bool(self._own_host) and self._own_host in _hosts(scope)
        prefix = self._own_path if on_own_host else self._path
        if scope["path"].startswith(prefix):
            scope["calotype.path"] = scope["path"][len(prefix) :]
            scope["calotype.delivery_host"] = on_own_host
            scope["route"] = CDN_ROUTE
            await self._delivery(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def _hosts(scope: Scope) -> list[bytes]:
    """List the request's Host: its case means nothing (RFC 3986, 3.2.2)."""
    return [value.lower() for name, value in scope["headers"] if name == b"host"]


async def _follow(delivery: Delivery) -> None:
    """Follow the events; a database that is away for a while is waited for."""
    while True:
        await asyncio.sleep(FOLLOW_S)
        try:
            await delivery.follow()
        except Exception:
            log.exception("events not followed")


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
