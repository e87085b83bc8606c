"""What the vendor's own Python package emits is understood: URLs built by it, read here."""

from datetime import UTC, datetime
from functools import partial

import pytest
from imagekitio import ImageKit

from calotype.dialects.imagekit.address import parse
from calotype.dialects.imagekit.reading import read
from calotype.domain.formats import Format
from calotype.domain.signing import presented, verify
from calotype.domain.transformations import OutputWish
from calotype.operations.blur import Blur
from calotype.operations.border import Border
from calotype.operations.colours import BLACK, CLEAR, Colour
from calotype.operations.extract import Extract
from calotype.operations.fill import Blurred
from calotype.operations.flip import Flip
from calotype.operations.focus import Custom, Point
from calotype.operations.gradient_overlay import GradientOverlay
from calotype.operations.grayscale import Grayscale
from calotype.operations.layer import ImageSource, Layer, SolidSource, TextSource
from calotype.operations.models import ChangeBackground, RemoveBackground
from calotype.operations.placing import Offset, Position
from calotype.operations.quantities import Expression, Share
from calotype.operations.resize import Fit, Resize
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.shadow import Shadow
from calotype.operations.sharpen import Sharpen
from calotype.operations.steps import Step
from calotype.operations.trim import Trim
from calotype.operations.unsharp import Unsharp

wish = partial(OutputWish, matte=BLACK)  # what fills transparent areas of a JPEG

ENDPOINT = "https://img.example/ik/default"
PREFIX = "/ik/default/"
RED = Colour(red=255, green=0, blue=0)
KIT = ImageKit(private_key="secret")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def url_of(*transformation, src="/folder/a b.jpg", position="query", **more):
    return KIT.helper.build_url(
        url_endpoint=ENDPOINT,
        src=src,
        transformation=list(transformation),
        transformation_position=position,
        **more,
    )


def address_of(url):
    path, _, query = url.removeprefix("https://img.example").partition("?")
    return parse(path.removeprefix(PREFIX), query, at=len(PREFIX))


def reading_of(url):
    address = address_of(url)
    return read(address.chains)


STEPS = [
    ([{"width": 300, "height": 200.0}], [[Resize(width=300, height=200)]]),
    ([{"width": 400, "aspect_ratio": "4:3"}], [[Resize(width=400, ratio=4 / 3)]]),
    ([{"width": 400, "aspect_ratio": "4:3"}, {"rotation": 90}], [[Resize(width=400, ratio=4 / 3)], [Rotate(angle=90)]]),
    (
        [{"height": "ih_div_2", "crop": "at_max", "width": 0.5}],
        [[Resize(width=Share(of=0.5), height=Expression(first="ih", rest=(("div", 2),)), fit=Fit.INSIDE)]],
    ),
    (
        [{"width": 300, "height": 200, "crop_mode": "pad_resize", "background": "blurred_10_N20"}],
        [[Resize(width=300, height=200, fit=Fit.PAD, fill=Blurred(intensity=10, brightness=-20))]],
    ),
    (
        [{"width": 300, "height": 200, "crop_mode": "extract", "x": 10, "y": 20}],
        [[Extract(width=300, height=200, focus=Point(x=10, y=20))]],
    ),
    ([{"width": 9, "height": 9, "focus": "custom"}], [[Resize(width=9, height=9, focus=Custom())]]),
    ([{"border": "5_FF0000", "radius": "max"}], [[Border(width=5, colour=RED), Round.all("max")]]),
    ([{"radius": "10_20_20_max"}], [[Round(corners=(10, 20, 20, "max"))]]),
    ([{"trim": ""}, {"trim": True}, {"trim": 5}], [[Trim()], [Trim()], [Trim(threshold=5)]]),
    ([{"flip": "h_v", "blur": 10}], [[Flip(horizontal=True, vertical=True), Blur(sigma=10)]]),
    ([{"grayscale": True, "sharpen": True}], [[Grayscale(), Sharpen()]]),
    ([{"sharpen": 10, "unsharp_mask": "2-2-0.8-0.024"}], [
        [Sharpen(amount=10), Unsharp(radius=2, sigma=2, amount=0.8, threshold=0.024)]]),
    ([{"shadow": True, "gradient": ""}], [[GradientOverlay(), Shadow()]]),
    ([{"shadow": "bl-15_st-40_x-10_y-N5"}], [[Shadow(blur=15, strength=40, x=10, y=-5)]]),
    ([{"ai_remove_background": True}], [[RemoveBackground()]]),
    ([{"ai_change_background": "prompt-a car"}], [[ChangeBackground(prompt="a car")]]),
    ([{"raw": "w-10,h-20:rt-90"}], [[Resize(width=10, height=20)], [Rotate(angle=90)]]),
    ([{"unknown_key": "x", "width": 10}], [[Resize(width=10)]]),
    ([{"contrast_stretch": False, "rotation": "N45"}], [[Rotate(angle=315)]]),
]  # fmt: skip


