"""Levels: the word for four sliders from -100 to 100."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.brightness import Brightness
from calotype.operations.contrast import Contrast
from calotype.operations.exposure import Exposure
from calotype.operations.saturation import Saturation

Level = Annotated[float, Field(ge=-100, le=100)]


class Levels(Operation, tag="levels"):
    """Four sliders from -100 to 100, 0 in the middle: *exposure*, *brightness*, *contrast*, *saturation*.

    Exposure spans two stops of light each way; the others go from nothing at all to twice as much. Serves the
    second generation of IMG Processing's `modulate`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"exposure": 20, "contrast": 30, "saturation": -50}
    exposure: Level = 0.0
    brightness: Level = 0.0
    contrast: Level = 0.0
    saturation: Level = 0.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Become the operations of the sliders that were moved, light first."""
        sliders = (
            Exposure(stops=self.exposure / 50),
            Brightness(factor=1 + self.brightness / 100),
            Contrast(factor=1 + self.contrast / 100),
            Saturation(factor=1 + self.saturation / 100),
        )
        return tuple(moved for slider in sliders for moved in slider.resolve(scene))
