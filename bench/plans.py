"""A plan of ours, and the shortest libvips program that does the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calotype.dialects.imgpro.cdn import SIZES
from calotype.domain.assets import Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.pictures import Source
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import Transformation
from calotype.operations import Operation
from calotype.ports import IngestLimits
from calotype.settings import Settings


@dataclass(frozen=True)
class Job:
    """One render: which file becomes what."""

    source: Path
    source_name: str
    width: int
    height: int
    quality: int


def limits() -> IngestLimits:
    """The default limits."""
    settings = Settings()
    return IngestLimits(
        settings.max_pixels,
        settings.max_animation_pixels,
        settings.max_frames,
        settings.max_pixels_per_byte,
        settings.max_svg_bytes,
    )


def ingest(picture: bytes, folder: Path) -> tuple[dict[Source, Path], Facts]:
    """Ingest *picture* in this process: the files that are kept of it, and its facts."""
    from calotype import engine

    original = folder / "original"
    original.write_bytes(picture)
    ingested = engine.ingest(str(original), Format.JPEG, limits(), str(folder))
    made = {Source.MEZZANINE: ingested.mezzanine, Source.SMALL: ingested.small}
    return {Source.ORIGINAL: original} | {
        source: path for source, path in made.items() if path
    }, ingested.facts


def planned(facts: Facts, operation: Operation, format_: Format = Format.JPEG) -> Plan:
    """Plan a variant of a picture with *facts*."""
    wish = Transformation.of(operation, format_=format_)
    what = plan(unstored(facts, datetime.now(UTC)), wish, Context())
    if not isinstance(what, Plan):
        raise TypeError(what)
    return what


def job(picture: bytes, size: str, folder: Path) -> Job:
    """Say what the server will do for `?size=` on *picture*. Runs where libvips may be loaded: in a child."""
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_job, (picture, size, folder))


def _job(picture: bytes, size: str, folder: Path) -> Job:
    kept, facts = ingest(picture, folder)
    what = planned(facts, SIZES[size])
    return Job(
        kept[what.picture.source], what.picture.source.value, what.width, what.height, what.output.quality
    )


def bare_render(work: Job) -> bytes:
    """Do *work* with nothing around it: what any program built on libvips would have to do at least."""
    import os

    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips

    pyvips.cache_set_max(0)
    image: Any = pyvips.Image.new_from_file(str(work.source), access="sequential")
    image = image.resize(work.width / image.width, vscale=work.height / image.height, kernel="lanczos3")
    # The encoder's choices are part of the plan: see engine/encoding.py.
    body: bytes = image.jpegsave_buffer(
        Q=work.quality, optimize_coding=True, quant_table=2, overshoot_deringing=True, keep="none"
    )
    return body
