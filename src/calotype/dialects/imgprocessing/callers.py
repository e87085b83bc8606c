"""Who sends a request to IMG Processing's API: `x-api-key`, and how often its key may ask.

Law: a key of another API opens nothing here, and a key of this one opens nothing elsewhere.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.types import Scope

from calotype.domain.workspaces import TEST_PREFIX, Stage
from calotype.errors import Refused
from calotype.ports import Platform
from calotype.services.access import Caller, authenticate_processing
from calotype.services.pacing import Allowance, pace, refuse
from calotype.settings import Settings
from calotype.web.told import tell

KEY_HEADER = "x-api-key"
_STAGE = "calotype.stage"


async def caller_of(platform: Platform, request: Request) -> Caller:
    """Authenticate the sender of *request*, and count it; the answer will tell where the key's limit stands.

    Raises:
        Unauthorized: there is no key, or it is wrong; two of them are wrong too.
        RateLimited: too many requests with this key, of this workspace, or with wrong keys from this address.
    """
    keys = request.headers.getlist(KEY_HEADER)
    try:
        caller = await authenticate_processing(platform, ", ".join(keys) if keys else None)
    except Refused:
        await _count(platform, None, request)  # guesses are counted too
        raise
    request.scope[_STAGE] = Stage.TEST if keys[0].startswith(TEST_PREFIX) else Stage.LIVE
    await _count(platform, caller, request)
    return caller


def stage_of(scope: Scope) -> Stage:
    """Say of which stage the key of the request of *scope* is, once `caller_of` has found out."""
    stage: Stage = scope.get(_STAGE, Stage.LIVE)
    return stage


async def _count(platform: Platform, caller: Caller | None, request: Request) -> None:
    address = request.client.host if request.client else ""
    limit = None if caller is None else _limit(platform.settings, stage_of(request.scope))
    allowances = await pace(platform, caller, address, per_key=limit)
    tell(request.scope, rate_headers(platform, allowances))
    refuse(allowances)


def _limit(settings: Settings, stage: Stage) -> int:
    if stage is Stage.TEST:
        return settings.img_processing_test_requests_per_minute
    return settings.img_processing_live_requests_per_minute


def rate_headers(platform: Platform, allowances: tuple[Allowance, ...]) -> dict[str, str]:
    """Tell where the key's limit stands; `X-RateLimit-Reset` is when it is whole again, in Unix seconds."""
    key = next((each.window for each in allowances if each.policy == "key"), None)
    if key is None:
        return {}
    ends = platform.clock() + timedelta(seconds=key.ends_in)
    return {
        "X-RateLimit-Limit": str(key.limit),
        "X-RateLimit-Remaining": str(key.remaining),
        "X-RateLimit-Reset": str(int(ends.timestamp())),
    }
