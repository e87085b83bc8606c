"""Focus: which part of a picture survives a crop, or which side of a canvas it lies on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from calotype.errors import NotConfigured
from calotype.operations.base import Size
from calotype.operations.quantities import Quantity


class Gravity(StrEnum):
    """A place inside a rectangle."""

    CENTER = "center"
    TOP = "top"
    LEFT = "left"
    BOTTOM = "bottom"
    RIGHT = "right"
    TOP_LEFT = "top_left"
    TOP_RIGHT = "top_right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM_RIGHT = "bottom_right"


class Interest(StrEnum):
    """What a smart crop looks for."""

    ATTENTION = "attention"
    """Edges, saturated colours and skin tones."""
    ENTROPY = "entropy"
    """The part with the most detail."""


class Custom(BaseModel):
    """The part that the asset's owner named; the centre when nothing was named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(BaseModel):
    """A region whose top-left corner, or whose centre, is at *x*, *y*; the middle of an axis that is not named.

    Both are pixels of the picture that is cut, or shares of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    x: Quantity | None = None
    y: Quantity | None = None
    centre: bool = False


Zoom = Annotated[float, Field(gt=0, le=100)]


class Faces(BaseModel):
    """Everything around the faces; *zoom* below 1 shows more of the surroundings, above 1 less."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zoom: Zoom = 1.0


class Objects(BaseModel):
    """Everything around things of these *names*, for which a model is needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    names: tuple[str, ...]
    zoom: Zoom = 1.0


Focus = Gravity | Interest | Custom | Point | Faces | Objects


def check_model(focus: Focus) -> None:
    """Refuse a focus that only a model finds.

    Raises:
        NotConfigured: it is on objects.
    """
    if isinstance(focus, Objects):
        raise NotConfigured("a focus on objects needs a model; CALOTYPE_VISION_URL enables none for it yet.")


_SHARES = {
    Gravity.CENTER: (0.5, 0.5),
    Gravity.TOP: (0.5, 0),
    Gravity.LEFT: (0, 0.5),
    Gravity.BOTTOM: (0.5, 1),
    Gravity.RIGHT: (1, 0.5),
    Gravity.TOP_LEFT: (0, 0),
    Gravity.TOP_RIGHT: (1, 0),
    Gravity.BOTTOM_LEFT: (0, 1),
    Gravity.BOTTOM_RIGHT: (1, 1),
}


def placed(outer: Size, inner: Size, gravity: Gravity) -> tuple[int, int]:
    """Say where *inner* lies in *outer* (left, top); what is larger than *outer* begins before it."""
    across, down = _SHARES[gravity]
    return int((outer.width - inner.width) * across), int((outer.height - inner.height) * down)
