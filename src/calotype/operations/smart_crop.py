"""Smart crop: the primitive that keeps the most interesting part of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Operation, Size, Stage
from calotype.operations.focus import Interest

if TYPE_CHECKING:
    import pyvips


class SmartCrop(Operation, tag="smart_crop"):
    """Keep the *width* x *height* pixels that libvips finds most interesting.

    `attention` looks for edges, saturated colours and skin tones, `entropy` for detail.
    """

    stage = Stage.RESIZE
    example: ClassVar[Mapping[str, Any]] = {"width": 64, "height": 64}
    width: int
    height: int
    interest: Interest = Interest.ATTENTION

    def size_after(self, size: Size) -> Size:  # noqa: ARG002 - whatever it was
        """Be the wanted size."""
        return Size(self.width, self.height)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Look at all pixels, then cut."""
        return image.smartcrop(self.width, self.height, interesting=self.interest.value)
