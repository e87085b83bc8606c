"""IMG Processing's convert, blur and modulate: formats, qualities and colours."""

import hashlib

import pytest

import pictures
from transforms import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    WHITE,
    corners,
    downloaded,
    flat,
    made,
    pixels,
    quarters,
    refused,
    sides,
)


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
