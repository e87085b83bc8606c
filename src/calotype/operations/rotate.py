"""Rotate: any angle, on a canvas that grows with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.colours import CLEAR, Colour
from calotype.operations.samples import framed
from calotype.operations.turn import Turn

if TYPE_CHECKING:
    import pyvips

_NOISE = 1e-6
"""Pixels that are rounding errors of sines, and no part of the picture."""


class Rotate(Operation, tag="rotate"):
    """Turn the picture clockwise by *angle* degrees; the canvas grows to hold all of it, its corners in *background*.

    Multiples of 90 degrees move pixels and change none. Serves ImageKit's `rt` and IMG Processing's `rotate`.
    """

    stage = Stage.ROTATE
    mixes = True
    example: ClassVar[Mapping[str, Any]] = {"angle": 20}
    angle: Annotated[float, Field(ge=-36_000, le=36_000)]
    background: Colour = CLEAR

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Turn by 0 to 360 degrees, to four digits (radians rarely hit a right angle); a right one is a Turn."""
        angle = round(self.angle % 360, 4) % 360
        if angle % 90:
            return (self.but(angle=angle, background=_seen(self.background)),)
        return Turn(quarters=int(angle // 90)).resolve(scene) if angle else ()

    def size_after(self, size: Size) -> Size:
        """Be the whole pixels that hold the turned picture."""
        cosine, sine = abs(math.cos(self._radians)), abs(math.sin(self._radians))
        return Size(
            math.ceil(size.width * cosine + size.height * sine - _NOISE),
            math.ceil(size.width * sine + size.height * cosine - _NOISE),
        )

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Shine through in the corners, unless they are filled."""
        return alpha or not self.background.is_opaque

    def cost(self, size: Size) -> float:
        """Weigh sixteen neighbours for each pixel of the result."""
        return math.prod(self.size_after(size)) / 0.2e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Interpolate (bicubic) around the centre of picture and canvas."""
        if self.background.is_opaque and not image.hasalpha():
            return self._turned(image, vips, self.background.rgb)
        weighted = [level * self.background.opacity for level in self.background.rgb]
        return framed(
            image, lambda pixels: self._turned(pixels, vips, [*weighted, 255 * self.background.opacity])
        )

    def _turned(self, image: pyvips.Image, vips: Any, background: Sequence[float]) -> pyvips.Image:
        canvas = self.size_after(Size(image.width, image.height))
        cosine, sine = math.cos(self._radians), math.sin(self._radians)
        return image.affine(
            [cosine, -sine, sine, cosine],
            interpolate=vips.Interpolate.new("bicubic"),
            oarea=[0, 0, *canvas],
            # Pixels are points to affine: their centres turn around the centre between the outermost ones.
            idx=-(image.width - 1) / 2,
            idy=-(image.height - 1) / 2,
            odx=(canvas.width - 1) / 2,
            ody=(canvas.height - 1) / 2,
            background=background,
            premultiplied=True,
        )

    @property
    def _radians(self) -> float:
        return math.radians(self.angle)


def _seen(colour: Colour) -> Colour:
    """Make all invisible colours one."""
    return colour if colour.opacity else CLEAR
