"""IMG Processing's resize, crop, rotate and mirror: the pixels are those that were asked for."""

import pytest
from PIL import Image

from transforms import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    corners,
    flat,
    made,
    pixels,
    quarters,
    refused,
    saved,
    sides,
)


async def test_one_side_keeps_the_proportions(live):
    assert sides(await made(live, quarters(), "resize", width=20)) == (20, 10)
    assert sides(await made(live, quarters(), "resize", height=40, fit="cover")) == (80, 40)


async def test_a_resize_needs_a_side(live):
    assert await refused(live, quarters(), "resize", fit="cover") == [
        "width is required where there is no height"
    ]


async def test_fill_is_the_default_and_stretches(live):
    done = await pixels(live, quarters(), "resize", width=20, height=60)
    assert done.size == (20, 60)
    assert corners(done) == [RED, GREEN, BLUE, WHITE]


COVERED = {
    "center": [RED, GREEN, BLUE, WHITE],
    "left": [RED, RED, BLUE, BLUE],
    "right": [GREEN, GREEN, WHITE, WHITE],
    "top-left": [RED, RED, BLUE, BLUE],
    "bottom-right": [GREEN, GREEN, WHITE, WHITE],
    "top": [RED, GREEN, BLUE, WHITE],
}


@pytest.mark.parametrize(("position", "colours"), COVERED.items())
async def test_cover_keeps_what_the_position_says(live, position, colours):
    done = await pixels(live, quarters(), "resize", width=20, height=20, fit="cover", position=position)
    assert done.size == (20, 20)
    assert corners(done) == colours


CONTAINED = {
    "center": (0, 10), "top": (0, 0), "bottom": (0, 20), "left": (0, 10), "right": (0, 10),
    "top-left": (0, 0), "top-right": (0, 0), "bottom-left": (0, 20), "bottom-right": (0, 20),
}  # fmt: skip


@pytest.mark.parametrize(("position", "corner"), CONTAINED.items())
async def test_contain_lays_the_picture_where_the_position_says(live, position, corner):
    members = {"width": 40, "height": 40, "fit": "contain", "letterbox_color": "yellow", "position": position}
    done = await pixels(live, flat(40, 20, RED), "resize", **members)
    expected = Image.new("RGB", (40, 40), "yellow")
    expected.paste(RED, (*corner, 40, corner[1] + 20))
    assert done.convert("RGB").tobytes() == expected.tobytes()


async def test_a_letterbox_is_black_unless_it_is_said(live):
    done = await pixels(live, flat(40, 20, RED), "resize", width=40, height=40, fit="contain")
    assert corners(done) == [BLACK] * 4


async def test_a_transparent_letterbox_is_white_on_a_jpeg_which_stays_one(live):
    members = {"width": 40, "height": 40, "fit": "contain", "letterbox_color": "transparent"}
    done = await pixels(live, saved(Image.new("RGB", (40, 8), RED), "JPEG"), "resize", **members)
    assert done.format == "JPEG"
    assert corners(done) == [WHITE] * 4


async def test_a_transparent_letterbox_is_transparent_on_a_png(live):
    members = {"width": 40, "height": 40, "fit": "contain", "letterbox_color": "transparent"}
    done = await pixels(live, flat(40, 20, RED), "resize", **members)
    assert done.getpixel((0, 0))[3] == 0
    assert done.getpixel((20, 20)) == (*RED, 255)


