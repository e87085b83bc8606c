"""Making keys, which are shown once, and revoking them.

Law: a key of another workspace is as unknown as one that never was.
"""

from __future__ import annotations

from starlette.responses import Response

from calotype.dashboard import overview
from calotype.dashboard.visits import Member, Visit, signed_in
from calotype.domain.workspaces import Ability, Key
from calotype.errors import Invalid, NotFound
from calotype.services import keys
from calotype.web.forms import first


@signed_in
async def create(visit: Visit, member: Member) -> Response:
    """Make a key, and show it this once."""
    name = first(visit.fields, "name") or "Default"
    asked = frozenset(ability for ability in Ability if ability in visit.fields.get("abilities", ()))
    try:
        key, secret = await keys.create_key(visit.platform, member.workspace, name, asked)
    except Invalid as error:
        return await overview.page(visit, member, error=error, name=name)
    return visit.page("key.html", status=201, member=member, key=key, secret=secret)


@signed_in
async def ask(visit: Visit, member: Member) -> Response:
    """Ask whether a key is to be revoked: nothing is as final."""
    return visit.page("revoke.html", member=member, key=await _own(visit, member))


@signed_in
async def revoke(visit: Visit, member: Member) -> Response:
    """Revoke a key; from the next request on it opens nothing."""
    key = await _own(visit, member)
    await keys.revoke_key(visit.platform, key.id)
    return visit.redirect("/dashboard#keys")


async def _own(visit: Visit, member: Member) -> Key:
    key_id = visit.request.path_params["key_id"]
    for key in await keys.keys_of_stages(visit.platform, member.workspace):
        if key.id == key_id and key.revoked_at is None:
            return key
    raise NotFound("There is no such active key.")
