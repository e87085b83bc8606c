"""The syntax of a transformation (contract, 3.2): text -> steps of parameters, layers and conditionals. Pure.

    transformation := step ( ":" step )*
    step           := item ( "," item )*
    item           := key [ "-" value ] | "l-" kind … "l-end" | "if-" condition … [ "if-else" … ] "if-end"

Law: one pass, whatever the text; every token knows where in the URL it stands; what a key or a value means is
decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from calotype.errors import Invalid

STEPS, LAYERS, NESTING = 20, 8, 3
"""Limits of one URL: steps, layers and how deep layers (and, apart from them, conditionals) nest."""
PARAMETERS = 400
"""Limit of one URL for parameters: there are fewer keys than that in all."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The text of a transformation as it was sent, still percent-encoded, and where in the URL it begins."""

    text: str
    at: int = 0
    name: str = ""
    """Of the named transformation that it is; its positions then count from its own beginning."""


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a transformation between two separators."""

    text: str
    at: int
    end: str
    """The separator after it: `,`, `:` or nothing."""
    name: str = ""

    def refuse(self, reason: str) -> Invalid:
        """Say what is wrong with it, and where it stands."""
        shown = self.text if len(self.text) <= 80 else self.text[:79] + "…"
        place = f"{self.at} of the named transformation {self.name}" if self.name else str(self.at)
        return Invalid(f"{shown!r} at {place}: {reason}", fields={"tr": [reason]})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A key and its value; a flag has None."""

    key: str
    value: str | None
    token: Token = field(compare=False)


