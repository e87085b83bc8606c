"""The little Markdown that our own texts use, as HTML: paragraphs, headings, lists, code, bold.

Law: everything is escaped before it is marked up; it is for texts of this package, and safe for any.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


def html(text: str) -> Markup:
    """Mark *text* up."""
    return Markup("\n").join(_block(block) for block in text.strip().split("\n\n"))


def _block(block: str) -> Markup:
    if block.startswith("## "):
        return Markup("<h2>{}</h2>").format(_line(block[3:]))
    if block.startswith("- "):
        items = Markup("").join(Markup("<li>{}</li>").format(_line(each[2:])) for each in block.split("\n"))
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(_line(block))


def _line(line: str) -> Markup:
    marked = _BOLD.sub(r"<b>\1</b>", _CODE.sub(r"<code>\1</code>", str(escape(line))))
    return Markup(marked)  # noqa: S704 - escaped above; only our own tags were added
