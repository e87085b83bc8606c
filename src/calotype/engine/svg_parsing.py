"""SVG read: inflated, parsed without entities, bounded while it is read.

Law: what could grow beyond its bytes is refused before it is a tree.
"""

from __future__ import annotations

import zlib
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from calotype.engine.svg_references import MAX_DEPTH
from calotype.errors import (
    FileTooLarge,
    ImageCorrupt,
    ImageTruncated,
    TooComplex,
    UnsafeMarkup,
    UnsupportedType,
)

MAX_NODES = 100_000

SVG = "http://www.w3.org/2000/svg"
_GZIP = b"\x1f\x8b"
_TRUNCATED = frozenset({3, 5, 6, 20})
"""Expat's codes for a document that stops: no element, unclosed token, partial character, unclosed CDATA."""


def inflated(data: bytes, limit: int) -> bytes:
    """Inflate svgz, never past *limit* bytes; pass plain markup through.

    Raises:
        FileTooLarge: there are more.
        ImageTruncated, ImageCorrupt: the gzip stream is cut short, or none.
    """
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


def parse(data: bytes) -> Element:
    """Build the tree of UTF-8, UTF-16 or otherwise declared markup.

    Raises:
        UnsafeMarkup: a DOCTYPE with declarations, or entities.
        ImageTruncated, ImageCorrupt: it is no well-formed XML, cut short or otherwise.
        TooComplex: too many elements, or too deep.
    """
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


def namespace_of(root: Element) -> str:
    """Name the namespace of SVG's elements: none at all is forgiven, as in markup taken out of a page.

    Raises:
        UnsupportedType: it is another element, or of another namespace.
    """
    namespace, name = split(root.tag)
    if name != "svg" or namespace not in {SVG, ""}:
        raise UnsupportedType("The file is XML, but its root is not <svg>.")
    return namespace


def split(name: str) -> tuple[str, str]:
    """Split `{namespace}local`; the namespace is empty where there is none."""
    namespace, brace, local = name.rpartition("}")
    return (namespace.removeprefix("{"), local) if brace else ("", name)
