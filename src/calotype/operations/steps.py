"""Steps: operations in an order, and branches that choose between steps by the size of the picture."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from calotype.operations.base import Operation, Scene, Size

Property = Literal["w", "h", "ar", "iw", "ih", "iar"]
Relation = Literal["eq", "ne", "gt", "gte", "lt", "lte"]

_RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


@dataclass(frozen=True, slots=True)
class Step:
    """Operations that run in the order of their stages, whatever order they were written in."""

    operations: tuple[Operation, ...] = ()

    def ordered(self) -> tuple[Operation, ...]:
        """Order by stage and place in it; several of one kind keep their order."""
        return tuple(sorted(self.operations, key=lambda each: (each.stage, each.rank)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A side or the ratio of the current (`w`, `h`, `ar`) or the original picture, against a number."""

    left: Property
    relation: Relation
    right: float

    def holds(self, scene: Scene) -> bool:
        """Say whether it is so."""
        size = scene.original if self.left.startswith("i") else scene.size
        return _RELATIONS[self.relation](_value(size, self.left.removeprefix("i")), self.right)


def _value(size: Size, name: str) -> float:
    return {"w": size.width, "h": size.height, "ar": size.ratio}[name]


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps that are taken when one of *any_of* has only true comparisons, and steps for when none has."""

    any_of: tuple[tuple[Comparison, ...], ...]
    then: Steps
    otherwise: Steps = ()

    def chosen(self, scene: Scene) -> Steps:
        """Choose for *scene*."""
        true = any(all(each.holds(scene) for each in group) for group in self.any_of)
        return self.then if true else self.otherwise


Steps = tuple[Step | Branch, ...]
