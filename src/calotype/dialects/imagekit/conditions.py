"""The conditions of `if-…` (contract, 3.9): `prop_op_value`, joined by `_and_` and `_or_`; and binds tighter. Pure."""

from __future__ import annotations

import re
from typing import cast, get_args

from calotype.dialects.imagekit import values
from calotype.operations.steps import Comparison, Property, Relation

Condition = tuple[tuple[Comparison, ...], ...]
"""It holds when one of the groups has only true comparisons."""

_PROPERTIES, _RELATIONS = frozenset(get_args(Property)), frozenset(get_args(Relation))
_RATIO = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)


def condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        ValueError: it is malformed.
    """
    return tuple(tuple(_comparison(part) for part in group.split("_and_")) for group in text.split("_or_"))


def _comparison(text: str) -> Comparison:
    left, relation, right = [*text.split("_", 2), "", ""][:3]
    if left not in _PROPERTIES:
        raise ValueError(f"{left[:20]!r} is none of {', '.join(sorted(_PROPERTIES))}.")
    if relation not in _RELATIONS:
        raise ValueError(f"{relation[:20]!r} is none of {', '.join(sorted(_RELATIONS))}.")
    return Comparison(cast("Property", left), cast("Relation", relation), _number(left, right))


def _number(left: str, text: str) -> float:
    found = _RATIO.fullmatch(text) if left.endswith("ar") else None
    if found is None:
        return values.number(text)
    if not int(found[2]):
        raise ValueError("a ratio of two numbers above 0 is expected.")
    return int(found[1]) / int(found[2])
