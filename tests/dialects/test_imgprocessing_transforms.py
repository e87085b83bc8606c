"""IMG Processing's transforms: every call makes a new image, and its pixels are those that were asked for."""

import hashlib
import io
from dataclasses import replace

import pytest
from PIL import Image

import pictures
from calotype.domain.assets import Moderation
from calotype.domain.pictures import Source
from calotype.domain.workspaces import Ability, Stage
from calotype.errors import RenderFailed
from calotype.services import moderation
from calotype.settings import PlanChange
from platforms import Wrapped, key_for, memory_platform
from processing_people import Sender, secret_for, served

ERRORS = "https://docs.img-processing.com/errors"
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


@pytest.fixture
async def platform(tmp_path, request):
    return await memory_platform(tmp_path, **getattr(request, "param", {}))


@pytest.fixture
async def http(platform):
    async with served(platform) as client:
        yield client


@pytest.fixture
async def live(platform, http):
    return Sender(http, {"x-api-key": await secret_for(platform)})


def saved(picture, format_="PNG", **options):
    out = io.BytesIO()
    picture.save(out, format_, **options)
    return out.getvalue()


def flat(width, height, colour, mode="RGB"):
    return saved(Image.new(mode, (width, height), colour))


def quarters(width=40, height=20, format_="PNG", **options):
    """Red and green above, blue and white below."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return saved(picture, format_, **options)


async def made(sender, data, path, **members):
    """Transform an image of *data*, and answer the Image object of what came out."""
    source = await sender.uploaded(data)
    response = await sender.post(f"/{source['id']}/{path}", **members)
    assert response.status_code == 201, response.text
    return response.json()


async def downloaded(sender, image):
    response = await sender.get(f"/{image['id']}/download")
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


async def pixels(sender, data, path, **members):
    picture = await downloaded(sender, await made(sender, data, path, **members))
    picture.load()
    return picture


def corners(picture):
    """Top left, top right, bottom left, bottom right."""
    right, bottom = picture.width - 1, picture.height - 1
    return [picture.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]


def sides(image):
    return image["width"], image["height"]


async def refused(sender, data, path, **members):
    source = await sender.uploaded(data)
    response = await sender.post(f"/{source['id']}/{path}", **members)
    assert response.status_code == 422, response.text
    return response.json()["errors"]


# --- every call ------------------------------------------------------------------------------------


async def test_a_transform_answers_a_new_private_image_with_the_name_of_its_source(live):
    source = await live.uploaded(quarters(), "Corners")
    response = await live.post(f"/{source['id']}/mirror", mode="both")
    body = response.json()
    assert response.status_code == 201
    assert response.headers["x-image-processing-usage"] == "1"
    assert body == {
        "id": body["id"],
        "name": "Corners",
        "url": None,
        "width": 40,
        "height": 20,
        "format": "png",
        "size": len((await live.get(f"/{body['id']}/download")).content),
        "created_at": "2024-01-01T00:00:00.000Z",
    }
    assert body["id"] != source["id"]


async def test_the_source_stays_as_it_is(live):
    source = await live.uploaded(quarters())
    before = await live.get(f"/{source['id']}/download")
    await live.post(f"/{source['id']}/blur", sigma=5)
    assert (await live.get(f"/{source['id']}/download")).content == before.content
    assert (await live.get(f"/{source['id']}")).json() == source


async def test_a_name_that_is_sent_is_that_of_the_new_image(live):
    assert (await made(live, quarters(), "mirror", mode="both", name="Flipped"))["name"] == "Flipped"


async def test_every_wrong_field_is_named_at_once(live):
    found = await refused(live, quarters(), "resize", name="", width=0, height="1", fit="x", position=1)
    assert found == [
        "name must have 1 to 30 characters",
        "width must be between 1 and 10000",
        "height must be an integer",
        "fit must be one of cover, contain, fill",
        "position must be one of center, top, left, bottom, right, top-left, top-right, bottom-left, bottom-right",
    ]


async def test_unknown_fields_are_passed_over(live):
    assert sides(await made(live, quarters(), "resize", width=10, colour=["?"], enlarge=None)) == (10, 5)


async def test_an_image_that_is_nobody_s_is_not_found(live):
    response = await live.post("/image_0123456789abcdef01234567/blur")
    assert response.status_code == 404
    assert response.json()["message"] == "Image with id image_0123456789abcdef01234567 not found."


async def test_the_image_of_another_stage_is_not_found(platform, http, live):
    tester = Sender(http, {"x-api-key": await secret_for(platform, Stage.TEST)})
    source = await live.uploaded(quarters())
    assert (await tester.post(f"/{source['id']}/blur")).status_code == 404


@pytest.mark.parametrize("ability", [Ability.READ, Ability.WRITE])
async def test_a_key_that_cannot_read_and_write_makes_nothing(platform, http, live, ability):
    source = await live.uploaded(quarters())
    one = Sender(http, {"x-api-key": await secret_for(platform, Stage.LIVE, "default", frozenset({ability}))})
    assert (await one.post(f"/{source['id']}/blur")).status_code == 403


ENDPOINTS = ["resize", "crop", "rotate", "mirror", "convert", "blur", "modulate", "watermark"]


@pytest.mark.parametrize("path", ENDPOINTS)
async def test_what_no_json_object_can_be_is_refused_everywhere(live, path):
    source = await live.uploaded(quarters())
    answers = [
        await live.send(f"/{source['id']}/{path}", body) for body in (b"", b"{", b"[]", b'{"name":"\\ud800"}')
    ]
    assert [each.status_code for each in answers] == [400, 400, 422, 422]


@pytest.mark.parametrize("path", ["blur", "modulate"])
async def test_what_needs_no_field_needs_no_body(live, path):
    source = await live.uploaded(quarters())
    answers = [await live.bare(f"/{source['id']}/{path}"), await live.send(f"/{source['id']}/{path}", b"{}")]
    assert [each.status_code for each in answers] == [201, 201]


# --- resize ----------------------------------------------------------------------------------------


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


# --- crop ------------------------------------------------------------------------------------------


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


# --- rotate ----------------------------------------------------------------------------------------

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


# --- mirror, convert -------------------------------------------------------------------------------

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


@pytest.mark.parametrize(
    ("asked", "got"), [("jpeg", "jpeg"), ("jpg", "jpeg"), ("png", "png"), ("webp", "webp")]
)
async def test_a_conversion_changes_the_format_alone(live, asked, got):
    image = await made(live, pictures.jpeg(64, 48), "convert", format=asked)
    assert (image["format"], *sides(image)) == (got, 64, 48)
    assert (await downloaded(live, image)).format == got.upper()


async def test_transparency_becomes_white_in_a_jpeg(live):
    done = await pixels(live, flat(8, 8, (255, 0, 0, 0), "RGBA"), "convert", format="jpeg")
    assert done.mode == "RGB"
    assert corners(done) == [WHITE] * 4


async def test_the_quality_is_100_unless_it_is_said_and_is_heeded_in_the_same_format_too(live):
    best, low = [
        await made(live, pictures.jpeg(64, 48), "convert", format="jpeg", **members)
        for members in ({}, {"quality": 10})
    ]
    hundred = await made(live, pictures.jpeg(64, 48), "convert", format="jpeg", quality=100)
    assert best["size"] == hundred["size"]
    assert low["size"] < best["size"] / 3


@pytest.mark.parametrize("quality", [0, 101, 50.5, "50", True])
async def test_a_quality_is_a_whole_number_from_1_to_100(live, quality):
    assert (await refused(live, quarters(), "convert", format="gif", quality=quality))[0] == (
        "format must be one of jpeg, jpg, png, webp"
    )


# --- blur, modulate --------------------------------------------------------------------------------


async def test_a_blur_is_of_20_pixels_unless_it_is_said(live):
    source = quarters(200, 100)
    default, said, other = [
        (await pixels(live, source, "blur", **members)).tobytes()
        for members in ({}, {"sigma": 20}, {"sigma": 5})
    ]
    assert default == said != other


async def test_a_blur_softens_the_edge_and_keeps_the_size(live):
    done = await pixels(live, quarters(200, 100), "blur", sigma=5)
    assert done.size == (200, 100)
    assert corners(done) == [RED, GREEN, BLUE, WHITE]
    assert 100 < done.getpixel((100, 10))[0] < 155


@pytest.mark.parametrize("sigma", [0.5, 1001, "20", False])
async def test_a_sigma_is_a_number_from_1_to_1000(live, sigma):
    assert len(await refused(live, quarters(), "blur", sigma=sigma)) == 1


GREY = (100, 100, 100)
LEVELS = [
    ({"brightness": 50}, (150, 150, 150)),
    ({"brightness": -100}, BLACK),
    ({"contrast": 100}, (72, 72, 72)),
    ({"exposure": 50}, (137, 137, 137)),
    ({"brightness": 0.5}, (100, 100, 100)),
    ({"contrast": 5, "unknown": 1}, (99, 99, 99)),
]


@pytest.mark.parametrize(("members", "colour"), LEVELS)
async def test_without_hue_and_lightness_numbers_are_levels(live, members, colour):
    done = await pixels(live, flat(4, 4, GREY), "modulate", **members)
    assert done.getpixel((0, 0)) == pytest.approx(colour, abs=1)


async def test_saturation_at_its_lowest_is_black_and_white(live):
    red, green, blue = (await pixels(live, flat(4, 4, RED), "modulate", saturation=-100)).getpixel((0, 0))
    assert red == green == blue


async def test_with_a_hue_numbers_are_multipliers(live):
    done = await pixels(live, flat(4, 4, RED), "modulate", hue=120, brightness=1)
    red, green, blue = done.getpixel((0, 0))
    assert green > red
    assert green > blue


async def test_with_a_lightness_numbers_are_multipliers(live):
    done = await pixels(live, flat(4, 4, GREY), "modulate", brightness=0, lightness=100)
    assert done.getpixel((0, 0)) == pytest.approx(WHITE, abs=1)


async def test_each_generation_has_its_own_limits(live):
    assert await refused(live, quarters(), "modulate", brightness=101, contrast=-101, exposure="1") == [
        "brightness must be between -100 and 100",
        "contrast must be between -100 and 100",
        "exposure must be a number",
    ]
    assert await refused(live, quarters(), "modulate", hue=120.5, brightness=-1) == [
        "brightness must be between 0 and 100",
        "hue must be an integer",
    ]


@pytest.mark.parametrize("platform", [{"img_processing_modulate": "multipliers"}], indirect=True)
async def test_a_setting_makes_all_numbers_multipliers(live):
    done = await pixels(live, flat(4, 4, GREY), "modulate", brightness=0.5)
    assert done.getpixel((0, 0))[0] < 60


@pytest.mark.parametrize("platform", [{"img_processing_modulate": "levels"}], indirect=True)
async def test_a_setting_makes_all_numbers_levels(live):
    done = await pixels(live, flat(4, 4, GREY), "modulate", brightness=50, hue=90)
    assert done.getpixel((0, 0)) == (150, 150, 150)


async def test_without_any_adjustment_the_copy_is_the_same_to_the_byte(live):
    source = await live.uploaded(quarters(format_="JPEG", quality=90))
    copy = (await live.post(f"/{source['id']}/modulate")).json()
    assert copy["id"] != source["id"]
    originals = [(await live.get(f"/{image['id']}/download")).content for image in (source, copy)]
    assert originals[0] == originals[1]


@pytest.mark.parametrize("path", ["modulate", "blur"])
async def test_the_size_and_hash_of_what_is_stored_are_kept(platform, live, path):
    image = await made(live, quarters(), path)
    version = (await platform.catalog.asset(image["id"].removeprefix("image_"), platform.clock())).version
    body = (await live.get(f"/{image['id']}/download")).content
    assert (version.size, version.sha256) == (len(body), hashlib.sha256(body).hexdigest())


# --- watermark -------------------------------------------------------------------------------------


async def marked(sender, *items, base=None, **members):
    """Lay *items*, each bytes and members, on a white image of 40x20, and give the pixels."""
    watermarks = [{"id": (await sender.uploaded(data))["id"], **said} for data, said in items]
    return await pixels(sender, base or flat(40, 20, WHITE), "watermark", watermarks=watermarks, **members)


def boxes(*drawn):
    """White 40x20 with rectangles of (colour, left, top, right, bottom)."""
    picture = Image.new("RGB", (40, 20), WHITE)
    for colour, *box in drawn:
        picture.paste(colour, tuple(box))
    return picture.tobytes()


DOT = flat(6, 4, RED)
PLACED = [
    ({}, boxes((RED, 0, 0, 6, 4))),
    ({"left": 10, "top": 5}, boxes((RED, 10, 5, 16, 9))),
    ({"left": 37, "top": 18}, boxes((RED, 37, 18, 40, 20))),
    ({"left": 40}, boxes()),
    ({"top": 100_000}, boxes()),
    ({"width": 12}, boxes((RED, 0, 0, 12, 4))),
    ({"height": 9}, boxes((RED, 0, 0, 6, 9))),
    ({"width": 100, "height": 1, "left": 1}, boxes((RED, 1, 0, 40, 1))),
    ({"left": 2, "top": 5, "repetition_mode": "no_repeat"}, boxes((RED, 2, 5, 8, 9))),
    ({"left": 2, "top": 5, "repetition_mode": "repeat_x"}, boxes((RED, 0, 5, 40, 9))),
    ({"left": 2, "top": 5, "repetition_mode": "repeat_y"}, boxes((RED, 2, 0, 8, 20))),
    ({"left": 2, "top": 5, "repetition_mode": "repeat"}, boxes((RED, 0, 0, 40, 20))),
    ({"left": 90, "top": 5, "repetition_mode": "repeat_x"}, boxes((RED, 0, 5, 40, 9))),
    ({"left": 90, "repetition_mode": "repeat_y"}, boxes()),
]


@pytest.mark.parametrize(("item", "expected"), PLACED)
async def test_a_watermark_lies_where_it_is_said_and_is_cut_at_the_edges(live, item, expected):
    assert (await marked(live, (DOT, item))).tobytes() == expected


async def test_repetitions_go_on_from_where_the_watermark_lies(live):
    half = Image.new("RGB", (6, 4), RED)
    half.paste(BLUE, (3, 0, 6, 4))
    done = await marked(live, (saved(half), {"left": 2, "repetition_mode": "repeat_x"}))
    row = [done.getpixel((across, 0)) for across in range(10)]
    assert row == [BLUE, BLUE, RED, RED, RED, BLUE, BLUE, BLUE, RED, RED]


async def test_later_watermarks_lie_on_earlier_ones(live):
    done = await marked(live, (DOT, {}), (flat(6, 4, BLUE), {"left": 3}))
    assert done.tobytes() == boxes((RED, 0, 0, 3, 4), (BLUE, 3, 0, 9, 4))


async def test_a_watermark_shines_through_where_it_is_transparent(live):
    done = await marked(live, (flat(6, 4, (255, 0, 0, 128), "RGBA"), {}))
    assert done.getpixel((0, 0)) == pytest.approx((255, 127, 127), abs=1)
    assert done.getpixel((6, 0)) == WHITE


async def test_an_image_may_be_its_own_watermark(live):
    source = await live.uploaded(quarters())
    response = await live.post(
        f"/{source['id']}/watermark", watermarks=[{"id": source["id"], "left": 20, "top": 10}]
    )
    done = await downloaded(live, response.json())
    assert corners(done) == [RED, GREEN, BLUE, RED]


async def test_the_result_has_the_size_and_format_of_its_base(live):
    source = await live.uploaded(pictures.jpeg(64, 48))
    mark = await live.uploaded(flat(100, 100, (0, 0, 0, 9), "RGBA"))
    image = (await live.post(f"/{source['id']}/watermark", watermarks=[{"id": mark["id"]}])).json()
    assert (image["format"], *sides(image)) == ("jpeg", 64, 48)


UNKNOWN = "image_0123456789abcdef01234567"


async def test_the_watermark_of_another_workspace_is_not_found(platform, http, live):
    stranger = Sender(http, {"x-api-key": await secret_for(platform, Stage.LIVE, "stranger")})
    theirs = (await stranger.uploaded(DOT))["id"]
    source = await live.uploaded(quarters())
    answers = [
        await live.post(f"/{source['id']}/watermark", watermarks=[{"id": each}]) for each in (theirs, UNKNOWN)
    ]
    assert [(each.status_code, each.json()["message"]) for each in answers] == [
        (404, f"Image with id {theirs} not found."),
        (404, f"Image with id {UNKNOWN} not found."),
    ]


async def test_every_wrong_field_of_every_watermark_is_named(live):
    items = [{"left": -1, "width": 0}, {"id": "x", "top": 1.5, "height": 10_001, "repetition_mode": "tile"}]
    assert await refused(live, quarters(), "watermark", watermarks=items) == [
        "watermarks[0].id is required",
        "watermarks[0].left must be between 0 and 100000",
        "watermarks[0].width must be between 1 and 10000",
        "watermarks[1].id must be the id of an image, such as image_ and 24 characters",
        "watermarks[1].top must be an integer",
        "watermarks[1].height must be between 1 and 10000",
        "watermarks[1].repetition_mode must be one of no_repeat, repeat, repeat_x, repeat_y",
    ]


@pytest.mark.parametrize("watermarks", [[], [{"id": UNKNOWN}] * 6, "x", {"id": UNKNOWN}])
async def test_there_are_one_to_five_watermarks(live, watermarks):
    assert await refused(live, quarters(), "watermark", watermarks=watermarks) == [
        "watermarks must be an array of 1 to 5 objects"
    ]


# --- what comes in ---------------------------------------------------------------------------------


async def test_of_an_animation_the_first_frame_is_used(live):
    image = await made(live, pictures.webp(64, 48, frames=3), "mirror", mode="horizontal")
    done = await downloaded(live, image)
    assert (image["format"], done.n_frames, done.size) == ("webp", 1, (64, 48))


async def test_cmyk_becomes_srgb(live):
    data = saved(Image.new("CMYK", (16, 8), (0, 255, 255, 0)), "JPEG", quality=100)
    done = await pixels(live, data, "resize", width=8)
    red, _, blue = done.getpixel((4, 2))
    assert done.mode == "RGB"
    assert red > 200
    assert blue < 80


async def test_sixteen_bits_become_eight(live):
    done = await pixels(live, pictures.png(64, 48, bits=16), "mirror", mode="vertical")
    assert (done.format, done.mode, done.size) == ("PNG", "RGB", (64, 48))


async def test_boxes_are_those_of_the_upright_picture(live):
    data = quarters(40, 20, "JPEG", quality=95, exif=pictures.exif(orientation=6), subsampling=0)
    image = await made(live, data, "crop", x1=0, y1=0, x2=10, y2=20)
    done = await downloaded(live, image)
    assert sides(image) == (10, 20)
    assert done.getpixel((5, 10)) == pytest.approx(BLUE, abs=6)


# --- chains, and what is spared --------------------------------------------------------------------


async def test_five_transforms_follow_one_another(live):
    image = await live.uploaded(quarters())
    for path, members in (
        ("resize", {"width": 80}),
        ("rotate", {"angle": 90}),
        ("crop", {"x1": 0, "y1": 0, "x2": 10, "y2": 80}),
        ("mirror", {"mode": "vertical"}),
        ("convert", {"format": "webp"}),
    ):
        response = await live.post(f"/{image['id']}/{path}", **members)
        assert response.status_code == 201, response.text
        image = response.json()
    done = await downloaded(live, image)
    assert (image["format"], *sides(image)) == ("webp", 10, 80)
    assert corners(done) == [pytest.approx(each, abs=6) for each in (WHITE, WHITE, BLUE, BLUE)]
    assert len(await live.names()) == 6


class CountingRenderer:
    """Counts what the workers are asked to do."""

    def __init__(self, renderer):
        self._renderer = renderer
        self.done = []

    async def ingest(self, *args, **kwargs):
        self.done.append("ingest")
        return await self._renderer.ingest(*args, **kwargs)

    async def render(self, *args, **kwargs):
        self.done.append("render")
        return await self._renderer.render(*args, **kwargs)


async def test_what_was_just_encoded_is_not_decoded_again(platform):
    counting = CountingRenderer(platform.renderer)
    async with served(replace(platform, renderer=counting)) as http:
        live = Sender(http, {"x-api-key": await secret_for(platform)})
        source = await live.uploaded(quarters())
        counting.done.clear()
        await live.post(f"/{source['id']}/mirror", mode="both")
        assert counting.done == ["render"]
        await live.post(f"/{source['id']}/modulate")
        assert counting.done == ["render"]


async def test_what_was_made_has_no_mezzanine_and_is_delivered_in_every_size(platform, live):
    image = await made(live, pictures.jpeg(320, 240), "resize", width=2400)
    asset = await platform.catalog.asset(image["id"].removeprefix("image_"), platform.clock())
    facts = asset.version.facts
    assert (facts.mezzanine, facts.small) == (None, None)
    prefix = f"{asset.workspace_id}/{asset.id[:2]}/{asset.id}/"
    assert [await platform.blobs.size(f"{prefix}{each.value}") is None for each in Source] == [
        False,
        True,
        True,
    ]
    await live.post(f"/{image['id']}/publish")
    storage = (await platform.catalog.workspace(asset.workspace_id)).storage
    small = await live.http.get(f"/cdn/{storage}/{asset.id}.jpg?size=s")
    assert small.status_code == 200, small.text
    assert max(Image.open(io.BytesIO(small.content)).size) < 1000


async def test_without_room_nothing_is_rendered(platform, live):
    source = await live.uploaded(quarters())
    home = await platform.catalog.workspace_by_slug("default")
    full = PlanChange(uploads=1)
    counting = CountingRenderer(platform.renderer)
    settings = platform.settings.model_copy(update={"plans": {"free": full}})
    await platform.catalog.update_workspace(home.id, lambda old: replace(old, plan="free"))
    async with served(replace(platform, settings=settings, renderer=counting)) as http:
        response = await Sender(http, live.headers).post(f"/{source['id']}/blur")
    assert (response.status_code, counting.done) == (403, [])


async def test_masters_of_test_keys_are_clean_so_that_chains_stack_no_stamps(platform, http):
    tester = Sender(http, {"x-api-key": await secret_for(platform, Stage.TEST)})
    source = await tester.uploaded(flat(200, 100, RED))
    turned = (await tester.post(f"/{source['id']}/rotate", angle=90)).json()
    asset = await platform.catalog.asset(turned["id"].removeprefix("image_"), platform.clock())
    key = f"{asset.workspace_id}/{asset.id[:2]}/{asset.id}/original"
    stored = Image.open(io.BytesIO(b"".join([chunk async for chunk in platform.blobs.read(key)])))
    assert stored.tobytes() == bytes(RED) * 200 * 100
    assert (await downloaded(tester, turned)).tobytes() != stored.tobytes()


async def test_the_quality_is_that_of_the_workspace(platform, live):
    source = await live.uploaded(pictures.jpeg(320, 240))
    usual = (await live.post(f"/{source['id']}/resize", width=300)).json()
    home = await platform.catalog.workspace_by_slug("default")
    await platform.catalog.update_workspace(home.id, lambda old: replace(old, quality=10))
    coarse = (await live.post(f"/{source['id']}/resize", width=300)).json()
    assert coarse["size"] < usual["size"] / 2


@pytest.mark.parametrize("platform", [{"variant_budget": 1}], indirect=True)
async def test_new_images_are_no_variants_and_spend_none(live):
    source = await live.uploaded(quarters())
    answers = [await live.post(f"/{source['id']}/resize", width=width) for width in (5, 6, 7)]
    assert [each.status_code for each in answers] == [201, 201, 201]


async def test_what_kills_its_decoder_twice_is_set_aside(platform, live):
    async def killed(*_, **__):
        raise RenderFailed("The worker was ended by a signal.", cause="crash")

    source = await live.uploaded(quarters())
    object.__setattr__(platform, "renderer", Wrapped(platform.renderer, render=killed))
    answers = [await live.post(f"/{source['id']}/blur", sigma=sigma) for sigma in (1, 2, 3)]
    assert [each.status_code for each in answers] == [500, 500, 422]


async def test_of_a_blocked_image_nothing_is_made(platform, live):
    base, mark = await live.uploaded(quarters()), await live.uploaded(DOT)
    asset = await platform.catalog.asset(mark["id"].removeprefix("image_"), platform.clock())
    await moderation.judge(platform, asset, Moderation.BLOCKED)
    answers = [
        await live.post(f"/{mark['id']}/blur"),
        await live.post(f"/{base['id']}/watermark", watermarks=[{"id": mark["id"]}]),
    ]
    assert [each.status_code for each in answers] == [403, 403]


async def test_where_a_picture_was_taken_is_not_handed_on(platform, live):
    user = {"Authorization": f"Bearer {await key_for(platform)}"}
    files = {"file": ("a.jpg", pictures.jpeg(64, 48, gps=pictures.PLACE), "image/jpeg")}
    sent = (await live.http.post("/v1/upload", files=files, headers=user)).json()
    copy = (await live.post(f"/image_{sent['id']}/modulate")).json()
    version = (await platform.catalog.asset(copy["id"].removeprefix("image_"), platform.clock())).version
    done = await downloaded(live, copy)
    assert (version.facts.gps, dict(done.getexif())) == (False, {})
