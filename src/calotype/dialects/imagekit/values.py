"""How ImageKit writes values: numbers, lengths, expressions, ratios, colours, fills (contract, 3.4 to 3.8). Pure.

Law: each function reads one text whole and answers a value of the core, or raises ValueError saying what it expected.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import TypeVar, cast, get_args
from urllib.parse import unquote

from tinycss2.color3 import parse_color

from calotype.operations.colours import Colour
from calotype.operations.fill import Blurred, Dominant, EdgeGradient, Fill
from calotype.operations.quantities import Expression, Operator, Quantity, Share, Variable

Choice = TypeVar("Choice")

_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_SIGNED = re.compile(r"N?\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
_HEX = re.compile(r"([0-9a-f]{6})(\d{2})?", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"[a-z]{3,24}")
_RATIO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)[-_:](\d{1,9}(?:\.\d{1,9})?)", re.ASCII)
_VARIABLES, _OPERATORS = frozenset(get_args(Variable)), frozenset(get_args(Operator))


def number(text: str) -> float:
    """Read a number without a sign: `4`, `0.5`."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number is expected.")
    return float(text)


def signed(text: str) -> float:
    """Read a number; `N` before it makes it negative."""
    if not _SIGNED.fullmatch(text):
        raise ValueError("a number is expected, with N before it when it is negative.")
    return -float(text[1:]) if text.startswith("N") else float(text)


def integer(text: str) -> int:
    """Read a whole number."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("a whole number is expected.")
    return int(text)


def within(value: float, low: float, high: float) -> None:
    """Insist on *low* to *high*."""
    if not low <= value <= high:
        raise ValueError(f"{low:g} to {high:g} is expected.")


def chosen(text: str, choices: Mapping[str, Choice]) -> Choice:
    """Read one of the words in *choices*."""
    if text not in choices:
        raise ValueError(f"one of {', '.join(choices)} is expected.")
    return choices[text]


def switch(text: str) -> bool:
    """Read `true` or `false`."""
    return chosen(text, {"true": True, "false": False})


def expression(text: str) -> Expression:
    """Read `value_op_value…` (contract, 3.8)."""
    first, *rest = text.split("_")
    if len(rest) % 2:
        raise ValueError("an expression is a value, then pairs of an operator and a value.")
    pairs = tuple(
        (_operator(operator), _operand(value)) for operator, value in zip(rest[::2], rest[1::2], strict=True)
    )
    return Expression(first=_operand(first), rest=pairs)


def _operand(text: str) -> Variable | float:
    if text in _VARIABLES:
        return cast("Variable", text)
    if _NUMBER.fullmatch(text):
        return float(text)
    raise ValueError(f"{text[:20]!r} is neither a number nor one of {', '.join(sorted(_VARIABLES))}.")


def _operator(text: str) -> Operator:
    if text not in _OPERATORS:
        raise ValueError(f"{text[:20]!r} is none of {', '.join(sorted(_OPERATORS))}.")
    return cast("Operator", text)


def length(text: str) -> Quantity:
    """Read pixels, a fraction of the original between 0 and 1, or an expression."""
    if not _NUMBER.fullmatch(text):
        return expression(text)
    value = float(text)
    if value == 0:
        raise ValueError("a number above 0 is expected.")
    return Share(of=value) if value < 1 else value


def offset(text: str) -> Quantity:
    """Read a coordinate: pixels, a fraction of the original between 0 and 1, or an expression."""
    return 0.0 if _NUMBER.fullmatch(text) and float(text) == 0 else length(text)


def quantity(text: str) -> Quantity:
    """Read a number as it is, or an expression."""
    return float(text) if _NUMBER.fullmatch(text) else expression(text)


def ratio(text: str) -> Quantity:
    """Read width over height: `4-3`, `4_3`, `4:3`, a number, or an expression."""
    found = _RATIO.fullmatch(text)
    if found is None:
        value = quantity(text)
    else:
        width, height = (float(side) for side in found.groups())
        value = width / height if height else 0.0
    if value == 0:
        raise ValueError("a ratio above 0 is expected.")
    return value


def colour(text: str) -> Colour:
    """Read `RRGGBB`, `RRGGBBAA` with AA from 00 to 99 as percent of opacity, or a name of CSS in lower case."""
    found = _HEX.fullmatch(text)
    if found is not None:
        return Colour.from_hex(found[1], 1.0 if found[2] is None else int(found[2]) / 100)
    named = parse_color(text) if _NAME.fullmatch(text) else None
    if named is None or isinstance(named, str):  # `currentColor` is the one that stays a word
        raise ValueError(
            "RRGGBB, RRGGBBAA with a decimal AA (00 to 99), or a colour name of CSS is expected."
        )
    red, green, blue = (round(level * 255) for level in named[:3])
    return Colour(red=red, green=green, blue=blue, opacity=named.alpha)


def is_name(text: str) -> bool:
    """Tell a colour's name from its digits, which `facade` is too."""
    return _HEX.fullmatch(text) is None


def fill(text: str) -> Fill:
    """Read what a padded canvas shows: a colour, `blurred…`, `dominant`, `gradient_dominant…`."""
    kind, *rest = text.split("_")
    if kind == "blurred" and len(rest) <= 2:
        intensity = None if not rest or rest[0] == "auto" else number(rest[0])
        return Blurred(intensity=intensity, brightness=round(signed(rest[1])) if len(rest) == 2 else 0)
    return _FILLS[text] if text in _FILLS else colour(text)


_FILLS: dict[str, Fill] = {
    "dominant": Dominant(),
    "gradient_dominant": EdgeGradient(colours=2),
    "gradient_dominant_2": EdgeGradient(colours=2),
    "gradient_dominant_4": EdgeGradient(colours=4),
}


def pieces(text: str, names: frozenset[str]) -> dict[str, str]:
    """Read `name-value_name-value…`, in any order; an expression's own underscores stay in its value."""
    found: dict[str, str] = {}
    last = ""
    for part in text.split("_"):
        name, hyphen, value = part.partition("-")
        if hyphen and name in names:
            last, found[name] = name, value
        elif last:
            found[last] += f"_{part}"
        else:
            raise ValueError(f"{part[:20]!r} is none of {', '.join(sorted(names))}.")
    return found


def path(text: str) -> str:
    """Read a path of the media library: `@@` for `/`, percent-encoded or not."""
    return "/" + decoded(text).replace("@@", "/").strip("/")


def decoded(text: str) -> str:
    """Undo percent-encoding."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("UTF-8 is expected.") from None


def from_base64(text: str) -> str:
    """Read base64 of UTF-8, percent-encoded or not, in either alphabet, padded or not."""
    digits = decoded(text).rstrip("=").replace(" ", "+").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueError("base64 of UTF-8 is expected.") from None
