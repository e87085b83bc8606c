"""Where to read about the API: the page that other pages and answers point to."""

from __future__ import annotations

from starlette.responses import Response

from calotype.dashboard.visits import Visit


async def api(visit: Visit) -> Response:
    """List what there is to read, for people and for programs."""
    return visit.site.page("api.html")
