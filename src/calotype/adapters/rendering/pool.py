"""The render pool: every piece of work on untrusted bytes, in a confined process, behind a bounded line.

Law: a job that has started is ended by its deadline only, never by its caller's leaving; a job that has not is
forgotten when its caller leaves. Nothing a job does can fail another.

Why so: docs/adr/0007.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from calotype.adapters.rendering import jobs, jpeg
from calotype.adapters.rendering.admission import Full, Line
from calotype.adapters.rendering.worker import Terms, Worker
from calotype.domain.formats import Format
from calotype.domain.pictures import Measure, Source
from calotype.domain.planning import Plan
from calotype.errors import Busy, RenderFailed, TooComplex
from calotype.ports import Ingested, IngestLimits, Sources
from calotype.settings import Settings

MAX_NUMBERS = 4 * 256
"""More numbers than any measure has: 256 boxes."""

T = TypeVar("T")
Job = Callable[[Worker], Awaitable[T]]


class Observer(Protocol):
    """Who counts what the pool does."""

    def queued(self, seconds: float) -> None:
        """A job waited *seconds* for its worker."""

    def rendered(self, seconds: float, kind: str) -> None:
        """A job of *kind* (ingest, render, measure, blank_gps, other) ended well after *seconds* in its worker."""

    def died(self, reason: str) -> None:
        """A job failed because of its process: crash, timeout or memory."""


class _Nobody:
    def queued(self, seconds: float) -> None: ...

    def rendered(self, seconds: float, kind: str) -> None: ...

    def died(self, reason: str) -> None: ...


class PoolRenderer:
    """The `Renderer` port on confined processes. Make it inside the event loop that uses it.

    *slots* processes start at once. They may read *readable* (folders of images) and *scratch*, and write to
    nothing but a folder each inside *scratch*, cleared between jobs; whoever empties *scratch* does so before.
    *prepare* runs in each new process once it is confined.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        slots: int,
        scratch: Path,
        readable: Sequence[Path] = (),
        observer: Observer | None = None,
        prepare: Callable[[], None] = jobs.warm,
    ) -> None:
        for folder in (scratch, *readable):
            # Landlock knows folders, not names: one that is made after a worker started stays closed to it.
            folder.mkdir(parents=True, exist_ok=True)
        terms = Terms(
            settings.render_timeout_s,
            settings.render_memory_bytes,
            settings.render_recycle,
            tuple(str(folder.absolute()) for folder in (scratch, *readable)),
            prepare,
        )
        self._workers = [Worker(terms, scratch.absolute()) for _ in range(slots)]
        self._line = Line(self._workers, settings.render_queue)
        self._lane = Line([None], settings.render_queue)
        self._wait_s = settings.render_wait_s
        self._observer: Observer = observer or _Nobody()
        self._running: set[asyncio.Task[Any]] = set()

    async def ingest(
        self, source: Path, format_: Format, limits: IngestLimits, scratch: Path, *, owner: str = ""
    ) -> Ingested:
        """See `Renderer.ingest`; what ran out of time or memory is refused as too complex."""
        heavy = format_ is Format.JPEG and await asyncio.to_thread(jpeg.decodes_alone, source)
        try:
            return await self._admitted(
                lambda worker: _ingest(worker, source, format_, limits, scratch),
                owner=owner,
                heavy=heavy,
                kind="ingest",
            )
        except RenderFailed as error:
            if error.cause in _SPENT:
                raise TooComplex(f"Decoding the image takes too much {_SPENT[error.cause]}.") from error
            raise

    async def render(
        self, plan: Plan, sources: Sources, *, started: Callable[[], None] = lambda: None, owner: str = ""
    ) -> bytes:
        """See `Renderer.render`."""
        return await self._admitted(
            lambda worker: _render(worker, plan, sources),
            owner=owner,
            heavy=plan.heavy,
            kind="render",
            started=started,
        )

    async def measure(
        self,
        question: Measure,
        sources: Sources,
        *,
        started: Callable[[], None] = lambda: None,
        owner: str = "",
    ) -> tuple[int, ...]:
        """See `Renderer.measure`."""
        return await self._admitted(
            lambda worker: _measure(worker, question, sources),
            owner=owner,
            kind="measure",
            started=started,
        )

    async def blank_gps(self, source: Path, format_: Format, target: Path, *, owner: str = "") -> None:
        """See `Renderer.blank_gps`."""
        await self._admitted(
            lambda worker: _blank_gps(worker, source, format_, target), owner=owner, kind="blank_gps"
        )

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run any importable *function* in a worker; it answers plain values (numbers, text, bytes, containers)."""
        return await self._admitted(lambda worker: worker.run(function, *arguments))

    async def warm(self) -> None:
        """See `Renderer.warm`."""
        await asyncio.gather(*(self.run(jobs.ready) for _ in self._workers))

    async def enforced(self) -> dict[str, str]:
        """Say what confines a worker here, and of what does not, why."""
        return _expect(dict, await self.run(jobs.enforced))

    async def close(self) -> None:
        """End all workers; who waits or runs gets Busy."""
        self._line.close()
        self._lane.close()
        for job in self._running:
            job.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(worker.close() for worker in self._workers))

    async def _admitted(
        self,
        job: Job[T],
        *,
        owner: str = "",
        heavy: bool = False,
        kind: str = "other",
        started: Callable[[], None] = lambda: None,
    ) -> T:
        """Wait for a worker, then see *job* through, even when this caller is cancelled meanwhile."""
        worker = await self._place(owner, heavy=heavy)
        try:
            started()
        except BaseException:
            self._free(worker, heavy=heavy)
            raise
        running = asyncio.ensure_future(self._see_through(job, worker, kind, heavy=heavy))
        self._running.add(running)
        running.add_done_callback(self._done)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if running.cancelled():  # by `close`, not the caller
                raise Busy("The server is stopping.") from None
            raise

    async def _place(self, owner: str, *, heavy: bool) -> Worker:
        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._wait_s):
                worker = await (self._through_lane(owner) if heavy else self._line.take(owner))
        except (TimeoutError, Full) as error:
            waiting = self._line.waiting + self._lane.waiting
            raise Busy(f"{waiting} renders wait already.", retry_after=math.ceil(self._wait_s)) from error
        self._observer.queued(time.monotonic() - asked)
        return worker

    async def _through_lane(self, owner: str) -> Worker:
        """Take the one place for what must decode alone, then a worker."""
        await self._lane.take(owner)
        try:
            return await self._line.take(owner)
        except BaseException:
            self._lane.give(None)
            raise

    async def _see_through(self, job: Job[T], worker: Worker, kind: str, *, heavy: bool) -> T:
        started = time.monotonic()
        try:
            result = await job(worker)
        except RenderFailed as error:
            if error.cause != "error":
                self._observer.died(error.cause)
            raise
        finally:
            worker.clear()
            self._free(worker, heavy=heavy)
        self._observer.rendered(time.monotonic() - started, kind)
        return result

    def _free(self, worker: Worker, *, heavy: bool) -> None:
        self._line.give(worker)
        if heavy:
            self._lane.give(None)

    def _done(self, job: asyncio.Task[Any]) -> None:
        self._running.discard(job)
        if not job.cancelled():
            job.exception()  # looked at, for the case that the caller has left


_SPENT = {"timeout": "time", "memory": "memory"}


async def _ingest(
    worker: Worker, source: Path, format_: Format, limits: IngestLimits, scratch: Path
) -> Ingested:
    found = _expect(
        Ingested, await worker.run(jobs.ingest, _absolute(source), format_, limits, str(worker.folder))
    )
    # Every worker calls its results the same: the upload's name keeps them apart in the common folder.
    return replace(
        found,
        cleaned=await worker.hand_over(found.cleaned, scratch / f"{source.name}-cleaned"),
        mezzanine=await worker.hand_over(found.mezzanine, scratch / f"{source.name}-mezzanine"),
        small=await worker.hand_over(found.small, scratch / f"{source.name}-small"),
    )


async def _render(worker: Worker, plan: Plan, sources: Sources) -> bytes:
    return _expect(bytes, await worker.run(jobs.render, plan, _named(sources)))


async def _measure(worker: Worker, question: Measure, sources: Sources) -> tuple[int, ...]:
    return _numbers(await worker.run(jobs.measure, question, _named(sources)))


def _named(sources: Sources) -> dict[tuple[str, Source], str]:
    return {file: _absolute(path) for file, path in sources.items()}


def _numbers(answer: Any) -> tuple[int, ...]:
    """Pass a worker's answer through when it is a few whole numbers."""
    numbers: tuple[Any, ...] = _expect(tuple, answer)
    if len(numbers) > MAX_NUMBERS or not all(type(each) is int for each in numbers):
        raise RenderFailed("A worker answered no measure.", cause="crash")
    return numbers


async def _blank_gps(worker: Worker, source: Path, format_: Format, target: Path) -> None:
    made = worker.folder / "blanked"
    await worker.run(jobs.blank_gps, _absolute(source), format_, str(made))
    await worker.hand_over(made, target)


def _absolute(path: Path) -> str:
    """Name *path* for a worker, whose working directory is not ours."""
    return str(path.absolute())


def _expect(kind: type[T], answer: Any) -> T:
    """Pass a worker's *answer* through when it is what an honest one gives."""
    if not isinstance(answer, kind):
        raise RenderFailed(f"A worker answered {type(answer).__name__}.", cause="crash")
    return answer
