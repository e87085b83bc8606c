"""A plan is executed to the pixel: its size, its frames, its format, and nothing that it does not name."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

import pictures
from calotype import engine
from calotype.domain.formats import Format
from calotype.engine.vips import Image
from calotype.errors import RenderFailed
from calotype.operations.base import Size
from engine_runs import alone, difference, ingest, opened, planned, render, rendered

OUTPUTS = (Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF, Format.GIF)

# How an upright picture must be stored so that an EXIF orientation turns it upright again.
STORED = {
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, 1),
    7: lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, -1),
}


def turned(orientation, width=320, height=240):
    pixels = np.ascontiguousarray(STORED[orientation](np.asarray(pictures.photo(width, height))))
    block = pictures.exif(orientation=orientation)
    return pictures._saved(Pillow.fromarray(pixels), "JPEG", quality=95, subsampling=0, exif=block)


@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_gives_the_same_upright_picture(orientation, tmp_path):
    upright = Image.new_from_array(np.asarray(pictures.photo(320, 240))).copy(interpretation="srgb")
    result = opened(render(turned(orientation), tmp_path, Format.PNG))
    assert (result.width, result.height) == (320, 240)
    assert difference(result, upright)[1] <= 2


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_picture_scales_and_measures_upright(orientation, tmp_path):
    facts = ingest(turned(orientation), tmp_path).facts
    result = opened(render(turned(orientation), tmp_path, Format.JPEG, short_edge=60))
    assert (facts.width, facts.height, facts.orientation) == (320, 240, orientation)
    assert (result.width, result.height) == (80, 60)


@pytest.mark.parametrize("format_", OUTPUTS)
@pytest.mark.parametrize(
    ("width", "height", "edge", "size"), [(333, 217, 100, (153, 100)), (217, 333, 1, (1, 1))]
)
def test_the_result_has_exactly_the_planned_size(format_, width, height, edge, size, tmp_path):
    result = opened(render(pictures.png(width, height), tmp_path, format_, short_edge=edge))
    assert (result.width, result.height) == size


def test_a_very_thin_picture_keeps_a_pixel_of_width(tmp_path):
    thin = pictures._saved(Pillow.new("RGB", (1, 9000), (9, 9, 9)), "PNG")
    result = opened(render(thin, tmp_path, Format.WEBP, short_edge=1))
    assert (result.width, result.height) == (1, 9000)


@pytest.mark.parametrize("format_", OUTPUTS)
def test_no_metadata_and_no_payload_survives(format_, tmp_path):
    profile = bytes(Image.profile_load("p3"))
    source = pictures.jpeg(gps=pictures.PLACE, orientation=6, icc_profile=profile)
    source = pictures.with_segments(
        source,
        pictures.segment(0xFE, pictures.PAYLOAD),
        pictures.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + pictures.xmp()),
    )
    result = render(source, tmp_path, format_, short_edge=100)
    left = (pictures.PAYLOAD, pictures.CAMERA.encode(), b"Exif", b"xmpmeta", b"acsp", b"iCCP", b"GPS")
    assert [trace for trace in left if trace in result] == []


def test_transparency_lies_on_white_in_a_jpeg(tmp_path):
    clear = pictures._saved(Pillow.new("RGBA", (64, 48), (0, 0, 0, 0)), "PNG")
    assert opened(render(clear, tmp_path, Format.JPEG, short_edge=24))(5, 5) == [255, 255, 255]


@pytest.mark.parametrize("format_", [Format.PNG, Format.WEBP, Format.AVIF])
def test_transparency_stays_where_the_format_has_it(format_, tmp_path):
    result = opened(render(pictures.png(320, 240, alpha=True), tmp_path, format_, short_edge=60))
    left, right = result(4, 30)[3], result(75, 30)[3]
    assert (left < 30, right > 225) == (True, True)


def test_colours_under_transparency_do_not_bleed(tmp_path):
    """Red beside invisible green: scaling without premultiplied alpha makes a dirty yellow seam."""
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :33] = (255, 0, 0, 255)
    pixels[:, 33:] = (0, 255, 0, 0)
    data = pictures._saved(Pillow.fromarray(pixels), "PNG")
    result = opened(render(data, tmp_path, Format.PNG, short_edge=16))
    assert max(result(x, 8)[1] for x in range(16) if result(x, 8)[3] > 0) <= 1


def test_flat_colours_survive_premultiplied_scaling_exactly(tmp_path):
    data = pictures._saved(Pillow.new("RGBA", (64, 64), (200, 99, 7, 100)), "PNG")
    assert opened(render(data, tmp_path, Format.PNG, short_edge=16))(8, 8) == [200, 99, 7, 100]


def animation(kind):
    """Make three frames of one colour each, shown for 40, 80 and 120 ms, repeated for ever."""
    frames = [Pillow.new("RGB", (64, 48), colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    options = {"lossless": True} if kind == "WEBP" else {}
    return pictures._saved(
        frames[0], kind, save_all=True, append_images=frames[1:], duration=[40, 80, 120], loop=0, **options
    )


@pytest.mark.parametrize("source", ["GIF", "WEBP"])
@pytest.mark.parametrize("format_", [Format.GIF, Format.WEBP])
def test_an_animation_keeps_its_frames_delays_and_loop(source, format_, tmp_path):
    result = opened(render(animation(source), tmp_path, format_, short_edge=24), n=-1)
    assert (result.width, result.get("page-height"), result.get("n-pages")) == (32, 24, 3)
    assert (result.get("delay"), result.get("loop")) == ([40, 80, 120], 0)


def test_no_frame_bleeds_into_the_next(tmp_path):
    result = opened(render(animation("GIF"), tmp_path, Format.GIF, short_edge=24), n=-1)
    rows = [result(16, y)[:3] for y in (0, 23, 24, 47, 48, 71)]
    red, green, blue = [255, 0, 0], [0, 255, 0], [0, 0, 255]
    assert rows == [red, red, green, green, blue, blue]


def test_a_long_animation_is_rendered_frame_by_frame(tmp_path):
    """400 frames of 160x160 pixels, 10 MB of result: all pipelines at once would hold 400 MB and more."""
    code = """
