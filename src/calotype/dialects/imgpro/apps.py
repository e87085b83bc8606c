"""`/v1/apps/exchange` and `/v1/users/me`: what an app's backend learns about its users (contract, 2.3 and gap 1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.callers import USER_HEADER, caller_of
from calotype.dialects.imgpro.documents import document_of
from calotype.dialects.imgpro.errors import HEADERS
from calotype.dialects.imgpro.image_object import iso
from calotype.domain.workspaces import Ability
from calotype.errors import Invalid
from calotype.ports import Platform
from calotype.services import connecting
from calotype.services.connecting import Profile


async def exchange(platform: Platform, request: Request) -> JSONResponse:
    """Tell an app whom the code names that came back with a browser, once."""
    app = (await caller_of(platform, request, acting=False)).need_app()
    code = read_code(await document_of(platform, request))
    return JSONResponse(user_object(await connecting.exchange(platform, app, code)), headers=HEADERS)


async def me(platform: Platform, request: Request) -> JSONResponse:
    """Tell an app about the user whom it acts for."""
    caller = await caller_of(platform, request)
    caller.need_app()
    caller.need(Ability.READ)
    if caller.user is None:
        raise Invalid.field(USER_HEADER, "name the user to act for")
    return JSONResponse(user_object(await connecting.profile(platform, caller.user)), headers=HEADERS)


def read_code(document: object) -> str:
    """Read the code out of the JSON of an exchange.

    Raises:
        Invalid: it is not there.
    """
    code = document.get("code") if isinstance(document, dict) else None
    if not isinstance(code, str) or not code:
        raise Invalid.field("code", "the text that came back to the redirect URI as `code`")
    return code


def user_object(profile: Profile) -> dict[str, object]:
    """Show a user as the app may know them."""
    return {
        "object": "user",
        "id": profile.user.id,
        "email": profile.email,
        "email_verified": profile.email_verified,
        "workspace": {"plan": profile.plan},
        "created_at": iso(profile.user.created_at),
    }
