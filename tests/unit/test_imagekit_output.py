"""ImageKit's words for format and quality."""

import pytest

from calotype.dialects.imagekit.encoding import ENCODING
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.domain.formats import Format
from calotype.domain.transformations import OutputWish
from calotype.operations.quantities import Expression

OUTPUTS = [
    ("f-auto", OutputWish(auto=True)),
    ("f-jpg", OutputWish(Format.JPEG)),
    ("f-jpeg", OutputWish(Format.JPEG)),
    ("f-webp", OutputWish(Format.WEBP)),
    ("f-avif", OutputWish(Format.AVIF)),
    ("f-png", OutputWish(Format.PNG)),
    ("f-gif", OutputWish(Format.GIF)),
    ("f-svg", OutputWish()),
    ("f-orig", OutputWish()),
    ("q-50", OutputWish(quality=50)),
    ("q-50:q-60,f-webp", OutputWish(Format.WEBP, quality=60)),
    ("pr-true", OutputWish(progressive=True)),
    ("pr-false", OutputWish()),
    ("lo-true,f-webp", OutputWish(Format.WEBP, lossless=True)),
    ("cp-true", OutputWish(keep_profile=True)),
    ("md-true", OutputWish(keep_metadata=True)),
    ("dn-300", OutputWish(density=300)),
    ("dn-idn_mul_2", OutputWish(density=Expression(first="idn", rest=(("mul", 2),)))),
    ("pg-3", OutputWish(page=3)),
    ("orig-true", OutputWish(original=True)),
    ("orig-true,w-300,q-5,f-webp", OutputWish(original=True)),
    ("orig-false", OutputWish()),
]


@pytest.mark.parametrize(("text", "expected"), OUTPUTS, ids=[text for text, _ in OUTPUTS])
def test_a_documented_string_is_this_output(text, expected):
    assert read([Chain(text)]).transformation.output == expected


def test_every_key_is_in_an_example():
    keys = {part.partition("-")[0] for text, _ in OUTPUTS for part in text.replace(":", ",").split(",")}
    assert keys >= ENCODING.keys()


def test_the_original_is_not_changed_by_anything():
    assert read([Chain("w-300:orig-true,rt-90")]).transformation.steps == ()
