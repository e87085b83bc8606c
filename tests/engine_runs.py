"""Ways for tests to run the engine on bytes, and to look at the pixels that come out."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from calotype import engine
from calotype.domain.assets import unstored
from calotype.domain.formats import Format, sniff
from calotype.domain.pictures import Source
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import Transformation
from calotype.domain.workspaces import OriginalPolicy, Policy
from calotype.engine.vips import Image
from calotype.operations import Resize
from calotype.ports import Ingested, IngestLimits

LIMITS = IngestLimits(
    max_pixels=50_000_000,
    max_animation_pixels=50_000_000,
    max_frames=1000,
    max_pixels_per_byte=2000,
    max_svg_bytes=10 * 1024 * 1024,
)


def ingest(data: bytes, folder: Path, limits: IngestLimits = LIMITS) -> Ingested:
    """Ingest *data* as the format that it is."""
    format_ = sniff(data)
    assert format_
    return engine.ingest(str(_file(data, folder)), format_, limits, str(folder))


def planned(data: bytes, folder: Path, format_: Format, short_edge: int | None = None) -> tuple[Plan, Path]:
    """Plan a variant of *data*, and name the file that it is made from."""
    ingested = ingest(data, folder)
    steps = (Resize(short_edge=short_edge),) if short_edge else ()
    asset = unstored(ingested.facts, datetime(2024, 1, 1, tzinfo=UTC))
    wish = Transformation.of(*steps, format_=format_)
    made = plan(asset, wish, Context(Policy(OriginalPolicy.KEEP)))
    assert isinstance(made, Plan)
    made_of = {Source.MEZZANINE: ingested.mezzanine, Source.SMALL: ingested.small}
    kept = made_of.get(made.picture.source, ingested.cleaned)
    return made, kept or _file(data, folder)


def render(data: bytes, folder: Path, format_: Format, short_edge: int | None = None) -> bytes:
    """Render *data* into *format_*, with its shorter edge at *short_edge* pixels."""
    made, source = planned(data, folder, format_, short_edge)
    return rendered(made, source)


def rendered(made: Plan, source: Path) -> bytes:
    """Execute a plan whose only picture is made from *source*."""
    return engine.render(made, {made.picture.file: str(source)})


def opened(data: bytes, **options: int) -> Image:
    """Open an encoded result; `n=-1` for all frames."""
    return Image.new_from_buffer(data, "", **options)


def box_means(image: Image) -> Image:
    """Average boxes of 8x8 pixels: what an eye sees of a colour, without noise and rounding."""
    return image.extract_band(0, n=3).shrink(8, 8).copy(interpretation="srgb")


def difference(one: Image, other: Image) -> tuple[float, float]:
    """Give the 95th percentile and the maximum of ΔE00 between two pictures' box means."""
    delta = box_means(one).dE00(box_means(other)).numpy()
    return float(np.percentile(delta, 95)), float(delta.max())


def alone(code: str, folder: Path, *arguments: object) -> str:
    """Run *code* in a process of its own, whose memory can be measured and limited; answer what it prints."""
    command = [sys.executable, "-c", code, str(folder), *map(str, arguments)]
    environment = {"PYTHONPATH": str(Path(__file__).parent), "PATH": ""}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return run.stdout.strip()


def _file(data: bytes, folder: Path) -> Path:
    path = folder / "original"
    path.write_bytes(data)
    return path
