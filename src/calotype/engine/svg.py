"""SVG: cleaned on the way in, measured, and drawn by resvg.

Law: what is stored is our own serialisation of what the allow-list names, and only that is ever drawn. The
original markup is never kept, so a parser that reads it differently has nothing to read.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

import resvg_py
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, fromstring

from calotype.domain.formats import Format, sniff
from calotype.domain.planning import RESULT_PIXELS
from calotype.engine import fonts
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
from calotype.engine.svg_references import MAX_DEPTH, check_references
from calotype.engine.svg_styles import clean_sheet, clean_style, clean_value, is_plain, without_data_urls
from calotype.engine.vips import Error, Image
from calotype.errors import (
    FileTooLarge,
    ImageCorrupt,
    ImageTruncated,
    TooComplex,
    TooManyPixels,
    UnsafeMarkup,
    UnsupportedType,
)
from calotype.operations.base import EDGE as RESULT_EDGE
from calotype.ports import IngestLimits

MAX_NODES = 100_000
MAX_CSS_CHARS = 1_000_000
"""Characters of CSS that are parsed, at 2 us each; a value that occurs again is not parsed again."""
MAX_SHEET_CHARS = 200_000
"""Characters of one style sheet, embedded fonts not counted."""
MAX_DRAWING_S = 10.0
"""Seconds of processor time for drawing an SVG at its largest: a third of what a delivery may take."""
MAX_NOTES = 20

_CleanCss = Callable[[str], tuple[str | None, list[str]]]

SVG = "http://www.w3.org/2000/svg"
_PREFIXES = {
    "": "",
    "http://www.w3.org/1999/xlink": "xlink:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
}
_GZIP = b"\x1f\x8b"
_DEFAULT_SIZE = (300.0, 150.0)
"""What CSS gives a replaced element that says nothing of its size (CSS 2.2, 10.3.2)."""
_PIXELS_PER_UNIT = {
    "": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "q": 96 / 101.6, "em": 16.0, "ex": 8.0, "rem": 16.0,
}  # fmt: skip
_LENGTH = re.compile(r"\s*+\+?((?:\d++\.?\d*+|\.\d++)(?:e[+-]?\d{1,3})?)\s*+([a-z]*+)\s*+\Z", re.IGNORECASE)
_STACK_BYTES = 128 * 1024 * 1024
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NOT_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that XML cannot hold, and that CSS can write as escapes."""
_LARGEST_SIDE = 1_000_000
_TRUNCATED = frozenset({3, 5, 6, 20})
"""Expat's codes for a document that stops: no element, unclosed token, partial character, unclosed CDATA."""
_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,(.*)\Z", re.IGNORECASE | re.DOTALL)
_EMBEDDABLE = {
    Format.PNG: "pngload_buffer",
    Format.JPEG: "jpegload_buffer",
    Format.GIF: "gifload_buffer",
    Format.WEBP: "webpload_buffer",
}


def sanitise(data: bytes, limits: IngestLimits) -> tuple[bytes, tuple[str, ...]]:
    """Clean an SVG or svgz; answer UTF-8 markup and notes of what was removed.

    Cleaning what was cleaned changes nothing.

    Raises:
        FileTooLarge: over `max_svg_bytes`, inflated.
        UnsafeMarkup: a DOCTYPE with declarations, or references that recurse or multiply.
        UnsupportedType: the XML is no SVG.
        ImageTruncated, ImageCorrupt: it is no well-formed XML, cut short or otherwise.
        TooComplex, TooManyPixels: too many elements, too deep, or too many pixels in embedded pictures.
    """
    source = _parse(_inflated(data, limits.max_svg_bytes))
    cleaner = _Cleaner(_namespace(source), limits.max_pixels)
    root = cleaner.clean_root(source)
    check_references(root, _pixels_per_unit(root))
    return tostring(root, encoding="utf-8"), cleaner.notes()


