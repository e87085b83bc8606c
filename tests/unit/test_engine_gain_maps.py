"""HDR gain maps: found, carried through geometry to where they belong, and clean of what else their file said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import engine_runs
import pictures
import talkative
from calotype.domain.assets import Facts
from calotype.domain.formats import Format
from calotype.domain.gain_maps import gain_map_note, keeps_gain_map
from calotype.domain.pictures import Source
from calotype.domain.transformations import OUTPUTS
from calotype.engine import colour, gain_maps
from calotype.engine.decoding import open_image, upright
from calotype.engine.encoding import encode
from calotype.engine.vips import Image, pyvips
from calotype.operations.base import Size
from calotype.operations.blur import Blur
from calotype.operations.crop import Crop
from calotype.operations.flip import Flip
from calotype.operations.rotate import Rotate
from calotype.operations.scale import Scale
from calotype.operations.turn import Turn
from hdr_pictures import BRIGHT, ultra_hdr

REAL = Path(__file__).parents[2].parent / "shared" / "images" / "ultra-hdr-gain-map.jpg"
OUTPUT = replace(OUTPUTS[Format.JPEG], keep_gain_map=True)
MOVES = {
    "nothing": (),
    "scale": (Scale(width=320, height=240),),
    "stretch": (Scale(width=200, height=400),),
    "enlarge": (Scale(width=960, height=720),),
    "crop": (Crop(left=321, top=51, width=319, height=333),),
    "scale, then crop": (Scale(width=320, height=240), Crop(left=201, top=33, width=101, height=99)),
    "crop, then scale": (Crop(left=321, top=51, width=319, height=333), Scale(width=160, height=160)),
    "mirror": (Flip(horizontal=True),),
    "turn": (Turn(quarters=1),),
    "all": (
        Crop(left=321, top=51, width=319, height=333),
        Scale(width=160, height=120),
        Turn(quarters=3),
        Flip(horizontal=True),
    ),
}


def stored(data: bytes, folder: Path) -> str:
    source = folder / "original.jpg"
    source.write_bytes(data)
    return str(source)


def rendered(data: bytes, folder: Path, *primitives, output=OUTPUT) -> bytes:
    """Render as the engine does: geometry on the picture, then the map that belongs to it."""
    source = stored(data, folder)
    picture = colour.in_own_space(upright(open_image(source, Format.JPEG)))
    for primitive in primitives:
        picture = primitive.apply(picture.copy_memory(), pyvips)
    return encode(gain_maps.with_gain_map(picture, source, primitives), output)


def map_of(data: bytes) -> Image:
    return Image.jpegload_buffer(Image.uhdrload_buffer(data).get("gainmap-data"))


def expected(*primitives) -> Image:
    """Do the same to a picture of the map in full size."""
    left, top, right, bottom = BRIGHT
    picture = Image.black(640, 480).draw_rect(255, left, top, right - left, bottom - top, fill=True)
    for primitive in primitives:
        picture = primitive.apply(picture, pyvips)
    return picture


@pytest.mark.parametrize("name", MOVES)
def test_the_map_shines_where_its_picture_shines(name, tmp_path):
    result = rendered(ultra_hdr(), tmp_path, *MOVES[name])
    shown, wanted = map_of(result), expected(*MOVES[name])
    fitted = wanted.resize(shown.width / wanted.width, vscale=shown.height / wanted.height, kernel="linear")
    difference = (shown[0] - fitted).abs()
    assert difference.avg() < 5  # half a pixel of the map off would be 10
    assert np.percentile(difference.numpy(), 90) < 16


@pytest.mark.parametrize(
    ("name", "size"), [("nothing", (160, 120)), ("scale", (80, 60)), ("turn", (120, 160))]
)
def test_the_map_stays_as_much_smaller_as_it_was(name, size, tmp_path):
    shown = map_of(rendered(ultra_hdr(), tmp_path, *MOVES[name]))
    assert (shown.width, shown.height) == size


def test_the_numbers_of_the_map_stay(tmp_path):
    result = Image.uhdrload_buffer(rendered(ultra_hdr(), tmp_path, *MOVES["scale"]))
    assert result.get("gainmap-max-content-boost") == pytest.approx([8.0] * 3, rel=1e-3)
    assert result.get("gainmap-hdr-capacity-max") == pytest.approx(8.0, rel=1e-3)


def test_a_turned_picture_and_its_map_come_out_upright(tmp_path):
    result = rendered(ultra_hdr(orientation=6), tmp_path)
    picture, shown = Image.uhdrload_buffer(result), map_of(result)
    assert (picture.width, picture.height, shown.width, shown.height) == (480, 640, 120, 160)
    # What was at the right, an eighth from the top, is at the bottom now, seen from the left.
    assert (shown(75, 140)[0] > 200, shown(10, 140)[0] < 50, shown(75, 20)[0] < 50) == (True, True, True)


def test_nothing_of_the_source_but_pixels_leaves_with_the_map(tmp_path):
    source = ultra_hdr()
    packet = pictures.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + talkative.xmp())
    second = source.rindex(b"\xff\xd8\xff")
    planted = pictures.with_segments(source[:second], pictures.segment(0xE1, talkative.exif()))
    planted += pictures.with_segments(source[second:], packet) + talkative.VIDEO
    result = rendered(planted, tmp_path, *MOVES["scale"])
    assert map_of(result).width == 80
    assert [trace for trace in talkative.TRACES if trace in result] == []


def test_the_picture_keeps_the_colour_space_that_the_map_was_made_for(tmp_path):
    source = Image.uhdrload_buffer(ultra_hdr()).copy()
    source.set_type(pyvips.GValue.blob_type, "icc-profile-data", bytes(Image.profile_load("p3")))
    result = rendered(bytes(source.uhdrsave_buffer(Q=95)), tmp_path, *MOVES["scale"])
    shown = Image.uhdrload_buffer(result)
    assert colour.name(shown) == "p3"


def test_a_map_is_found_in_a_file_that_has_one(tmp_path):
    assert gain_maps.has_gain_map(stored(ultra_hdr(), tmp_path))


@pytest.mark.parametrize(
    "data",
    [
        pictures.jpeg(),
        pictures.with_segments(
            pictures.jpeg(), pictures.segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(9))
        ),
        pictures.with_segments(
            pictures.jpeg(), pictures.segment(0xE1, b"http://ns.adobe.com/hdr-gain-map/1.0/")
        ),
        pictures.jpeg()[:400] + b"urn:iso:std:iso:ts:21496:-1",
    ],
    ids=["an ordinary photograph", "a bare claim", "another bare claim", "a cut file"],
)
def test_no_map_is_found_where_there_is_none(data, tmp_path):
    assert not gain_maps.has_gain_map(stored(data, tmp_path))


@pytest.mark.parametrize("name", MOVES)
def test_a_plan_of_moves_alone_keeps_the_map(name):
    assert keeps_gain_map(Facts(Format.JPEG, 640, 480, gain_map=True), MOVES[name], Format.JPEG)


@pytest.mark.parametrize("primitive", [Blur(sigma=2), Rotate(angle=20)])
def test_a_plan_that_changes_colours_or_corners_drops_the_map(primitive):
    steps = (*MOVES["scale"], primitive)
    assert not keeps_gain_map(Facts(Format.JPEG, 640, 480, gain_map=True), steps, Format.JPEG)


def test_only_a_source_that_has_a_map_and_a_jpeg_keep_one():
    facts = Facts(Format.JPEG, 640, 480, gain_map=True)
    assert not keeps_gain_map(facts, (), Format.WEBP)
    assert not keeps_gain_map(replace(facts, gain_map=False), (), Format.JPEG)


@pytest.mark.parametrize(
    ("primitives", "format_", "note"),
    [
        ((), Format.WEBP, ("the HDR gain map is dropped: webp holds none",)),
        ((Blur(sigma=2),), Format.JPEG, ("the HDR gain map is dropped: blur changes what it was made for",)),
        (MOVES["all"], Format.JPEG, ()),
    ],
)
def test_a_dropped_map_is_told(primitives, format_, note):
    assert gain_map_note(Facts(Format.JPEG, 640, 480, gain_map=True), primitives, format_) == note


def test_a_source_without_a_map_is_told_nothing():
    assert gain_map_note(Facts(Format.JPEG, 640, 480), (Blur(sigma=2),), Format.WEBP) == ()


def test_a_scaled_jpeg_carries_its_gain_map_from_the_original(tmp_path):
    plan, source = engine_runs.planned(ultra_hdr(), tmp_path, Format.JPEG, 240)
    shown = map_of(engine_runs.rendered(plan, source))
    assert (plan.picture.source, plan.output.keep_gain_map, plan.notes) == (Source.ORIGINAL, True, ())
    assert (shown.width, shown.height) == (80, 60)


@pytest.mark.parametrize("format_", [Format.WEBP, Format.PNG])
def test_another_format_drops_the_gain_map_and_says_so(format_, tmp_path):
    plan, source = engine_runs.planned(ultra_hdr(), tmp_path, format_, 240)
    result = Image.new_from_buffer(engine_runs.rendered(plan, source), "")
    assert plan.notes == (f"the HDR gain map is dropped: {format_.value} holds none",)
    assert "gainmap-data" not in result.get_fields()


@pytest.mark.skipif(not REAL.exists(), reason="the folder of real images is not here")
def test_a_real_photograph_looks_the_same_on_an_hdr_screen(tmp_path):
    size = Size(960, 540)
    result = rendered(REAL.read_bytes(), tmp_path, Scale(width=size.width, height=size.height), output=OUTPUT)
    shown = Image.uhdrload_buffer(result).uhdr2scRGB()
    whole = Image.uhdrload(str(REAL)).uhdr2scRGB().resize(0.25, kernel="linear")
    means = [image.extract_band(0, n=3).shrink(12, 12) for image in (shown, whole)]
    error = (means[0] - means[1]).abs().numpy()
    assert means[1].max() > 2  # it does shine
    assert np.percentile(error / (means[1].numpy() + 0.1), 95) < 0.1
