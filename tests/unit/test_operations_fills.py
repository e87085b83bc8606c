"""What the canvas around a picture shows: a colour, the picture itself blurred, or the colours of its edges."""

import numpy as np
import pytest

from calotype.operations.colours import Colour
from calotype.operations.embed import Embed
from calotype.operations.fill import Blurred, Dominant, EdgeGradient
from operation_runs import applied, flat

GREY = (90, 120, 200)


def halves():
    """Black on the left, white on the right."""
    return flat(0, 0, 0).insert(flat(255, 255, 255, width=20), 20, 0)


def around(fill, picture, *, beside=20):
    """Lay *picture* in the middle of a canvas that is wider by *beside* pixels on each side."""
    canvas = Embed(width=picture.width + 2 * beside, height=picture.height, left=beside, top=0, fill=fill)
    return applied(canvas, picture)


@pytest.mark.parametrize("fill", [Blurred(), Blurred(intensity=0), Dominant(), EdgeGradient()])
def test_around_one_colour_there_is_that_colour(fill):
    result = around(fill, flat(*GREY))
    assert (result.min(), result[0].max(), result[2].max()) == (90, 90, 200)


def test_brightness_is_added_to_the_background_alone():
    result = around(Blurred(intensity=50, brightness=-100), flat(*GREY))
    assert [result(5, 20), result(40, 20)] == [[0, 20, 100], list(GREY)]


def test_a_blurred_background_is_dark_beside_the_dark_side():
    result = around(Blurred(intensity=20), halves())
    assert [result(0, 20)[0], result(79, 20)[0]] == [0, 255]


def test_the_strongest_blur_leaves_no_edge():
    rows = Embed(width=80, height=80, left=20, top=20, fill=Blurred(intensity=100))
    steps = np.abs(np.diff(applied(rows, halves()).numpy()[5, :, 0].astype(int)))
    assert steps.max() <= 20


def test_invisible_colours_do_not_bleed_into_a_blurred_background():
    half_clear = flat(255, 0, 0, 0).insert(flat(0, 0, 255, 255, width=20), 20, 0)
    result = around(Blurred(intensity=50), half_clear).numpy()
    seen = result[..., 3] > 20
    assert result[..., 0][seen].max() <= 3


def test_a_gradient_goes_from_the_left_edge_to_the_right_one():
    row = around(EdgeGradient(), halves()).numpy()[20, :, 0]
    assert [int(row[at]) for at in (0, 10, 69, 79)] == [0, 32, 223, 255]


def test_the_dominant_colour_is_the_mean_of_the_edges():
    result = around(Dominant(), halves())
    assert result(0, 0) == [128, 128, 128]  # 127.5, as far from black as from white


def test_a_clear_colour_makes_a_clear_canvas():
    result = around(Colour(red=1, green=2, blue=3, opacity=0), flat(*GREY))
    assert [result(0, 0), result(40, 20)] == [[1, 2, 3, 0], [*GREY, 255]]
