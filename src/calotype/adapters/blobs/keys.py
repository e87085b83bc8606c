"""Owns what a key may look like, for every store alike.

Law: keys are made by the core alone, so a key of another shape is a mistake of ours, not of a user.
"""

from __future__ import annotations

import re

_SEGMENT = r"[0-9a-z][0-9a-z._-]*"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


def checked(key: str) -> str:
    """Pass *key* through when it can neither leave the store nor differ by letter case alone.

    Raises:
        ValueError: a segment is empty, hidden, `..`, or has other than lower-case letters, digits and `._-`.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key


def checked_prefix(prefix: str) -> str:
    """Pass *prefix* through without its trailing slash: a prefix is whole segments, so `ab` is not `abc`.

    Raises:
        ValueError: as `checked`; so the empty prefix, which is the whole store, is refused too.
    """
    return checked(prefix.removesuffix("/"))
