"""The pages of accounts: signing in, usage, keys, apps and plans. The same core, spoken in HTML.

Law: whoever is signed in is known by a cookie, which no door but these pages looks at; the API takes keys alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from calotype.dashboard import (
    apps,
    connecting,
    keys,
    overview,
    plans,
    reading,
    signing_in,
    verifying,
    workspaces,
)
from calotype.dashboard.visits import Endpoint, door, refused
from calotype.errors import NotFound
from calotype.ports import Platform
from calotype.web.site import Site

__all__ = ["PATHS", "missing", "routes"]

PATHS: dict[str, dict[str, Endpoint]] = {
    "/api": {"GET": reading.api},
    "/plans": {"GET": plans.table},
    "/upgrade/{plan}": {"GET": plans.upgrade},
    "/auth/register": {"GET": signing_in.register},
    "/login": {"GET": signing_in.ask, "POST": signing_in.send},
    "/login/code": {"GET": signing_in.again, "POST": signing_in.enter},
    "/verify": {"GET": verifying.ask, "POST": verifying.answer},
    "/verify/send": {"GET": verifying.ask, "POST": verifying.send},
    "/logout": {"GET": signing_in.again, "POST": signing_in.leave},
    "/dashboard": {"GET": overview.show},
    "/dashboard/keys": {"GET": overview.show, "POST": keys.create},
    "/dashboard/keys/{key_id}/revoke": {"GET": keys.ask, "POST": keys.revoke},
    "/dashboard/workspaces": {"GET": workspaces.listing},
    "/dashboard/workspaces/{account_id}/show": {"GET": workspaces.listing, "POST": workspaces.turn_to},
    "/dashboard/workspaces/{account_id}/confirm": {"GET": workspaces.listing, "POST": workspaces.confirm},
    "/dashboard/workspaces/{account_id}/disown": {"GET": workspaces.listing, "POST": workspaces.disown},
    "/apps": {"GET": apps.listing, "POST": apps.register},
    "/apps/{app_id}": {"GET": apps.show, "POST": apps.change},
    "/apps/{app_id}/secret": {"GET": apps.ask_rotation, "POST": apps.rotate},
    "/apps/{app_id}/suspend": {"GET": apps.show, "POST": apps.suspend},
    "/apps/{app_id}/resume": {"GET": apps.show, "POST": apps.resume},
    "/apps/connections/{user_id}/disconnect": {"GET": apps.listing, "POST": apps.disconnect},
    "/connect": {"GET": connecting.ask, "POST": connecting.send},
    "/connect/code": {"GET": connecting.ask, "POST": connecting.enter},
    "/connect/cancel": {"GET": connecting.ask, "POST": connecting.cancel},
}


def routes(platform: Platform) -> list[Route]:
    """List the pages; mount them before the dialects, one of which takes any path of one segment."""
    site = Site(platform, "calotype.dashboard")
    return [
        Route(path, door(platform, site, verbs), methods=list(verbs), name=f"dashboard {path}")
        for path, verbs in PATHS.items()
    ]


def missing(platform: Platform) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Make the page of an address that nobody answers, for a framework to take as its handler of 404."""
    site = Site(platform, "calotype.dashboard")

    async def answer(_request: Request, _error: Exception) -> Response:
        return refused(site, NotFound("There is no page at this address."))

    return answer
