"""Our own style sheets, modules and the mark, which the pages of every part of the server name.

Law: a table in memory, so that no path is ever opened; a file's URL names the release that it belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


class StaticFiles:
    """The files of one release, under one digest of them all: modules import each other relatively."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        """Hold *contents* by file name."""
        self._contents = contents
        self.digest = hashlib.sha256(repr(sorted(contents.items())).encode()).hexdigest()[:16]

    def routes(self) -> list[Route]:
        """List where they are served."""
        return [Route("/static/{digest}/{name}", self.serve), Route("/favicon.ico", self.favicon)]

    async def serve(self, request: Request) -> Response:
        """Send a file of this very release, to be kept for ever."""
        if request.path_params["digest"] != self.digest:
            return _no_file()
        return self._file(request.path_params["name"], FOREVER)

    async def favicon(self, _request: Request) -> Response:
        """Send the mark, for browsers that ask for it by the old name."""
        return self._file("mark.svg", DAY)

    def _file(self, name: str, cache_control: str) -> Response:
        content = self._contents.get(name)
        if content is None:
            return _no_file()
        headers = {
            **HEADERS,
            "Cache-Control": cache_control,
            # An SVG opened by itself is a document: it may style itself and do nothing else.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return Response(content, headers=headers, media_type=MEDIA_TYPES[name.rpartition(".")[2]])


@cache
def shipped() -> StaticFiles:
    """Read the files that ship with this package, once."""
    folder = files("calotype.web") / "static"
    kept = (each for each in folder.iterdir() if each.name.rpartition(".")[2] in MEDIA_TYPES)
    return StaticFiles({each.name: each.read_bytes() for each in kept})


def _no_file() -> Response:
    return PlainTextResponse("Not found.\n", 404, {**HEADERS, "Cache-Control": "no-store"})
