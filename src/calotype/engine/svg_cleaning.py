"""SVG cleaned: a copy of what the allow-list names, with notes of what was left behind.

Law: nothing of the source is passed on unread; what is not known to be harmless is not copied.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from calotype.domain.formats import Format, sniff
from calotype.engine.svg_allowlist import (
    ANIMATED,
    ANIMATIONS,
    ATTRIBUTES,
    ELEMENTS,
    LARGEST,
    PICTURES,
    PLAIN_TEXT,
    TEXT_ONLY,
)
from calotype.engine.svg_parsing import SVG, split
from calotype.engine.svg_styles import clean_sheet, clean_style, clean_value, is_plain, without_data_urls
from calotype.engine.vips import Error, Image
from calotype.errors import TooComplex, TooManyPixels

MAX_CSS_CHARS = 1_000_000
"""Characters of CSS that are parsed, at 2 us each; a value that occurs again is not parsed again."""
MAX_SHEET_CHARS = 200_000
"""Characters of one style sheet, embedded fonts not counted."""
MAX_NOTES = 20

_CleanCss = Callable[[str], tuple[str | None, list[str]]]

_PREFIXES = {
    "": "",
    "http://www.w3.org/1999/xlink": "xlink:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
}
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NOT_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that XML cannot hold, and that CSS can write as escapes."""
_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,(.*)\Z", re.IGNORECASE | re.DOTALL)
_EMBEDDABLE = {
    Format.PNG: "pngload_buffer",
    Format.JPEG: "jpegload_buffer",
    Format.GIF: "gifload_buffer",
    Format.WEBP: "webpload_buffer",
}


@dataclass(slots=True)
class Cleaner:
    """One cleaning: copies what the allow-list names, and counts what it leaves behind."""

    namespace: str
    pixels: int
    """Pixels that embedded pictures may still have."""
    removed: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    css: dict[tuple[_CleanCss, str], tuple[str | None, list[str]]] = field(default_factory=dict)
    css_chars: int = 0

    def clean_root(self, source: Element) -> Element:
        """Copy the document under plain names, with the two namespaces declared by hand."""
        root = self._copy(source, "svg")
        root.attrib = {"xmlns": SVG, "xmlns:xlink": "http://www.w3.org/1999/xlink"} | root.attrib
        return root

    def notes(self) -> tuple[str, ...]:
        """Say what was removed, and how often."""
        common = self.removed.most_common(MAX_NOTES)
        return tuple(f"removed {what}" + (f" ({count} times)" if count > 1 else "") for what, count in common)

    def _copy(self, source: Element, name: str) -> Element:
        copy = Element(name, self._attributes(source, name))
        copy.text = self._text(source.text, name)
        if name in TEXT_ONLY:
            self._drop_children(source)
            return copy
        for child in source:
            kept = self._child(child)
            if kept is not None:
                kept.tail = _newlines(child.tail)
                copy.append(kept)
        return copy

    def _child(self, child: Element) -> Element | None:
        namespace, name = split(child.tag)
        reason = "" if namespace == self.namespace and name in ELEMENTS else f"element {name[:40]}"
        if not reason and name in ANIMATIONS and not _may_animate(child):
            reason = f"animation of {child.get('attributeName', '')[:40]}"
        if (
            not reason
            and name == "style"
            and child.get("type", "text/css").strip().lower() not in {"", "text/css"}
        ):
            reason = "style sheet in another language"
        if reason:
            self.removed[reason] += 1
            return None
        return self._copy(child, name)

    def _drop_children(self, source: Element) -> None:
        for child in source:
            self.removed[f"element {split(child.tag)[1][:40]}"] += 1

    def _text(self, text: str | None, name: str) -> str | None:
        if name != "style" or not text:
            return _newlines(text)
        sheet = without_data_urls(text)
        if len(sheet) > MAX_SHEET_CHARS:
            raise TooComplex(f"A style sheet in the SVG has more than {MAX_SHEET_CHARS:,} characters.")
        return self._styled(clean_sheet, sheet)

    def _attributes(self, source: Element, element: str) -> dict[str, str]:
        kept = {}
        for name, value in source.attrib.items():
            short = _short(name)
            known = short in ATTRIBUTES and not _is_excessive(element, short, value)
            clean = self._attribute(short, value, element) if known else None
            if clean is None:
                self.removed[f"attribute {split(name)[1][:40]}"] += 1
            else:
                kept[short] = clean
        return kept

    def _attribute(self, name: str, value: str, element: str) -> str | None:
        if name in {"href", "xlink:href"}:
            return self._reference(value, element)
        if name == "style":
            return self._styled(clean_style, value) or None
        if name == "id":
            return self._id(value)
        return value if name in PLAIN_TEXT or is_plain(value) else self._styled(clean_value, value)

    def _styled(self, clean: _CleanCss, text: str) -> str | None:
        """Clean CSS once for each different text, within a budget: parsing costs time."""
        if (clean, text) not in self.css:
            self.css_chars += len(text)
            if self.css_chars > MAX_CSS_CHARS:
                raise TooComplex(f"The SVG has more than {MAX_CSS_CHARS:,} characters of CSS.")
            self.css[clean, text] = clean(text)
        kept, removed = self.css[clean, text]
        if kept and _NOT_XML.search(kept):
            kept, removed = None, ["with control characters"]
        self.removed.update(f"style {what[:40]}" for what in removed)
        return kept

    def _id(self, value: str) -> str | None:
        """Keep the first of equal ids: renderers disagree on which one a reference means."""
        if value in self.ids:
            return None
        self.ids.add(value)
        return value

    def _reference(self, value: str, element: str) -> str | None:
        """Keep a fragment of this document, and on pictures a raster `data:` URL. Nothing else, ever."""
        stripped = value.strip()
        if stripped.startswith("#"):
            return stripped
        return self._embedded(stripped) if element in PICTURES else None

    def _embedded(self, url: str) -> str | None:
        """Write a `data:` picture anew under the type that its bytes have; charge its pixels to the budget."""
        match = _DATA_URL.match(url)
        try:
            data = base64.b64decode("".join(match[1].split()), validate=True) if match else b""
            format_ = sniff(data)
            if format_ not in _EMBEDDABLE:
                return None
            header = getattr(Image, _EMBEDDABLE[format_])(data)
        except (binascii.Error, ValueError, Error):
            return None
        self.pixels -= header.width * header.height
        if self.pixels < 0:
            raise TooManyPixels("The pictures inside the SVG have too many pixels (CALOTYPE_MAX_PIXELS).")
        return f"data:image/{format_.value};base64,{base64.b64encode(data).decode()}"


def _short(name: str) -> str:
    """Write an attribute's name with its customary prefix; one of a foreign namespace keeps its braces."""
    namespace, local = split(name)
    prefix = _PREFIXES.get(namespace)
    return name if prefix is None else f"{prefix}{local}"


def _is_excessive(element: str, name: str, value: str) -> bool:
    """Whether a number in *value* is over what the renderer can bear."""
    largest = LARGEST.get((element, name))
    return largest is not None and any(float(number) > largest for number in _NUMBER.findall(value))


def _may_animate(element: Element) -> bool:
    return split(element.tag)[1] == "animateMotion" or element.get("attributeName") in ANIMATED


def _newlines(text: str | None) -> str | None:
    r"""Write `\r` as `\n`, as every XML parser reads it: cleaning twice then changes nothing."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text else text
