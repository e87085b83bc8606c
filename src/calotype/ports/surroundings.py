"""Time and randomness, as arguments."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, as an argument."""

    def __call__(self) -> datetime:
        """Say what time it is: aware, UTC, with microseconds."""


class Random(Protocol):
    """Randomness, as an argument."""

    def __call__(self, size: int, /) -> bytes:
        """Give *size* unpredictable bytes."""