import resource, sys
from pathlib import Path
from calotype.domain.formats import Format
from engine_runs import render
def peak(name):
    folder = Path(sys.argv[1])
    render((folder / name).read_bytes(), folder, Format.WEBP, 80)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak("short.gif")
print(peak("long.gif") - before)
"""
    frames = [pictures.photo(160, 160, seed).quantize(32) for seed in range(8)]
    for name, times in (("short.gif", 1), ("long.gif", 50)):
        every = frames * times
        every[0].save(tmp_path / name, save_all=True, append_images=every[1:], duration=40, loop=0)
    assert int(alone(code, tmp_path)) < 100 * 1024


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG, Format.AVIF])
def test_a_format_that_stands_still_shows_the_first_frame(format_, tmp_path):
    result = opened(render(animation("GIF"), tmp_path, format_, short_edge=24))
    assert (result.width, result.height) == (32, 24)
    assert np.abs(np.array(result(16, 12)[:3]) - [255, 0, 0]).max() <= 3


def test_a_result_of_another_size_than_planned_is_a_failure(tmp_path):
    made, source = planned(pictures.jpeg(), tmp_path, Format.WEBP, short_edge=60)
    with pytest.raises(RenderFailed, match="The plan says 81x60, the pixels say 80x60"):
        rendered(replace(made, picture=replace(made.picture, size=Size(81, made.height))), source)


def test_a_file_that_broke_after_ingest_is_a_failure(tmp_path):
    made, source = planned(pictures.jpeg(), tmp_path, Format.WEBP, short_edge=60)
    source.write_bytes(source.read_bytes()[:2000])
    with pytest.raises(RenderFailed, match="jpeg could not be rendered"):
        rendered(made, source)


@pytest.mark.parametrize("format_", OUTPUTS)
def test_the_same_plan_gives_the_same_bytes(format_, tmp_path):
    made, source = planned(pictures.jpeg(), tmp_path, format_, short_edge=60)
    assert rendered(made, source) == rendered(made, source)


def test_a_jpeg_shrunk_on_load_looks_like_one_that_was_not(tmp_path):
    data = pictures.jpeg(1600, 1200, quality=95)
    result = opened(render(data, tmp_path, Format.PNG, short_edge=120))
    whole = opened(data).resize(0.1, kernel="lanczos3")
    assert difference(result, whole)[1] <= 1


def test_warming_up_needs_no_file():
    engine.warm()
