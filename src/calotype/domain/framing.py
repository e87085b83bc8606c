"""Framing: when the mezzanine stands in for an original, and how boxes and sizes carry over to it. Pure.

Law: coordinates are always the original's; what comes out has exactly the planned size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from calotype.domain.assets import Facts
from calotype.domain.pictures import Framing, Planned
from calotype.operations.base import Size
from calotype.operations.crop import Crop
from calotype.operations.scale import Scale

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


def framed(facts: Facts, steps: Sequence[Planned]) -> Framing | None:
    """Compose the crops and scales that *steps* begin with into one of each on the mezzanine of *facts*.

    None when there is no mezzanine, or when it is not large enough. A scale that enlarges ends the composition:
    detail that was lost in between must stay lost.
    """
    if facts.mezzanine is None or facts.frames != 1 or facts.bits != 8:
        return None
    box, size, count = _composed(steps, Size(facts.width, facts.height))
    across, down = facts.mezzanine_width / facts.width, facts.mezzanine_height / facts.height
    if size.width > MEZZANINE_SHARE * box[2] * across or size.height > MEZZANINE_SHARE * box[3] * down:
        return None
    begin = math.floor(box[0] * across + 1e-6), math.floor(box[1] * down + 1e-6)
    end = (
        min(facts.mezzanine_width, math.ceil((box[0] + box[2]) * across - 1e-6)),
        min(facts.mezzanine_height, math.ceil((box[1] + box[3]) * down - 1e-6)),
    )
    width, height = end[0] - begin[0], end[1] - begin[1]
    whole = (width, height) == (facts.mezzanine_width, facts.mezzanine_height)
    return Framing(*begin, width, height, size, count, whole)


def _composed(steps: Sequence[Planned], size: Size) -> tuple[tuple[float, float, float, float], Size, int]:
    """Follow the leading crops and scales.

    Answers the box in the original (left, top, width, height), its size now, and how many there were.
    """
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
    return (left, top, width, height), size, count


def _enlarges(size: Size, to: Size) -> bool:
    return to.width > size.width or to.height > size.height
