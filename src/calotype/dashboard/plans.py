"""The plans, and the page that an `upgrade` action leads to.

Law: nobody changes a plan by opening a link. The operator does; these pages say whom to ask.
"""

from __future__ import annotations

from starlette.responses import Response

from calotype.dashboard.visits import Visit
from calotype.domain.plans import plan_of, plans_of
from calotype.errors import NotFound
from calotype.services import links
from calotype.services.links import Purpose


async def table(visit: Visit) -> Response:
    """Show the plans that are offered."""
    offered = [plan for plan in plans_of(visit.platform.settings.plans).values() if plan.offered]
    return visit.site.page("plans.html", plans=offered)


async def upgrade(visit: Visit) -> Response:
    """Say how to come to a larger plan; the link is signed for the workspace that has come to its limit.

    Raises:
        NotFound: there is no such plan, or it is not offered.
        LinkInvalid, LinkExpired: the link was changed, or its time is over.
    """
    name = visit.request.path_params["plan"]
    plan = plan_of(visit.platform.settings.plans, name)
    if plan is None or not plan.offered:
        raise NotFound(f"There is no plan {name!r}.")
    query = visit.request.query_params
    if not query.keys() & {
        "t",
        "exp",
        "sig",
    }:  # typed, or linked by a page: it says the same, and names nobody
        return visit.page("upgrade.html", plan=plan, workspace=None)
    link = links.read(visit.platform, Purpose.UPGRADE, query)
    workspace = await visit.platform.catalog.workspace(link.subject)
    return visit.page("upgrade.html", plan=plan, workspace=workspace)
