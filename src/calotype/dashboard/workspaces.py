"""The workspaces of one address, and the keys that somebody made in its name.

Law: whoever is signed in has proven the address, so no link is needed here; what bears another address is as
unknown as what never was.
"""

from __future__ import annotations

from starlette.responses import Response

from calotype.dashboard import cookies
from calotype.dashboard.visits import Member, Visit, signed_in
from calotype.services import accounts, signing_in, verifying


@signed_in
async def listing(visit: Visit, member: Member) -> Response:
    """List them."""
    return visit.page(
        "workspaces.html",
        member=member,
        own=await accounts.workspaces_of(visit.platform, member.account),
        waiting=await verifying.waiting(visit.platform, member.account.email),
    )


@signed_in
async def turn_to(visit: Visit, _member: Member) -> Response:
    """Show another workspace of the address from now on."""
    token = await signing_in.switch(visit.platform, visit.token, visit.request.path_params["account_id"])
    max_age = int(signing_in.SESSION_LIFE.total_seconds())
    return cookies.keep(visit.redirect("/dashboard"), visit.platform.settings, token, max_age)


@signed_in
async def confirm(visit: Visit, member: Member) -> Response:
    """Confirm a key that the member made: its workspace is one of theirs from now on."""
    await verifying.confirm_own(visit.platform, member.account, visit.request.path_params["account_id"])
    return visit.redirect("/dashboard/workspaces")


@signed_in
async def disown(visit: Visit, member: Member) -> Response:
    """Switch off a key that somebody else made."""
    await verifying.disown_own(visit.platform, member.account, visit.request.path_params["account_id"])
    return visit.redirect("/dashboard/workspaces")
