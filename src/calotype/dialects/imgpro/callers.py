"""Who sends a request: the two things about it that the services ask for."""

from __future__ import annotations

from starlette.requests import Request

from calotype.ports import Platform
from calotype.services.access import Caller, authenticate


async def caller_of(platform: Platform, request: Request) -> Caller:
    """Authenticate the sender of *request*.

    Raises:
        Unauthorized: a credential is there and wrong; two of them are wrong too.
    """
    credentials = request.headers.getlist("authorization")
    return await authenticate(platform, ", ".join(credentials) if credentials else None)


def address_of(request: Request) -> str:
    """Name the IP address that *request* came from, as the server vouches for it; empty on a Unix socket."""
    return request.client.host if request.client else ""
