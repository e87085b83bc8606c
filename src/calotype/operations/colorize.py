"""Colorize: a wash of one colour over the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.colours import Colour
from calotype.operations.samples import Curve, toned

if TYPE_CHECKING:
    import pyvips

GREY = Colour(red=128, green=128, blue=128)


class Colorize(Operation, tag="colorize"):
    """Move every colour towards *colour* by *intensity* percent (0 to 100); transparency stays.

    At 100 only the silhouette is left. A colour's own opacity weakens it. Serves ImageKit's `e-colorize`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"colour": {"red": 220, "green": 30, "blue": 30}, "intensity": 50}
    colour: Colour = GREY
    intensity: Annotated[float, Field(ge=0, le=100)] = 100.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Fold the colour's opacity into the intensity; be nothing at 0."""
        share = self.intensity * self.colour.opacity
        return (self.but(colour=self.colour.opaque, intensity=share),) if share else ()

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Blend by three curves."""
        return toned(image, vips, *(self._towards(level) for level in self.colour.rgb))

    def _towards(self, goal: int) -> Curve:
        return lambda level: level + (goal - level) * self.intensity / 100
