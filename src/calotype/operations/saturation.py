"""Saturation: how far colours are from the grey of the same brightness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import IDENTITY, LUMA, blend, mixed

if TYPE_CHECKING:
    import pyvips


class Saturation(Operation, tag="saturation"):
    """Multiply every colour's distance from its own grey by *factor*: 1 changes nothing, 0 is black and white.

    Serves img.pro's `saturation` and, as 1 + level / 100, IMG Processing's levels.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"factor": 2.0}
    factor: Annotated[float, Field(ge=0, le=10)] = 1.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 1."""
        return () if self.factor == 1 else (self,)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Go from grey through the colour and beyond."""
        return mixed(image, blend((LUMA, LUMA, LUMA), IDENTITY, self.factor))
