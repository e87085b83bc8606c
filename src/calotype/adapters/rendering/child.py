"""The worker's side: a process that confines itself, then does one job after the other until its orders end.

Law: standard input and output are the two pipes to the server and nobody else's: libraries that print, print
into the void.
"""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

from calotype.adapters.rendering import jobs

TAKEN = b"\x06"
"""Said of an order before anything is done for it: who dies before has done nothing."""
LENGTH = struct.Struct(">Q")
"""Before each reply: how many bytes it has."""


def main() -> None:
    """Run this process's life. Orders are trusted: they come from the server."""
    orders, replies = os.fdopen(_taken(0), "rb"), os.fdopen(_taken(1), "wb")
    confinement, prepare = pickle.load(orders)  # noqa: S301 - the server's own words
    jobs.start(confinement, prepare)
    _send(replies, succeeded=True, answer=None)
    while order := _next(orders):
        replies.write(TAKEN)
        replies.flush()
        _send(replies, **_outcome(*order))


def _taken(descriptor: int) -> int:
    """Move a standard descriptor out of everybody's way, and put the void in its place."""
    own = os.dup(descriptor)
    void = os.open(os.devnull, os.O_RDWR)
    os.dup2(void, descriptor)
    os.close(void)
    return own


def _next(orders: BinaryIO) -> tuple[Callable[..., Any], tuple[Any, ...], float] | None:
    try:
        order: tuple[Callable[..., Any], tuple[Any, ...], float] = pickle.load(orders)  # noqa: S301 - as above
    except EOFError:
        return None
    return order


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...], cpu_seconds: float) -> dict[str, Any]:
    try:
        return {"succeeded": True, "answer": jobs.perform(function, arguments, cpu_seconds)}
    except Exception as error:  # noqa: BLE001 - it is the answer
        return {"succeeded": False, "answer": error}


def _send(replies: BinaryIO, *, succeeded: bool, answer: Any) -> None:
    data = pickle.dumps((succeeded, answer), protocol=pickle.HIGHEST_PROTOCOL)
    replies.write(LENGTH.pack(len(data)))
    replies.write(data)
    replies.flush()
