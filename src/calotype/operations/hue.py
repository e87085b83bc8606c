"""Hue: all colours turned around the colour wheel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import LUMA, Matrix, mixed

if TYPE_CHECKING:
    import pyvips


class Hue(Operation, tag="hue"):
    """Turn every hue by *degrees* around the wheel (red, yellow, green, cyan, blue, magenta); greys stay.

    The matrix of CSS's `hue-rotate`: fast, and brightness stays nearly what it was.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"degrees": 120}
    degrees: Annotated[float, Field(ge=-360, le=360)] = 0.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Turn forwards by less than a whole turn."""
        turn = round(self.degrees % 360, 4) % 360
        return (self.but(degrees=turn),) if turn else ()

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Turn the colour cube around its grey diagonal."""
        return mixed(image, _rotation(math.radians(self.degrees)))


def _rotation(angle: float) -> Matrix:
    """Give the matrix of hue-rotate (Filter Effects Module 1, 9.6.1), with the weights of BT.709 unrounded."""
    red, green, blue = LUMA
    cosine, sine = math.cos(angle), math.sin(angle)
    across = ((1 - red, -green, -blue), (-red, 1 - green, -blue), (-red, -green, 1 - blue))
    around = ((-red, -green, 1 - blue), (0.143, 0.140, -0.283), (red - 1, green, blue))
    return [
        [luma + cosine * even + sine * odd for luma, even, odd in zip(LUMA, row, turned, strict=True)]
        for row, turned in zip(across, around, strict=True)
    ]
