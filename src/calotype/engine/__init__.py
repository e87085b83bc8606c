"""Encoded bytes plus a Plan give encoded bytes. The only importer of libvips, Pillow, libheif and resvg.

Law: runs in worker processes only, executes Plans and decides nothing; sync throughout. Importing this package
loads no codec: only calling it does, so that the process that starts the workers stays free of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calotype.domain.formats import Format
    from calotype.domain.pictures import Measure, Source
    from calotype.domain.planning import Plan
    from calotype.ports import Ingested, IngestLimits

__all__ = ["blank_gps", "ingest", "measure", "render", "warm"]


def ingest(source: str, format_: Format, limits: IngestLimits, scratch: str) -> Ingested:
    """Decode the file *source* fully, once: validate it, learn its facts, make its mezzanine in *scratch*.

    Raises:
        ImageRefused: the bytes are no image that we accept; its leaves say why.
    """
    from calotype.engine import ingestion

    return ingestion.ingest(source, format_, limits, scratch)


def render(plan: Plan, sources: Mapping[tuple[str, Source], str]) -> bytes:
    """Execute *plan* on the files *sources* (by `Picture.file`) and answer the encoded variant.

    Raises:
        RenderFailed: the file cannot be decoded, or the result is not what the plan says.
    """
    from calotype.engine import rendering

    return rendering.render(plan, sources)


def measure(question: Measure, sources: Mapping[tuple[str, Source], str]) -> tuple[int, ...]:
    """Answer *question* by looking at its picture, made from the files *sources* (by `Picture.file`).

    Raises:
        RenderFailed: a file cannot be decoded.
    """
    from calotype.engine import rendering

    return rendering.measure(question.kind, question.argument, question.picture, sources)


def blank_gps(source: str, format_: Format, target: str) -> None:
    """Copy *source* to *target* with every GPS value overwritten: same length, same pixels."""
    from calotype.engine import gps

    gps.blank(source, format_, target)


def warm() -> None:
    """Load libvips and its codecs by rendering something tiny, so that the first request is fast."""
    from calotype.engine import rendering

    rendering.warm()
