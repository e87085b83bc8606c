"""The API of img.pro's first generation below `/v1`: which function answers which path and method.

Law: whatever is refused below `/v1`, by us or by the router, is worded in this dialect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from calotype.dialects.imgpro import explaining, importing, media, uploading
from calotype.dialects.imgpro.errors import answer, answer_framework
from calotype.errors import CalotypeError
from calotype.ports import Platform
from calotype.web.cors import open_to_browsers

Endpoint = Callable[[Platform, Request], Awaitable[Response]]

PATHS: dict[str, dict[str, Endpoint]] = {
    "/upload": {"POST": uploading.upload},
    "/import": {"POST": importing.import_},
    "/media": {"GET": media.listing},
    "/explain": {"GET": explaining.explain},
    "/media/{asset_id}": {"GET": media.show, "PATCH": media.change, "DELETE": media.delete},
}


def routes(platform: Platform) -> list[Mount]:
    """List what to mount: the API, with its own words for every error."""
    # Redirects for a slash too many would be built from Host, which is the client's word (attack H2).
    router = Router([_route(platform, path, verbs) for path, verbs in PATHS.items()], redirect_slashes=False)
    handlers = {CalotypeError: answer, HTTPException: answer_framework}
    return [Mount("/v1", open_to_browsers(ExceptionMiddleware(router, handlers)), name="imgpro")]


def _route(platform: Platform, path: str, verbs: dict[str, Endpoint]) -> Route:
    async def endpoint(request: Request) -> Response:
        verb = "GET" if request.method == "HEAD" else request.method
        return await verbs[verb](platform, request)

    return Route(path, endpoint, methods=list(verbs))
