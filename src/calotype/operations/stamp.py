"""The stamp: what says all over a picture that it is a test. Pure.

Law: it covers every part, shows on every colour, and leaves the size as it is.

Why so: docs/adr/0039.
"""

from __future__ import annotations

from calotype.operations.base import Operation, Scene, Size
from calotype.operations.colours import BLACK, Colour
from calotype.operations.layer import Layer, TextSource
from calotype.operations.placing import Offset, Position, Repeat

WORD = "TEST"
SHARE = 8
"""How many times the shorter edge is as long as the letters are large."""
SMALLEST = 8
"""Letters in pixels, at least: below it nobody reads them."""
OPACITY = 0.5

_WHITE = Colour(red=255, green=255, blue=255)


def stamp(size: Size) -> tuple[Operation, ...]:
    """Lay the word on a picture of *size* again and again: white letters, and their dark shade for what is white."""
    letters = max(SMALLEST, round(min(size) / SHARE))
    shade = max(1, round(letters / 16))
    words = (_tiled(letters, BLACK, shade), _tiled(letters, _WHITE, 0))
    return tuple(primitive for word in words for primitive in word.resolve(Scene.of(*size)))


def _tiled(letters: int, colour: Colour, shift: int) -> Layer:
    """Space the words by their height, to the right and below alone: so even one pixel has some ink."""
    space = float(letters)
    source = TextSource(text=WORD, size=space, bold=True, colour=colour, padding=(0.0, space, space, 0.0))
    place = Offset(value=float(shift))
    return Layer(source=source, position=Position(x=place, y=place), repeat=Repeat.BOTH, opacity=OPACITY)
