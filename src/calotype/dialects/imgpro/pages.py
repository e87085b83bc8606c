"""The pages that people see first: the front page, the viewer, the quick start, and the page for what is not there.

Law: whatever has no page (unknown, unlisted, private, blocked, expired) answers alike.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from calotype.dialects.imgpro import cdn
from calotype.dialects.imgpro.viewer import Addresses, Picture
from calotype.domain.assets import ID, Moderation
from calotype.domain.visibility import HAS_PAGE
from calotype.ports import Platform
from calotype.web import static_files
from calotype.web.site import FRESH, Site


def routes(platform: Platform) -> list[Route]:
    """List the pages and what they need; mount them after every API, for `/{asset_id}` takes any one segment."""
    pages = Pages(platform)
    return [
        Route("/", pages.front),
        Route("/api/quick-start", pages.quick_start),
        *static_files.shipped().routes(),
        Route("/robots.txt", robots),
        Route("/{asset_id}", pages.viewer),
    ]


class Pages:
    """The HTML pages of one platform that anybody may open."""

    def __init__(self, platform: Platform) -> None:
        """Load the templates."""
        self._platform = platform
        self._addresses = Addresses(platform.settings.base_url, platform.settings.cdn_url)
        self._site = Site(platform, "calotype.dialects.imgpro")

    async def front(self, _request: Request) -> Response:
        """Explain the server, and take pictures that are dropped on the page."""
        return self._site.page("front.html")

    async def quick_start(self, _request: Request) -> Response:
        """Teach how to make a key and what to do with it; anonymous uploads point here."""
        return self._site.page("quick_start.html")

    async def viewer(self, request: Request) -> Response:
        """Show a public picture; 404 for everything else, always the same.

        With a delivery URL's parameters it leads to that print: links to pages once took them (contract, 7.2).
        """
        picture = await self._picture(request.path_params["asset_id"])
        if picture is None:
            return self._site.page("not_found.html", status=404, headers={"Cache-Control": "no-store"})
        if _asks_for_a_print(picture, request.url.query):
            return RedirectResponse(f"{picture.direct}?{request.url.query}", 302, {"Cache-Control": FRESH})
        robots_header = {} if picture.vouched_for else {"X-Robots-Tag": "noindex"}
        return self._site.page("viewer.html", headers=robots_header, picture=picture)

    async def _picture(self, asset_id: str) -> Picture | None:
        if not ID.match(asset_id):
            return None
        asset = await self._platform.catalog.asset(asset_id, self._platform.clock())
        if asset is None or asset.visibility not in HAS_PAGE or asset.moderation is Moderation.BLOCKED:
            return None
        workspace = await self._platform.catalog.workspace(asset.workspace_id)
        return Picture(asset, workspace, self._addresses) if workspace else None


def _asks_for_a_print(picture: Picture, query: str) -> bool:
    """Say whether *query* has a parameter that delivery would take; others are whoever's who shared the link."""
    address = cdn.parse(picture.direct.removeprefix(f"{picture.addresses.cdn_url}/"), query)
    return address is not None and any(not word.ignored for word in address.words)


async def robots(_request: Request) -> Response:
    """Let crawlers read pages and images, which is what makes shared links show a picture, but no API."""
    body = "User-agent: *\nDisallow: /v1/\n"
    return PlainTextResponse(body, headers={**static_files.HEADERS, "Cache-Control": static_files.DAY})
