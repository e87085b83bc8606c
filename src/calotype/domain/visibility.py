"""Who may see an asset, and through which door."""

from __future__ import annotations

from enum import StrEnum


class Visibility(StrEnum):
    """One visibility for each asset; the doors are tables below, not branches elsewhere."""

    PUBLIC = "public"
    """Page, CDN and path."""
    UNLISTED = "unlisted"
    """CDN by id only: whoever has the address; no page, and a path needs a signature."""
    PRIVATE = "private"
    """A credential or a signature at every door."""
    DRAFT = "draft"
    """The owner only."""


HAS_PAGE = frozenset({Visibility.PUBLIC})
"""Shown to everyone by the viewer page and by `GET` without a credential."""

OPEN_BY_ID = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
"""Delivered to whoever has the id."""

OPEN_BY_PATH = frozenset({Visibility.PUBLIC})
"""Delivered to whoever has the path, which can be guessed."""

OPEN_BY_SIGNED_PATH = frozenset({Visibility.PUBLIC, Visibility.UNLISTED, Visibility.PRIVATE})
"""Delivered by a path that the owner signed."""

OPEN_BY_NAME = frozenset({Visibility.PUBLIC, Visibility.PRIVATE})
"""Delivered by a path in a form that the owner named, such as a small or watermarked one (ImageKit contract, 3.11)."""


def with_page(current: Visibility, *, shown: bool) -> Visibility:
    """Switch the viewer page on or off. Switching it off never opens a door that was closed."""
    if shown:
        return Visibility.PUBLIC
    return Visibility.UNLISTED if current in HAS_PAGE else current
