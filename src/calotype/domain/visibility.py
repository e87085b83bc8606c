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


def with_page(current: Visibility, *, shown: bool) -> Visibility:
    """Switch the viewer page on or off. Switching it off never opens a door that was closed."""
    if shown:
        return Visibility.PUBLIC
    return Visibility.UNLISTED if current in HAS_PAGE else current
