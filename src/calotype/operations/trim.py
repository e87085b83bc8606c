"""Trim: the word for cutting off what surrounds a picture in one colour."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from calotype.operations.base import Box, Operation, Scene, Stage
from calotype.operations.crop import Crop


class Trim(Operation, tag="trim"):
    """Cut off edges whose colour differs by at most *threshold* (1 to 99) from that of the top-left corner.

    Transparent edges count as one colour. A picture of one colour stays as it is.
    """

    stage = Stage.TRIM
    threshold: Annotated[int, Field(ge=1, le=99)] = 10

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Keep the box that was measured.

        Raises:
            Unmeasured: nobody has looked yet.
        """
        left, top, width, height = scene.measure("trim", self.threshold)
        return Crop.of(Box(left, top, width, height)).resolve(scene) if width and height else ()
