"""Exposure: more or less light, as if the shutter had stayed open longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import toned

if TYPE_CHECKING:
    import pyvips


class Exposure(Operation, tag="exposure"):
    """Multiply the light by 2 to the power of *stops*: 0 changes nothing, 1 doubles it, -1 halves it.

    Light, not levels: a stop brightens shadows and highlights as a camera would. Serves, as level / 50, IMG
    Processing's `exposure`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"stops": 1.0}
    stops: Annotated[float, Field(ge=-10, le=10)] = 0.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 0."""
        return () if self.stops == 0 else (self,)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Multiply linear light, through a lookup table."""
        gain = 2.0**self.stops
        return toned(image, vips, lambda level: 255 * _encoded(_light(level / 255) * gain))


def _light(value: float) -> float:
    """Decode an sRGB value from 0 to 1 (IEC 61966-2-1)."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
