"""Counting what strangers ask for in the name of an e-mail address: mails that go to somebody, and keys."""

from __future__ import annotations

import hashlib

from calotype.errors import RateLimited
from calotype.ports import Platform
from calotype.services.admission import HOUR_S, network_of

PER_EMAIL, PER_NETWORK = 5, 20
"""Of one kind, in an hour."""


async def count_hourly(platform: Platform, kind: str, email: str, address: str) -> None:
    """Count a request of this *kind* about *email*, which the IP *address* sent.

    Raises:
        RateLimited: over five an hour for the address, or twenty from the network.
    """
    # The network first: what it may no longer ask leaves the address's allowance alone.
    await count(platform, f"{kind}/network/{network_of(address)}", PER_NETWORK, HOUR_S)
    await count(platform, email_bucket(kind, email), PER_EMAIL, HOUR_S)


async def count(platform: Platform, bucket: str, most: int, window_s: int) -> None:
    """Count one request against *bucket*.

    Raises:
        RateLimited: it is more than *most* in the window.
    """
    if seconds := await platform.limiter.hit(bucket, most, window_s):
        raise RateLimited("Too many requests. Try again later.", retry_after=seconds)


def email_bucket(kind: str, email: str) -> str:
    """Name an address's bucket; counters are no place for addresses."""
    return f"{kind}/email/{hashlib.sha256(email.encode()).hexdigest()[:32]}"
