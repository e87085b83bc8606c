"""Resize: the word for a new size, in every way that a picture can be made to fit one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.errors import Invalid
from calotype.operations.base import EDGE, Edge, Operation, Scene, Size, Stage
from calotype.operations.colours import BLACK
from calotype.operations.crop import Crop
from calotype.operations.embed import Embed
from calotype.operations.fill import Fill
from calotype.operations.focus import (
    Faces,
    Focus,
    Gravity,
    Interest,
    around_faces,
    check_model,
    placed,
    region,
)
from calotype.operations.quantities import Quantity, evaluated
from calotype.operations.scale import Scale
from calotype.operations.smart_crop import SmartCrop

if TYPE_CHECKING:
    import pyvips


class Fit(StrEnum):
    """How a picture meets a box of other proportions."""

    COVER = "cover"
    """Scaled to cover the box; what is too much is cropped."""
    COVER_WITHIN = "cover_within"
    """As cover, but never enlarged: the box's proportions, in at most the picture's size."""
    STRETCH = "stretch"
    """Exactly the box, proportions lost."""
    INSIDE = "inside"
    """The largest size that fits into the box; never enlarged."""
    INSIDE_ENLARGE = "inside_enlarge"
    """The largest size that fits into the box."""
    OUTSIDE = "outside"
    """The smallest size that covers the box."""
    PAD = "pad"
    """As inside_enlarge, on a canvas of the box's size."""
    PAD_WITHIN = "pad_within"
    """As inside, on a canvas of the box's size."""


_NEVER_ENLARGES = frozenset({Fit.COVER_WITHIN, Fit.INSIDE, Fit.PAD_WITHIN})

DPR_EDGE = 5000
"""Above this result in pixels a device pixel ratio is ignored, and so below one (ImageKit contract, 3.4)."""


class Resize(Operation, tag="resize"):
    """Change the size.

    *width* and *height* are pixels, shares of the original, or expressions; one alone keeps the proportions.
    *ratio* (width over height) gives the other one where there is one. *short_edge* instead sets the shorter side,
    never enlarging, the longer one rounded down (img.pro's published sample: 4000x3000 at 320 gives 426x320).
    *dpr* multiplies the box. *focus* says what survives a crop and where a padded picture lies; *fill* what the
    padding shows.
    """

    stage = Stage.RESIZE
    example: ClassVar[Mapping[str, Any]] = {"width": 96, "height": 96}
    width: Quantity | None = None
    height: Quantity | None = None
    ratio: Quantity | None = None
    short_edge: Edge | None = None
    fit: Fit = Fit.COVER
    focus: Focus = Gravity.CENTER
    dpr: Annotated[float, Field(ge=0.1, le=5)] | Quantity | None = None
    fill: Fill = BLACK

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Work out the exact sizes: a scale, and where the proportions differ a crop or a canvas.

        Raises:
            Invalid: a side is below one pixel, or has no value.
            NotConfigured: the focus is on objects, which only a model finds.
            Unmeasured: the focus is on faces, and nobody has looked for them yet.
        """
        check_model(self.focus)
        if self.short_edge is not None:
            return _scale(scene, _short_edge(scene.size, self.short_edge))
        box = asked(self, scene)
        if isinstance(self.focus, Faces):
            return _to_faces(self, scene, self.focus, box)
        if box is None:
            return ()
        width, height = box
        if width is None or height is None:
            return _scale(scene, _one_side(scene.size, width, height, within=self.fit in _NEVER_ENLARGES))
        return _FITS[self.fit](self, scene, Size(width, height))

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Words are not applied: `resolve` turned this one into primitives."""
        raise NotImplementedError


def asked(word: Any, scene: Scene) -> tuple[int | None, int | None] | None:
    """Read *word*'s width, height, ratio and dpr: the box in whole pixels, or None when none is named.

    Raises:
        Invalid: a side is below one pixel, or has no value.
    """
    width = None if word.width is None else evaluated(word.width, scene, scene.original.width)
    height = None if word.height is None else evaluated(word.height, scene, scene.original.height)
    if word.ratio is not None and (width is None) != (height is None):
        ratio = evaluated(word.ratio, scene, 1)
        if ratio <= 0:
            raise Invalid.field("ratio", f"must be above 0, got {ratio:g}")
        width, height = (width, width / ratio) if width is not None else ((height or 0) * ratio, height)
    if width is None and height is None:
        return None
    dpr = 1.0 if word.dpr is None else evaluated(word.dpr, scene, 1)
    if not all(side is None or 1 <= side * dpr <= DPR_EDGE for side in (width, height)):
        dpr = 1.0
    return _side("width", width, dpr), _side("height", height, dpr)


