"""Colour replace: one colour of the picture, in all its shades, made another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Size, Stage
from calotype.operations.colours import Colour
from calotype.operations.samples import colours, levels, recoloured

if TYPE_CHECKING:
    import pyvips

SOFTNESS = 5.0
"""The width, in units of ΔE, of the border between what is replaced and what is kept: no jagged edges."""


class ColourReplace(Operation, tag="colour_replace"):
    """Make what is within *tolerance* (0 to 100) of the colour *source* the colour *to*.

    The tolerance is a distance in CIE Lab (ΔE*ab; 2 is just visible, 100 is black from white). Darker and lighter
    shades of the source become darker and lighter shades of the new colour. Without a source it is the colour that
    the picture has most of. A transparent *to* makes its pixels transparent. Serves ImageKit's `cr`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {
        "to": {"red": 160, "green": 80, "blue": 120},
        "tolerance": 12,
        "source": {"red": 92, "green": 110, "blue": 150},
    }
    to: Colour
    tolerance: Annotated[float, Field(ge=0, le=100)] = 35.0
    source: Colour | None = None

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Shine through where the new colour does."""
        return alpha or not self.to.is_opaque

    def cost(self, size: Size) -> float:
        """Convert every pixel to Lab and back."""
        return 8 * size.width * size.height / 1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Shift the matching pixels in Lab by the distance between the two colours."""
        source = self.source.rgb if self.source else _dominant(image)
        start, goal = _lab(vips, source), _lab(vips, self.to.rgb)
        lab = colours(image).colourspace("lab")
        offset = lab - start
        distance = (offset * offset).recomb([[1, 1, 1]]) ** 0.5
        share = (1 - (distance - self.tolerance) / SOFTNESS).clamp()
        moved = lab + share * [b - a for a, b in zip(start, goal, strict=True)]
        result = recoloured(image, moved.copy(interpretation="lab").colourspace("srgb"))
        return result if self.to.is_opaque else _fainter(result, share * (1 - self.to.opacity))


def _fainter(image: pyvips.Image, share: pyvips.Image) -> pyvips.Image:
    with_alpha = image if image.hasalpha() else image.addalpha()
    alpha = levels(with_alpha[3] * (1 - share))
    return colours(image).bandjoin(alpha).copy(interpretation="srgb")


def _lab(vips: Any, rgb: list[int]) -> list[float]:
    pixel = vips.Image.new_from_memory(bytes(rgb), 1, 1, 3, "uchar").copy(interpretation="srgb")
    return [float(value) for value in pixel.colourspace("lab")(0, 0)]


def _dominant(image: pyvips.Image) -> list[int]:
    """Find the fullest of 16x16x16 boxes of colours, pixels counted by opacity, and average what is in it."""
    opaque = image if image.hasalpha() else image.addalpha()
    rgb, alpha = colours(opaque), opaque[3]
    boxes = (rgb >> 4).recomb([[256, 16, 1]]).cast("ushort")
    sums = alpha.bandjoin(rgb * alpha).hist_find_indexed(boxes)
    _, fullest, _ = sums[0].maxpos()
    weight, *total = sums(fullest, 0)
    return [min(255, round(band / weight)) if weight else 0 for band in total]