def size(data: bytes) -> tuple[int, int]:
    """Say the size in pixels that cleaned markup asks for, each side from 1 to 1,000,000.

    `width` and `height` when they are absolute; with one of them the `viewBox` gives the other; with none
    the `viewBox` is the size (as resvg and librsvg have it); without that 300x150, as in CSS.
    """
    return _natural_size(fromstring(data))


def _natural_size(root: Element) -> tuple[int, int]:
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = _view_box(root)
    across, down = box[2:] if box else _DEFAULT_SIZE
    if width and height:
        return _whole(width), _whole(height)
    if width:
        return _whole(width), _whole(width * down / across if box else down)
    if height:
        return _whole(height * across / down if box else across), _whole(height)
    return _whole(across), _whole(down)


def prove(data: bytes) -> Image:
    """Draw cleaned markup at the largest size that a delivery may ask for: what passes here is safe to deliver.

    That is its own size; what is over the limits of a result, scaled down to them. No rule over the markup
    foresees what filters, masks and layers cost together, so they are drawn.

    Raises:
        TooComplex: it took more than 10 seconds of processor time.
        ImageCorrupt: resvg cannot draw it.
    """
    before = time.process_time()
    drawing = rasterise(data, *_largest_drawing(*size(data)))
    if time.process_time() - before > MAX_DRAWING_S:
        raise TooComplex(f"Drawing the SVG takes more than {MAX_DRAWING_S:g} seconds of processor time.")
    return drawing.copy_memory()