@pytest.mark.parametrize("position", ["query", "path"])
@pytest.mark.parametrize(("transformation", "expected"), STEPS)
def test_transformations_that_the_package_writes_are_understood(transformation, expected, position):
    url = url_of(*transformation, position=position)
    assert address_of(url).path == "/folder/a b.jpg"
    assert reading_of(url).transformation.steps == tuple(Step(tuple(step)) for step in expected)


def test_output_words_that_the_package_writes_are_understood():
    words = {
        "quality": 50, "format": "webp", "progressive": True, "lossless": False, "color_profile": True,
        "metadata": True, "density": 150, "page": 2, "default_image": "/folder/none.jpg/",
    }  # fmt: skip
    reading = reading_of(url_of(words))
    assert reading.transformation.output == wish(
        Format.WEBP, quality=50, progressive=True, keep_profile=True, keep_metadata=True, density=150, page=2
    )
    assert reading.default_image == "/folder/none.jpg"


def test_a_named_transformation_of_the_package_is_only_a_name():
    address = address_of(url_of({"named": "small_thumbnail"}))
    reading = read(address.chains, {"small_thumbnail": "w-9"}.get)
    assert (reading.names, reading.unnamed) == (("small_thumbnail",), False)


OVERLAYS = [
    ({"type": "text", "text": "Every thing"}, Layer(source=TextSource(text="Every thing"))),
    (
        {"type": "text", "text": "50% off, today: हिन्दी/x"},
        Layer(source=TextSource(text="50% off, today: हिन्दी/x")),
    ),
    (
        {"type": "text", "text": "a, b: c", "encoding": "plain"},
        Layer(source=TextSource(text="a, b: c")),
    ),
    (
        {
            "type": "text",
            "text": "x",
            "position": {"x": 10, "y": 0},
            "transformation": [
                {"font_size": 20, "font_color": "FF0000", "padding": "5_10", "typography": "b_i"}
            ],
        },
        Layer(
            source=TextSource(text="x", size=20, colour=RED, padding=(5, 10, 5, 10), bold=True, italic=True),
            position=Position(x=Offset(value=10), y=Offset()),
        ),
    ),
    (
        {"type": "image", "input": "/logos/logo.png", "transformation": [{"width": 10}, {"rotation": 90}]},
        Layer(
            source=ImageSource(path="/logos/logo.png"),
            steps=(Step((Trim(), Resize(width=10))), Step((Rotate(angle=90),))),
        ),
    ),
    (
        {"type": "image", "input": "logos/ünï=+.png", "transformation": [{"trim": "false"}]},
        Layer(source=ImageSource(path="/logos/ünï=+.png")),
    ),
    (
        {
            "type": "solidColor",
            "color": "FF0000",
            "transformation": [{"width": 300, "height": 100, "alpha": 5}],
        },
        Layer(source=SolidSource(width=300, height=100, colour=RED), opacity=0.5),
    ),
    (
        {"type": "image", "input": "ik_canvas", "transformation": [{"gradient": "ld-90", "width": 3}]},
        Layer(source=SolidSource(width=3, colour=CLEAR), steps=(Step((GradientOverlay(direction=90),)),)),
    ),
    (
        {
            "type": "image",
            "input": "a.png",
            "transformation": [
                {
                    "trim": "false",
                    "overlay": {"type": "text", "text": "x", "transformation": [{"font_size": 9}]},
                }
            ],
        },
        Layer(
            source=ImageSource(path="/a.png"),
            steps=(Step((Layer(source=TextSource(text="x", size=9)),)),),
        ),
    ),
]


@pytest.mark.parametrize("position", ["query", "path"])
@pytest.mark.parametrize(("overlay", "expected"), OVERLAYS)
def test_overlays_that_the_package_writes_are_understood(overlay, expected, position):
    url = url_of({"width": 50, "overlay": overlay}, position=position)
    assert reading_of(url).transformation.steps == (Step((Resize(width=50), expected)),)


@pytest.mark.parametrize("position", ["query", "path"])
@pytest.mark.parametrize("expires_in", [None, 60])
def test_urls_that_the_package_signs_are_genuine(position, expires_in):
    url = url_of(
        {"width": 50, "overlay": {"type": "text", "text": "ü,x"}}, position=position, src="/dir/हि न्दी.jpg",
        query_parameters={"v": 1}, signed=True, expires_in=expires_in,
    )  # fmt: skip
    given = presented(url.removeprefix("https://img.example"))
    verify(given, endpoints=[PREFIX], keys=["secret"], now=NOW)
    assert bool(given.expiry) == bool(expires_in)
