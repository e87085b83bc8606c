"""How IMG Processing writes colours: names of CSS, `transparent`, hexadecimal digits (contract, gap 8). Pure."""

from __future__ import annotations

import re

from tinycss2.color4 import parse_color

from calotype.dialects.imgprocessing.values import Wrong
from calotype.operations.colours import Colour

_SPELLED = re.compile(r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]{3,20}")
"""Of all that CSS reads as a colour: its functions are left out."""


def colour(value: object) -> Colour:
    """Read a name of CSS in any case, `transparent`, `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`."""
    named = parse_color(value) if isinstance(value, str) and _SPELLED.fullmatch(value) else None
    if named is None or isinstance(named, str):  # `currentColor` is the one that stays a word
        raise Wrong("must be a CSS colour name, transparent, #rgb, #rgba, #rrggbb or #rrggbbaa")
    red, green, blue = (round(level * 255) for level in list(named)[:3])
    return Colour(red=red, green=green, blue=blue, opacity=named.alpha)
