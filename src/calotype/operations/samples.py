"""Samples: the moves over bands, curves and matrices that several operations share, and blends of two pictures.

Law: a change of colours leaves transparency alone, and what comes out is 8-bit sRGB again, rounded to nearest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from calotype.operations.colours import Colour

if TYPE_CHECKING:
    import pyvips

Curve = Callable[[float], float]
"""From a level to a level, both 0 to 255; results outside are cut off."""

Matrix = Sequence[Sequence[float]]
"""Three rows of three factors: a new red, green and blue from the old ones."""

LUMA = (0.2126, 0.7152, 0.0722)
"""How bright red, green and blue are to an eye (ITU-R BT.709)."""

IDENTITY: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def colours(image: pyvips.Image) -> pyvips.Image:
    """Take the red, green and blue of *image*."""
    return image.extract_band(0, n=3)


def levels(image: pyvips.Image) -> pyvips.Image:
    """Round *image* to 8-bit sRGB; libvips' own cast would cut the fraction off."""
    return image.rint().cast("uchar").copy(interpretation="srgb")


def recoloured(image: pyvips.Image, rgb: pyvips.Image) -> pyvips.Image:
    """Give *image* the colours *rgb*, and let it keep its transparency."""
    new = levels(rgb)
    return new.bandjoin(image[3]) if image.hasalpha() else new


def toned(image: pyvips.Image, vips: Any, *curves: Curve) -> pyvips.Image:
    """Send each level through one curve for all colours, or through three; 256 evaluations whatever the size."""
    tables = [_table(curve) for curve in curves] * (1 if len(curves) == 3 else 3)
    tables += [bytes(range(256))] * (image.bands - 3)
    return image.maplut(_lookup(vips, tables))


def ramp(vips: Any, start: Colour, end: Colour) -> pyvips.Image:
    """Make the lookup table (red, green, blue, alpha) whose first entry is *start*, whose last is *end*.

    Between them colours count by their opacity, as CSS gradients do: white fading to nothing stays white.
    """
    entries = [_between(start, end, level / 255) for level in range(256)]
    return _lookup(vips, [bytes(band) for band in zip(*entries, strict=True)])


def mixed(image: pyvips.Image, matrix: Matrix) -> pyvips.Image:
    """Mix the colours of each pixel by *matrix*."""
    return recoloured(image, colours(image).recomb([list(row) for row in matrix]))


def blend(one: Matrix, other: Matrix, share: float) -> Matrix:
    """Go from one matrix towards another, by *share* of the way (beyond 1 is further)."""
    return [
        [a + (b - a) * share for a, b in zip(row, goal, strict=True)]
        for row, goal in zip(one, other, strict=True)
    ]


def reach(sigma: float) -> int:
    """Say after how many pixels a Gaussian of *sigma* may be cut off: there it is a thirtieth of its peak."""
    return math.ceil(2.6 * sigma)


def blurred(image: pyvips.Image, vips: Any, sigma: float, reach: int) -> pyvips.Image:
    """Blur all bands of *image* (whole numbers) with a Gaussian of *sigma* pixels, cut off after *reach* pixels.

    In whole numbers, thirty times faster than in fractions. libvips' fast path rounds each weight to six bits of
    the largest: weights that are such numbers already, and add up to a power of two, keep the brightness; those of
    its own `gaussblur` change it by up to three percent.
    """
    curve = [math.exp(-(place**2) / (2 * sigma**2)) for place in range(reach + 1)]
    total = 2 * sum(curve) - curve[0]
    whole = 2.0 ** (6 - math.ceil(math.log2(curve[0] / total)))
    ends = [round(end) for end in accumulate(whole * weight / total for weight in curve[1:])]
    side = [after - before for before, after in pairwise([0, *ends])]
    weights = [*reversed(side), whole - 2 * sum(side), *side]
    return image.convsep(vips.Image.new_from_array([weights], scale=whole), precision="integer")


def blended(base: pyvips.Image, overlay: pyvips.Image, mode: str = "over") -> pyvips.Image:
    """Blend two pictures of one size by one of libvips' modes; the base keeps its bands."""
    # On 8-bit samples libvips would cut fractions off: half a level darker on average.
    exact = base.cast("float").composite2(overlay.cast("float"), mode, compositing_space="srgb")
    mixed = levels(exact)
    return mixed if base.hasalpha() else colours(mixed)


def framed(image: pyvips.Image, change: Callable[[pyvips.Image], pyvips.Image]) -> pyvips.Image:
    """Apply *change*, which lays transparent pixels around, to weighted colours; an opaque image gets alpha first."""
    if image.hasalpha():
        return change(image)
    return levels(change(image.addalpha().premultiply()).unpremultiply())


def _between(start: Colour, end: Colour, share: float) -> list[int]:
    ours, theirs = start.opacity * (1 - share), end.opacity * share
    opacity = ours + theirs
    if not opacity:
        return [0, 0, 0, 0]
    rgb = [(one * ours + other * theirs) / opacity for one, other in zip(start.rgb, end.rgb, strict=True)]
    return [*map(round, rgb), round(255 * opacity)]


def _table(curve: Curve) -> bytes:
    return bytes(min(255, max(0, round(curve(level)))) for level in range(256))


def _lookup(vips: Any, tables: Sequence[bytes]) -> pyvips.Image:
    data = bytes(level for entry in zip(*tables, strict=True) for level in entry)
    table = vips.Image.new_from_memory(data, 256, 1, len(tables), "uchar")
    return table.copy(interpretation="srgb")
