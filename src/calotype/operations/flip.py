"""Flip: the word for mirroring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.turn import Turn

if TYPE_CHECKING:
    import pyvips


class Flip(Operation, tag="flip"):
    """Mirror the picture: *horizontal* swaps left and right, *vertical* swaps top and bottom.

    Serves ImageKit's `fl` and IMG Processing's `mirror`.
    """

    stage = Stage.FLIP
    example: ClassVar[Mapping[str, Any]] = {"horizontal": True}
    horizontal: bool = False
    vertical: bool = False

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be half a turn when both ways are asked for, and nothing when none is."""
        if self.horizontal and self.vertical:
            return Turn(quarters=2).resolve(scene)
        return (self,) if self.horizontal or self.vertical else ()

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Mirror one way."""
        return image.fliphor() if self.horizontal else image.flipver()
