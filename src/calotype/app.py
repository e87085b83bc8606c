"""The ASGI application: what is mounted where, and in which order. It composes and decides nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from calotype import bootstrap, dashboard
from calotype.dialects import imagekit, imgpro, imgprocessing
from calotype.errors import HttpsRequired
from calotype.mcp.door import AgentsDoor
from calotype.ports import Platform
from calotype.services import jobs
from calotype.services.delivery import Delivery
from calotype.services.paths import PathDelivery
from calotype.services.signing_keys import SigningKeys
from calotype.settings import CDN_PATH, IMAGEKIT_PATH, Settings
from calotype.web import health
from calotype.web.delivery import DeliveryDoor, Grammar
from calotype.web.delivery_headers import Header
from calotype.web.doors import Door, Doors, Template
from calotype.web.explaining import Explainer
from calotype.web.hits import Hits
from calotype.web.hosts import Hosts
from calotype.web.hot import HotResponses
from calotype.web.https_only import HttpsOnly, Refusal
from calotype.web.logs import configure_logging
from calotype.web.metrics import Metrics
from calotype.web.requests import RequestLayer, server_error
from calotype.web.told import Telling
from calotype.web.unread import Wording

FOLLOW_S = 1.0
"""How often a process looks for changes that no request made it see: what was deleted leaves its disk then."""

log = structlog.get_logger(__name__)

CDN = Template(CDN_PATH + "/{storage}/{file}")
PATHS = Template(IMAGEKIT_PATH + "/{workspace}/{path}")
IMAGES = Template(imgprocessing.PREFIX + "/images/{image_id}")


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Build the application; without *settings*, from the environment (each web process does so itself)."""
    settings = settings or Settings()
    configure_logging(settings)
    return Application(settings)


