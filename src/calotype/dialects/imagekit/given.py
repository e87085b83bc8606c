"""What one step was given: values by key, and what became of each.

Law: every parameter ends up used or ignored, and says which; nothing is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from calotype.dialects.imagekit.grammar import Parameter, Token
from calotype.domain.words import Word
from calotype.errors import Invalid

DIMENSION = 65_535
"""Larger dimensions are ignored (contract, 3.13)."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the value of a key is read, and what the key means."""

    read: Callable[[str], Any]
    """Raises ValueError with what is expected instead."""
    meaning: str
    flag: bool = False
    """Whether the bare key is enough; `read` then gets an empty text for it, and for `true`."""
    largest: int = 0
    """A plain number above it is ignored; 0 for no such limit."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a client says of itself (`Sec-CH-Width`, `Sec-CH-DPR`)."""

    width: int | None = None
    """Pixels of the layout, multiplied by the ratio already."""
    dpr: float | None = None


NO_HINTS = Hints()


@dataclass(slots=True)
class Notes:
    """What was understood, in the order in which it was read."""

    words: list[Word] = field(default_factory=list)

    def understood(self, token: Token, meaning: str) -> None:
        """Write down what *token* does."""
        self.words.append(Word(token.text, token.at, meaning, name=token.name))

    def ignored(self, token: Token, why: str) -> None:
        """Write down why *token* does nothing."""
        self.words.append(Word(token.text, token.at, f"ignored: {why}", ignored=True, name=token.name))


class Given:
    """The parameters of one step, read. The last of a key wins."""

    def __init__(self, parameters: Iterable[Parameter], table: dict[str, Spelling], notes: Notes) -> None:
        """Read *parameters* by *table*.

        Raises:
            Invalid: a value is malformed; the token and its position are named.
        """
        self.table = table
        self._notes = notes
        self._values: dict[str, Any] = {}
        self._tokens: dict[str, Token] = {}
        self._used: set[str] = set()
        self._meanings: dict[str, str] = {}
        for parameter in parameters:
            self._read(parameter)

    def _read(self, parameter: Parameter) -> None:
        key, token = parameter.key, parameter.token
        spelling = self.table.get(key)
        if spelling is None:
            self._notes.ignored(token, "no such parameter here")
            return
        if spelling.largest and _too_large(parameter.value, spelling.largest):
            self._notes.ignored(token, f"over {spelling.largest}")
            return
        if key in self._tokens:
            self._notes.ignored(self._tokens[key], "given again later in this step")
        self._tokens[key], self._values[key] = token, _value(spelling, parameter)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def get(self, key: str, default: Any = None) -> Any:
        """Give the value of *key*, which then counts as used."""
        if key in self._values:
            self._used.add(key)
        return self._values.get(key, default)

    def ignore(self, why: str, *keys: str) -> None:
        """Take *keys* out, because of *why*."""
        for key in keys:
            if key in self._values:
                del self._values[key]
                self._notes.ignored(self._tokens[key], why)

    def explain(self, key: str, meaning: str) -> None:
        """Say more precisely than the table what *key* means here."""
        self._meanings[key] = meaning

    def refuse(self, key: str, reason: str) -> Invalid:
        """Say what is wrong with the value of *key*."""
        return self._tokens[key].refuse(reason)

    def close(self) -> None:
        """Write down what became of each parameter."""
        for key in self._values:
            if key in self._used:
                self._notes.understood(self._tokens[key], self._meanings.get(key, self.table[key].meaning))
            else:
                self._notes.ignored(self._tokens[key], "it has nothing to act on in this step")


def _too_large(value: str | None, largest: int) -> bool:
    digits = (value or "").partition(".")[0]
    return digits.isdecimal() and digits.isascii() and (len(digits) > 9 or int(digits) > largest)


def _value(spelling: Spelling, parameter: Parameter) -> Any:
    text = parameter.value or ""
    if spelling.flag and text == "true":
        text = ""
    if not text and not spelling.flag:
        raise parameter.token.refuse("a value is missing.")
    return reading(parameter.token, spelling.read, text)


def reading(token: Token, read: Callable[[str], Any], text: str) -> Any:
    """Read *text* by *read*.

    Raises:
        Invalid: it is malformed; the token and its position are named.
    """
    try:
        return read(text)
    except ValidationError as error:
        raise token.refuse(_expected(error)) from None
    except ValueError as error:
        raise token.refuse(str(error)) from None


_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
"""How the limits of the core's fields are worded."""


def _expected(error: ValidationError) -> str:
    """Word the core's first complaint as those of `values` are."""
    first = error.errors()[0]
    for bound, words in _BOUNDS.items():
        if bound in first.get("ctx", {}):
            return f"{words} {first['ctx'][bound]:g} is expected."
    return f"{first['msg'][:1].lower()}{first['msg'][1:]}."
