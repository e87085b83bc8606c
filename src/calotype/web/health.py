"""Two questions an orchestrator asks: is the process alive (`/healthz`), and can it do its work (`/readyz`)?

Law: alive asks nobody else, or a slow database would get healthy processes restarted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from calotype.errors import CalotypeError

CHECK_TIMEOUT_S = 5.0
_NO_STORE = {"Cache-Control": "no-store"}

Check = Callable[[], Awaitable[object]]
"""Returns when its part works; raises, or takes too long, when it does not."""


async def healthz(_: Request) -> Response:
    """Say that this process answers."""
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


def readyz(checks: Mapping[str, Check]) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint that asks all *checks* at once: 200, or 503 with a reason for each part that failed."""

    async def endpoint(_: Request) -> Response:
        reasons = await failures(checks)
        body = {"status": "unavailable", "reasons": reasons} if reasons else {"status": "ready"}
        return JSONResponse(body, status_code=503 if reasons else 200, headers=_NO_STORE)

    return endpoint


async def failures(checks: Mapping[str, Check]) -> dict[str, str]:
    """Ask all *checks* at once; answer part -> reason for those that failed or took over CHECK_TIMEOUT_S."""
    reasons = await asyncio.gather(*(_reason(check) for check in checks.values()))
    return {part: reason for part, reason in zip(checks, reasons, strict=True) if reason}


async def _reason(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except CalotypeError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        # The type alone: a driver's message may hold a URL with its password.
        return type(error).__name__
    return ""
