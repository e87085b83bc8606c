"""Fill: what the parts of a canvas show that the picture does not cover."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from calotype.operations.colours import Colour


class Blurred(BaseModel):
    """The picture itself, enlarged to cover the canvas and blurred.

    *intensity* 0 to 100, None chooses by size; *brightness* -255 to 255 is added to every sample.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    intensity: Annotated[float, Field(ge=0, le=100)] | None = None
    brightness: Annotated[int, Field(ge=-255, le=255)] = 0


class Dominant(BaseModel):
    """The mean colour of the picture's edges."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EdgeGradient(BaseModel):
    """A gradient between the colours at *colours* edges (2: the padded ones, 4: all) of the picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    colours: Literal[2, 4] = 2


Fill = Colour | Blurred | Dominant | EdgeGradient
