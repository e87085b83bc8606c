"""What every operation is: frozen, validated fields, a place in the order, and one effect on an image."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pyvips


class Stage(IntEnum):
    """Where in a step an operation runs; the order of words in a URL never changes the result."""

    CROP = 10
    RESIZE = 20
    EFFECT = 30
    FRAME = 40


class Operation(BaseModel):
    """One thing that can be done to pixels.

    A dialect asks in relative words ("the short edge at 320"); `resolve` turns them into absolute ones
    ("426x320"), which is what the planner keys, the engine applies and explain shows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tag: ClassVar[str]
    stage: ClassVar[Stage]

    def __init_subclass__(cls, *, tag: str = "", **kwargs: Any) -> None:
        """Name the operation: `class Blur(Operation, tag="blur")`."""
        super().__init_subclass__(**kwargs)
        if tag:
            cls.tag = tag

    def resolve(self, width: int, height: int) -> Self | None:  # noqa: ARG002 - most operations are absolute
        """Say the same in absolute terms for an image of *width* x *height*; None when nothing is left to do."""
        return self

    def size_after(self, width: int, height: int) -> tuple[int, int]:
        """Say the size in pixels that an image of *width* x *height* has after this resolved operation."""
        return width, height

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Do this resolved operation to *image*; *vips* is the pyvips module, which only the engine imports."""
        raise NotImplementedError

    def digest(self) -> list[object]:
        """Everything that shapes the pixels, as plain JSON: the tag, then the fields that are not default."""
        return [self.tag, self.model_dump(mode="json", exclude_defaults=True)]
