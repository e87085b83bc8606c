"""Arc: the primitive that bends a picture along a circle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.samples import framed

if TYPE_CHECKING:
    import pyvips

_NOISE = 1e-6


class Arc(Operation, tag="arc"):
    """Bend the picture along an arc of *degrees* (1 to 360; negative: the ends point up), at its own height.

    Its middle line keeps its length, unless the circle would be smaller than the picture is high.
    """

    stage = Stage.EFFECT
    mixes = True
    example: ClassVar[Mapping[str, Any]] = {"degrees": -150}
    degrees: Annotated[float, Field(ge=-360, le=360)]

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing below one degree."""
        return (self,) if abs(self.degrees) >= 1 else ()

    def size_after(self, size: Size) -> Size:
        """Be as large as the box around the ring's sector."""
        half, (inner, outer) = self._half, self._radii(size)
        width = 2 * outer * (math.sin(half) if half < math.pi / 2 else 1)
        lowest = min(inner * math.cos(half), outer * math.cos(half))
        return Size(math.ceil(width - _NOISE), math.ceil(outer - lowest - _NOISE))

    def alpha_after(self, alpha: bool) -> bool:  # noqa: ARG002, FBT001 - a fact, not a switch
        """Shine through around the arc."""
        return True

    def cost(self, size: Size) -> float:
        """Weigh sixteen neighbours for each pixel of the result."""
        return math.prod(self.size_after(size)) / 0.1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Ask for each pixel of the canvas at what angle and radius it is (bicubic)."""
        upwards = image if self.degrees > 0 else image.flipver()
        places = self._places(vips, Size(image.width, image.height))
        bicubic = vips.Interpolate.new("bicubic")
        bent = framed(upwards, lambda pixels: pixels.mapim(places, interpolate=bicubic, premultiplied=True))
        return bent if self.degrees > 0 else bent.flipver()

    def _places(self, vips: Any, size: Size) -> pyvips.Image:
        canvas, (_, outer) = self.size_after(size), self._radii(size)
        # Doubles: the circle of a flat arc is so large that floats would lose pixels.
        place = vips.Image.xyz(*canvas).cast("double").linear([1, -1], [0.5 - canvas.width / 2, outer - 0.5])
        across, up = place[0], place[1]
        angle = across.math2(up, "atan2")
        angle = (angle > 180).ifthenelse(angle - 360, angle)
        radius = (across * across + up * up) ** 0.5
        left = angle.linear(size.width / abs(self.degrees), size.width / 2 - 0.5)
        return left.bandjoin(radius.linear(-1, outer - 0.5))

    @property
    def _half(self) -> float:
        return math.radians(abs(self.degrees)) / 2

    def _radii(self, size: Size) -> tuple[float, float]:
        """Say how far the lower and the upper edge are from the circle's centre."""
        middle = max(size.width / (2 * self._half), size.height / 2)
        return middle - size.height / 2, middle + size.height / 2
