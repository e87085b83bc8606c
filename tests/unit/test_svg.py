"""SVG: what is removed, what is refused, how large it is, and how it is drawn."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pictures
from calotype.domain.assets import Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.planning import Context, Plan, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.engine import svg
from calotype.errors import (
    CalotypeError,
    FileTooLarge,
    ImageCorrupt,
    ImageTruncated,
    TooComplex,
    TooManyPixels,
    UnsafeMarkup,
    UnsupportedType,
)
from calotype.operations import Fit, Resize
from calotype.operations.steps import Step
from engine_runs import LIMITS, rendered

HTML = 'xmlns:h="http://www.w3.org/1999/xhtml"'


def clean(body: str, **options: str) -> str:
    return svg.sanitise(pictures.svg(body, **options), LIMITS)[0].decode()


def inner(body: str) -> str:
    """Clean *body* and answer what is left of it inside the root element."""
    markup = clean(body)
    return (
        ""
        if markup.endswith("/>") and markup.count("<") == 1
        else markup.split(">", 1)[1].removesuffix("</svg>")
    )


# --- cleaned: hostile parts go, the harmless rest stays -------------------------------------------

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "script in CDATA": "<script><![CDATA[alert(1)]]></script>",
    "script by reference": '<script href="http://evil.example/x.js"/>',
    "script under another prefix": '<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>',
    "HTML script": f"<h:script {HTML}>alert(1)</h:script>",
    "HTML iframe": f'<h:iframe {HTML} src="javascript:alert(1)"/>',
    "HTML image with handler": f'<h:img {HTML} src="x" onerror="alert(1)"/>',
    "foreignObject": f'<foreignObject><h:iframe {HTML} src="//evil.example"/></foreignObject>',
    "handler element": '<handler type="text/javascript">alert(1)</handler>',
    "listener": '<listener event="load" handler="#x"/>',
    "link": '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="//evil.example"/>',
    "embed": f'<h:embed {HTML} src="data:image/svg+xml;base64,PHN2Zz4="/>',
    "meta": f'<h:meta {HTML} http-equiv="refresh" content="0;url=//evil.example"/>',
    "set href": '<set attributeName="href" to="javascript:alert(1)"/>',
    "animate xlink:href": '<animate attributeName="xlink:href" values="javascript:alert(1)"/>',
    "animate handler": '<animate attributeName="onclick" to="alert(1)"/>',
    "animate style": '<set attributeName="style" to="background:url(//evil.example)"/>',
    "metadata": "<metadata><secret/></metadata>",
    "tref": '<tref xlink:href="http://evil.example/#x"/>',
    "processing instruction": '<?xml-stylesheet href="http://evil.example/x.css"?>',
    "comment": "<!-- <script>alert(1)</script> -->",
    "style in another language": '<style type="text/less">@plugin "x";</style>',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_elements_go_and_the_rest_stays(attack):
    assert inner(f'{ATTACKS[attack]}<path d="M0 0"/>') == '<path d="M0 0" />'


ATTRIBUTES = {
    "load handler": 'onload="alert(1)"',
    "upper-case handler": 'ONCLICK="alert(1)"',
    "javascript": 'href="javascript:alert(1)"',
    "javascript by entities": 'href="&#106;ava&#x73;cript&#58;alert(1)"',
    "javascript behind whitespace": 'xlink:href="&#9; java&#10;script:alert(1)"',
    "page in a data URL": 'xlink:href="data:text/html;base64,PHNjcmlwdD4="',
    "external": 'href="https://evil.example/"',
    "protocol-relative": 'href="//evil.example/"',
    "relative": 'href="secret.svg#x"',
    "base": 'xml:base="https://evil.example/"',
    "external fill": 'fill="url(https://evil.example/#p)"',
    "external fill in quotes": "fill=\"url('https://evil.example/#p')\"",
    "escaped url": 'fill="u\\72 l(https://evil.example/)"',
    "url split by a comment": 'fill="url(#a/**/)url(//evil.example)"',
    "image-set": 'mask="image-set(&quot;//evil.example&quot; 1x)"',
    "src": 'filter="src(&quot;//evil.example&quot;)"',
    "unclosed url": 'fill="url(//evil.example"',
    "cursor": 'cursor="url(//evil.example), auto"',
    "foreign namespace": 'ev:event="click" xmlns:ev="http://www.w3.org/2001/xml-events"',
    "style with url": 'style="background:url(//evil.example)"',
    "style with expression": 'style="width:expression(alert(1))"',
    "style with behaviour": 'style="behavior:url(#x);-moz-binding:url(#x)"',
}


@pytest.mark.parametrize("attack", ATTRIBUTES)
def test_hostile_attributes_go_and_the_rest_stays(attack):
    assert inner(f'<a {ATTRIBUTES[attack]} opacity="1"/>') == '<a opacity="1" />'


SHEETS = {
    "import": '@import "//evil.example/x.css";',
    "import in escapes": "@\\69mport url(//evil.example);",
    "font": "@font-face{font-family:x;src:url(//evil.example)}",
    "namespace": "@namespace url(//evil.example);",
    "charset": '@charset "utf-7";',
    "document": "@document url(//evil.example){a{fill:red}}",
    "closing": "/* </style><script>alert(1)</script> */",
}


@pytest.mark.parametrize("attack", SHEETS)
def test_hostile_style_rules_go_and_the_rest_stays(attack):
    sheet = f"<style><![CDATA[{SHEETS[attack]} .a{{fill:url(#p);stroke:url(//evil.example)}}]]></style>"
    assert inner(sheet) == "<style>.a{fill:url(#p)}</style>"


def test_media_and_keyframes_are_kept():
    sheet = "@media print{.a{fill:red}}@keyframes k{from{opacity:0}to{opacity:1}}"
    assert inner(f"<style>{sheet}</style>") == f"<style>{sheet}</style>"


def test_fragments_are_kept():
    body = '<path id="p" d="M0 0" /><use href="#p" fill="url(#g)" style="mask:url(#m)" />'
    assert inner(body) == body


def test_harmless_animation_is_kept():
    body = '<circle r="4"><animate attributeName="r" values="4;8" dur="1s" /></circle>'
    assert inner(body) == body


@pytest.mark.parametrize("element", ["image", "feImage"])
@pytest.mark.parametrize(
    "url", ["http://evil.example/x.png", "x.png", "file:///etc/passwd", "data:image/svg+xml;base64,PHN2Zz4="]
)
def test_pictures_from_elsewhere_are_not_kept(element, url):
    assert inner(f'<{element} href="{url}"/>') == f"<{element} />"


def test_an_embedded_picture_is_kept_under_the_type_of_its_bytes():
    data = base64.b64encode(pictures.png(4, 4)).decode()
    assert (
        inner(f'<image href="data:image/jpeg;base64,{data}"/>')
        == f'<image href="data:image/png;base64,{data}" />'
    )


def test_an_embedded_page_that_calls_itself_a_picture_is_not_kept():
    data = base64.b64encode(b"<script>alert(1)</script>").decode()
    assert inner(f'<image href="data:image/png;base64,{data}"/>') == "<image />"


def test_embedded_pictures_have_a_pixel_budget():
    data = base64.b64encode(pictures.png_declaring(20_000, 20_000)).decode()
    with pytest.raises(TooManyPixels):
        clean(f'<image href="data:image/png;base64,{data}"/>')


def test_of_equal_ids_only_the_first_stays():
    assert inner('<g id="a"/><path id="a"/>') == '<g id="a" /><path />'


def test_notes_say_what_was_removed():
    body = "<script/><script/><g onload='x' style='fill:url(x)'/>"
    assert svg.sanitise(pictures.svg(body), LIMITS)[1] == (
        "removed element script (2 times)",
        "removed attribute onload",
        "removed style fill",
        "removed attribute style",
    )


@pytest.mark.parametrize(
    "head",
    ["<!DOCTYPE svg>", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'],
)
def test_a_bare_doctype_is_dropped(head):
    assert clean("<g/>", head=head).startswith("<svg xmlns=")


def test_markup_without_a_namespace_gets_it():
    assert svg.sanitise(b'<svg width="9"><g/></svg>', LIMITS)[0].startswith(
        b'<svg xmlns="http://www.w3.org/2000/svg"'
    )


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-8-sig"])
def test_every_encoding_becomes_utf_8(encoding):
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    markup = f'<?xml version="1.0" encoding="{name}"?>{pictures.svg("<title>Dürer</title>").decode()}'
    assert "<title>Dürer</title>" in svg.sanitise(markup.encode(encoding), LIMITS)[0].decode()


def test_svgz_is_inflated():
    assert svg.sanitise(pictures.svgz(), LIMITS) == svg.sanitise(pictures.svg(), LIMITS)


@pytest.mark.parametrize(
    ("element", "attribute"),
    [
        ("feTurbulence", 'numOctaves="1000"'),
        ("feMorphology", 'radius="1 1e3"'),
        ("feConvolveMatrix", 'order="500"'),
        ("pattern", 'width="1e7"'),
        ("pattern", 'patternTransform="scale(1e400)"'),
    ],
)
def test_numbers_that_a_renderer_cannot_bear_go(element, attribute):
    assert inner(f'<{element} {attribute} id="a"/>') == f'<{element} id="a" />'


def test_an_embedded_font_goes_however_long_it_is():
    font = f"@font-face{{font-family:x;src:url('data:font/woff2;base64,{'A' * 500_000}')}}"
    assert inner(f"<style>{font}.a{{fill:red}}</style>") == "<style>.a{fill:red}</style>"


@pytest.mark.parametrize("body", ['<g d="\\1"/>', '<g style="--x:\\1"/>', '<g fill="\\ffff"/>'])
def test_escaped_characters_that_xml_cannot_hold_go(body):
    assert inner(body) == "<g />"


# --- refused --------------------------------------------------------------------------------------

REFUSED = {
    "billion laughs": (pictures.svg_with_entities(), UnsafeMarkup),
    "external entity": (pictures.svg_with_external_entity(), UnsafeMarkup),
    "use of itself": (pictures.svg_use_self(), UnsafeMarkup),
    "use in a loop": (pictures.svg_use_loop(), UnsafeMarkup),
    "use doubling": (pictures.svg_use_doubling(), UnsafeMarkup),
    "deep nesting": (pictures.svg_nested(), TooComplex),
    "many nodes": (pictures.svg_nodes(), TooComplex),
    "a long style sheet": (pictures.svg(f"<style>{'.a{fill:red}' * 20_000}</style>"), TooComplex),
    "much CSS": (
        pictures.svg("".join(f"<style>{' ' * 190_000}.a{n}{{}}</style>" for n in range(6))),
        TooComplex,
    ),
    "svgz bomb": (pictures.svgz_bomb(), FileTooLarge),
    "large": (pictures.svg(" " * (10 << 20)), FileTooLarge),
    "cut svgz": (pictures.svgz()[:60], ImageTruncated),
    "broken svgz": (b"\x1f\x8b\x08\0" + b"\xff" * 60, ImageCorrupt),
    "gzipped twice": (pictures.svgz(pictures.svgz()), ImageCorrupt),
    "not well-formed": (b"<svg><g></svg>", ImageCorrupt),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><svg/>', ImageCorrupt),
    "text": (pictures.TEXT, ImageCorrupt),
    "other XML": (b"<html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>", UnsupportedType),
    "other namespace": (b"<svg xmlns='http://www.w3.org/1999/xhtml'/>", UnsupportedType),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_what_cannot_be_cleaned_is_refused(attack):
    data, error = REFUSED[attack]
    with pytest.raises(error):
        svg.sanitise(data, LIMITS)


@pytest.mark.parametrize("cut", range(10))
def test_a_cut_document_is_truncated(cut):
    with pytest.raises(ImageTruncated):
        svg.sanitise(list(pictures.truncated(pictures.svg("<g><path/></g>" * 10)))[cut][:-1] or b" ", LIMITS)


TILE = '<pattern id="p" width="20" height="10" patternUnits="userSpaceOnUse"{}><path d="M0 0h9v9"/></pattern>'
RECT = '<rect width="90" height="70" fill="url(#p)"/>'

HUGE_TILES = {
    "transform": TILE.format("") + f'<g transform="rotate(9) scale(1e3)">{RECT}</g>',
    "product of transforms": TILE.format("")
    + f'<g transform="scale(99)"><g transform="matrix(99 0 0 1 0 0)">{RECT}</g></g>',
    "skew": TILE.format("") + f'<g transform="skewX(89.99)">{RECT}</g>',
    "patternTransform": TILE.format(' patternTransform="scale(1000)"') + RECT,
    "nested viewBox": TILE.format("") + f'<svg width="100" height="80" viewBox="0 0 .1 .1">{RECT}</svg>',
    "symbol": TILE.format("")
    + f'<symbol id="s" width="99" height="9" viewBox="0 0 .1 .1">{RECT}</symbol><use href="#s"/>',
    "inherited paint": TILE.format("")
    + '<g fill="url(#p)"><g transform="scale(1e3)"><rect width="9" height="9"/></g></g>',
    "style sheet": TILE.format("")
    + '<style>.a{fill:url(#p)}</style><rect transform="scale(1e3)" class="a" width="9" height="9"/>',
    "pattern in a pattern": TILE.format(' viewBox="0 0 .01 .01"').replace("<path", '<path fill="url(#q)"')
    + TILE.format("").replace('"p"', '"q"')
    + RECT,
}


@pytest.mark.parametrize("kind", HUGE_TILES)
def test_a_pattern_under_great_magnification_is_refused(kind):
    with pytest.raises(TooComplex, match="tile of more than 16,383 pixels"):
        clean(HUGE_TILES[kind])


def test_the_size_of_the_drawing_magnifies_too():
    options = {"attributes": 'width="10000" height="10000" viewBox="0 0 5 5"'}
    with pytest.raises(TooComplex, match="tile of more"):
        clean(TILE.format("") + RECT, **options)


@pytest.mark.parametrize(
    "body",
    [
        f'<g transform="scale(.001)"><g transform="scale(1000)">{RECT}</g></g>',
        f'{RECT}<g transform="scale(1e6)"><path d="M0 0"/></g>',
        '<pattern id="q" width="1" height="1"><image transform="scale(.001)" width="1000" height="1000"/></pattern>',
    ],
)
def test_ordinary_patterns_are_kept(body):
    assert clean(TILE.format("") + body)


@pytest.mark.parametrize(
    "hostile", [f"1{' ' * 500_000}!", "1" * 500_000 + "!", "a" * 500_000, "a(" * 250_000]
)
def test_long_attributes_are_read_in_one_pass(hostile):
    """Quadratic matching would take hours."""
    body = (
        f'{TILE.format("")}<g transform="{hostile}"><svg viewBox="0 0 1 1" width="{hostile}">{RECT}</svg></g>'
    )
    markup = clean(body, attributes=f'width="{hostile}" height="80"')
    assert svg.size(markup.encode()) == (300, 80)


LOOPS = {
    "pattern": '<pattern id="a"><rect fill="url(#a)"/></pattern>',
    "mask": '<mask id="a"><rect style="mask:url(#a)"/></mask>',
    "clipPath": '<clipPath id="a" clip-path="url(#b)"/><clipPath id="b" clip-path="url(#a)"/>',
    "marker": '<marker id="a"><path marker-end="url(#a)"/></marker>',
    "feImage": '<g id="g" filter="url(#f)"><filter id="f"><feImage href="#g"/></filter></g>',
    "gradient": '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/>',
    "style sheet": '<style>g > .x:not(.y), i{fill:url("#a")}</style>'
    '<pattern id="a"><g><path class="x"/></g></pattern>',
}


@pytest.mark.parametrize("kind", LOOPS)
def test_references_that_lead_back_are_refused(kind):
    with pytest.raises(UnsafeMarkup, match="refers to itself"):
        clean(LOOPS[kind])


def test_copies_are_counted_exactly():
    shapes = '<g id="a">' + "<path/>" * 99 + "</g>"
    assert clean(f"<defs>{shapes}</defs>" + '<use href="#a"/>' * 1000)
    with pytest.raises(UnsafeMarkup, match="100,000 copies"):
        clean(f"<defs>{shapes}</defs>" + '<use href="#a"/>' * 1001)


def test_patterns_in_patterns_are_multiplied_out():
    levels = "".join(
        f'<pattern id="p{n}"><g fill="url(#p{n - 1})">' + "<rect/>" * 10 + "</g></pattern>"
        for n in range(1, 7)
    )
    with pytest.raises(UnsafeMarkup, match="100,000 copies"):
        clean(levels + '<pattern id="p0"><rect/></pattern>')


def test_a_marker_counts_once_for_each_vertex():
    marker = '<marker id="m">' + "<rect/>" * 500 + "</marker>"
    with pytest.raises(UnsafeMarkup, match="100,000 copies"):
        clean(f'{marker}<path marker-mid="url(#m)" d="{"L1 1" * 1000}"/>')


def test_references_count_as_nesting():
    chain = "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(200))
    with pytest.raises(TooComplex, match="256 deep"):
        clean(chain)


def test_250_levels_are_fine():
    assert clean("<g>" * 250 + "</g>" * 250)


# --- cleaning twice -------------------------------------------------------------------------------

_words = st.sampled_from(
    [
        "g",
        "path",
        "style",
        "script",
        "a",
        "use",
        "image",
        "title",
        "svg",
        "set",
        "foreignObject",
        "h:p",
        "text",
    ]
)
_values = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30),
    st.lists(
        st.sampled_from(["url(", "#a", ")", '"', "'", "\\", "/*", "*/", "{", "}", ";", ":", "fill", "--x", "@media",
                         "(", "rgb(", "red", "!important", "a", "\n", "\r", "\t", " ", ",", "\\72 ", "<!--"]),
        max_size=12,
    ).map("".join),
)  # fmt: skip
_names = st.sampled_from(["id", "href", "xlink:href", "style", "fill", "class", "onload", "d", "xml:space"])


def _escape(text: str) -> str:
    for raw, entity in {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;"}.items():
        text = text.replace(raw, entity)
    return text


_trees = st.recursive(
    _values.map(_escape),
    lambda inside: st.builds(
        lambda word, attributes, parts: "<{0}{1}>{2}</{0}>".format(
            word, "".join(f' {name}="{_escape(value)}"' for name, value in attributes.items()), "".join(parts)
        ),
        _words,
        st.dictionaries(_names, _values, max_size=3),
        st.lists(inside, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_trees)
def test_cleaning_twice_changes_nothing(body):
    try:
        once, _ = svg.sanitise(pictures.svg(body, attributes=f"width='9' {HTML}"), LIMITS)
    except CalotypeError:
        return
    assert svg.sanitise(once, LIMITS) == (once, ())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_refused_and_never_crashes(garbage):
    for data in (garbage, b"<svg>" + garbage + b"</svg>", b"\x1f\x8b\x08" + garbage):
        try:
            assert svg.sanitise(data, LIMITS)[0].startswith(b"<svg ")
        except CalotypeError:
            continue


# --- size and drawing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('width="100" height="80"', (100, 80)),
        ('width="1in" height="72pt"', (96, 96)),
        ('width="10mm" height="2.54cm"', (38, 96)),
        ('viewBox="0 0 640 480"', (640, 480)),
        ('viewBox="0,0,0.2,0.1"', (1, 1)),
        ('width="320" viewBox="0 0 640 480"', (320, 240)),
        ('height="240" viewBox="0 0 640 480"', (320, 240)),
        ('width="100%" height="100%" viewBox="0 0 640 480"', (640, 480)),
        ('width="50"', (50, 150)),
        ('width="+.5e2px " height=" 1.50E1 PX"', (50, 15)),
        ("", (300, 150)),
        ('width="-5" height="nan" viewBox="0 0 0 nan"', (300, 150)),
        ('width="1e300" height="1e-300"', (1_000_000, 1)),
    ],
)
def test_the_size_follows_width_height_and_view_box(attributes, expected):
    assert svg.size(svg.sanitise(pictures.svg("", attributes=attributes), LIMITS)[0]) == expected


def _drawn(body: str, width: int, height: int, **options: str):
    return svg.rasterise(svg.sanitise(pictures.svg(body, **options), LIMITS)[0], width, height)


def test_a_drawing_has_exactly_the_size_that_was_asked_for():
    image = _drawn('<rect width="50" height="80" fill="#ff0000"/>', 33, 77)
    assert (image.width, image.height, image.bands, image.interpretation) == (33, 77, 4, "srgb")
    assert (image(5, 70), image(30, 70)) == ([255, 0, 0, 255], [0, 0, 0, 0])


def test_a_drawing_without_a_view_box_scales_too():
    image = _drawn(
        '<rect width="10" height="10" fill="#00ff00"/>', 40, 40, attributes='width="20" height="20"'
    )
    assert (image(18, 18), image(25, 25)) == ([0, 255, 0, 255], [0, 0, 0, 0])


@pytest.mark.parametrize(("width", "height"), [(20_000, 10), (16_000, 16_000)])
def test_a_drawing_that_would_take_all_memory_is_refused(width, height):
    with pytest.raises(TooManyPixels):
        _drawn("", width, height)


def test_deep_layers_do_not_overflow_the_stack():
    layers = '<g opacity="0.99">' * 250 + '<rect width="100" height="80" fill="#00f"/>' + "</g>" * 250
    assert _drawn(layers, 10, 8)(5, 4)[3] > 0


def test_numbers_that_make_the_renderer_panic_are_a_refusal():
    body = f'<path d="{"M0 0L1e9 1e9" * 1000}" stroke="red" stroke-width="1e9"/>'
    with pytest.raises(ImageCorrupt, match="cannot be drawn"):
        _drawn(body, 1000, 800)


def test_a_huge_pattern_tile_is_not_drawn():
    pattern = '<pattern id="p" width="1e7" height="1e7" patternUnits="userSpaceOnUse"><path d="M0 0h9v9"/></pattern>'
    assert _drawn(f'{pattern}<rect width="90" height="70" fill="url(#p)"/>', 10, 8).width == 10


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('width="300" height="200"', (300, 200)),
        ('width="1e6" height="1000"', (16_383, 16)),
    ],
)
def test_a_drawing_is_proved_at_the_largest_size_that_is_delivered(attributes, expected):
    image = svg.prove(svg.sanitise(pictures.svg(attributes=attributes), LIMITS)[0])
    assert (image.width, image.height) == expected


BLURS = '<feGaussianBlur stdDeviation="9"/>' * 9


@pytest.mark.parametrize(
    "body",
    [
        f'<filter id="f">{BLURS}</filter><rect width="100" height="80" filter="url(#f)"/>',
        '<filter id="f"><feMorphology radius="5"/></filter><rect width="90" height="70" filter="url(#f)"/>',
        '<g opacity="0.9"><rect width="100" height="80"/></g>' * 9,
    ],
)
def test_a_drawing_that_takes_longer_than_its_budget_is_refused(body, monkeypatch):
    monkeypatch.setattr(svg, "MAX_DRAWING_S", 0.001)
    with pytest.raises(TooComplex, match=r"more than 0\.001 seconds of processor time"):
        svg.prove(svg.sanitise(pictures.svg(body), LIMITS)[0])


def test_an_embedded_picture_is_drawn():
    data = base64.b64encode(pictures.png(8, 8)).decode()
    image = _drawn(f'<image width="100" height="80" href="data:image/png;base64,{data}"/>', 100, 80)
    assert image(50, 40)[3] == 255


def test_a_huge_filter_is_drawn_small():
    body = '<filter id="f" x="-1e9" width="1e10"><feGaussianBlur stdDeviation="1e6"/></filter><g filter="url(#f)"/>'
    assert _drawn(body, 10, 8).width == 10


# --- delivery -------------------------------------------------------------------------------------


def _planned(width: int, height: int, *operations: Resize) -> Plan:
    asset = unstored(Facts(Format.SVG, width, height, alpha=True), datetime(2024, 1, 1, tzinfo=UTC))
    made = plan(asset, Transformation.of(*operations, format_=Format.PNG), Context())
    assert isinstance(made, Plan)
    return made


def test_a_huge_svg_as_a_raster_of_its_own_size_is_refused_before_it_is_drawn():
    with pytest.raises(TooManyPixels, match="would be 100000x100000"):
        _planned(100_000, 100_000)


def test_a_huge_svg_is_delivered_scaled_down(tmp_path):
    (tmp_path / "huge.svg").write_text(clean("<g/>", attributes='width="100000" height="200000"'))
    variant = rendered(_planned(100_000, 200_000, Resize(short_edge=1080)), tmp_path / "huge.svg")
    assert struct.unpack(">II", variant[16:24]) == (1080, 2160)


@pytest.mark.parametrize(
    ("resize", "density", "enlarged"),
    [
        (Resize(width=901), None, True),
        (Resize(width=300, height=601, fit=Fit.STRETCH), None, True),
        (Resize(width=900), None, False),
        (Resize(width=30), 144, False),
        (None, 144, True),
        (None, 72, False),
    ],
)
def test_a_plan_knows_whether_a_vector_is_drawn_larger_than_it_was_proved(resize, density, enlarged):
    steps = () if resize is None else (Step((resize,)),)
    wish = Transformation(steps, OutputWish(Format.PNG, density=density))
    asset = unstored(Facts(Format.SVG, 900, 600), datetime(2024, 1, 1, tzinfo=UTC))
    assert plan(asset, wish, Context()).picture.enlarged is enlarged


def test_a_huge_and_thin_svg_is_refused_at_every_size_whose_long_edge_no_format_holds():
    with pytest.raises(TooManyPixels, match="would be 108000x1080"):
        _planned(1_000_000, 10_000, Resize(short_edge=1080))
