"""Unsharp mask: edges made steeper by what a blur would take from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.samples import blurred, colours, recoloured

if TYPE_CHECKING:
    import pyvips


class Unsharp(Operation, tag="unsharp"):
    """Add *amount* times the difference to a blurred copy, where that is at least *threshold*.

    The copy is a Gaussian of standard deviation *sigma* pixels, cut off at *radius* pixels; *threshold* is a share of
    the full range (0.024 is six levels) that keeps noise as it is. Serves ImageKit's `e-usm`, in the same order.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"radius": 2, "sigma": 2, "amount": 1.5, "threshold": 0.024}
    radius: Annotated[float, Field(gt=0, le=100)] = 2.0
    sigma: Annotated[float, Field(gt=0, le=100)] = 2.0
    amount: Annotated[float, Field(ge=0, le=100)] = 0.8
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Reach a whole number of pixels; be nothing when nothing is added."""
        return (self.but(radius=float(math.ceil(self.radius))),) if self.amount else ()

    def cost(self, size: Size) -> float:
        """Grow with the reach of the blur; a picture with transparency costs three times an opaque one."""
        return size.width * size.height / 1e6 * (6 + self.radius)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Compare with a blurred copy in which invisible colours have no weight; transparency stays."""
        sharp = colours(image)
        difference = sharp - self._blurred(image, vips)
        if self.threshold:
            difference = (difference.abs() >= 255 * self.threshold).ifthenelse(difference, 0)
        return recoloured(image, sharp + difference * self.amount)

    def _blurred(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        reach = math.ceil(self.radius)
        if not image.hasalpha():
            return blurred(image, vips, self.sigma, reach)
        # In 16 bits: weighing by opacity and back would else cost a level, which is then multiplied.
        weighted = (image.premultiply() * 256).cast("ushort")
        return colours(blurred(weighted, vips, self.sigma, reach).unpremultiply(max_alpha=255 * 256)) / 256