def _largest_drawing(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, RESULT_EDGE / max(width, height), math.sqrt(RESULT_PIXELS / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def rasterise(data: bytes, width: int, height: int) -> Image:
    """Draw cleaned markup at exactly *width* x *height* pixels: sRGB with alpha.

    Raises:
        TooManyPixels: more than 16,383 pixels a side or 50 million in all: resvg would take the memory first.
        ImageCorrupt: resvg cannot draw it.
    """
    if max(width, height) > RESULT_EDGE or width * height > RESULT_PIXELS:
        raise TooManyPixels(f"The SVG would be drawn at {width}x{height} pixels.")
    picture = _draw(_fitted(data, width, height))
    return Image.pngload_buffer(picture).copy(interpretation="srgb")


def _draw(markup: str) -> bytes:
    """Call resvg where its recursion has room: 250 nested layers overflow the 8 MiB of a main thread."""
    before = threading.stack_size(_STACK_BYTES)
    try:
        with ThreadPoolExecutor(max_workers=1) as deep:
            return deep.submit(resvg_py.svg_to_bytes, svg_string=markup, **fonts.for_resvg(markup)).result()
    except BaseException as error:
        # A panic of the Rust code is no Exception; it comes from absurd numbers in the drawing.
        if isinstance(error, ValueError) or type(error).__module__ == "pyo3_runtime":
            raise ImageCorrupt("The SVG cannot be drawn.") from error
        raise
    finally:
        threading.stack_size(before)


def _fitted(data: bytes, width: int, height: int) -> str:
    """Give the root this size; the drawing is stretched to it, as a planned size is rounded from its own."""
    root = fromstring(data)
    fonts.name_ours(root)
    if _view_box(root) is None:
        natural = size(data)
        root.set("viewBox", f"0 0 {natural[0]} {natural[1]}")
    root.attrib |= {"width": str(width), "height": str(height), "preserveAspectRatio": "none"}
    return tostring(root, encoding="unicode")


def _length(text: str | None) -> float | None:
    """Read an absolute length above zero, in pixels; None for percentages and nonsense."""
    match = _LENGTH.match(text or "")
    scale = _PIXELS_PER_UNIT.get(match[2].lower()) if match else None
    value = float(match[1]) * scale if match and scale else 0.0
    return value if 0 < value < math.inf else None


def _view_box(root: Element) -> tuple[float, float, float, float] | None:
    try:
        x, y, width, height = map(float, re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        return None
    usable = all(map(math.isfinite, (x, y, width, height))) and min(width, height) > 0
    return (x, y, width, height) if usable else None


def _pixels_per_unit(root: Element) -> float:
    """Give the scale of the largest drawing: pixels for each unit of the root's coordinates."""
    natural = _natural_size(root)
    box = _view_box(root)
    units = box[2:] if box else natural
    return max(side / unit for side, unit in zip(_largest_drawing(*natural), units, strict=True))


def _whole(side: float) -> int:
    return int(min(max(1, round(min(side, _LARGEST_SIDE))), _LARGEST_SIDE))


def _inflated(data: bytes, limit: int) -> bytes:
    """Inflate svgz, never past *limit* (S5); pass plain markup through."""
    if data.startswith(_GZIP):
        stream = zlib.decompressobj(wbits=31)
        try:
            data = stream.decompress(data, limit + 1)
        except zlib.error as error:
            raise ImageCorrupt(f"The svgz cannot be inflated: {error}") from error
        if len(data) <= limit and not stream.eof:
            raise ImageTruncated
    if len(data) > limit:
        raise FileTooLarge(f"The SVG is larger than {limit} bytes (CALOTYPE_MAX_SVG_BYTES).")
    return data


class _Builder:
    """Counts while expat speaks, so that a flood ends before it is a tree."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = self._nodes = 0
        self.data, self.close = self._tree.data, self._tree.close

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH:
            raise TooComplex(f"The SVG nests elements more than {MAX_DEPTH} deep.")
        if self._nodes > MAX_NODES:
            raise TooComplex(f"The SVG has more than {MAX_NODES:,} elements.")
        self._tree.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._tree.end(tag)


class _Parser(DefusedXMLParser):
    """Lets a bare DOCTYPE pass, as old editors write one; it declares nothing and is not kept."""

    def defused_start_doctype_decl(self, *declared: object) -> None:
        """Judge (name, system id, public id, whether there is an internal subset)."""
        if declared[-1]:
            raise UnsafeMarkup("The SVG has a DOCTYPE with declarations of its own.")


def _parse(data: bytes) -> Element:
    parser = _Parser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(data)
        return parser.close()
    except DefusedXmlException as error:
        raise UnsafeMarkup("The SVG declares entities or refers to external ones.") from error
    except ParseError as error:
        if error.code in _TRUNCATED:
            raise ImageTruncated from error
        raise ImageCorrupt(f"The SVG is not well-formed XML: {error}") from error
    except (LookupError, ValueError) as error:  # an encoding that does not exist, or not for text
        raise ImageCorrupt(f"The SVG's encoding cannot be read: {error}") from error


def _namespace(root: Element) -> str:
    """Name the namespace of SVG's elements: none at all is forgiven, as in markup taken out of a page."""
    namespace, name = _split(root.tag)
    if name != "svg" or namespace not in {SVG, ""}:
        raise UnsupportedType("The file is XML, but its root is not <svg>.")
    return namespace


def _split(name: str) -> tuple[str, str]:
    namespace, brace, local = name.rpartition("}")
    return (namespace.removeprefix("{"), local) if brace else ("", name)


@dataclass(slots=True)
class _Cleaner:
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
        namespace, name = _split(child.tag)
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
            self.removed[f"element {_split(child.tag)[1][:40]}"] += 1

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
                self.removed[f"attribute {_split(name)[1][:40]}"] += 1
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
    namespace, local = _split(name)
    prefix = _PREFIXES.get(namespace)
    return name if prefix is None else f"{prefix}{local}"


def _is_excessive(element: str, name: str, value: str) -> bool:
    """Whether a number in *value* is over what the renderer can bear."""
    largest = LARGEST.get((element, name))
    return largest is not None and any(float(number) > largest for number in _NUMBER.findall(value))


def _may_animate(element: Element) -> bool:
    return _split(element.tag)[1] == "animateMotion" or element.get("attributeName") in ANIMATED


def _newlines(text: str | None) -> str | None:
    r"""Write `\r` as `\n`, as every XML parser reads it: cleaning twice then changes nothing."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if text else text
