"""Turning, mirroring, rounding, framing and bending: where every pixel goes, and how large the canvas becomes."""

import numpy as np
import pytest
from pydantic import ValidationError

import pictures
from calotype.engine.vips import Image
from calotype.errors import Invalid
from calotype.operations.base import Size
from calotype.operations.border import Border
from calotype.operations.colours import CLEAR, WHITE, Colour
from calotype.operations.distort import Distort
from calotype.operations.flip import Flip
from calotype.operations.quantities import Expression, Share
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from operation_runs import applied, resolved, scene

RED = Colour.from_hex("FF0000")


def photo(width=96, height=64):
    return Image.new_from_array(np.asarray(pictures.photo(width, height))).copy(interpretation="srgb")


def white(width, height):
    return (Image.black(width, height, bands=3) + 255).cast("uchar").copy(interpretation="srgb")


@pytest.mark.parametrize(
    ("angle", "turns"), [(90, -1), (180, 2), (-90, 1), (270, 1), (450, -1), (90.00001, -1)]
)
def test_right_angles_turn_clockwise_and_change_no_pixel(angle, turns):
    turned = applied(Rotate(angle=angle), photo()).numpy()
    assert (turned == np.rot90(photo().numpy(), turns)).all()


@pytest.mark.parametrize(
    ("angle", "size"), [(45, (114, 114)), (-45, (114, 114)), (30, (116, 104)), (1, (98, 66)), (181, (98, 66))]
)
def test_other_angles_grow_the_canvas_to_what_they_need(angle, size):
    result = applied(Rotate(angle=angle), photo())  # 96 cos 45 + 64 sin 45 = 113.1
    assert (result.width, result.height) == size


def test_a_picture_turned_clockwise_goes_down_on_its_right():
    dot = white(101, 101).insert(Image.black(9, 9, bands=3).cast("uchar"), 90, 46)  # at three o'clock
    result = applied(Rotate(angle=45, background=WHITE), dot).numpy()
    down, across = (np.argwhere(result[..., 0] < 60).mean(axis=0) - (result.shape[0] - 1) / 2).tolist()
    assert (down, across) == pytest.approx((31.1, 31.1), abs=1)


def test_corners_are_transparent_or_the_background():
    assert applied(Rotate(angle=20), photo())(0, 0) == [0, 0, 0, 0]
    assert applied(Rotate(angle=20, background=RED), photo())(0, 0) == [255, 0, 0]
    half = RED.model_copy(update={"opacity": 0.5})
    assert applied(Rotate(angle=20, background=half), photo())(0, 0) == [255, 0, 0, 128]


def test_turned_edges_keep_their_colour_while_they_fade():
    result = applied(Rotate(angle=20), white(60, 40)).numpy()
    assert (result[result[..., 3] > 16][:, :3] >= 250).all()


def test_a_whole_turn_is_nothing_and_an_unseen_background_has_no_colour():
    assert resolved(Rotate(angle=720)) == []
    green = Colour(red=0, green=255, blue=0, opacity=0)
    assert resolved(Rotate(angle=10, background=green)) == resolved(Rotate(angle=370, background=CLEAR))


def test_mirrors_swap_sides_and_two_are_half_a_turn():
    pixels = photo().numpy()
    assert (applied(Flip(horizontal=True), photo()).numpy() == pixels[:, ::-1]).all()
    assert (applied(Flip(vertical=True), photo()).numpy() == pixels[::-1]).all()
    assert resolved(Flip(horizontal=True, vertical=True)) == resolved(Rotate(angle=180))
    assert resolved(Flip()) == []


def coverage(corners, width=64, height=64):
    return applied(Round(corners=corners), white(width, height)).numpy()[..., 3] / 255


def test_a_circle_covers_what_geometry_says():
    assert coverage(("max",) * 4).sum() == pytest.approx(np.pi * 32**2, rel=0.001)
    assert coverage(("max",) * 4, 96, 64).sum() == pytest.approx(np.pi * 48 * 32, rel=0.001)


def test_each_corner_has_its_own_radius_clockwise_from_the_top_left():
    mask = coverage((30, 0, 10, 20))
    lost = [1 - part.mean() for part in (mask[:32, :32], mask[:32, 32:], mask[32:, 32:], mask[32:, :32])]
    expected = [(1 - np.pi / 4) * radius**2 / 32**2 for radius in (30, 0, 10, 20)]
    assert lost == pytest.approx(expected, abs=0.002)


def test_edges_of_round_corners_are_smooth_and_symmetrical():
    mask = coverage((20, 20, 20, 20), 65, 65)
    assert ((mask > 0) & (mask < 1)).sum() > 40
    assert (mask == mask[::-1]).all()
    assert (mask == mask[:, ::-1]).all()


def test_radii_stop_at_half_the_shorter_side():
    assert resolved(Round.all(500), 64, 64) == resolved(Round.all("max"), 64, 64)
    assert resolved(Round.all(500)) == resolved(Round.all(32))
    assert resolved(Round.all(0)) == []