def _side(name: str, value: float | None, dpr: float) -> int | None:
    if value is None:
        return None
    side = round(value * dpr)
    if side < 1:
        raise Invalid.field(name, f"must be at least 1 pixel, got {value:g}")
    if side > EDGE:
        raise Invalid.field(name, f"must be at most {EDGE} pixels, got {side}")
    return side


def _scale(scene: Scene, size: Size) -> tuple[Operation, ...]:
    """Scale to *size*; nothing when that is the size already."""
    return Scale(width=size.width, height=size.height).resolve(scene)


def _short_edge(size: Size, edge: int) -> Size:
    short, long = min(size), max(size)
    if short <= edge:
        return size
    scaled = long * edge // short
    return Size(edge, scaled) if size.width <= size.height else Size(scaled, edge)


def _one_side(size: Size, width: int | None, height: int | None, *, within: bool) -> Size:
    by = width / size.width if width is not None else (height or 1) / size.height
    if within and by >= 1:
        return size
    return _scaled(size, by, width=width, height=height)


def _scaled(size: Size, by: float, *, width: int | None = None, height: int | None = None) -> Size:
    """Scale *size*, at least one pixel each way; a side that is known is exactly that."""
    return Size(
        width if width is not None else max(1, round(size.width * by)),
        height if height is not None else max(1, round(size.height * by)),
    )


def _stretch(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:  # noqa: ARG001 - the fits' signature
    return _scale(scene, box)


def _inside(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    return _scale(scene, _fitted(scene.size, box, enlarge=word.fit not in _NEVER_ENLARGES))


def _fitted(size: Size, box: Size, *, enlarge: bool) -> Size:
    across, down = box.width / size.width, box.height / size.height
    by = min(across, down)
    if by >= 1 and not enlarge:
        return size
    return _scaled(
        size, by, width=box.width if across <= down else None, height=box.height if down <= across else None
    )


def _outside(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:  # noqa: ARG001 - the fits' signature
    return _scale(scene, _covering(scene.size, box))


def _covering(size: Size, box: Size) -> Size:
    across, down = box.width / size.width, box.height / size.height
    by = max(across, down)
    return _scaled(
        size, by, width=box.width if across >= down else None, height=box.height if down >= across else None
    )


def _cover(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    to = _covering(scene.size, box)
    return (
        *_scale(scene, to),
        *cut(scene, to, Size(min(box.width, to.width), min(box.height, to.height)), word.focus),
    )


def _cover_within(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    """Shrink the box to the picture, keeping the box's proportions, then cover it."""
    by = min(1.0, scene.size.width / box.width, scene.size.height / box.height)
    return _cover(word, scene, _scaled(box, by))


def cut(scene: Scene, picture: Size, to: Size, focus: Focus) -> tuple[Operation, ...]:
    """Crop *picture* (what `scene.size` was scaled to) to *to* where *focus* says.

    Raises:
        Invalid: objects were asked for.
    """
    if picture == to:
        return ()
    if isinstance(focus, Interest):
        return (SmartCrop(width=to.width, height=to.height, interest=focus),)
    return (Crop.of(region(scene, picture, to, focus)),)


def _pad(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    to = _fitted(scene.size, box, enlarge=word.fit not in _NEVER_ENLARGES)
    gravity = word.focus if isinstance(word.focus, Gravity) else Gravity.CENTER
    left, top = placed(box, to, gravity)
    canvas = Embed(width=box.width, height=box.height, left=left, top=top, fill=word.fill)
    return (*_scale(scene, to), *(() if to == box else (canvas,)))


def _to_faces(
    word: Resize, scene: Scene, focus: Faces, box: tuple[int | None, int | None] | None
) -> tuple[Operation, ...]:
    faces = scene.measure("faces", 0)
    if not faces:
        plain = word.but(focus=Gravity.CENTER)
        return plain.resolve(scene)
    wanted = Size(*box) if box and box[0] and box[1] else None  # type: ignore[arg-type] # both are numbers
    crop = Crop.of(around_faces(scene, faces, wanted, focus.zoom))
    if box is None:
        return crop.resolve(scene)
    size = Size(crop.width, crop.height)
    to = wanted or _one_side(size, *box, within=False)
    return (*crop.resolve(scene), *(() if to == size else (Scale(width=to.width, height=to.height),)))


_FITS: dict[Fit, Callable[[Resize, Scene, Size], tuple[Operation, ...]]] = {
    Fit.COVER: _cover,
    Fit.COVER_WITHIN: _cover_within,
    Fit.STRETCH: _stretch,
    Fit.INSIDE: _inside,
    Fit.INSIDE_ENLARGE: _inside,
    Fit.OUTSIDE: _outside,
    Fit.PAD: _pad,
    Fit.PAD_WITHIN: _pad,
}
