"""ImageKit's words for format and quality."""

from functools import partial

import pytest

from calotype.dialects.imagekit.encoding import ENCODING
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.domain.formats import Format
from calotype.domain.transformations import OutputWish
from calotype.operations.colours import BLACK
from calotype.operations.quantities import Expression

wish = partial(OutputWish, matte=BLACK)  # what fills transparent areas of a JPEG

OUTPUTS = [
    ("f-auto", wish(auto=True)),
    ("f-jpg", wish(Format.JPEG)),
    ("f-jpeg", wish(Format.JPEG)),
    ("f-webp", wish(Format.WEBP)),
    ("f-avif", wish(Format.AVIF)),
    ("f-png", wish(Format.PNG)),
    ("f-gif", wish(Format.GIF)),
    ("f-svg", wish()),
    ("f-orig", wish()),
    ("q-50", wish(quality=50)),
    ("q-50:q-60,f-webp", wish(Format.WEBP, quality=60)),
    ("pr-true", wish(progressive=True)),
    ("pr-false", wish()),
    ("lo-true,f-webp", wish(Format.WEBP, lossless=True)),
    ("cp-true", wish(keep_profile=True)),
    ("md-true", wish(keep_metadata=True)),
    ("dn-300", wish(density=300)),
    ("dn-idn_mul_2", wish(density=Expression(first="idn", rest=(("mul", 2),)))),
    ("pg-3", wish(page=3)),
    ("orig-true", OutputWish(original=True)),
    ("orig-true,w-300,q-5,f-webp", OutputWish(original=True)),
    ("orig-false", wish()),
]


@pytest.mark.parametrize(("text", "expected"), OUTPUTS, ids=[text for text, _ in OUTPUTS])
def test_a_documented_string_is_this_output(text, expected):
    assert read([Chain(text)]).transformation.output == expected


def test_every_key_is_in_an_example():
    keys = {part.partition("-")[0] for text, _ in OUTPUTS for part in text.replace(":", ",").split(",")}
    assert keys >= ENCODING.keys()


def test_the_original_is_not_changed_by_anything():
    assert read([Chain("w-300:orig-true,rt-90")]).transformation.steps == ()
