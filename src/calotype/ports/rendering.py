"""The engine behind its isolation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.domain.pictures import Measure, Source
from calotype.domain.planning import Plan


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """What an upload may be, from settings, and whether it is stored as it came."""

    max_pixels: int
    max_animation_pixels: int
    max_frames: int
    max_pixels_per_byte: int
    max_svg_bytes: int
    plain: bool = False
    """Whether what is stored is upright, one frame and without metadata, whatever came."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one full decode of an upload gave."""

    facts: Facts
    cleaned: Path | None = None
    """The file to store instead of the upload, in the scratch folder: a sanitised SVG, or what was made plain."""
    mezzanine: Path | None = None
    small: Path | None = None
    """The intermediate, in the scratch folder, when the original is larger than it."""
    notes: tuple[str, ...] = field(default=())


Sources = Mapping[tuple[str, Source], Path]
"""The local files of a plan's pictures, by `Picture.file`."""


class Renderer(Protocol):
    """The engine behind its isolation: work on untrusted bytes happens in other processes.

    Every method waits for a slot and raises Busy when none comes in time; when the awaiting task is
    cancelled while queued, its place is given up. *owner* is the workspace that is served: those who wait
    take turns, and when too many wait, it is the one with the most places that loses some.
    """

    async def ingest(
        self, source: Path, format_: Format, limits: IngestLimits, scratch: Path, *, owner: str = ""
    ) -> Ingested:
        """Decode *source* fully, once: validate it, learn its facts, make its mezzanine in *scratch*.

        Raises:
            ImageRefused: the bytes are no image that we accept.
            RenderFailed: the worker crashed, or broke (`cause` says which).
            Busy: no slot came free in time.
        """

    async def render(
        self, plan: Plan, sources: Sources, *, started: Callable[[], None] = lambda: None, owner: str = ""
    ) -> bytes:
        """Execute *plan* on the files *sources* and answer the encoded variant.

        *started* is called when the job leaves the queue: from then on it is better let finish. What it
        raises is raised here, and the job is not done.

        Raises:
            RenderFailed: the worker crashed, ran out of memory or over the deadline (`cause` says which).
            Busy: no slot came free in time.
        """

    async def measure(
        self,
        question: Measure,
        sources: Sources,
        *,
        started: Callable[[], None] = lambda: None,
        owner: str = "",
    ) -> tuple[int, ...]:
        """Look at a picture and answer the *question* about it; *started* is as for `render`.

        Raises:
            RenderFailed, Busy: as `render`.
        """

    async def blank_gps(self, source: Path, format_: Format, target: Path, *, owner: str = "") -> None:
        """Copy *source* to *target* with every GPS value overwritten: same length, same pixels.

        Raises:
            RenderFailed, Busy: as `render`.
        """

    async def warm(self) -> None:
        """Wait until every worker has started and can render."""

    async def enforced(self) -> dict[str, str]:
        """Say what confines a worker here, and of what does not, why."""

    async def close(self) -> None:
        """Stop the workers; what runs is ended."""
