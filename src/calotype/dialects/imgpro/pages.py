"""The pages that people see: the front page, the viewer, the quick start, and the page for what is not there.

Law: a page carries no script or style but its own, named by a nonce that is used once, and whatever has
no page (unknown, unlisted, private, expired) answers alike.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from calotype.dialects.imgpro.viewer import Addresses, Picture, human_bytes, type_name
from calotype.domain.assets import ID
from calotype.domain.visibility import HAS_PAGE
from calotype.ports import Platform

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"
# A page must come anew each time: a nonce that is used twice protects nothing, and a picture that is
# no longer public must be gone at the next request.
FRESH = "private, no-cache"

COMMON_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
PAGE_HEADERS = {
    **COMMON_HEADERS,
    "Cache-Control": FRESH,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}


def routes(platform: Platform) -> list[Route]:
    """List the pages and what they need; mount them after every API, for `/{asset_id}` takes any one segment."""
    pages = Pages(platform)
    static = StaticFiles.load()
    return [
        Route("/", pages.front),
        Route("/api/quick-start", pages.quick_start),
        Route("/static/{digest}/{name}", static.serve),
        Route("/favicon.ico", static.favicon),
        Route("/robots.txt", robots),
        Route("/{asset_id}", pages.viewer),
    ]


def content_security_policy(nonce: str, cdn_url: str) -> str:
    """Allow what carries *nonce*, images from here and from the CDN, uploads to here, and nothing else."""
    cdn = urlsplit(cdn_url)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            f"img-src 'self' {cdn.scheme}://{cdn.netloc}",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


class Pages:
    """The HTML pages of one platform."""

    def __init__(self, platform: Platform) -> None:
        """Load the templates; a missing variable in one is an error, never an empty string."""
        self._platform = platform
        settings = platform.settings
        self._addresses = Addresses(settings.base_url, settings.cdn_url)
        self._templates = Environment(
            loader=PackageLoader("calotype.dialects.imgpro"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(human_bytes=human_bytes, type_name=type_name)
        self._templates.globals.update(
            settings=settings,
            # Links within the site name no host at all: they work by whatever name it was reached.
            root=urlsplit(settings.base_url).path,
            static=f"{urlsplit(settings.base_url).path}/static/{StaticFiles.load().digest}",
        )

    async def front(self, _request: Request) -> Response:
        """Explain the server, and take pictures that are dropped on the page."""
        return self._page("front.html")

    async def quick_start(self, _request: Request) -> Response:
        """Teach how to make a key and what to do with it; anonymous uploads point here."""
        return self._page("quick_start.html")

    async def viewer(self, request: Request) -> Response:
        """Show a public picture; 404 for everything else, always the same."""
        picture = await self._picture(request.path_params["asset_id"])
        if picture is None:
            return self._page("not_found.html", status=404, headers={"Cache-Control": "no-store"})
        robots_header = {"X-Robots-Tag": "noindex"} if picture.workspace.is_anonymous else {}
        return self._page("viewer.html", headers=robots_header, picture=picture)

    async def _picture(self, asset_id: str) -> Picture | None:
        if not ID.match(asset_id):
            return None
        asset = await self._platform.catalog.asset(asset_id, self._platform.clock())
        if asset is None or asset.visibility not in HAS_PAGE:
            return None
        workspace = await self._platform.catalog.workspace(asset.workspace_id)
        return Picture(asset, workspace, self._addresses) if workspace else None

    def _page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: object
    ) -> Response:
        nonce = base64.urlsafe_b64encode(self._platform.random(18)).decode()
        policy = content_security_policy(nonce, self._addresses.cdn_url)
        return HTMLResponse(
            self._templates.get_template(template).render(nonce=nonce, **values),
            status,
            {**PAGE_HEADERS, "Content-Security-Policy": policy, **(headers or {})},
        )


class StaticFiles:
    """Our own style sheets and modules, held in memory; a table, so that no path is ever opened."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        """Hold *contents* by file name, under one digest of them all: modules import each other relatively."""
        self._contents = contents
        self.digest = hashlib.sha256(repr(sorted(contents.items())).encode()).hexdigest()[:16]

    @classmethod
    def load(cls) -> StaticFiles:
        """Read the files that ship with this package."""
        folder = files("calotype.dialects.imgpro") / "static"
        kept = (each for each in folder.iterdir() if each.name.rpartition(".")[2] in MEDIA_TYPES)
        return cls({each.name: each.read_bytes() for each in kept})

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
            **COMMON_HEADERS,
            "Cache-Control": cache_control,
            # An SVG opened by itself is a document: it may style itself and do nothing else.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return Response(content, headers=headers, media_type=MEDIA_TYPES[name.rpartition(".")[2]])


def _no_file() -> Response:
    return PlainTextResponse("Not found.\n", 404, {**COMMON_HEADERS, "Cache-Control": "no-store"})


async def robots(_request: Request) -> Response:
    """Let crawlers read pages and images, which is what makes shared links show a picture, but no API."""
    body = "User-agent: *\nDisallow: /v1/\n"
    return PlainTextResponse(body, headers={**COMMON_HEADERS, "Cache-Control": DAY})
