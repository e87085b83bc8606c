"""Scale: the primitive that changes a picture's size to an exact one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Operation, Scene, Size, Stage

if TYPE_CHECKING:
    import pyvips


class Scale(Operation, tag="scale"):
    """Scale the picture to exactly *width* x *height* pixels, each axis by its own factor (Lanczos 3)."""

    stage = Stage.RESIZE
    mixes = True
    example: ClassVar[Mapping[str, Any]] = {"width": 128, "height": 48}
    # Not limited here: a result over the limits is the planner's to refuse, as it refuses every result.
    width: int
    height: int

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be nothing where the size is right already."""
        return () if scene.size == (self.width, self.height) else (self,)

    def size_after(self, size: Size) -> Size:  # noqa: ARG002 - whatever it was
        """Be exactly that size."""
        return Size(self.width, self.height)

    def cost(self, size: Size) -> float:
        """Weigh the neighbours of each pixel of the result."""
        return 4 * size.width * size.height / 1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Scale each axis by its own factor, so that the result lands on whole pixels."""
        return image.resize(self.width / image.width, vscale=self.height / image.height, kernel="lanczos3")
