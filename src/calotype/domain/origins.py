"""Which places outside a list of patterns lets images be fetched from. Pure.

Law: a URL is allowed only when every reader of it would ask the same host: it begins with `https://`, the host, and
then at once its path, its query or nothing. User information and other ports are no part of any pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LABELS = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*"
_URL = re.compile(rf"https://({_LABELS})(?::443)?(/[\x21-\x5b\x5d-\x7e]*)?(?:\?[\x21-\x5b\x5d-\x7e]*)?\Z")
_PATTERN = re.compile(r"https://([a-z0-9_.*-]+)(/\S*)?\Z")


def is_allowed(patterns: str, url: str) -> bool:
    """Say whether *url* is of one of *patterns*: https URLs with commas between, where `*` is any part.

    In a host a `*` is one label or more, and never none.
    """
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    found = _URL.match(f"{scheme.lower()}{mark}{host.lower()}{slash}{path}")  # their case means nothing
    if found is None:
        return False
    return any(_fits(pattern, found[1], found[2] or "/") for pattern in _listed(patterns))


def _listed(patterns: str) -> Iterable[str]:
    return (each.strip() for each in patterns.split(",") if each.strip())


def _fits(pattern: str, host: str, path: str) -> bool:
    parts = _PATTERN.match(pattern)
    return (
        parts is not None
        and re.fullmatch(_expression(parts[1], _LABELS), host) is not None
        and re.fullmatch(_expression(parts[2] or "/*", ".*"), path) is not None
    )


def _expression(pattern: str, wild: str) -> str:
    return wild.join(map(re.escape, pattern.split("*")))
