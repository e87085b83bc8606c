"""img.pro's API below `/v1`, both generations of it: which function answers which path and method.

Law: whatever is refused below `/v1`, by us or by the router, is worded in this dialect, as the path's generation does.

Why so: docs/adr/0004.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from calotype.dialects.imgpro import (
    apps,
    batches,
    errors,
    explaining,
    images,
    importing,
    media,
    modern_errors,
    namespaces,
    registering,
    uploading,
    usage,
)
from calotype.domain.workspaces import APP_PREFIX
from calotype.errors import CalotypeError
from calotype.ports import Platform
from calotype.web.cors import open_to_browsers
from calotype.web.told import Telling

Endpoint = Callable[[Platform, Request], Awaitable[Response]]

Refusal = Callable[[Request, Exception], Awaitable[Response]]

MODERN = ("/v1/images", "/v1/apps", "/v1/users")
"""Where the second generation's paths begin."""
SHARED = "/v1/usage"
"""The path that both have."""

PATHS: dict[str, dict[str, Endpoint]] = {
    "/keys": {"POST": registering.create},
    "/upload": {"POST": uploading.upload},
    "/import": {"POST": importing.import_},
    "/media": {"GET": media.listing},
    "/explain": {"GET": explaining.explain},
    "/namespaces": {"GET": namespaces.listing},
    "/usage": {"GET": usage.show},
    "/media/batch": {"PATCH": batches.change_media, "DELETE": batches.delete_media},
    "/media/{asset_id}": {"GET": media.show, "PATCH": media.change, "DELETE": media.delete},
    "/images": {"GET": images.listing, "POST": images.create},
    "/images/batch": {"PATCH": batches.change_images, "DELETE": batches.delete_images},
    "/images/{asset_id}": {"GET": images.show, "PATCH": images.change, "DELETE": images.delete},
    "/apps/exchange": {"POST": apps.exchange},
    "/users/me": {"GET": apps.me},
}


def routes(platform: Platform) -> list[Mount]:
    """List what to mount: the API, with its own words for every error."""
    # Redirects for a slash too many would be built from Host, which is the client's word (attack H2).
    router = Router([_route(platform, path, verbs) for path, verbs in PATHS.items()], redirect_slashes=False)
    handlers = {
        CalotypeError: refusal,
        HTTPException: _worded(errors.answer_framework, modern_errors.answer_framework),
    }
    worded = Telling(usage.UsageHeaders(ExceptionMiddleware(router, handlers), platform))
    mount = Mount("/v1", open_to_browsers(worded), name="imgpro")
    # A path may hold a line break (`%0A`), at which Starlette's `.` would stop: then its words would answer, not ours.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return [mount]


def _worded(flat: Refusal, nested: Refusal) -> Refusal:
    async def answer(request: Request, error: Exception) -> Response:
        return await (nested if _modern(request) else flat)(request, error)

    return answer


refusal = _worded(errors.answer, modern_errors.answer)
"""Words an error of the core's for whoever sent the request."""


def _modern(request: Request) -> bool:
    """Tell which generation is spoken: by the path, or where both have it by the credential (contract, 1)."""
    app = request.headers.get("authorization", "").partition(" ")[2].strip().startswith(APP_PREFIX)
    return request.url.path.startswith(MODERN) or (app and request.url.path == SHARED)


def _route(platform: Platform, path: str, verbs: dict[str, Endpoint]) -> Route:
    async def endpoint(request: Request) -> Response:
        verb = "GET" if request.method == "HEAD" else request.method
        return await verbs[verb](platform, request)

    return Route(path, endpoint, methods=list(verbs))
