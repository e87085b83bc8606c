"""`GET /v1/usage`, and the headers that tell of it on every authenticated answer below `/v1` (contract, 5.9, 5.11).

Law: what is unlimited is null in JSON, and has no Limit and no Remaining among the headers.
"""

from __future__ import annotations

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calotype.dialects.imgpro.callers import caller_of, known_caller
from calotype.dialects.imgpro.errors import HEADERS
from calotype.domain.plans import Standing
from calotype.errors import CalotypeError
from calotype.ports import Platform
from calotype.services import usage

log = structlog.get_logger(__name__)


async def show(platform: Platform, request: Request) -> JSONResponse:
    """Show what the caller's workspace has used, against its plan: all that any generation's clients read."""
    caller = await caller_of(platform, request)
    standing = await usage.shown(platform, caller)
    return JSONResponse(document(standing, verified=caller.workspace.verified), headers=HEADERS)


def document(standing: Standing, *, verified: bool) -> dict[str, object]:
    """Spell *standing* as the contract does."""
    plan, used = standing.plan, standing.usage
    return {
        "monthly": {
            "uploads": used.uploads,
            "uploads_limit": plan.uploads,
            "uploads_remaining": standing.uploads_remaining,
            "resets_at": int(standing.resets_at.timestamp()),
        },
        "totals": {
            "media_stored": used.stored,
            "images_stored": used.stored,
            "storage_used_bytes": used.stored_bytes,
            "storage_limit_bytes": plan.storage_bytes,
            "storage_remaining_bytes": standing.storage_remaining_bytes,
        },
        # The newest clients' plans count stored images; ours do not limit their number.
        "limits": {"images": {"used": used.stored, "limit": None}},
        "plan": plan.name,
        "verified": verified,
    }


def headers_of(standing: Standing) -> dict[str, str]:
    """Spell *standing* as headers; of what is unlimited there is only what is used."""
    numbers = {
        "X-Monthly-Uploads-Used": standing.usage.uploads,
        "X-Monthly-Uploads-Limit": standing.plan.uploads,
        "X-Monthly-Uploads-Remaining": standing.uploads_remaining,
        "X-Storage-Used": standing.usage.stored_bytes,
        "X-Storage-Limit": standing.plan.storage_bytes,
        "X-Storage-Remaining": standing.storage_remaining_bytes,
    }
    return {name: str(number) for name, number in numbers.items() if number is not None}


class UsageHeaders:
    """Adds the headers to what *app* answers to whoever has shown a valid key, refusals too.

    They are read when the answer begins, so that they know of what the request itself has done.
    """

    def __init__(self, app: ASGIApp, platform: Platform) -> None:
        """Wrap *app*."""
        self._app = app
        self._platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_usage(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"]).update(await self._headers(scope))
            await send(message)

        await self._app(scope, receive, send_with_usage)

    async def _headers(self, scope: Scope) -> dict[str, str]:
        caller = known_caller(scope)
        if caller is None or caller.anonymous:
            return {}
        try:
            return headers_of(await usage.standing(self._platform, caller.workspace))
        except CalotypeError as error:  # the answer itself is made already: it goes out without them
            log.warning("usage not told", error=error.message)
            return {}
