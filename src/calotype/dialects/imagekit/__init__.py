"""ImageKit's public API over the core: its delivery URLs."""

from __future__ import annotations

from calotype.dialects.imagekit import delivery

__all__ = ["delivery"]
