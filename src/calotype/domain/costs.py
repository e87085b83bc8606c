"""What a render takes: sizes that fit, work in points, memory in bytes; all known before it is queued. Pure.

Law: a point is the work of decoding a megapixel of baseline JPEG, about 10 ms of one core; the weights were measured
on photographs with noise, so that what costs the limit ends within the deadline, or nearly so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.domain.framing import mezzanines
from calotype.domain.pictures import Drawing, Picture, Planned, Source
from calotype.domain.transformations import Output
from calotype.errors import TooComplex, TooManyPixels
from calotype.operations.base import EDGE, Size
from calotype.operations.layer import Layer

RESULT_PIXELS = 50_000_000

FactsOf = Mapping[str, Facts]
"""What is known of each version that has a part in a picture, by the version's id."""

_DECODE_WEIGHT = {Format.JPEG: 1.0, Format.PNG: 3.0, Format.WEBP: 4.0, Format.GIF: 4.0, Format.TIFF: 1.0}
_DECODE_ELSE = 6.0
"""Points for a megapixel of the others: HEIC, AVIF, drawings."""
_ENCODE_WEIGHT = {Format.JPEG: 1.0, Format.PNG: 5.0, Format.WEBP: 8.0, Format.AVIF: 40.0, Format.GIF: 30.0}
_ANIMATED_WEIGHT = {Format.WEBP: 25.0, Format.GIF: 40.0}
_LOSSLESS_WEIGHT = {Format.WEBP: 250.0, Format.AVIF: 100.0}


def check_size(size: Size, what: str = "The result") -> None:
    """Let pass what can be held in memory.

    Raises:
        TooManyPixels: it is longer than 16,383 pixels or has more than 50 million.
    """
    if max(size) > EDGE or size.width * size.height > RESULT_PIXELS:
        raise TooManyPixels(
            f"{what} would be {size.width}x{size.height}; the limits are {EDGE} pixels an edge "
            f"and {RESULT_PIXELS // 1_000_000} million in all."
        )


def check_cost(cost: float, limit: float) -> None:
    """Let pass what may be rendered.

    Raises:
        TooComplex: it costs more than *limit* points.
    """
    if cost > limit:
        raise TooComplex(f"Rendering it would cost {cost:,.0f} points; the limit is {limit:,.0f}.")


def picture_cost(picture: Picture, facts_of: FactsOf) -> float:
    """Add up decoding, every primitive on every frame, and the layers, which are made once for all frames."""
    decoding = _DECODE_WEIGHT.get(picture.format, _DECODE_ELSE)
    facts = facts_of.get(picture.version_id)  # a mask has none, and is hardly larger than what it is laid on
    stored = _decoded(facts, picture) if facts else picture.size.width * picture.size.height
    return decoding * stored / 1e6 + _steps_cost(picture.steps, picture.frames, facts_of)


def encoding_cost(picture: Picture, output: Output) -> float:
    """Weigh every pixel of every frame."""
    weight = _ENCODE_WEIGHT[output.format]
    if picture.frames > 1:
        weight = _ANIMATED_WEIGHT.get(output.format, weight)
    if output.lossless:
        weight = _LOSSLESS_WEIGHT.get(output.format, weight)
    return weight * picture.size.width * picture.size.height * picture.frames / 1e6


def memory(facts: Facts, picture: Picture) -> int:
    """Estimate the bytes that a worker needs.

    Rows stream through libvips; a progressive JPEG, and what only decodes whole, is held in memory.
    """
    whole = facts.progressive or facts.format not in {Format.JPEG, Format.PNG, Format.TIFF}
    held = 0
    if picture.source is Source.ORIGINAL and whole:
        held = _decoded(facts, picture) * (24 if facts.progressive else 4)
    result = picture.size.width * picture.size.height * picture.frames
    return 64 * 1024 * 1024 + held + result * 4 * (1 + len(picture.steps))


def _decoded(facts: Facts, picture: Picture) -> int:
    for mezzanine in mezzanines(facts):
        if picture.source is mezzanine.source:
            return mezzanine.size.width * mezzanine.size.height
    if picture.raster:
        return picture.raster.width * picture.raster.height
    return facts.pixels


def _steps_cost(steps: Sequence[Planned], frames: int, facts_of: FactsOf) -> float:
    # Of what is cropped right after it was scaled, only the part that stays is computed.
    computed = [
        following.size if following and following.operation.tag == "crop" else planned.size
        for planned, following in zip_longest(steps, steps[1:])
    ]
    return sum(
        _step_cost(planned, size, frames, facts_of) for planned, size in zip(steps, computed, strict=True)
    )


def _layer_cost(shown: Picture | Drawing | None, facts_of: FactsOf) -> float:
    if isinstance(shown, Drawing):
        return _steps_cost(shown.steps, 1, facts_of)
    return picture_cost(shown, facts_of) if shown else 0.0


def _step_cost(planned: Planned, computed: Size, frames: int, facts_of: FactsOf) -> float:
    operation = planned.operation
    shown = _layer_cost(planned.layer, facts_of)
    drawn = operation.drawing_cost() if isinstance(operation, Layer) else 0.0
    size = computed if operation.tag == "scale" else planned.size
    return operation.cost(size) * frames + shown + drawn
