"""What tones and colours become, by exact values; transparency stays what it was."""

import numpy as np
import pytest

from calotype.engine.vips import Image
from calotype.operations.brightness import Brightness
from calotype.operations.colorize import Colorize
from calotype.operations.colour_replace import ColourReplace
from calotype.operations.colours import Colour
from calotype.operations.contrast import Contrast
from calotype.operations.contrast_stretch import ContrastStretch
from calotype.operations.duotone import Duotone
from calotype.operations.exposure import Exposure
from calotype.operations.gamma import Gamma
from calotype.operations.grayscale import Grayscale
from calotype.operations.hue import Hue
from calotype.operations.invert import Invert
from calotype.operations.levels import Levels
from calotype.operations.modulate import Modulate
from calotype.operations.saturation import Saturation
from calotype.operations.sepia import Sepia
from operation_runs import applied, flat, resolved

RED, BLUE = Colour.from_hex("FF0000"), Colour.from_hex("0000FF")


def pixel(operation, *colour):
    return [int(level) for level in applied(operation, flat(*colour))(3, 3)]


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (Brightness(factor=1.5), [150, 225, 30]),
        (Brightness(factor=0), [0, 0, 0]),
        (Contrast(factor=0), [128, 128, 128]),
        (Contrast(factor=2), [72, 172, 0]),
        (Exposure(stops=1), [138, 205, 31]),  # 100 is 0.1274 of the light; twice that is encoded as 138
        (Exposure(stops=-1), [71, 109, 11]),
        (Gamma(exponent=2), [39, 88, 2]),
        (Gamma(exponent=0.5), [160, 196, 71]),
        (Saturation(factor=0), [130, 130, 130]),  # 0.2126 * 100 + 0.7152 * 150 + 0.0722 * 20
        (Saturation(factor=2), [70, 170, 0]),
        (Hue(degrees=180), [160, 110, 240]),
        (Invert(), [155, 105, 235]),
        (Sepia(), [158, 141, 110]),
        (Colorize(colour=RED, intensity=50), [178, 75, 10]),
        (Colorize(colour=RED), [255, 0, 0]),
    ],
    ids=repr,
)
def test_a_colour_becomes_the_expected_one_and_keeps_its_transparency(operation, expected):
    result = pixel(operation, 100, 150, 20, 77)
    assert np.abs(np.subtract(result, [*expected, 77])).max() <= 1


def test_grey_has_the_luminance_of_the_colour_and_greys_stay():
    assert (
        pixel(Grayscale(), 0, 255, 0)[0] > pixel(Grayscale(), 255, 0, 0)[0] > pixel(Grayscale(), 0, 0, 255)[0]
    )
    assert pixel(Grayscale(), 90, 90, 90) == [90, 90, 90]


def test_modulate_keeps_lightness_and_chroma_apart():
    light = applied(Modulate(lightness=20), flat(100, 100, 100)).colourspace("lab")(0, 0)
    before = flat(100, 100, 100).colourspace("lab")(0, 0)
    assert light[0] - before[0] == pytest.approx(20, abs=0.5)
    assert pixel(Modulate(saturation=0), 200, 40, 40)[0] == pixel(Modulate(saturation=0), 200, 40, 40)[1]


def test_modulate_turns_hues_as_lch_counts_them():
    turned = applied(Modulate(hue=90), flat(150, 110, 110)).colourspace("lch")(0, 0)
    before = flat(150, 110, 110).colourspace("lch")(0, 0)
    assert (turned[2] - before[2]) % 360 == pytest.approx(90, abs=3)


def test_four_sliders_become_the_operations_that_they_stand_for():
    assert resolved(Levels(brightness=50, contrast=-100, exposure=100)) == [
        ["exposure", {"stops": 2.0}],
        ["brightness", {"factor": 1.5}],
        ["contrast", {"factor": 0.0}],
    ]


@pytest.mark.parametrize(
    "operation",
    [Brightness(), Contrast(), Exposure(), Gamma(), Gamma(exponent=0), Saturation(), Hue(degrees=360), Levels(),
     Modulate(), Modulate(hue=-720), Sepia(intensity=0), Colorize(intensity=0)],
    ids=repr,
)  # fmt: skip
def test_what_changes_nothing_is_nothing(operation):
    assert resolved(operation) == []


def test_a_stretched_picture_reaches_from_black_to_white():
    ramp = Image.identity().linear(0.5, 60).cast("uchar")  # levels 60 to 187
    result = applied(ContrastStretch(), ramp.bandjoin([ramp, ramp]).copy(interpretation="srgb"))
    assert (result.min(), result.max()) == (0, 255)


def test_stretching_does_not_count_what_is_transparent():
    picture = flat(100, 100, 100, 255).insert(flat(150, 150, 150, 255), 4, 0)
    hidden = picture.insert(flat(0, 0, 0, 0, height=4), 0, 0)
    result = applied(ContrastStretch(), hidden)
    assert [result(2, 6)[0], result(6, 6)[0]] == [0, 255]


def test_stretching_one_tone_changes_nothing():
    assert pixel(ContrastStretch(), 90, 90, 90) == [90, 90, 90]


def test_two_inks_print_black_and_white():
    assert pixel(Duotone(dark=RED, light=BLUE), 0, 0, 0) == [255, 0, 0]
    assert pixel(Duotone(dark=RED, light=BLUE), 255, 255, 255) == [0, 0, 255]


def test_the_given_colour_is_replaced_and_others_stay():
    picture = flat(0, 0, 255).insert(flat(0, 200, 0), 4, 0)
    result = applied(ColourReplace(to=RED, tolerance=10, source=BLUE), picture)
    assert [result(1, 1), result(6, 1)] == [[255, 0, 0], [0, 200, 0]]


def test_without_a_source_the_commonest_visible_colour_is_replaced():
    picture = flat(0, 0, 255, 255).insert(flat(0, 200, 0, 255), 5, 0)
    hidden = picture.insert(flat(0, 200, 0, 0), 3, 0)
    result = applied(ColourReplace(to=RED), hidden)
    assert [result(1, 1), result(6, 1)] == [[255, 0, 0, 255], [0, 200, 0, 0]]


def test_a_transparent_new_colour_makes_its_pixels_transparent():
    clear = Colour(red=0, green=0, blue=255, opacity=0)
    picture = flat(0, 0, 255).insert(flat(0, 200, 0), 4, 0)
    result = applied(ColourReplace(to=clear, source=BLUE), picture)
    assert [result(1, 1)[3], result(6, 1)[3]] == [0, 255]
