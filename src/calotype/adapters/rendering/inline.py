"""The `Renderer` port without isolation: the engine in a thread of this process.

For tests of other parts. Never for bytes from strangers: a crash of a decoder ends the
server, and what takes a decoder over has the server's secrets.
"""
# ruff: noqa: ARG002 - nobody waits here, so owners need no turns

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from calotype import engine
from calotype.domain.formats import Format
from calotype.domain.pictures import Measure, Source
from calotype.domain.planning import Plan
from calotype.ports import Ingested, IngestLimits, Sources


class InlineRenderer:
    """Runs the engine here; libvips is loaded into this process by the first call."""

    async def ingest(
        self, source: Path, format_: Format, limits: IngestLimits, scratch: Path, *, owner: str = ""
    ) -> Ingested:
        """See `Renderer.ingest`."""
        return await asyncio.to_thread(engine.ingest, str(source), format_, limits, str(scratch))

    async def render(
        self, plan: Plan, sources: Sources, *, started: Callable[[], None] = lambda: None, owner: str = ""
    ) -> bytes:
        """See `Renderer.render`."""
        started()
        return await asyncio.to_thread(engine.render, plan, _named(sources))

    async def measure(
        self,
        question: Measure,
        sources: Sources,
        *,
        started: Callable[[], None] = lambda: None,
        owner: str = "",
    ) -> tuple[int, ...]:
        """See `Renderer.measure`."""
        started()
        return await asyncio.to_thread(engine.measure, question, _named(sources))

    async def blank_gps(self, source: Path, format_: Format, target: Path, *, owner: str = "") -> None:
        """See `Renderer.blank_gps`."""
        await asyncio.to_thread(engine.blank_gps, str(source), format_, str(target))

    async def warm(self) -> None:
        """See `Renderer.warm`."""
        await asyncio.to_thread(engine.warm)

    async def enforced(self) -> dict[str, str]:
        """Say that nothing confines this."""
        return {"isolation": "none: decoding runs in the server's own process"}

    async def close(self) -> None:
        """Nothing to stop."""


def _named(sources: Sources) -> dict[tuple[str, Source], str]:
    return {file: str(path) for file, path in sources.items()}