@dataclass(frozen=True, slots=True)
class Layer:
    """What is laid over the picture: its parameters, cut into steps."""

    kind: str
    steps: tuple[Items, ...]
    token: Token = field(compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """Steps to take when a condition holds, and others when it does not."""

    condition: str
    then: tuple[Items, ...]
    otherwise: tuple[Items, ...]
    token: Token = field(compare=False)


Item = Parameter | Layer | Conditional
Items = tuple[Item, ...]


class Budget:
    """What is left of a URL's limits; one is shared by all of its chains."""

    def __init__(self) -> None:
        """Begin with everything."""
        self._steps = STEPS
        self._layers = LAYERS
        self._parameters = PARAMETERS

    def parameter(self, token: Token) -> None:
        """Count a parameter.

        Raises:
            Invalid: it is one too many.
        """
        self._parameters -= 1
        if self._parameters < 0:
            raise token.refuse(f"more than {PARAMETERS} parameters.")

    def step(self, token: Token) -> None:
        """Count a step.

        Raises:
            Invalid: it is one too many.
        """
        self._steps -= 1
        if self._steps < 0:
            raise token.refuse(f"more than {STEPS} steps.")

    def layer(self, token: Token, depth: int) -> None:
        """Count a layer that is *depth* layers deep.

        Raises:
            Invalid: it is one too many, or too deep.
        """
        self._layers -= 1
        if self._layers < 0:
            raise token.refuse(f"more than {LAYERS} layers.")
        if depth > NESTING:
            raise token.refuse(f"layers nest {NESTING} deep at most.")


def parse(chain: Chain, budget: Budget | None = None) -> tuple[Items, ...]:
    """Cut *chain* into steps.

    Raises:
        Invalid: a limit is passed, something is left open or closed twice, or a conditional is not alone.
    """
    return _Parser(lex(chain), budget or Budget()).steps(frozenset(), layers=0, conditionals=0)


def lex(chain: Chain) -> Iterator[Token]:
    """Cut *chain* at its separators; empty parts are dropped.

    Some clients percent-encode the whole text, separators too, others only the values in it: a text without a
    single comma as it is, but with encoded ones, is of the first kind and decoded once as a whole.
    """
    whole = bool(_ENCODED.search(chain.text)) and "," not in chain.text
    separator = _ANY_SEPARATOR if whole else _SEPARATOR
    at, text = 0, chain.text
    for found in separator.finditer(text):
        if _is_ratio(text, at, found.start(), found[0]):
            continue
        yield from _token(chain, at, found.start(), found[0], whole=whole)
        at = found.end()
    yield from _token(chain, at, len(text), "", whole=whole)


_SEPARATOR = re.compile(r"[,:]")
_ENCODED = re.compile(r"%2C|%3A", re.IGNORECASE)
_ANY_SEPARATOR = re.compile(r"[,:]|%2C|%3A", re.IGNORECASE)
_KINDS = {"%2c": ",", "%3a": ":"}
_RATIO = re.compile(r"ar-\d{1,9}(?:\.\d{1,9})?(?::|%3A)\d", re.IGNORECASE)


def _is_ratio(text: str, at: int, colon: int, separator: str) -> bool:
    """Tell the colon of `ar-4:3` from the one between steps: no step begins with a digit.

    The vendor's packages emit it for an aspect ratio of "4:3" (contract, 3.2).
    """
    found = _RATIO.match(text, at, colon + len(separator) + 1)
    return found is not None and found.end() == colon + len(separator) + 1


def _token(chain: Chain, start: int, stop: int, separator: str, *, whole: bool) -> Iterator[Token]:
    text = chain.text[start:stop]
    end = _KINDS.get(separator.lower(), separator)
    if text or end == ":":
        yield Token(unquote_plus(text) if whole else text, chain.at + start, end, chain.name)


class _Parser:
    """One pass over the tokens; recursion is as deep as nesting may be."""

    def __init__(self, tokens: Iterator[Token], budget: Budget) -> None:
        self._tokens = tokens
        self._budget = budget
        self.closing: Token | None = None
        """The token that ended the steps read last; None at the end of the text."""

    def steps(self, closers: frozenset[str], *, layers: int, conditionals: int) -> tuple[Items, ...]:
        """Read steps up to one of *closers*, or to the end when there are none to wait for."""
        steps: list[Items] = []
        items: list[Item] = []
        closing = None
        for token in self._tokens:
            if token.text in closers:
                closing = token
                break
            end = token.end
            if token.text:
                if not items:
                    self._budget.step(token)
                item = self._item(token, layers, conditionals)
                end = self._end_of(item, token)
                items.append(item)
                self._check_alone(items, item)
            if end == ":":
                steps.append(tuple(items))
                items = []
        steps.append(tuple(items))
        self.closing = closing
        return tuple(step for step in steps if step)

    def _item(self, token: Token, layers: int, conditionals: int) -> Item:
        if token.text in _CLOSERS:
            raise token.refuse("nothing is open that this could close.")
        if token.text.startswith("l-"):
            return self._layer(token, layers + 1)
        if token.text.startswith("if-"):
            return self._conditional(token, layers, conditionals + 1)
        self._budget.parameter(token)
        key, value = split(token.text)
        return Parameter(key, value, token)

    def _layer(self, token: Token, layers: int) -> Layer:
        self._budget.layer(token, layers)
        steps = self.steps(frozenset({"l-end"}), layers=layers, conditionals=0)
        self._closed(token, "l-end")
        return Layer(token.text.removeprefix("l-"), steps, token)

    def _conditional(self, token: Token, layers: int, conditionals: int) -> Conditional:
        if conditionals > NESTING:
            raise token.refuse(f"conditionals nest {NESTING} deep at most.")
        then = self.steps(frozenset({"if-else", "if-end"}), layers=layers, conditionals=conditionals)
        otherwise: tuple[Items, ...] = ()
        if self._closed(token, "if-end").text == "if-else":
            otherwise = self.steps(frozenset({"if-end"}), layers=layers, conditionals=conditionals)
            self._closed(token, "if-end")
        return Conditional(token.text.removeprefix("if-"), then, otherwise, token)

    def _closed(self, opening: Token, closer: str) -> Token:
        if self.closing is None:
            raise opening.refuse(f"{closer} is missing.")
        return self.closing

    def _end_of(self, item: Item, token: Token) -> str:
        """Say what follows *item*: for what has an end of its own, what follows that."""
        if isinstance(item, Parameter) or self.closing is None:
            return token.end
        return self.closing.end

    @staticmethod
    def _check_alone(items: list[Item], item: Item) -> None:
        if len(items) > 1 and (isinstance(item, Conditional) or isinstance(items[0], Conditional)):
            raise item.token.refuse("a conditional must be the only thing in its step.")


_CLOSERS = {"l-end", "if-else", "if-end"}


def split(text: str) -> tuple[str, str | None]:
    """Cut a parameter at the first hyphen, or at the second when the first belongs to the key (`e-sharpen-5`)."""
    prefix = "e-" if text.startswith("e-") else ""
    key, hyphen, value = text.removeprefix(prefix).partition("-")
    return prefix + key, value if hyphen else None
