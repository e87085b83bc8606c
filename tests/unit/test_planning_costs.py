"""What a plan costs is known before anything is decoded, and what is too dear or too large is refused by then."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.domain.assets import Asset, Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.planning import Context, Needs, plan
from calotype.errors import TooComplex, TooManyPixels

PHOTO = Facts(Format.JPEG, 4000, 3000)
LOGO_ID = "b" * 24


def stored(facts: Facts = PHOTO) -> Asset:
    return unstored(facts, datetime(2024, 1, 1, tzinfo=UTC))


def logo(facts: Facts) -> Asset:
    asset = stored(facts)
    return replace(asset, id=LOGO_ID, version=replace(asset.version, id=LOGO_ID))


def planned(tr: str, facts: Facts = PHOTO, layer: Facts = PHOTO):
    wish = read([Chain(tr)]).transformation
    return plan(stored(facts), wish, Context(layers=dict.fromkeys(wish.layer_sources(), logo(layer))))


def test_the_cost_is_decoding_and_every_step_and_encoding():
    assert planned("e-grayscale,f-jpg").cost == 12 + 2 * 12 + 12


@pytest.mark.parametrize(
    ("tr", "facts"),
    [
        ("lo-true,f-webp", Facts(Format.JPEG, 5000, 3000)),
        ("w-0.9", Facts(Format.GIF, 500, 400, frames=300)),
        (",".join(["l-image,i-ik_canvas,w-7000,h-7000,e-gradient,rt-30,l-end"] * 8), PHOTO),
        (":".join(["e-contrast,e-grayscale,rt-180,fl-h,o-50"] * 20), PHOTO),
    ],
    ids=["lossless WebP", "animation", "drawn layers", "many effects"],
)
def test_what_would_outlast_the_deadline_is_refused(tr, facts):
    with pytest.raises(TooComplex):
        planned(tr, facts)


def test_the_images_that_layers_show_are_decoded_too():
    large = planned("w-100,l-image,i-logo.png,t-false,w-10,l-end", layer=Facts(Format.PNG, 7000, 7000))
    small = planned("w-100,l-image,i-logo.png,t-false,w-10,l-end", layer=Facts(Format.PNG, 100, 100))
    assert large.cost - small.cost == pytest.approx(3 * (49 - 0.01))


def test_a_look_at_the_pixels_is_weighed_as_a_render_is():
    assert isinstance(planned("e-usm-50-20-0.8-0.024:t-5"), Needs)
    with pytest.raises(TooComplex):
        planned(":".join(["e-usm-50-20-0.8-0.024"] * 4) + ":t-5")


@pytest.mark.parametrize(
    "tr",
    [
        "w-16383,h-16383,c-force:bl-5:w-10",
        "w-16383,h-16383,c-force:t-5",
        "b-9000_FF0000:w-10",
        "w-9000,h-9000,c-force,rt-30:w-10",
    ],
)
def test_no_picture_on_the_way_is_larger_than_a_result_may_be(tr):
    with pytest.raises(TooManyPixels):
        planned(tr)


def test_a_long_strip_is_scaled_and_cut_whatever_it_would_measure_between():
    what = planned("w-300,h-300", Facts(Format.PNG, 16_000, 2))
    assert (what.width, what.height) == (300, 300)


@pytest.mark.parametrize("tr", ["dn-1200,w-10,h-10,cm-extract,f-png", "w-2000,h-2000,f-png"])
def test_no_drawing_is_drawn_larger_than_a_result_may_be(tr):
    with pytest.raises(TooManyPixels):
        planned(tr, Facts(Format.SVG, 3000, 30))