class Application:
    """Everything behind one port. ASGI's lifespan opens and closes it."""

    _door: DeliveryDoor
    _hosts: Hosts
    _requests: ASGIApp

    def __init__(self, settings: Settings) -> None:
        """Hold *settings*; nothing is opened before the lifespan starts."""
        self._settings = settings
        self._wordings: dict[bytes, Wording] = {
            PATHS.prefix.encode(): imagekit.unread,
            f"{imgprocessing.PREFIX}/".encode(): imgprocessing.unread(settings),
        }
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
            await self._start()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        # For the connections: they count and word what they refuse, and answer from memory before a request starts.
        # They do not see what a proxy tells of TLS, so then nothing is answered from memory there.
        early = not (self._settings.require_https and self._settings.trusted_proxies)
        hit = self._hit if early else None
        scope.get("state", {}).update(metrics=self._metrics, wording=self._wording, hit=hit)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._resources.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    def _hit(self, method: bytes, url: bytes, headers: Sequence[Header]) -> tuple[bytes, bytes] | None:
        """Answer from memory, as `DeliveryDoor.hit` does."""
        return self._door.hit(method, self._hosts.target(url, headers), headers)

    async def _start(self) -> None:
        """Open everything, or leave nothing open: who is told that it failed ends at once."""
        try:
            await self._open()
        except BaseException:
            await self._resources.aclose()
            raise

    def _wording(self, url: bytes, headers: Sequence[Header]) -> Wording | None:
        """Find the words of the API that *url*, or what has come in of it, leads to; None: of no particular one."""
        here = self._hosts.target(url, headers)
        return next((words for prefix, words in self._wordings.items() if here.startswith(prefix)), None)

    async def _open(self) -> None:
        slots = max(1, self._settings.render_slots // self._settings.workers)
        opening = bootstrap.open_platform(self._settings, slots=slots, observer=self._metrics)
        platform = await self._resources.enter_async_context(opening)
        delivery = Delivery(platform, self._metrics)
        await delivery.rows.start()
        hot = self._hot_responses(delivery)
        door = partial(self._delivery_door, platform, delivery, hot)
        by_id = imgpro.delivery.grammar(delivery)
        by_path = imagekit.delivery.grammar(
            PathDelivery(platform, delivery, SigningKeys(platform, delivery.rows))
        )
        by_image = imgprocessing.delivery.grammar(platform, delivery)
        self._door = door(by_id)
        warming = self._keep_going(platform.renderer.warm())
        self._keep_going(_follow(delivery))
        self._keep_going(jobs.keep_working(platform))
        self._keep_going(self._metrics.fold_for_ever())
        pages = self._pages(platform, warmed=lambda: asyncio.shield(warming))
        doors = Doors(
            self._settings,
            Door(CDN.prefix, by_id, self._door, CDN),
            [
                Door(PATHS.prefix, by_path, door(by_path), PATHS),
                Door(IMAGES.prefix, by_image, door(by_image), IMAGES),
            ],
            pages,
        )
        pages.state.delivery = delivery
        settings = self._settings
        secured = HttpsOnly(doors, settings, _refusal(settings)) if settings.require_https else doors
        self._hosts = Hosts(
            secured, settings.img_processing_hosts, imgprocessing.PREFIX, imgprocessing.ON_HOSTS
        )
        pages.state.explainer = Explainer(
            _routing(doors, self._hosts),
            delivery.tier_of,
            delivery.planner.set_aside,
            delivery.budget,
            hot,
        )
        self._requests = RequestLayer(self._hosts, self._metrics)

    def _keep_going(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run *work* beside the requests, until the application closes."""
        task = asyncio.create_task(work)
        self._resources.push_async_callback(_end, task)
        return task

    def _hot_responses(self, delivery: Delivery) -> HotResponses:
        hot = HotResponses(self._settings.memory_cache_bytes, self._settings.memory_cache_item_bytes)
        delivery.rows.listen(hot.heed)
        return hot

    def _delivery_door(
        self, platform: Platform, delivery: Delivery, hot: HotResponses, read: Grammar
    ) -> DeliveryDoor:
        # What is below neither is img.pro's, wherever `cdn_url` has it.
        routes = {**{each.prefix.encode(): each.path for each in (PATHS, IMAGES)}, b"": CDN.path}
        return DeliveryDoor(
            read,
            delivery.bytes_of,
            freshness=delivery.rows,
            hot=hot,
            observer=Hits(self._metrics.hits, routes),
            clock=platform.clock,
            max_age=self._settings.max_age_s,
        )

    def _pages(self, platform: Platform, *, warmed: health.Check) -> Starlette:
        # Ready is who has warmed up once: who is merely busy says so itself, with 503 and Retry-After.
        checks: dict[str, health.Check] = {"catalog": platform.catalog.ping, "renderer": warmed}
        agents = AgentsDoor(platform)
        self._keep_going(agents.run())
        own = [
            Route("/mcp", Telling(agents)),
            Route("/healthz", health.healthz),
            Route("/readyz", health.readyz(checks)),
            Route("/metrics", self._metrics.endpoint),
        ]
        # img.pro's come last: its viewer takes any path of one segment.
        routes = [
            *own,
            *imgprocessing.routes(platform),
            *dashboard.routes(platform),
            *imgpro.routes(platform),
        ]
        handlers: dict[Any, Any] = {404: dashboard.missing(platform), Exception: server_error}
        pages = Starlette(routes=routes, exception_handlers=handlers)
        pages.router.redirect_slashes = False  # such a redirect would be built from the client's Host
        return pages


def _refusal(settings: Settings) -> Refusal:
    """Word what is refused before a dialect sees it, in the words of the one whose path it is."""
    processing = imgprocessing.refusal(settings)

    async def refuse(request: Request, error: HttpsRequired) -> Response:
        ours = request.url.path.startswith(f"{imgprocessing.PREFIX}/")
        return await (processing if ours else imgpro.refusal)(request, error)

    return refuse


def _routing(doors: Doors, hosts: Hosts) -> Callable[[str, str], tuple[Grammar, str] | None]:
    def route(host: str, path: str) -> tuple[Grammar, str] | None:
        here = hosts.target(path.encode(errors="replace"), [(b"host", host.encode())]).decode()
        found = doors.find(host, here)
        return (found[0].grammar, found[1]) if found else None

    return route


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
