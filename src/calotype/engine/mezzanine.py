"""The mezzanine: a large, upright, sRGB intermediate that later variants are made from instead of the original.

Law: made from a full decode and one good resize, so what is made from it looks as if made from the original.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calotype.domain.formats import Format
from calotype.engine.vips import Image

GRAPHIC_FLATNESS = 0.5
"""Share of equal neighbours above which a picture is a graphic. Photographs stay below 0.2, drawings above 0.8."""


@dataclass(frozen=True, slots=True)
class Mezzanine:
    """A written intermediate: where, in which format, how large in pixels."""

    path: Path
    format: Format
    width: int
    height: int


def fitted(width: int, height: int, edge: int) -> tuple[int, int]:
    """Give the size at which *width* x *height* fits a square of *edge*; as it is when it fits already.

    The shorter side is cut to a multiple of eight, where that costs under two per cent, so that the JPEG can
    be shrunk on load without a remainder. The proportions change by as little, and change back: whatever is
    made from a mezzanine is scaled to its own exact size, each axis by its own factor.
    """
    if max(width, height) <= edge:
        return width, height
    scale = edge / max(width, height)
    across, down = (max(1, round(side * scale)) for side in (width, height))
    return _whole_blocks(across), _whole_blocks(down)


def _whole_blocks(side: int) -> int:
    return side - side % 8 if side >= 64 * 8 else side


def write(image: Image, scratch: str, name: str) -> Mezzanine:
    """Write *image* (8-bit sRGB, upright, in memory) into the folder *scratch*, as *name*.

    JPEG at quality 95 without chroma subsampling; with alpha PNG for graphics, and for photographs
    WebP at quality 95 with lossless alpha.
    """
    format_ = _format(image)
    path = Path(scratch) / f"{name}.{format_.value}"
    if format_ is Format.JPEG:
        image.jpegsave(str(path), Q=95, subsample_mode="off", keep="none")
    elif format_ is Format.PNG:
        image.pngsave(str(path), compression=6, keep="none")
    else:
        image.webpsave(str(path), Q=95, alpha_q=100, effort=2, keep="none")
    return Mezzanine(path, format_, image.width, image.height)


def is_graphic(image: Image) -> bool:
    """Tell a drawing from a photograph: most visible neighbours of a drawing are exactly equal.

    Only pairs of opaque pixels count, or every cut-out photograph would be a graphic.
    """
    if image.width < 2:  # no neighbours: a line was drawn, not photographed
        return True
    left = image.crop(0, 0, image.width - 1, image.height)
    right = image.crop(1, 0, image.width - 1, image.height)
    visible = (left[3] == 255) & (right[3] == 255)
    equal = (left == right).bandand() & visible
    return bool(equal.avg() > GRAPHIC_FLATNESS * visible.avg())


def _format(image: Image) -> Format:
    if not image.hasalpha():
        return Format.JPEG
    return Format.PNG if is_graphic(image) else Format.WEBP
