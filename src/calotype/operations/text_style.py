"""How text is set: the families that are here, what stands in for the others, and alignment.

Law: pure. The font files themselves are the engine's; `FONT_SET` names exactly those that were there when text was
last judged, so that other files make other keys.
"""

from __future__ import annotations

import re
from enum import StrEnum

FONT_SET = "409a0a2b9d7ffe8e"
"""The first 16 hex digits of the SHA-256 over the SHA-256 of every font file, in the order of their names."""

DEFAULT = "Roboto"
SERIF = "Crimson Text"
MONO = "PT Mono"

FAMILIES = frozenset({
    "Abril Fatface", "Amaranth", "Audiowide", "Chivo", "Crimson Text", "Exo", "Fredoka One", "Kanit", "Lato",
    "Monoton", "Montserrat", "Noto Sans Arabic", "Noto Sans Hebrew", "Open Sans", "PT Mono", "Roboto",
})  # fmt: skip
"""The families that can be named. Characters that one lacks are taken from the others."""

_STAND_INS = {
    SERIF: (
        "serif", "Arvo", "Cambria", "Garamond", "Georgia", "Gravitas One", "Lora", "Old Standard", "Palatino",
        "PT Serif", "Times", "Times New Roman", "Vollkorn",
    ),
    MONO: ("monospace", "Consolas", "Courier", "Courier New", "Liberation Mono", "Menlo", "Monaco", "PT Mono"),
    "Lato": ("Carlito", "Calibri"),
    "Montserrat": ("Gotham",),
    "Open Sans": ("Noto Sans", "Segoe UI", "Tahoma", "Ubuntu", "Verdana"),
    "Fredoka One": ("Lobster",),
}  # fmt: skip
"""What is drawn instead of well-known families that are not here; everything else is drawn as `DEFAULT`."""


class Align(StrEnum):
    """Where the shorter lines of a text lie."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


def drawn_as(family: str) -> str:
    """Name the family that text in *family* is drawn with; case, spaces, `_` and `-` make no difference."""
    return _DRAWN_AS.get(_plain(family), DEFAULT)


def fallback(family: str) -> str | None:
    """Name what stands in for *family*; None when it is here."""
    drawn = drawn_as(family)
    return None if _plain(drawn) == _plain(family) else drawn


def is_known(family: str) -> bool:
    """Say whether *family* is here, or something of its kind is chosen for it."""
    return _plain(family) in _DRAWN_AS


def _plain(family: str) -> str:
    return re.sub(r"[\s_-]+", "", family).casefold()


_DRAWN_AS = {
    **{_plain(name): stand_in for stand_in, names in _STAND_INS.items() for name in names},
    **{_plain(name): DEFAULT for name in ("Arial", "Helvetica", "Helvetica Neue", "sans-serif")},
    **{_plain(name): name for name in FAMILIES},
}
