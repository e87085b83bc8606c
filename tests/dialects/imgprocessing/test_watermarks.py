"""IMG Processing's watermark: images on an image, where they lie and what is refused."""

import pytest
from PIL import Image

import pictures
from calotype.domain.workspaces import Stage
from processing_people import Sender, secret_for
from transforms import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    corners,
    downloaded,
    flat,
    pixels,
    quarters,
    refused,
    saved,
    sides,
)


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
        "watermarks[0].left must be between 0 and 100,000",
        "watermarks[0].width must be between 1 and 10,000",
        "watermarks[1].id must be the id of an image, such as image_ and 24 characters",
        "watermarks[1].top must be an integer",
        "watermarks[1].height must be between 1 and 10,000",
        "watermarks[1].repetition_mode must be one of no_repeat, repeat, repeat_x, repeat_y",
    ]


@pytest.mark.parametrize("watermarks", [[], [{"id": UNKNOWN}] * 6, "x", {"id": UNKNOWN}])
async def test_there_are_one_to_five_watermarks(live, watermarks):
    assert await refused(live, quarters(), "watermark", watermarks=watermarks) == [
        "watermarks must be an array of 1 to 5 objects"
    ]
