"""One worker: its process, its private folder, and how the deaths of the one are told apart.

Law: workers share nothing. One that dies, hangs, or was taken over by a hostile image is replaced as a whole, and
no other one hears of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calotype.adapters.rendering import sandbox
from calotype.adapters.rendering.process import Ended, EndedIdle, Process
from calotype.adapters.rendering.replies import ReplyRefused
from calotype.errors import RenderFailed

START_S = 30.0
"""Longest time from starting a process to its first job."""

IDLE_DEATHS = 2
"""Processes that may die before they begin with a job, until it fails: somebody is killing them."""

_CAUSES = {
    -signal.SIGXCPU: "timeout",
    # GLib ends the process this way when it cannot allocate (g_malloc, `G_BREAKPOINT`).
    -signal.SIGTRAP: "memory",
}
"""What an exit code means; every other one is a crash."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What every worker of a pool is held to: deadline in seconds, memory in bytes, jobs before it is replaced."""

    timeout_s: float
    memory_bytes: int
    recycle: int
    readable: tuple[str, ...]
    prepare: Callable[[], None]


class Worker:
    """Runs one job at a time in its process, on the event loop that made it."""

    def __init__(self, terms: Terms, scratch: Path) -> None:
        """Start a process; it confines and prepares itself while the server goes on."""
        self.folder = Path(tempfile.mkdtemp(prefix="worker-", dir=scratch))
        self._terms = terms
        self._ending: set[asyncio.Task[int]] = set()
        self._start()

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run *function* in the process and answer its value. Cancelling ends the process.

        Raises:
            CalotypeError: as *function* raised it.
            RenderFailed: the process died, or the job ran out of time or memory, or broke (`cause`).
        """
        for _ in range(IDLE_DEATHS):
            await self._make_ready()
            with contextlib.suppress(EndedIdle):
                return await self._attempt((function, arguments, self._terms.timeout_s))
            self._replace()
        raise RenderFailed("No render process stays alive.")

    async def _attempt(self, order: Any) -> Any:
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                return await self._process.ask(order)
        except EndedIdle:
            raise
        except (Ended, ReplyRefused, TimeoutError, asyncio.CancelledError) as error:
            self._replace()
            if isinstance(error, asyncio.CancelledError):
                raise
            raise self._death(error) from error
        except MemoryError as error:
            raise RenderFailed("Rendering needs more memory than allowed.", cause="memory") from error
        except RuntimeError as error:
            raise RenderFailed from error  # its words name paths: for the log, not for who asked

    async def hand_over(self, made: Path | None, target: Path) -> Path | None:
        """Move the file *made*, a result in this worker's folder, to *target*; None stays None.

        Raises:
            RenderFailed: it is not a plain file there. A worker that was taken over could name any file.
        """
        return None if made is None else await asyncio.to_thread(self._move, made, target)

    def clear(self) -> None:
        """Empty the folder: what a job left there is nobody's. What cannot be deleted now goes at the end."""
        with contextlib.suppress(OSError):
            for entry in os.scandir(self.folder):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    Path(entry.path).unlink(missing_ok=True)

    async def close(self) -> None:
        """End the process, what it runs included, and remove the folder."""
        self._end()
        await asyncio.gather(*self._ending, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def _make_ready(self) -> None:
        """See to it that a living process waits for a job: what died idle, or is due, has lost nobody's work.

        Raises:
            RenderFailed: none could be started.
        """
        if not self.folder.is_dir():  # cleared away under us; a process is confined to the folder it knew
            self.folder.mkdir(mode=0o700, parents=True)
            self._replace()
        if self._jobs == self._terms.recycle or not self._process.alive:
            self._replace()
        self._jobs += 1
        try:
            async with asyncio.timeout(START_S):
                await self._process.ready()
        except (Ended, ReplyRefused, TimeoutError) as error:
            self._replace()
            raise RenderFailed("No render process could be started.") from error

    def _move(self, made: Path, target: Path) -> Path:
        if made.parent != self.folder or made.is_symlink() or not made.is_file():
            raise RenderFailed("A worker's result is not in its folder.", cause="crash")
        return Path(shutil.move(made, target))

    def _start(self) -> None:
        terms, folder = self._terms, str(self.folder)
        confinement = sandbox.Confinement(folder, terms.readable, terms.memory_bytes, os.getpid())
        self._process = Process(sandbox.environment(folder), (confinement, terms.prepare))
        self._jobs = 0

    def _replace(self) -> None:
        self._end()
        self._start()

    def _end(self) -> None:
        self._process.kill()
        ending = asyncio.ensure_future(self._process.ended())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _death(self, error: Exception) -> RenderFailed:
        if isinstance(error, Ended):
            return RenderFailed(str(error), cause=_CAUSES.get(error.code, "crash"))
        if isinstance(error, TimeoutError):
            return RenderFailed(f"Rendering took longer than {self._terms.timeout_s:g} s.", cause="timeout")
        return RenderFailed("A worker's answer was refused.", cause="crash")
