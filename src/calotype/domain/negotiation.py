"""Content negotiation: what a client says it can show, folded to three classes (RFC 9110, section 12.5.1).

Law: however many `Accept` headers there are in the world, a URL has at most three answers; garbage promises nothing.

Why so: docs/adr/0017.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache


class Accept(StrEnum):
    """What may be sent beside the formats that every browser shows (JPEG, PNG, GIF)."""

    AVIF = "avif"
    """AVIF and WebP. Whoever names AVIF alone is in no class that promises it: a plan may have to fall back to WebP."""
    WEBP = "webp"
    """WebP, and no AVIF."""
    NEITHER = "neither"


_USUAL_BYTES = 512
"""Browsers send some 130 bytes, always the same; what is longer is read anew each time and never remembered."""

_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_ZERO = re.compile(rb"0(\.0{0,3})?")
_WEIGHT = re.compile(rb"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def fold(accept: Iterable[bytes]) -> Accept:
    """Fold the values of all `Accept` headers of a request, in any order, to a class. Linear in their length.

    Only `image/avif` and `image/webp` by name are a promise. A wildcard is none: `*/*` is what every old browser,
    `curl` and most HTTP libraries send, whatever they can decode, and browsers that know these formats name them.
    Weights rank nothing here, since the smaller file wins; but a weight of zero is obeyed, wherever it stands.
    """
    value = b",".join(accept)
    return _remembered(value) if len(value) <= _USUAL_BYTES else _fold(value)


def _fold(value: bytes) -> Accept:
    promised, refused = set[bytes](), set[bytes]()
    for element in _QUOTED.sub(b'"', value).lower().split(b","):
        media_range, *parameters = [part.strip(b" \t") for part in element.split(b";")]
        weight = _weight(parameters)
        if _ZERO.fullmatch(weight):
            refused.add(media_range)
        elif _WEIGHT.fullmatch(weight):
            promised.add(media_range)
    able = promised - refused
    if b"image/webp" not in able:
        return Accept.NEITHER
    return Accept.AVIF if b"image/avif" in able else Accept.WEBP


_remembered = lru_cache(maxsize=512)(_fold)


def _weight(parameters: Iterable[bytes]) -> bytes:
    """Find the first `q`; without one the weight is 1 (12.4.2)."""
    return next((part[2:] for part in parameters if part.startswith(b"q=")), b"1")
