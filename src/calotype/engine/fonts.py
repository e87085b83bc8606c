"""Fonts: the typefaces that come with the package, for libvips (by fontconfig) and for resvg alike.

Law: the system's fonts are never used, so that the same key is the same pixels on every machine.

Why so: docs/adr/0019.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from calotype.operations.text_style import MONO, SERIF, drawn_as, is_known

FOLDER = Path(__file__).parent / "typefaces"
CONFIGURATION = FOLDER / "fonts.conf"
"""Names the folder it lies in and nothing else; read through FONTCONFIG_FILE."""

_PROPERTY = re.compile(r"(\bfont-family\s*+:\s*+)([^;}]++)", re.IGNORECASE)
_TEXT = re.compile(r"<(?:\w+:)?text\b")


def digest() -> str:
    """Digest all font files, as `text_style.FONT_SET` has it."""
    files = sorted(FOLDER.glob("*.ttf"))
    digests = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files)
    return hashlib.sha256(digests.encode()).hexdigest()[:16]


def for_resvg(markup: str) -> dict[str, Any]:
    """Give the options under which resvg draws *markup* with our fonts; without text it need not load any."""
    if not _TEXT.search(markup):
        return {"skip_system_fonts": True}
    return {
        "skip_system_fonts": True,
        "font_dirs": [str(FOLDER)],
        "font_family": drawn_as("sans-serif"),
        "sans_serif_family": drawn_as("sans-serif"),
        # resvg takes this one for every family that it does not find, as browsers do.
        "serif_family": SERIF,
        "monospace_family": MONO,
        "cursive_family": SERIF,
        "fantasy_family": drawn_as("sans-serif"),
    }


def name_ours(root: Element) -> None:
    """Replace well-known families in an SVG (attributes, style attributes, sheets) by those that stand in for them."""
    for element in root.iter():
        if family := element.get("font-family"):
            element.set("font-family", _ours(family))
        if style := element.get("style"):
            element.set("style", _ours_in(style))
        if element.text and element.tag.rpartition("}")[2] == "style":
            element.text = _ours_in(element.text)


def _ours_in(css: str) -> str:
    return _PROPERTY.sub(lambda match: match[1] + _ours(match[2]), css)


def _ours(families: str) -> str:
    """Map each of a comma-separated list; what nobody knows stays, and resvg passes over it."""
    names = (name.strip() for name in families.split(","))
    return ", ".join(_quoted(name.strip("'\"")) if is_known(name.strip("'\"")) else name for name in names)


def _quoted(name: str) -> str:
    return f"'{drawn_as(name)}'"
