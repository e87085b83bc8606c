"""Words: the parts of a URL as they were understood, for explain and for messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """What was understood of a part of the URL."""

    text: str
    at: int
    """Offset of its first character in the URL, or in the named transformation."""
    meaning: str
    """What it does, in plain words, or why it does nothing."""
    ignored: bool = False
    name: str = ""
    """Of the named transformation that it stands in; empty for the URL itself."""
