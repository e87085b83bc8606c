"""A worker process as the server sees it: started with nothing, spoken to through two pipes, ended by force.

Law: it inherits no environment, no descriptor but its pipes and standard error, and not the server's `__main__`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calotype.adapters.rendering.child import LENGTH, TAKEN
from calotype.adapters.rendering.replies import MAX_REPLY_BYTES, ReplyRefused, read_reply

READ_AHEAD_BYTES = 1024 * 1024

# Its modules are looked for where ours are; the path comes as an argument, before anything of ours is imported.
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from calotype.adapters.rendering.child import main; main()"
)


class Ended(Exception):
    """The process is gone; *code* is its exit code, minus the signal's number when one ended it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The render process ended with code {code}.")
        self.code = code


class EndedIdle(Ended):
    """The process is gone, and had not begun with what it was asked."""


class Process:
    """One started process. All methods belong to the event loop whose thread made it.

    That thread must outlive the process: the kernel's parent-death signal watches the thread that started it.
    """

    def __init__(self, environ: Mapping[str, str], opening: Any) -> None:
        """Start it, with *opening* as the first thing that it is told."""
        self._transports: list[asyncio.BaseTransport] = []
        orders, to_orders = os.pipe()
        from_replies, replies = os.pipe()
        with contextlib.suppress(OSError, AttributeError):  # Linux, and within the user's limit
            # A whole variant fits: the worker hands it over and is done, instead of waiting for us to read.
            fcntl.fcntl(replies, fcntl.F_SETPIPE_SZ, READ_AHEAD_BYTES)
        self._unconnected = [open(from_replies, "rb", buffering=0), open(to_orders, "wb", buffering=0)]  # noqa: PTH123, SIM115
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own interpreter
                [
                    sys.executable,
                    "-c",
                    _PROGRAM,
                    json.dumps([str(Path(path).absolute()) for path in sys.path]),
                ],
                env=dict(environ),
                cwd="/",
                stdin=orders,
                stdout=replies,
                process_group=0,  # Ctrl-C in a terminal is for the server
            )
        except OSError:
            self._release()
            raise
        finally:
            os.close(orders)
            os.close(replies)
        self._opening = opening
        self._reader = asyncio.StreamReader(READ_AHEAD_BYTES)
        self._writer: asyncio.WriteTransport | None = None
        self._ready: asyncio.Task[None] = asyncio.ensure_future(self._open())

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._child.poll() is None

    async def ready(self) -> None:
        """Wait until it has confined and prepared itself.

        Raises:
            Ended: it never got there.
        """
        await asyncio.shield(self._ready)

    async def ask(self, order: Any) -> Any:
        """Have it do one job and give what it answers; one at a time.

        Raises:
            EndedIdle: it was dead before it began.
            Ended: it died.
            ReplyRefused: its answer is none that an honest worker gives.
            Exception: what the job raised.
        """
        assert self._writer is not None  # noqa: S101 - `ready` comes first
        self._writer.write(pickle.dumps(order, protocol=pickle.HIGHEST_PROTOCOL))
        taken = await self._reader.read(1)
        if not taken:
            raise EndedIdle(await asyncio.to_thread(self._child.wait))
        if taken != TAKEN:
            raise ReplyRefused("A worker spoke out of turn.")
        return await self._reply()

    def kill(self) -> None:
        """End it: a decoder in the middle of a picture hears no other signal, and there is nothing to save."""
        self._ready.cancel()
        if self.alive:
            os.killpg(self._child.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for its end, release the pipes, and give its exit code."""
        code = await asyncio.to_thread(self._child.wait)
        await asyncio.gather(self._ready, return_exceptions=True)
        self._release()
        return code

    def _release(self) -> None:
        for transport in self._transports:
            transport.close()
        for pipe in self._unconnected:
            pipe.close()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(self._reader)
        reading, _ = await loop.connect_read_pipe(lambda: protocol, self._unconnected[0])
        self._transports.append(reading)
        self._writer, _ = await loop.connect_write_pipe(asyncio.Protocol, self._unconnected[1])
        self._transports.append(self._writer)
        self._unconnected = []  # the transports own them now
        self._writer.write(pickle.dumps(self._opening, protocol=pickle.HIGHEST_PROTOCOL))
        await self._reply()

    async def _reply(self) -> Any:
        try:
            [length] = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            if length > MAX_REPLY_BYTES:
                raise ReplyRefused(f"A worker's reply has {length} bytes.")
            return read_reply(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Ended(await asyncio.to_thread(self._child.wait)) from error
