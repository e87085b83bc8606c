"""How often anyone may ask: requests are counted for each key and for each workspace, or for each address.

Law: whoever is within the limits never notices; counting that fails refuses nobody here. (Admission is the other
way round: a stranger whose uploads cannot be counted does not upload.)
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from calotype.errors import Busy, RateLimited, StorageFailed
from calotype.ports import Platform, Window
from calotype.services.access import Caller
from calotype.services.admission import network_of

MINUTE_S = 60

log = structlog.get_logger("calotype.limits")


@dataclass(frozen=True, slots=True)
class Allowance:
    """Where one limit stands after a request: *policy* names whom it counts ("key", "workspace" or "address")."""

    policy: str
    window: Window
    window_s: int = MINUTE_S


async def pace(
    platform: Platform, caller: Caller | None, address: str, *, per_key: int | None = None
) -> tuple[Allowance, ...]:
    """Count a request of *caller* from the IP *address*; None: of whoever sent a credential that is wrong.

    *per_key* is how many a minute one key has; 0: any number, None: as the setting says.
    A request that its key's limit refuses leaves the workspace's allowance alone. Nothing is refused here: see
    `refuse`.
    """
    allowances: list[Allowance] = []
    for policy, bucket, limit in _policies(platform, caller, address, per_key):
        window = await _count(platform, bucket, limit)
        if window is None:
            break
        allowances.append(Allowance(policy, window))
        if window.wait:
            break
    return tuple(allowances)


def refuse(allowances: tuple[Allowance, ...]) -> None:
    """Let pass what is within all limits.

    Raises:
        RateLimited: the last of *allowances* is over its limit.
    """
    if allowances and (wait := allowances[-1].window.wait):
        policy, limit = allowances[-1].policy, allowances[-1].window.limit
        raise RateLimited(f"At most {limit:,} requests a minute {_WHOSE[policy]}.", retry_after=wait)


_WHOSE = {
    "key": "with one key",
    "workspace": "with all keys of a workspace",
    "address": "from one address without a valid key",
}


def _policies(
    platform: Platform, caller: Caller | None, address: str, per_key: int | None
) -> list[tuple[str, str, int]]:
    """List (policy, bucket, limit) for whoever asks; a limit of 0 is none."""
    settings = platform.settings
    if caller is None or caller.anonymous:
        policies = [("address", network_of(address), settings.requests_per_minute)]
    else:
        policies = [
            ("key", _key(caller), settings.requests_per_minute if per_key is None else per_key),
            ("workspace", caller.workspace.id, settings.workspace_requests_per_minute),
        ]
    return [(policy, f"requests/{policy}/{whose}", limit) for policy, whose, limit in policies if limit]


def _key(caller: Caller) -> str:
    """Name what a key is counted by: an app's secret serves all its users, and one must not use up another's share."""
    return f"{caller.key_id}/{caller.user.id}" if caller.user else caller.key_id


async def _count(platform: Platform, bucket: str, limit: int) -> Window | None:
    try:
        return await platform.limiter.count(bucket, limit, MINUTE_S)
    except (Busy, StorageFailed) as error:
        log.warning("request not counted", reason=error.message)
        return None
