"""Contrast: every colour moved away from mid-grey, or towards it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import toned

if TYPE_CHECKING:
    import pyvips

MID_GREY = 127.5


class Contrast(Operation, tag="contrast"):
    """Multiply every colour's distance from mid-grey by *factor*: 1 changes nothing, 0 is flat grey.

    Serves img.pro's `contrast` and, as 1 + level / 100, IMG Processing's levels.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"factor": 1.6}
    factor: Annotated[float, Field(ge=0, le=10)] = 1.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 1."""
        return () if self.factor == 1 else (self,)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Spread the levels around mid-grey."""
        return toned(image, vips, lambda level: (level - MID_GREY) * self.factor + MID_GREY)
