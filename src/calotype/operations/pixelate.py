"""Pixelate: the picture as a mosaic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage

if TYPE_CHECKING:
    import pyvips


class Pixelate(Operation, tag="pixelate"):
    """Replace squares of *size* x *size* pixels (1 to 1000) by their average colour."""

    stage = Stage.EFFECT
    mixes = True
    example: ClassVar[Mapping[str, Any]] = {"size": 8}
    size: Annotated[int, Field(ge=1, le=1000)] = 10

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be nothing at 1; no square is larger than the picture."""
        side = min(self.size, max(scene.size))
        return (self.but(size=side),) if side > 1 else ()

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Average, then repeat; squares that the edge cuts average what is there."""
        # Averaged once: else every repetition would average again.
        mosaic = image.shrink(self.size, self.size, ceil=True).copy_memory()
        return mosaic.zoom(self.size, self.size).crop(0, 0, image.width, image.height)
