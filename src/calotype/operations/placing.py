"""Placing: where a layer lies on its base, and where its repetitions do. Pure.

Law: unless it is free, a layer that fits is never placed beyond an edge by its coordinates, and one that is larger
begins at the edge.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from calotype.errors import Invalid
from calotype.operations.base import Scene, Size
from calotype.operations.focus import Gravity, placed
from calotype.operations.quantities import Expression, Quantity, Share, Variable, pixels


class Repeat(StrEnum):
    """Along which axes a layer is repeated, in both directions, from one edge of the base to the other."""

    NONE = "none"
    X = "x"
    Y = "y"
    BOTH = "both"


class Offset(BaseModel):
    """A distance along one axis: a share is of the base's side, `cw`/`ch`/`car` are of the layer's final size.

    *far* measures from the right or bottom edge, or backwards from an anchor that is not at the left or top.
    *centre* says where the layer's centre lies, instead of its left or top edge.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: Quantity = 0.0
    far: bool = False
    centre: bool = False


class Position(BaseModel):
    """A place on the base: by *focus*, or, when *x* or *y* is given, by coordinates from *anchor*.

    The coordinate that is not given is 0 then. A *free* layer lies where its coordinates say, beyond an edge too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    x: Offset | None = None
    y: Offset | None = None
    anchor: Gravity = Gravity.TOP_LEFT
    focus: Gravity = Gravity.CENTER
    free: bool = False

    def resolve(self, base: Size) -> Self:
        """Fix everything that follows from the size of *base*; drop what has no effect, so that keys agree."""
        if self.x is None and self.y is None:
            return self.model_copy(update={"anchor": Gravity.TOP_LEFT})
        x, y = self.x or Offset(), self.y or Offset()
        return self.model_copy(
            update={
                "x": x.model_copy(update={"value": bound(x.value, base, base.width, keep="ic")}),
                "y": y.model_copy(update={"value": bound(y.value, base, base.height, keep="ic")}),
                "focus": Gravity.CENTER,
            }
        )

    def shown(self, original: Size) -> Self:
        """Fix what follows from the size of the layer's *original* (`iw`, `ih`, `iar`)."""
        changes = {
            axis: offset.model_copy(update={"value": _replaced(offset.value, "i", original)})
            for axis, offset in (("x", self.x), ("y", self.y))
            if offset
        }
        return self.model_copy(update=changes)


class Tiling(NamedTuple):
    """A grid of equal tiles: its left and top edge in pixels of the base, and how many each way."""

    left: int
    top: int
    across: int
    down: int


def place(base: Size, layer: Size, position: Position) -> tuple[int, int]:
    """Say where the left and top edge of *layer* lie on *base*.

    Raises:
        Invalid: an expression without a value.
    """
    if position.x is None and position.y is None:
        return placed(base, layer, position.focus)
    anchor = placed(base, Size(0, 0), position.anchor)
    scene = Scene(size=layer, before=layer, original=layer, parent=base)
    corner = (
        _along(base.width, layer.width, anchor[0], position.x or Offset(), scene),
        _along(base.height, layer.height, anchor[1], position.y or Offset(), scene),
    )
    if position.free:
        return corner
    return _kept(corner[0], base.width, layer.width), _kept(corner[1], base.height, layer.height)


def tiled(base: Size, layer: Size, corner: tuple[int, int], repeat: Repeat) -> Tiling:
    """Lay *layer* at *corner*, and its repetitions beside it until *base* is covered."""
    left, across = _tiles(base.width, layer.width, corner[0], is_repeated=repeat in {Repeat.X, Repeat.BOTH})
    top, down = _tiles(base.height, layer.height, corner[1], is_repeated=repeat in {Repeat.Y, Repeat.BOTH})
    return Tiling(left, top, across, down)


def bound(quantity: Quantity, base: Size, whole: float, *, keep: str = "") -> Quantity:
    """Replace what follows from the *base* of a layer: shares (of *whole*) and `bw`, `bh`, `bar`.

    Variables that begin with a letter of *keep* stay for later; an expression without variables becomes its number.

    Raises:
        Invalid: a variable that this place does not have, or an expression without a value.
    """
    if isinstance(quantity, Share):
        return quantity.of * whole
    if not isinstance(quantity, Expression):
        return quantity
    rest = _replaced(quantity, "b", base)
    unknown = sorted(name for name in _variables(rest) if name[0] not in keep)
    if unknown:
        raise Invalid.field("layer", f"{unknown[0]} has no value here; bw, bh and bar have.")
    return rest


def _along(base: int, layer: int, anchor: int, offset: Offset, scene: Scene) -> int:
    value = pixels(offset.value, scene, base)
    back = layer // 2 if offset.centre else 0
    if offset.far and anchor == 0:
        return base - value - (back if offset.centre else layer)
    return anchor - back + (-value if offset.far else value)


def _kept(start: int, base: int, layer: int) -> int:
    return min(max(0, start), max(0, base - layer))


def _tiles(base: int, layer: int, start: int, *, is_repeated: bool) -> tuple[int, int]:
    if not is_repeated:
        return start, 1
    first = start % layer - (layer if start % layer else 0)
    return first, -(-(base - first) // layer)


def _variables(quantity: Quantity) -> set[str]:
    if not isinstance(quantity, Expression):
        return set()
    return {
        value for value in (quantity.first, *(value for _, value in quantity.rest)) if isinstance(value, str)
    }


def _replaced(quantity: Quantity, letter: str, size: Size) -> Quantity:
    """Put the numbers of *size* in the place of the variables that begin with *letter*."""
    if not isinstance(quantity, Expression):
        return quantity
    numbers = {f"{letter}w": size.width, f"{letter}h": size.height, f"{letter}ar": size.ratio}

    def known(value: Variable | float) -> Variable | float:
        return numbers.get(value, value) if isinstance(value, str) else value

    rest = tuple((operator, known(value)) for operator, value in quantity.rest)
    expression = quantity.model_copy(update={"first": known(quantity.first), "rest": rest})
    return expression if _variables(expression) else expression.value(Scene.of(*size))
