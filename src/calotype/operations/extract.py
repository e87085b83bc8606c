"""Extract: the word for a region of a picture, at the size that it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.errors import Invalid
from calotype.operations.base import Box, Operation, Scene, Size, Stage
from calotype.operations.crop import Crop
from calotype.operations.focus import Faces, Focus, Gravity, Point, around_faces, check_model, scaled
from calotype.operations.quantities import Quantity
from calotype.operations.resize import asked, cut

if TYPE_CHECKING:
    import pyvips


class Extract(Operation, tag="extract"):
    """Keep *width* x *height* pixels of the picture, without resizing; a side that is not named is kept whole.

    *focus* says which: a place, a point in pixels of the picture, the owner's own choice (whose size is taken when
    none is named), or the most interesting part. A region at a point must touch the picture, and is cut at its edge.
    """

    stage = Stage.EXTRACT
    example: ClassVar[Mapping[str, Any]] = {"width": 80, "height": 56}
    width: Quantity | None = None
    height: Quantity | None = None
    ratio: Quantity | None = None
    dpr: Quantity | None = None
    focus: Focus = Gravity.CENTER

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Work out the rectangle.

        Raises:
            Invalid: a side is below one pixel, or the region lies outside the picture.
            NotConfigured: the focus is on objects, which only a model finds.
            Unmeasured: the focus is on faces, and nobody has looked for them yet.
        """
        check_model(self.focus)
        width, height = asked(self, scene) or (None, None)
        if isinstance(self.focus, Faces):
            return self._faces(scene, self.focus, width, height)
        if width is None and height is None and scene.focus is not None and self._is_custom:
            return Crop.of(_cut_off(scaled(scene.focus, scene.original, scene.size), scene.size)).resolve(
                scene
            )
        wanted = Size(width or scene.size.width, height or scene.size.height)
        if isinstance(self.focus, Point):
            return Crop.of(self._at_point(scene, wanted, self.focus)).resolve(scene)
        inside = Size(min(wanted.width, scene.size.width), min(wanted.height, scene.size.height))
        return cut(scene, scene.size, inside, self.focus)

    @property
    def _is_custom(self) -> bool:
        return type(self.focus).__name__ == "Custom"

    def _at_point(self, scene: Scene, wanted: Size, point: Point) -> Box:
        from calotype.operations.quantities import pixels

        back = (wanted.width // 2, wanted.height // 2) if point.centre else (0, 0)
        middle = (scene.size.width - wanted.width) // 2, (scene.size.height - wanted.height) // 2
        left = middle[0] if point.x is None else pixels(point.x, scene, scene.size.width) - back[0]
        top = middle[1] if point.y is None else pixels(point.y, scene, scene.size.height) - back[1]
        return _cut_off(Box(left, top, *wanted), scene.size)

    def _faces(
        self, scene: Scene, focus: Faces, width: int | None, height: int | None
    ) -> tuple[Operation, ...]:
        faces = scene.measure("faces", 0)
        if not faces:
            return self.but(focus=Gravity.CENTER).resolve(scene)
        if width is None or height is None:
            return Crop.of(around_faces(scene, faces, None, focus.zoom)).resolve(scene)
        near = around_faces(scene, faces, None, focus.zoom)
        middle = Point(x=near.left + near.width // 2, y=near.top + near.height // 2, centre=True)
        return self.but(focus=middle).resolve(scene)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Words are not applied: `resolve` turned this one into a primitive."""
        raise NotImplementedError


def _cut_off(box: Box, size: Size) -> Box:
    """Cut *box* at the edges of a picture of *size*.

    Raises:
        Invalid: nothing of it is inside.
    """
    left, top = max(0, box.left), max(0, box.top)
    right, bottom = min(size.width, box.left + box.width), min(size.height, box.top + box.height)
    if right <= left or bottom <= top:
        region = f"{box.width}x{box.height} at {box.left},{box.top}"
        raise Invalid.field("region", f"{region} lies outside the picture of {size.width}x{size.height}")
    return Box(left, top, right - left, bottom - top)