COLOURS = {
    "Tomato": (255, 99, 71, 255), "rebeccapurple": (102, 51, 153, 255), "#0f0": (0, 255, 0, 255),
    "#00f8": (0, 0, 255, 136), "#102030": (16, 32, 48, 255), "#10203040": (16, 32, 48, 64),
    "transparent": (0, 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize(("word", "colour"), COLOURS.items())
async def test_colours_are_css_names_and_digits(live, word, colour):
    members = {"width": 4, "height": 8, "fit": "contain", "letterbox_color": word}
    done = await pixels(live, flat(4, 4, WHITE), "resize", **members)
    assert done.convert("RGBA").getpixel((0, 0)) == colour


@pytest.mark.parametrize("word", ["", "#12", "#12345", "nocolour", "currentColor", "rgb(1,2,3)", 7, ["red"]])
async def test_what_is_no_colour_is_refused(live, word):
    assert await refused(live, quarters(), "resize", width=4, letterbox_color=word) == [
        "letterbox_color must be a CSS colour name, transparent, #rgb, #rgba, #rrggbb or #rrggbbaa"
    ]


async def test_more_pixels_than_a_result_may_have_are_refused(live):
    assert await refused(live, quarters(), "resize", width=10_000, height=10_000) == [
        "The result would be 10000x10000; the limits are 16383 pixels an edge and 50 million in all."
    ]


async def test_a_crop_ends_before_its_second_corner(live):
    done = await pixels(live, quarters(), "crop", x1=20, y1=0, x2=40, y2=10)
    assert done.size == (20, 10)
    assert done.tobytes() == bytes(GREEN) * 200


async def test_a_crop_lies_inside_the_image(live):
    assert await refused(live, quarters(), "crop", x1=-1, y1=20, x2=41, y2=0.5) == [
        "x1 must be between 0 and 39",
        "x2 must be between 1 and 40",
        "y1 must be between 0 and 19",
        "y2 must be an integer",
    ]


async def test_a_crop_has_an_area(live):
    assert await refused(live, quarters(), "crop", x1=5, y1=5, x2=5, y2=4) == [
        "x2 must be above x1",
        "y2 must be above y1",
    ]


async def test_all_four_numbers_of_a_crop_are_required(live):
    assert await refused(live, quarters(), "crop") == [
        f"{name} is required" for name in ("x1", "x2", "y1", "y2")
    ]


TURNED = [
    ({"angle": 90}, (20, 40), [BLUE, RED, WHITE, GREEN]),
    ({"angle": -90}, (20, 40), [GREEN, WHITE, RED, BLUE]),
    ({"angle": 540}, (40, 20), [WHITE, BLUE, GREEN, RED]),
    ({"angle": 1.5707963267948966, "unit": "radians"}, (20, 40), [BLUE, RED, WHITE, GREEN]),
    ({"angle": 0}, (40, 20), [RED, GREEN, BLUE, WHITE]),
]


@pytest.mark.parametrize(("members", "size", "colours"), TURNED)
async def test_right_angles_turn_clockwise_pixel_for_pixel(live, members, size, colours):
    done = await pixels(live, quarters(), "rotate", **members)
    assert done.size == size
    assert corners(done) == colours


async def test_another_angle_enlarges_the_canvas_and_is_black_behind(live):
    done = await pixels(live, flat(40, 20, RED), "rotate", angle=45)
    assert done.size == (43, 43)
    assert corners(done) == [BLACK] * 4
    assert done.getpixel((21, 21)) == RED


async def test_the_background_of_a_rotation_is_chosen(live):
    done = await pixels(live, flat(40, 20, RED), "rotate", angle=45, background_color="#ffff00")
    assert corners(done) == [(255, 255, 0)] * 4


@pytest.mark.parametrize("angle", [1e308, -1e308, 10**300])
@pytest.mark.parametrize("unit", ["degrees", "radians"])
async def test_angles_may_be_as_large_as_numbers_are(live, angle, unit):
    assert (await made(live, flat(9, 9, RED), "rotate", angle=angle, unit=unit))["width"] in range(9, 14)


async def test_an_angle_is_a_number(live):
    assert await refused(live, quarters(), "rotate", angle="90", unit="turns") == [
        "angle must be a number",
        "unit must be one of degrees, radians",
    ]


MIRRORED = {
    "horizontal": [GREEN, RED, WHITE, BLUE],
    "vertical": [BLUE, WHITE, RED, GREEN],
    "both": [WHITE, BLUE, GREEN, RED],
}


@pytest.mark.parametrize(("mode", "colours"), MIRRORED.items())
async def test_a_mirror_swaps_sides(live, mode, colours):
    done = await pixels(live, quarters(), "mirror", mode=mode)
    assert done.size == (40, 20)
    assert corners(done) == colours


async def test_a_mirror_needs_a_mode(live):
    assert await refused(live, quarters(), "mirror") == ["mode is required"]
