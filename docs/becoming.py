"""What a part of a URL becomes, in the core's words: how the references of URLs show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from enum import Enum

from pydantic import BaseModel

from calotype.domain.transformations import OutputWish, Transformation
from calotype.operations.base import Operation
from calotype.operations.colours import Colour
from calotype.operations.layer import Layer
from calotype.operations.quantities import Expression, Share
from calotype.operations.resize import Fit, Resize
from calotype.operations.steps import Branch, Steps


def becomes(transformation: Transformation) -> str:
    """Write the operations and the output wish of *transformation* as code; a dash when nothing is left."""
    parts = [*_steps(transformation.steps), *_wishes(transformation.output)]
    return ", ".join(f"`{part}`" for part in parts) or "-"


def row(*cells: str) -> str:
    """Write a row of a table."""
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def table(*columns: str) -> list[str]:
    """Begin a table."""
    return [row(*columns), row(*("---" for _ in columns))]


def _steps(steps: Steps) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Branch):
            inner = {"then": step.then, "otherwise": step.otherwise}
            said = "; ".join(f"{name} {_joined(chosen)}" for name, chosen in inner.items() if chosen)
            yield f"branch({said})"
        else:
            yield from (_operation(each) for each in step.ordered())


def _joined(steps: Steps) -> str:
    return ", ".join(_steps(steps))


def _operation(operation: Operation) -> str:
    left_out = {"steps"}
    if isinstance(operation, Resize) and operation.fit not in {Fit.PAD, Fit.PAD_WITHIN}:
        left_out.add("fill")  # there is nothing to fill
    text = _called(operation.tag, operation, left_out)
    inner = _joined(operation.steps) if isinstance(operation, Layer) else ""
    return f"{text} after {inner}" if inner else text


def _called(name: str, model: BaseModel, left_out: set[str] = frozenset()) -> str:
    said = [
        f"{field}={_value(value)}"
        for field, value in model
        if field not in left_out and value != type(model).model_fields[field].default
    ]
    return f"{name}({', '.join(said)})" if said else name


def _value(value: object) -> str:
    if isinstance(value, Colour):
        return _colour(value)
    if isinstance(value, Share):
        return f"share {value.of:g}"
    if isinstance(value, Expression):
        return " ".join([_value(value.first), *(f"{name} {_value(each)}" for name, each in value.rest)])
    if isinstance(value, BaseModel):
        return _called(type(value).__name__.removesuffix("Source").lower(), value)
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _colour(colour: Colour) -> str:
    name = f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}"
    return name if colour.is_opaque else f"{name} at {colour.opacity:g}"


def _wishes(wish: OutputWish) -> Iterator[str]:
    plain = OutputWish()
    for field in fields(OutputWish):
        value = getattr(wish, field.name)
        if value != getattr(plain, field.name):
            yield f"output {field.name}={_value(value)}"
