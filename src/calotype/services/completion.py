"""Work that must not stop half-way, whoever leaves meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Await *work* to its end even when cancelled meanwhile; the cancellation takes effect after it.

    `asyncio.shield` alone would let the caller go on, and remove the files that the work still reads.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # seen: the one who would have been told has left
        raise
