"""Single values of a request - a text, a number, a word of several - as IMG Processing reads them. Pure.

Law: a reason is a predicate whose subject is the field's name: "is required", "must be an integer".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from calotype.domain.assets import ID, UNSAFE
from calotype.errors import NotFound
from calotype.web.reasons import Reasons

NAME_CHARS = 30
IMAGE_PREFIX = "image_"

T = TypeVar("T")
D = TypeVar("D")

Parser = Callable[[object], T]
"""Reads a value of JSON; what it is not, it raises as `Wrong`."""


class Wrong(Exception):
    """A value is not what it has to be; the message says, as a predicate, what it must be."""


class Members(Reasons):
    """The members of a JSON object, read one at a time; what is wrong with any is kept until `check`."""

    def __init__(self, values: Mapping[str, object], prefix: str = "") -> None:
        """Read *values*; *prefix* is what the names of its members begin with in reasons."""
        super().__init__()
        self._values = values
        self._prefix = prefix

    def required(self, name: str, parse: Parser[T]) -> T:
        """Read a member that has to be there. What comes back means something only once `check` has passed."""
        if self._values.get(name) is None:
            self.wrong(name, "is required")
            return cast("T", None)
        return cast("T", self._read(name, parse, None))

    def optional(self, name: str, parse: Parser[T], default: D = None) -> T | D:  # type: ignore[assignment]
        """Read a member that may be left out or null: then it is *default*."""
        return default if self._values.get(name) is None else self._read(name, parse, default)

    def each(self, name: str, low: int, high: int) -> Sequence[Members]:
        """Read a required array of *low* to *high* objects: their members are this object's to `check`."""
        array = self._values.get(name)
        if array is None:
            self.wrong(name, "is required")
        elif not isinstance(array, list) or not low <= len(array) <= high:
            self.wrong(name, f"must be an array of {low} to {high} objects")
        elif not all(isinstance(each, dict) for each in array):
            self.wrong(name, "must have nothing but objects in it")
        else:
            return [self._inner(f"{name}[{index}].", each) for index, each in enumerate(array)]
        return []

    def has(self, name: str) -> bool:
        """Say whether a member is there, and not null."""
        return self._values.get(name) is not None

    def wrong(self, name: str, reason: str) -> None:
        """Note what is wrong with a member: a predicate."""
        self._reasons.setdefault(f"{self._prefix}{name}", []).append(reason)

    def _inner(self, prefix: str, values: Mapping[str, object]) -> Members:
        inner = Members(values, f"{self._prefix}{prefix}")
        inner._reasons = self._reasons
        return inner

    def _read(self, name: str, parse: Parser[T], default: D) -> T | D:
        try:
            return parse(self._values[name])
        except Wrong as wrong:
            self.wrong(name, str(wrong))
            return default


def text(low: int, high: int) -> Parser[str]:
    """Read a string of *low* to *high* characters that can be stored."""

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong("must be a string")
        if not low <= len(value) <= high:
            raise Wrong(f"must have {low} to {high:,} characters")
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Wrong("must have no NUL characters and no lone surrogates")
        return value

    return parse


def name(value: object) -> str:
    """Read an image's name: 1 to 30 characters, all of which can be shown."""
    shown = text(1, NAME_CHARS)(value)
    if UNSAFE.search(shown):
        raise Wrong("must have no control characters")
    return shown


def integer(low: int, high: int | None = None) -> Parser[int]:
    """Read a whole number from *low* up, to *high* if that is given; 3.0 is one, as in JSON Schema."""

    def parse(value: object) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and not (isinstance(value, float) and value.is_integer()):
            raise Wrong("must be an integer")
        _check_range(cast("float", value), low, high)
        return int(cast("float", value))

    return parse


def number(low: float | None = None, high: float | None = None) -> Parser[float]:
    """Read a number within *low* and *high*."""

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Wrong("must be a number")
        _check_range(value, low, high)
        try:
            double = float(value)
        except OverflowError:
            double = math.inf
        if not math.isfinite(double):
            raise Wrong("must be a number that a double can hold")
        return double

    return parse


def _check_range(value: float, low: float | None, high: float | None) -> None:
    if (low is not None and value < low) or (high is not None and value > high):
        if high is None:
            raise Wrong(f"must be at least {low:,}")
        if low is None:
            raise Wrong(f"must be at most {high:,}")
        raise Wrong(f"must be between {low:,} and {high:,}")


def one_of(words: Sequence[str]) -> Parser[str]:
    """Read one of *words*."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise Wrong(f"must be one of {', '.join(words)}")
        return value

    return parse


def image_id(value: object) -> str:
    """Read the id of an image, and give it as the core has it."""
    core = value.removeprefix(IMAGE_PREFIX) if isinstance(value, str) else ""
    if not ID.match(core) or value == core:
        raise Wrong("must be the id of an image, such as image_ and 24 characters")
    return core


def asset_id_of(raw: str) -> str:
    """Read the id of an image in a path, and give it as the core has it.

    Raises:
        NotFound: it is none, so there is no such image.
    """
    try:
        return image_id(raw)
    except Wrong:
        raise NotFound from None
