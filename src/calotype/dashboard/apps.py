"""The apps of an account: those it registered, and those that it lets act for itself.

Law: an app's secret is shown once, on the page that made it; and an app of somebody else is as unknown as one that
never was.
"""

from __future__ import annotations

from starlette.responses import Response

from calotype.dashboard.visits import Member, Visit, signed_in
from calotype.domain.apps import App
from calotype.errors import Forbidden, Invalid
from calotype.services import apps, connecting
from calotype.web.forms import first


@signed_in
async def listing(visit: Visit, member: Member) -> Response:
    """List both kinds."""
    return await _listing(visit, member)


@signed_in
async def register(visit: Visit, member: Member) -> Response:
    """Register an app, and show its secret this once."""
    try:
        app, secret = await apps.register(
            visit.platform, member.account, first(visit.fields, "name"), _uris(visit)
        )
    except (Invalid, Forbidden) as error:
        return await _listing(visit, member, error=error)
    return visit.page("app_secret.html", status=201, member=member, app=app, secret=secret, fresh=True)


@signed_in
async def show(visit: Visit, member: Member) -> Response:
    """Show one app, and what can be changed of it."""
    return visit.page("app.html", member=member, app=await _own(visit, member))


@signed_in
async def change(visit: Visit, member: Member) -> Response:
    """Change its name and where its users are sent back to."""
    app = await _own(visit, member)
    try:
        await apps.describe(visit.platform, app, name=first(visit.fields, "name"), uris=_uris(visit))
    except Invalid as error:
        return visit.page("app.html", member=member, app=app, error=error)
    return visit.redirect(f"/apps/{app.id}")


@signed_in
async def ask_rotation(visit: Visit, member: Member) -> Response:
    """Ask whether the secret is to be replaced: the one before stops at once."""
    return visit.page("app_rotate.html", member=member, app=await _own(visit, member))


@signed_in
async def rotate(visit: Visit, member: Member) -> Response:
    """Replace the secret, and show the new one this once."""
    app = await _own(visit, member)
    secret = await apps.rotate(visit.platform, app)
    return visit.page("app_secret.html", member=member, app=app, secret=secret, fresh=False)


@signed_in
async def suspend(visit: Visit, member: Member) -> Response:
    """Stop an app; it can be resumed."""
    app = await apps.suspend(visit.platform, await _own(visit, member))
    return visit.redirect(f"/apps/{app.id}")


@signed_in
async def resume(visit: Visit, member: Member) -> Response:
    """Let an app go on that its owner stopped."""
    app = await apps.resume(visit.platform, await _own(visit, member))
    return visit.redirect(f"/apps/{app.id}")


@signed_in
async def disconnect(visit: Visit, member: Member) -> Response:
    """Let an app act for this account no more; connecting again lets it."""
    await connecting.disconnect(visit.platform, visit.request.path_params["user_id"], member.account)
    return visit.redirect("/apps#connected")


async def _listing(visit: Visit, member: Member, *, error: Invalid | Forbidden | None = None) -> Response:
    return visit.page(
        "apps.html",
        member=member,
        apps=await apps.listed(visit.platform, member.account),
        may_register=await apps.may_register(visit.platform, member.account),
        connections=await connecting.connections(visit.platform, member.account),
        error=error,
        name=first(visit.fields, "name"),
        uris="\n".join(_uris(visit)),
    )


async def _own(visit: Visit, member: Member) -> App:
    return await apps.find(visit.platform, visit.request.path_params["app_id"], member.account)


def _uris(visit: Visit) -> list[str]:
    """Read the redirect URIs: one a line, as `<textarea>` sends them."""
    return first(visit.fields, "redirect_uris").split()
