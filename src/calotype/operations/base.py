"""What every operation is: frozen, validated fields, a place in the order, and one effect on an image.

A dialect asks in *words* that may be relative ("fill 300x200 around the faces", "half the width"). `resolve` turns
them into *primitives*, which are absolute ("scale to 300x405, crop 300x200 at 0,103"): those are what the planner
keys, the engine applies and explain shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pyvips

EDGE = 16_383
"""Longest edge of a result in pixels; WebP can hold no more."""

Edge = Annotated[int, Field(ge=1, le=EDGE)]
"""An edge in pixels."""


STREAMED = frozenset({"crop", "scale"})
"""Tags of primitives that take any samples, and rows as they come; before every other one the picture is held in
memory."""


class Stage(IntEnum):
    """Where in a step an operation runs; the order of words in a URL never changes the result.

    The vendor publishes none (ImageKit contract, 3.2); whoever wants another one chains steps.
    """

    TRIM = 10
    EXTRACT = 20
    RESIZE = 30
    EFFECT = 40
    BACKGROUND = 50
    LAYER = 60
    BORDER = 70
    RADIUS = 80
    ROTATE = 90
    FLIP = 100
    BLUR = 110


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def ratio(self) -> float:
        """Width over height."""
        return self.width / self.height


class Box(NamedTuple):
    """A rectangle in pixels: left and top edge, width and height."""

    left: int
    top: int
    width: int
    height: int


class Unmeasured(Exception):  # a question, not a failure
    """Only the pixels know: raised while resolving, answered by a worker, then it is resolved again."""


def _unmeasured(kind: str, argument: int) -> tuple[int, ...]:
    raise Unmeasured(f"{kind} {argument}")


@dataclass(frozen=True, slots=True)
class Scene:
    """What an operation may look at while it is resolved."""

    size: Size
    """Of the picture right before this operation."""
    before: Size
    """Of the picture when this step began (`cw`, `ch`)."""
    original: Size
    """Of the asset, upright (`iw`, `ih`)."""
    parent: Size | None = None
    """Of the picture that a layer lies on (`bw`, `bh`); None outside layers."""
    alpha: bool = False
    """Whether anything may shine through."""
    density: float = 72.0
    """Of the original, in dots per inch (`idn`)."""
    focus: Box | None = None
    """What the owner of the asset named as important, in pixels of the original; None when nothing was named."""
    measure: Callable[[str, int], tuple[int, ...]] = _unmeasured
    """Asks the pixels as they are before this operation: `("trim", threshold)` -> a box of what is left,
    `("faces", 0)` -> boxes, four numbers each, `("subject", 0)` -> the size of a mask. Raises Unmeasured when nobody
    has looked yet."""

    @classmethod
    def of(cls, width: int, height: int) -> Scene:
        """Begin with an original of *width* x *height* pixels."""
        size = Size(width, height)
        return cls(size, size, size)


class Operation(BaseModel):
    """One thing that can be done to pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: ClassVar[str]
    stage: ClassVar[Stage]
    rank: ClassVar[int] = 0
    """Its place among those of its stage, given by the registry."""
    mixes: ClassVar[bool] = False
    """Whether it mixes neighbouring pixels: it then sees colours weighted by their opacity, or invisible ones
    would bleed."""
    example: ClassVar[Mapping[str, Any]] = {}
    """Field values for the sample picture in the reference."""
    needs: ClassVar[str] = ""
    """The setting without which it cannot be done here (a model); empty for what always works."""

    def __init_subclass__(cls, *, tag: str = "", **kwargs: Any) -> None:
        """Name the operation: `class Blur(Operation, tag="blur")`."""
        super().__init_subclass__(**kwargs)
        if tag:
            cls.tag = tag

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - most are absolute as they are
        """Say the same in absolute terms for *scene*; nothing when nothing is left to do.

        Raises:
            Unmeasured: only the pixels know.
            Invalid: it cannot be done to this picture; the field is named.
        """
        return (self,)

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Say whether a picture that has transparency, or has none (*alpha*), has some after this primitive."""
        return alpha

    def cost(self, size: Size) -> float:
        """Estimate the work on a picture of *size*, in the megapixels of JPEG that could be decoded meanwhile."""
        return 2 * size.width * size.height / 1e6

    def size_after(self, size: Size) -> Size:
        """Say the size that a picture of *size* has after this primitive."""
        return size

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Do this primitive to *image*; *vips* is the pyvips module, which only the engine imports.

        Words have none: `resolve` turned them into primitives.
        Scale and Crop may get samples of any colour space. Every other operation gets 8-bit sRGB with three
        bands, or four with alpha (straight, unless the operation `mixes`), and answers the same kind. Those are
        held in memory: rows may be read in any order, and twice.
        """
        raise NotImplementedError

    def digest(self) -> list[object]:
        """Everything that shapes the pixels, as plain JSON: the tag, then the fields that are not default."""
        return [self.tag, self.model_dump(mode="json", exclude_defaults=True)]

    def but(self, **changes: object) -> Self:
        """Copy it with *changes* that are not validated again: for what was computed here."""
        return self.model_copy(update=changes)
