"""Colours as the core knows them: red, green, blue from 0 to 255 and an opacity from 0 to 1.

How a vendor writes a colour is its dialect's business; the names are CSS's (CSS Color 4, 6.1).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

Level = Annotated[int, Field(ge=0, le=255)]


class Colour(BaseModel):
    """An sRGB colour with straight alpha."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    red: Level
    green: Level
    blue: Level
    opacity: Annotated[float, Field(ge=0, le=1)] = 1.0

    @classmethod
    def from_hex(cls, digits: str, opacity: float = 1.0) -> Self:
        """Read six hexadecimal digits, without `#`."""
        red, green, blue = bytes.fromhex(digits)
        return cls(red=red, green=green, blue=blue, opacity=opacity)

    @property
    def rgb(self) -> list[int]:
        """Red, green, blue."""
        return [self.red, self.green, self.blue]

    @property
    def rgba(self) -> list[int]:
        """Red, green, blue and alpha, each from 0 to 255."""
        return [*self.rgb, round(self.opacity * 255)]

    @property
    def is_opaque(self) -> bool:
        """Whether nothing shines through."""
        return self.opacity >= 1

    @property
    def opaque(self) -> Self:
        """The same colour with nothing shining through."""
        return self.model_copy(update={"opacity": 1.0})


BLACK = Colour(red=0, green=0, blue=0)
WHITE = Colour(red=255, green=255, blue=255)
CLEAR = Colour(red=0, green=0, blue=0, opacity=0)
