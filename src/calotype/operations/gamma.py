"""Gamma: the midtones moved, black and white kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import toned

if TYPE_CHECKING:
    import pyvips


class Gamma(Operation, tag="gamma"):
    """Raise every colour to the power of *exponent*: below 1 midtones get lighter, above 1 darker.

    0 and 1 change nothing. Serves img.pro's `gamma`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"exponent": 0.6}
    exponent: Annotated[float, Field(ge=0, le=10)] = 1.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 0 and 1."""
        return () if self.exponent in {0, 1} else (self,)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Bend the curve between black and white."""
        return toned(image, vips, lambda level: 255 * (level / 255) ** self.exponent)
