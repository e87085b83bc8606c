"""The cookie that keeps somebody signed in.

Law: scripts cannot read it, other sites cannot make a browser send it with a form, and over HTTPS no other host or
subdomain can set it (`__Host-`, RFC 6265bis, 4.1.3.2).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from calotype.settings import Settings

NAME = "calotype-session"
MAX_TOKEN = 200
"""Characters; nothing that we hand out is longer, and what is, is not looked up."""


def token_of(request: Request, settings: Settings) -> str:
    """Read the token that *request* carries; empty when it carries none that could be ours."""
    token = request.cookies.get(_name(settings), "")
    return token if token.isascii() and len(token) <= MAX_TOKEN else ""


def keep(response: Response, settings: Settings, token: str, max_age: int) -> Response:
    """Have the browser keep *token* for *max_age* seconds."""
    return _set(response, settings, token, max_age)


def forget(response: Response, settings: Settings) -> Response:
    """Have the browser forget its token."""
    return _set(response, settings, "", 0)


def _set(response: Response, settings: Settings, token: str, max_age: int) -> Response:
    response.set_cookie(
        _name(settings),
        token,
        max_age=max_age,
        path="/",
        secure=_https(settings),
        httponly=True,
        samesite="lax",
    )
    return response


def _name(settings: Settings) -> str:
    return f"__Host-{NAME}" if _https(settings) else NAME


def _https(settings: Settings) -> bool:
    return settings.base_url.startswith("https:")
