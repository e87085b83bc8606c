"""Quantities: lengths and ratios that a caller may give as a number, a share of the original, or an expression.

An expression is `value_op_value…` over the sizes of the picture (ImageKit contract, 3.8). It is evaluated as that
contract says, which is unlike any language: all products and quotients from left to right, then all sums, then all
remainders, then all powers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from calotype.errors import Invalid
from calotype.operations.base import Scene, Size

Variable = Literal["iw", "ih", "iar", "cw", "ch", "car", "bw", "bh", "bar", "idn"]
Operator = Literal["add", "sub", "mul", "div", "mod", "pow"]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Share(BaseModel):
    """A share of the original's width or height, above 0 and below 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    of: Annotated[float, Field(gt=0, lt=1)]


class Expression(BaseModel):
    """A first value, then pairs of an operator and a value: `iw_div_2_add_10` is iw, (div, 2), (add, 10)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    first: Variable | Finite
    rest: tuple[tuple[Operator, Variable | Finite], ...] = ()

    def value(self, scene: Scene) -> float:
        """Evaluate it.

        Raises:
            Invalid: a division by zero, a variable that this place does not have, or no finite number.
        """
        numbers = [_number(self.first, scene), *(_number(value, scene) for _, value in self.rest)]
        operators = [operator for operator, _ in self.rest]
        for rank in _RANKS:
            numbers, operators = _reduced(numbers, operators, rank)
        return numbers[0]


Quantity = Finite | Share | Expression
"""A number as it is, a share of the original's own axis, or an expression."""


def evaluated(quantity: Quantity, scene: Scene, whole: float) -> float:
    """Give the number that *quantity* stands for; *whole* is what a share is of.

    Raises:
        Invalid: an expression without a finite value.
    """
    if isinstance(quantity, Expression):
        return quantity.value(scene)
    return quantity.of * whole if isinstance(quantity, Share) else quantity


def pixels(quantity: Quantity, scene: Scene, whole: float) -> int:
    """Give *quantity* in whole pixels, rounded to nearest."""
    return round(evaluated(quantity, scene, whole))


_RANKS = (("mul", "div"), ("add", "sub"), ("mod",), ("pow",))

_APPLY: dict[str, Callable[[float, float], float]] = {
    "add": lambda one, other: one + other,
    "sub": lambda one, other: one - other,
    "mul": lambda one, other: one * other,
    "div": lambda one, other: one / other,
    "mod": math.fmod,
    "pow": math.pow,
}


def _reduced(
    numbers: list[float], operators: list[Operator], rank: tuple[str, ...]
) -> tuple[list[float], list[Operator]]:
    """Apply the operators of *rank*, from left to right."""
    left, others = [numbers[0]], []
    for operator, number in zip(operators, numbers[1:], strict=True):
        if operator in rank:
            left[-1] = _applied(operator, left[-1], number)
        else:
            others.append(operator)
            left.append(number)
    return left, others


def _applied(operator: Operator, one: float, other: float) -> float:
    try:
        value = _APPLY[operator](one, other)
    except (ArithmeticError, ValueError) as error:
        raise Invalid(f"{one:g} {operator} {other:g} has no value.") from error
    if not math.isfinite(value):
        raise Invalid(f"{one:g} {operator} {other:g} has no value.")
    return value


def _number(value: Variable | float, scene: Scene) -> float:
    if not isinstance(value, str):
        return value
    if value == "idn":
        return scene.density
    size = _size(value, scene)
    return {"w": size.width, "h": size.height, "ar": size.ratio}[value[1:]]


def _size(variable: str, scene: Scene) -> Size:
    size = {"i": scene.original, "c": scene.before, "b": scene.parent}[variable[0]]
    if size is None:
        raise Invalid(f"{variable} has a value inside layers only.")
    return size
