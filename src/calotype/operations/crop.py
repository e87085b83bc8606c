"""Crop: the primitive that keeps one rectangle of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Box, Operation, Scene, Size, Stage

if TYPE_CHECKING:
    import pyvips


class Crop(Operation, tag="crop"):
    """Keep the rectangle of *width* x *height* pixels whose left edge is at *left* and whose top is at *top*."""

    stage = Stage.EXTRACT
    example: ClassVar[Mapping[str, Any]] = {"left": 48, "top": 16, "width": 96, "height": 80}
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, box: Box) -> Crop:
        """Keep *box*."""
        return cls(left=box.left, top=box.top, width=box.width, height=box.height)

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be nothing where the rectangle is the whole picture."""
        return () if (self.left, self.top) == (0, 0) and scene.size == (self.width, self.height) else (self,)

    def size_after(self, size: Size) -> Size:  # noqa: ARG002 - whatever it was
        """Be the rectangle's size."""
        return Size(self.width, self.height)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Cut."""
        return image.crop(self.left, self.top, self.width, self.height)
