"""How much an SVG really draws: `<use>`, patterns, masks and markers multiplied out, before anything renders.

Law: exact for `<use>`, never too low for the rest; one visit for each element, however often it is used.
A few lines of SVG can ask for 2**30 copies, or for a pattern's tile of terabytes, and renderers obey (S4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from calotype.engine.svg_allowlist import ANIMATIONS, TEXT_ONLY
from calotype.engine.svg_magnification import magnification, tile_side
from calotype.errors import TooComplex, UnsafeMarkup

MAX_COPIES = 100_000
"""Elements drawn because something refers to them, all references multiplied out."""
MAX_DEPTH = 256
"""Elements inside each other, references followed."""
MAX_RULE_CHECKS = 5_000_000
"""Style rules that name a paint, times elements: each pair is looked at once."""

MAX_TILE_SIDE = 16_383
"""Pixels along a pattern's tile: resvg draws a tile whole (here 1 GB), however little of it is seen."""

_URL = re.compile(r"url\(\s*[\"']?#([^\"')\s]+)")
_NUMBER = re.compile(r"[\d.]+")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"([.#]?)([\w-]+|\*)")
_CONDITION = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_POINTER_ONLY = ANIMATIONS | {"a", "mpath"}
"""Elements whose `href` points at something without drawing it."""
_INHERITED = frozenset({"fill", "stroke", "marker", "marker-start", "marker-mid", "marker-end"})
_SHAPES = frozenset({"path", "polyline", "polygon", "line"})


@dataclass(slots=True)
class _Load:
    """What drawing an element once costs: elements, vertices (each may carry a marker), nesting, enlargement."""

    elements: int
    vertices: int
    depth: int
    zoom: float = 1.0
    """How much the most enlarged part is."""
    tile: float = 0.0
    """Longest side of a pattern's tile, in the units around the element."""


@dataclass(slots=True)
class _Census:
    """One pass over a document; *loads* remembers every finished element."""

    ids: dict[str, Element]
    rules: list[tuple[_Selector, list[tuple[str, str]]]]
    loads: dict[Element, _Load] = field(default_factory=dict)
    open: set[Element] = field(default_factory=set)


def check_references(root: Element, pixels_per_unit: float) -> None:
    """Refuse a cleaned document that draws itself, or far more than it holds.

    *pixels_per_unit* is the scale that the root is drawn at.

    Raises:
        UnsafeMarkup: a reference leads back to where it stands, or over 100,000 copies would be drawn.
        TooComplex: elements nest deeper than 256, references followed, or a pattern's tile is too large.
    """
    ids = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
    nodes = sum(1 for _ in root.iter())
    census = _Census(ids, list(_rules(root)))
    if len(census.rules) * nodes > MAX_RULE_CHECKS:
        raise TooComplex("The SVG's style sheet has too many rules for its many elements.")
    load = _load(root, census, depth=0)
    if load.elements - nodes > MAX_COPIES:
        raise UnsafeMarkup(f"References in the SVG draw more than {MAX_COPIES:,} copies of its elements.")
    if load.tile / magnification(root) * pixels_per_unit > MAX_TILE_SIDE:
        raise TooComplex(f"A pattern in the SVG has a tile of more than {MAX_TILE_SIDE:,} pixels a side.")


def _load(element: Element, census: _Census, depth: int) -> _Load:
    """Answer the element's load, measuring it on the first visit; *depth* is how deep this visit stands."""
    if element in census.open:
        raise UnsafeMarkup(f"<{element.tag} id={element.get('id', '')!r}> refers to itself.")
    load = census.loads.get(element)
    if depth + (load.depth if load else 1) > MAX_DEPTH:
        raise TooComplex(f"The SVG nests elements more than {MAX_DEPTH} deep.")
    if load is None:
        census.open.add(element)
        load = census.loads[element] = _measure(element, census, depth + 1)
        census.open.discard(element)
    return load


