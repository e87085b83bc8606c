"""Framing: when the mezzanine stands in for an original, and how boxes and sizes carry over to it. Pure.

Law: coordinates are always the original's; what comes out has exactly the planned size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.domain.pictures import Framing, Planned, Source
from calotype.operations.base import Size
from calotype.operations.crop import Crop
from calotype.operations.scale import Scale

MEZZANINE_EDGE = 2048
"""Longest edge in pixels of the mezzanine; an original that is no longer has none but the small one."""
SMALL_EDGE = 1280
"""Longest edge in pixels of the small one: thumbnails decode less than half as much from it."""
SMALL_FROM = 1700
"""Longest edge of an original that has a small one; from a smaller original it would save too little."""
MEZZANINE_SHARE = 0.75
"""The mezzanine stands in up to this share of its own size: above it, its softness would show."""


SHRINK_RESERVE = 2.0
"""How much larger than the result a JPEG shrunk on load must stay.

The cosine transform's own downscaling is a box filter: with a factor of two or more left to Lanczos, four
photographs lost at most 0.5 points of SSIMULACRA2; with less left, up to 2. It must also divide both sides: the
row or column that libjpeg fills up otherwise shifts the picture by a fraction of a pixel, for 2 to 4 points.
"""


def shrink_on_load(size: Size, to: Size) -> int:
    """Choose by how much a JPEG of *size* that is scaled *to* another size may be shrunk on loading."""
    spare = min(size.width / to.width, size.height / to.height) / SHRINK_RESERVE
    fitting = (by for by in (8, 4, 2) if by <= spare and not size.width % by and not size.height % by)
    return next(fitting, 1)


@dataclass(frozen=True, slots=True)
class Mezzanine:
    """An intermediate that is kept beside an original: 8-bit sRGB, upright."""

    source: Source
    format: Format
    size: Size


def mezzanines(facts: Facts) -> tuple[Mezzanine, ...]:
    """List the intermediates of a still picture with *facts*, the smallest first."""
    if facts.frames != 1 or facts.bits != 8:
        return ()
    kept = (
        (Source.SMALL, facts.small, Size(facts.small_width, facts.small_height)),
        (Source.MEZZANINE, facts.mezzanine, Size(facts.mezzanine_width, facts.mezzanine_height)),
    )
    return tuple(Mezzanine(source, format_, size) for source, format_, size in kept if format_)


def wants_mezzanine(facts: Facts) -> bool:
    """Say whether an intermediate belongs beside an original with *facts*: a still raster of 8 bits, large enough."""
    plain = facts.frames == 1 and facts.bits == 8 and facts.format is not Format.SVG
    return plain and max(facts.width, facts.height) >= SMALL_FROM


def lacks_mezzanine(facts: Facts) -> bool:
    """Say whether none was kept where one belongs; the larger of two is never without the small one."""
    return wants_mezzanine(facts) and facts.small is None


def framed(facts: Facts, steps: Sequence[Planned]) -> tuple[Mezzanine, Framing] | None:
    """Compose the crops and scales that *steps* begin with into one of each, on the smallest mezzanine that will do.

    None when none is large enough. A scale that enlarges ends the composition: detail that was lost in between must
    stay lost.
    """
    composed = _composed(steps, Size(facts.width, facts.height))
    for mezzanine in mezzanines(facts):
        across, down = mezzanine.size.width / facts.width, mezzanine.size.height / facts.height
        fits = (
            composed.size.width <= MEZZANINE_SHARE * composed.width * across
            and composed.size.height <= MEZZANINE_SHARE * composed.height * down
        )
        if fits:
            return mezzanine, _framing(composed, mezzanine.size, across, down)
    return None


@dataclass(frozen=True, slots=True)
class _Composed:
    """A box in the original (left, top, width, height), the size that it has become, and by how many primitives."""

    left: float
    top: float
    width: float
    height: float
    size: Size
    count: int


def _framing(composed: _Composed, stored: Size, across: float, down: float) -> Framing:
    """Carry a box of the original over to a mezzanine, and outward to whole pixels."""
    left, top = math.floor(composed.left * across + 1e-6), math.floor(composed.top * down + 1e-6)
    right = min(stored.width, math.ceil((composed.left + composed.width) * across - 1e-6))
    bottom = min(stored.height, math.ceil((composed.top + composed.height) * down - 1e-6))
    whole = (right - left, bottom - top) == stored
    return Framing(left, top, right - left, bottom - top, composed.size, composed.count, whole)


def _composed(steps: Sequence[Planned], size: Size) -> _Composed:
    """Follow the leading crops and scales."""
    left, top, width, height = 0.0, 0.0, float(size.width), float(size.height)
    count = 0
    for planned in steps:
        primitive = planned.operation
        if isinstance(primitive, Crop):
            across, down = width / size.width, height / size.height
            left, top = left + primitive.left * across, top + primitive.top * down
            width, height = primitive.width * across, primitive.height * down
        elif not isinstance(primitive, Scale) or _enlarges(size, planned.size):
            break
        size = planned.size
        count += 1
    return _Composed(left, top, width, height, size, count)


def _enlarges(size: Size, to: Size) -> bool:
    return to.width > size.width or to.height > size.height
