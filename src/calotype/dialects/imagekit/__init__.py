"""ImageKit's public API over the core: its delivery URLs."""

from __future__ import annotations

from calotype.dialects.imagekit import delivery
from calotype.dialects.imagekit.errors import unread

__all__ = ["delivery", "unread"]
