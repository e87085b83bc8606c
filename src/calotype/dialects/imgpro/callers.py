"""Who sends a request: the two things about it that the services ask for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from calotype.dialects.imgpro.rate_headers import rate_headers
from calotype.errors import Refused
from calotype.ports import Platform
from calotype.services.access import Caller, authenticate
from calotype.services.pacing import pace, refuse
from calotype.web.told import tell

USER_HEADER = "X-Img-User"
"""Whom an app acts for."""

_CALLER = "calotype.caller"


async def caller_of(platform: Platform, request: Request, *, acting: bool = True) -> Caller:
    """Authenticate the sender of *request*, and count it; the answer will tell where the limits stand.

    Without *acting*, an app is asked about itself, whomever `X-Img-User` names.

    Raises:
        Unauthorized: a credential is there and wrong; two of them are wrong too.
        RateLimited: too many requests with this key, of this workspace, or without a valid key from this address.
        NotFound, AppSuspended, AppBlocked, WorkspaceUnavailable: as `authenticate`, for an app.
    """
    credentials = request.headers.getlist("authorization")
    users = request.headers.getlist(USER_HEADER) if acting else []
    try:
        caller = await authenticate(platform, _joined(credentials), _joined(users))
    except Refused:
        await _count(platform, None, request)  # guesses are counted too, of keys and of an app's users
        raise
    request.scope[_CALLER] = caller
    await _count(platform, caller, request)
    return caller


def known_caller(scope: Scope) -> Caller | None:
    """Say who sent the request of *scope*, once `caller_of` has found out."""
    return scope.get(_CALLER)


def _joined(values: list[str]) -> str | None:
    """Make one value of a header that is there twice; two credentials, or two users, are a wrong one."""
    return ", ".join(values) if values else None


async def _count(platform: Platform, caller: Caller | None, request: Request) -> None:
    allowances = await pace(platform, caller, address_of(request))
    tell(request.scope, rate_headers(allowances))
    refuse(allowances)


def address_of(request: Request) -> str:
    """Name the IP address that *request* came from, as the server vouches for it; empty on a Unix socket."""
    return request.client.host if request.client else ""
