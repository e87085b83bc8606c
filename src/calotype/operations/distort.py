"""Distort: the word for bending a picture out of its rectangle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from calotype.errors import Invalid
from calotype.operations.arc import Arc
from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.perspective import Corners, Perspective


class Distort(Operation, tag="distort"):
    """Move the corners to the points *perspective*, or bend the picture along an *arc* of so many degrees.

    Points are in pixels of the picture, clockwise from the top left; the canvas becomes the box around them. A
    positive arc bends the ends down, as a rainbow; a negative one up. What is outside is transparent. Serves
    ImageKit's `e-distort`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"arc": 120}
    perspective: Corners | None = None
    arc: Annotated[float, Field(ge=-360, le=360)] | None = None

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Become the one that is asked for.

        Raises:
            Invalid: both are asked for, or none; or the points are no convex quadrilateral.
        """
        if (self.perspective is None) == (self.arc is None):
            raise Invalid.field("distort", "give either a perspective or an arc.")
        if self.perspective is not None:
            return Perspective(corners=self.perspective).resolve(scene)
        return Arc(degrees=self.arc or 0).resolve(scene)
