"""Who may upload, how much, and how often: judged before the first byte of the body is read.

Law: an anonymous attempt is counted once its sender is known to be anonymous, whatever becomes of it: refused
files cost a decode too. What a wrong or weak key sends is refused first and counts for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from calotype.domain.plans import Plan
from calotype.domain.workspaces import Ability
from calotype.errors import RateLimited, Unauthorized
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.usage import plan_for
from calotype.settings import Settings

HOUR_S = 3600
DAY_S = 86_400
_HOUSEHOLD_BITS = 64
"""An IPv6 customer has at least this network to himself (RFC 6177), and could send from each address of it."""


@dataclass(frozen=True, slots=True)
class Admission:
    """How large a file may be, in bytes, and the setting or the plan that says so."""

    max_bytes: int
    setting: str


async def admit(platform: Platform, caller: Caller, address: str) -> Admission:
    """Let *caller*, who sends from the IP *address*, begin an upload.

    Raises:
        Unauthorized: this server takes no anonymous uploads.
        Forbidden: the key may not write.
        RateLimited: too many anonymous uploads from this address or its network.
    """
    settings = platform.settings
    if not caller.anonymous:
        caller.need(Ability.WRITE)
        return _of_plan(settings, plan_for(settings, caller.workspace))
    if not settings.anonymous_uploads:
        raise Unauthorized("This server takes no uploads without an API key.")
    network = network_of(address)
    # The hour first: an attempt that it refuses leaves the day's allowance alone.
    await _count(platform, f"uploads/hour/{network}", settings.anonymous_uploads_per_hour, HOUR_S)
    await _count(platform, f"uploads/day/{network}", settings.anonymous_uploads_per_day, DAY_S)
    return Admission(settings.max_upload_bytes_anonymous, "CALOTYPE_MAX_UPLOAD_BYTES_ANONYMOUS")


def _of_plan(settings: Settings, plan: Plan) -> Admission:
    if plan.max_file_bytes is None or plan.max_file_bytes >= settings.max_upload_bytes:
        return Admission(settings.max_upload_bytes, "CALOTYPE_MAX_UPLOAD_BYTES")
    return Admission(plan.max_file_bytes, f"the plan {plan.name!r}")


async def _count(platform: Platform, bucket: str, limit: int, window_s: int) -> None:
    seconds = await platform.limiter.hit(bucket, limit, window_s)
    if seconds:
        raise RateLimited(
            f"At most {limit} uploads without an API key per {'hour' if window_s == HOUR_S else 'day'}.",
            retry_after=seconds,
        )


def network_of(address: str) -> str:
    """Name whom an address stands for: an IPv4 address itself, an IPv6 address's /64.

    IPv4 written as IPv6 is IPv4. What is no address (a Unix socket's peer) is one bucket of its own.
    """
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return "local"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((parsed, _HOUSEHOLD_BITS), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)
