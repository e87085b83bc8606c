"""How slowly a body may arrive: a minimum rate, a grace time, and a longest silence.

Law: a connection that sends too slowly ends; one that sends fast enough is never cut, however long it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from starlette.requests import Request

from calotype.errors import RequestTooSlow

SILENCE = 6
"""Longest silence that a fast start can buy, in grace times: else one quick megabyte bought minutes of it."""


async def feed(request: Request, sink: Callable[[bytes], None], *, min_rate: int, grace_s: float) -> None:
    """Give the body of *request* to *sink*, chunk by chunk, while it comes fast enough.

    The client starts with *grace_s* seconds; waiting for it uses them up and every *min_rate* bytes earn one
    more, so silence and a drip end alike. Our own work between two chunks costs the client nothing.

    Raises:
        RequestTooSlow: the seconds are used up.
        ClientDisconnect: the client left.
        Exception: whatever *sink* raises; reading stops there.
    """
    clock = asyncio.get_running_loop().time
    credit = grace_s
    try:
        async with asyncio.timeout(credit) as deadline, aclosing(request.stream()) as stream:
            waiting_since = clock()
            async for chunk in stream:
                credit -= clock() - waiting_since
                sink(chunk)
                credit = min(credit + len(chunk) / min_rate, SILENCE * grace_s)
                waiting_since = clock()
                deadline.reschedule(waiting_since + credit)
    except TimeoutError:
        if not deadline.expired():
            raise
        raise RequestTooSlow(
            f"The body came in at less than {min_rate:,} bytes a second (CALOTYPE_MIN_UPLOAD_RATE)."
        ) from None