def _measure(element: Element, census: _Census, depth: int) -> _Load:
    """Add what the element holds, what its `href` draws, and what it is painted with."""
    load = _Load(elements=1, vertices=_vertices(element), depth=1)
    for part in (*element, *_drawn_by_href(element, census)):
        drawn = _load(part, census, depth)
        _add(load, drawn, times=1)
        load.zoom = max(load.zoom, drawn.zoom)
    for name, target in _painted_with(element, census):
        times = load.elements if len(element) and name in _INHERITED else 1
        if name.startswith("marker"):  # one for each vertex
            times = max(load.vertices, 1)
        _add(load, _load(target, census, depth), times)
        load.tile = max(load.tile, tile_side(target) * load.zoom)  # a part may inherit the paint
    enlarged = magnification(element)
    load.zoom *= enlarged
    load.tile *= enlarged
    return load


def _add(load: _Load, part: _Load, times: int) -> None:
    load.elements += times * part.elements
    load.vertices += times * part.vertices
    load.depth = max(load.depth, 1 + part.depth)
    load.tile = max(load.tile, part.tile)


def _vertices(element: Element) -> int:
    if element.tag not in _SHAPES:
        return 0
    return 2 + len(_NUMBER.findall(element.get("d", "") + element.get("points", ""))) // 2


def _drawn_by_href(element: Element, census: _Census) -> Iterator[Element]:
    if element.tag not in _POINTER_ONLY:
        href = element.get("href") or element.get("xlink:href") or ""
        if href.startswith("#") and (target := census.ids.get(href[1:])) is not None:
            yield target


def _painted_with(element: Element, census: _Census) -> Iterator[tuple[str, Element]]:
    for name, value in _paints(element, census):
        for fragment in _URL.findall(value):
            if (target := census.ids.get(fragment)) is not None:
                yield name, target


def _paints(element: Element, census: _Census) -> Iterator[tuple[str, str]]:
    """List (property, value) pairs that may name a paint: attributes, `style`, and sheet rules that may match."""
    if element.tag in TEXT_ONLY:
        return
    for name, value in element.attrib.items():
        if "url(" in value:
            yield from _declarations(value) if name == "style" else [(name, value)]
    for selector, declarations in census.rules:
        if selector.may_match(element):
            yield from declarations


@dataclass(frozen=True, slots=True)
class _Selector:
    """The last compound of a selector: what an element must have at least, or the rule cannot match it."""

    tag: str
    id: str
    classes: frozenset[str]

    def may_match(self, element: Element) -> bool:
        return (
            self.tag in {"", "*", element.tag}
            and self.id in {"", element.get("id", "")}
            and self.classes <= set(element.get("class", "").split())
        )


def _rules(root: Element) -> Iterator[tuple[_Selector, list[tuple[str, str]]]]:
    """List the sheets' rules that name a paint; the sheets are our own text, without braces in strings."""
    for style in root.iter("style"):
        for prelude, body in _RULE.findall(style.text or ""):
            declarations = [pair for pair in _declarations(body) if "url(" in pair[1]]
            if declarations:
                yield from ((_last_compound(each), declarations) for each in _selectors(prelude))


def _selectors(prelude: str) -> list[str]:
    """Split a selector list, without conditions in brackets: they can only make a selector match less."""
    bare, found = prelude, 1
    while found:
        bare, found = _CONDITION.subn("", bare)
    return bare.split(",")


def _last_compound(selector: str) -> _Selector:
    last = re.split(r"[\s>+~]+", selector.strip())[-1]
    parts = _SIMPLE.findall(re.sub(r"::?[\w-]+", "", last))
    named = {kind: name for kind, name in parts if kind != "."}
    return _Selector(
        named.get("", ""), named.get("#", ""), frozenset(name for kind, name in parts if kind == ".")
    )


def _declarations(body: str) -> list[tuple[str, str]]:
    pairs = (part.partition(":") for part in body.split(";"))
    return [(name.strip().lower(), value) for name, _, value in pairs]
