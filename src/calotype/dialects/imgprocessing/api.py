"""IMG Processing's API below `/img-processing/v1`: which function answers which path and method.

Law: whatever is refused below it, by us or by the router, is a problem body; whatever is made (201) says what it
is charged.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp

from calotype.dialects.imgprocessing import (
    analysis,
    creating,
    downloading,
    images,
    transforms,
    watermarks,
)
from calotype.dialects.imgprocessing.callers import KEY_HEADER, stage_of
from calotype.dialects.imgprocessing.errors import Refusal, answering
from calotype.domain.workspaces import Stage
from calotype.errors import CalotypeError
from calotype.ports import Platform
from calotype.settings import IMG_PROCESSING_PATH, Settings
from calotype.web.told import Telling, tell

Endpoint = Callable[[Platform, Request], Awaitable[ASGIApp]]

PREFIX = IMG_PROCESSING_PATH
ON_HOSTS = ("/v1/", "/images/")
"""What of it is there without the prefix on the host names that the setting maps to it."""
USAGE_HEADER = "X-Image-Processing-Usage"
EXPOSED_HEADERS = (
    "Retry-After",
    "X-Image-Processing-Usage",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-Id",
)

PATHS: dict[str, dict[str, Endpoint]] = {
    "/images/upload": {"POST": creating.upload},
    "/images": {"POST": creating.from_url, "GET": images.page},
    "/images/imagine": {"POST": analysis.imagine},
    "/images/{image_id}": {"GET": images.show, "DELETE": images.delete},
    "/images/{image_id}/download": {"GET": downloading.download},
    "/images/{image_id}/publish": {"POST": images.publish},
    "/images/{image_id}/unpublish": {"POST": images.unpublish},
    "/images/{image_id}/resize": {"POST": transforms.resize},
    "/images/{image_id}/crop": {"POST": transforms.crop},
    "/images/{image_id}/rotate": {"POST": transforms.rotate},
    "/images/{image_id}/mirror": {"POST": transforms.mirror},
    "/images/{image_id}/convert": {"POST": transforms.convert},
    "/images/{image_id}/blur": {"POST": transforms.blur},
    "/images/{image_id}/modulate": {"POST": transforms.modulate},
    "/images/{image_id}/watermark": {"POST": watermarks.watermark},
    "/images/{image_id}/remove-background": {"POST": analysis.remove_background},
    "/images/{image_id}/classify": {"POST": analysis.classify},
    "/images/{image_id}/visualize": {"POST": analysis.visualize},
    "/images/{image_id}/extract-formatted-text": {"POST": analysis.extract_formatted_text},
    "/images/{image_id}/extract-text": {"POST": analysis.extract_text},
}
"""Path below `/img-processing/v1` -> method -> what answers; `{image_id}` is as `asset_id_of` reads it."""

PUBLISHING = frozenset({"/images/{image_id}/publish", "/images/{image_id}/unpublish"})
"""What makes no image, and so is charged only where the setting takes the vendor at its word."""


def routes(platform: Platform) -> list[Mount]:
    """List what to mount: the API, with its own words for every error."""
    # Redirects for a slash too many would be built from Host, which is the client's word (attack H2).
    own = [_route(platform, path, verbs) for path, verbs in PATHS.items()]
    app: ASGIApp = Telling(
        ExceptionMiddleware(Router(own, redirect_slashes=False), answering(platform.settings))
    )
    mount = Mount(PREFIX, _open_to(platform.settings, app), name="imgprocessing")
    # A path may hold a line break (`%0A`), at which Starlette's `.` would stop: then its words would answer, not ours.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return [mount]


def refusal(settings: Settings) -> Refusal:
    """Give what words an error of the core's that was raised before the API was reached."""
    return answering(settings)[CalotypeError]


def _route(platform: Platform, path: str, verbs: dict[str, Endpoint]) -> Route:
    async def endpoint(request: Request) -> ASGIApp:
        verb = "GET" if request.method == "HEAD" else request.method
        answer = await verbs[verb](platform, request)
        if getattr(answer, "status_code", 200) == 201:
            tell(request.scope, {USAGE_HEADER: str(_charge(platform.settings, path, request))})
        return answer

    return Route(f"/v1{path}", endpoint, methods=list(verbs))


def _charge(settings: Settings, path: str, request: Request) -> int:
    """Say how many images a request is charged as; those of test keys are nobody's to pay."""
    free = path in PUBLISHING and not settings.img_processing_charge_publishing
    return 0 if free or stage_of(request.scope) is Stage.TEST else 1


def _open_to(settings: Settings, app: ASGIApp) -> ASGIApp:
    """Let the pages call the API that the setting names; without any, no browser sends a key here for a page."""
    origins = [each.strip() for each in settings.img_processing_cors_origins.split(",") if each.strip()]
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST", "DELETE"),
        allow_headers=("content-type", KEY_HEADER),
        expose_headers=EXPOSED_HEADERS,
    )