def test_round_corners_keep_what_was_transparent():
    half = white(40, 40).bandjoin(100).copy(interpretation="srgb")
    result = applied(Round.all(10), half)
    assert [result(0, 0)[3], result(20, 20)[3]] == [0, 100]


def test_a_border_grows_the_canvas_on_every_side():
    result = applied(Border(width=5, colour=RED), photo())
    assert (result.width, result.height) == (106, 74)
    assert [result(0, 0), result(105, 73), result(5, 5)] == [[255, 0, 0], [255, 0, 0], photo()(0, 0)]


def test_a_faint_border_shines_through():
    half = RED.model_copy(update={"opacity": 0.5})
    assert applied(Border(width=2, colour=half), photo())(0, 0) == [255, 0, 0, 128]


def test_a_border_may_be_an_expression_or_a_share():
    tenth = Expression(first="iw", rest=(("mul", 0.1),))
    assert (
        resolved(Border(width=tenth)) == resolved(Border(width=10)) == resolved(Border(width=Share(of=0.1)))
    )
    assert resolved(Border(width=0)) == []


@pytest.mark.parametrize("width", [-1, 20_000])
def test_a_border_that_cannot_be_is_refused(width):
    with pytest.raises(Invalid, match="0 to 16383 pixels"):
        Border(width=width).resolve(scene(10, 10))


def test_a_perspective_moves_the_corners_where_it_says():
    red = Image.black(10, 10, bands=3).linear(1, [255, 0, 0], uchar=True)
    marked = white(100, 100).insert(red, 90, 0)
    result = applied(Distort(perspective=((20, 10), (120, 30), (110, 90), (20, 110))), marked)
    assert (result.width, result.height) == (100, 100)  # the box around the points
    assert result(95, 24)[1] < 100  # the red corner, near (120, 30) - (20, 10)
    assert [result(99, 0)[3], result(50, 50)[3]] == [0, 255]


def test_points_at_the_corners_change_nothing():
    corners = ((0, 0), (96, 0), (96, 64), (0, 64))
    assert resolved(Distort(perspective=corners)) == []
    moved = tuple((x + 7, y - 3) for x, y in corners)
    assert resolved(Distort(perspective=moved)) == []


def test_a_perspective_of_twice_the_size_is_the_picture_enlarged():
    twice = ((0, 0), (192, 0), (192, 128), (0, 128))
    result = applied(Distort(perspective=twice), photo()).extract_band(0, n=3).numpy()[8:-8, 8:-8]
    enlarged = photo().resize(2, kernel="cubic").numpy()[8:-8, 8:-8]
    assert np.abs(result.astype(int) - enlarged).mean() < 2


@pytest.mark.parametrize(
    "points",
    [
        ((0, 0), (9, 0), (0, 9), (9, 9)), ((0, 0), (9, 0), (2, 2), (0, 9)),
        ((0, 0), (1, 1), (2, 2), (3, 3)), ((5, 5),) * 4,
    ],
    ids=["crossed", "hollow", "a line", "a point"],
)  # fmt: skip
def test_points_that_are_no_convex_shape_are_refused(points):
    with pytest.raises(Invalid, match="convex"):
        Distort(perspective=points).resolve(scene(96, 64))


def test_one_distortion_at_a_time():
    with pytest.raises(Invalid, match="either"):
        Distort().resolve(scene(96, 64))


def test_an_arc_has_the_size_of_its_sector():
    result = applied(Distort(arc=180), photo())
    middle = (
        96 / np.pi
    )  # the middle line keeps its length; the circle is too small for half of 64, which counts
    outer = max(middle, 32) + 32
    assert (result.width, result.height) == (2 * outer, outer)


def test_a_positive_arc_lifts_the_middle_and_a_negative_one_the_ends():
    over, under = applied(Distort(arc=60), white(96, 20)), applied(Distort(arc=-60), white(96, 20))
    assert [over(over.width // 2, 1)[3], over(over.width // 2, over.height - 2)[3]] == [255, 0]
    assert (np.abs(over.numpy()[::-1].astype(int) - under.numpy()) <= 1).all()


@pytest.mark.parametrize("degrees", [0, 0.5, -0.9])
def test_an_arc_below_one_degree_is_nothing(degrees):
    assert resolved(Distort(arc=degrees)) == []


def test_angles_without_an_end_are_refused():
    with pytest.raises(ValidationError):
        Rotate(angle=float("nan"))
    with pytest.raises(ValidationError):
        Distort(arc=float("inf"))


def test_predicted_sizes_are_at_least_one_pixel():
    (sliver,) = Distort(perspective=((0, 0), (0.9, 0), (0.9, 2), (0, 2))).resolve(scene(5, 5))
    assert sliver.size_after(Size(5, 5)) == (1, 2)
