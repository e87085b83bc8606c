"""Encoding: what each output asks is in the bytes, and nothing that it does not ask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pictures
import talkative
from calotype.domain.formats import Format, sniff
from calotype.domain.transformations import OUTPUTS, Output
from calotype.engine import colour
from calotype.engine.alpha import opaque
from calotype.engine.decoding import open_image, upright
from calotype.engine.encoding import encode
from calotype.engine.vips import Image
from calotype.operations.colours import BLACK, WHITE
from operation_runs import flat

START_OF_PROGRESSIVE_FRAME = b"\xff\xc2"
TALKATIVE = {
    "jpeg": talkative.jpeg,
    "png": talkative.png,
    "webp": talkative.webp,
    "gif": talkative.gif,
    "avif": talkative.avif,
    "tiff": talkative.tiff,
}


def picture(*, alpha=False):
    return Image.new_from_array(np.asarray(pictures._drawn(160, 120, alpha=alpha))).copy(
        interpretation="srgb"
    )


def through(data, folder, output):
    """Decode *data* and encode it, as a render without operations does."""
    source = folder / "original"
    source.write_bytes(data)
    return encode(colour.to_srgb(upright(open_image(str(source), sniff(data)))), output)


def opened(data):
    return Image.new_from_buffer(data, "")


def test_a_jpeg_is_progressive_on_request_only():
    plain, progressive = (
        encode(picture(), replace(OUTPUTS[Format.JPEG], progressive=on)) for on in (False, True)
    )
    assert (START_OF_PROGRESSIVE_FRAME in plain, START_OF_PROGRESSIVE_FRAME in progressive) == (False, True)


@pytest.mark.parametrize(("matte", "level"), [(WHITE, 255), (BLACK, 0)])
@pytest.mark.parametrize("bands", [2, 4])
def test_a_jpeg_shows_its_matte_where_nothing_is(matte, level, bands):
    clear = Image.black(32, 32, bands=bands).copy(interpretation="srgb" if bands == 4 else "b-w")
    assert opened(encode(clear, replace(OUTPUTS[Format.JPEG], matte=matte))).avg() == level


def test_the_filter_of_a_noisy_png_changes_its_bytes_and_no_pixel():
    plain, noisy = (encode(picture(), replace(OUTPUTS[Format.PNG], noisy=on)) for on in (False, True))
    assert plain != noisy
    assert (opened(plain) == opened(noisy)).min() == 255


@pytest.mark.parametrize("format_", [Format.JPEG, Format.WEBP, Format.AVIF])
def test_a_lower_quality_takes_fewer_bytes(format_):
    low, high = (len(encode(picture(), replace(OUTPUTS[format_], quality=quality))) for quality in (30, 90))
    assert low < high / 2


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("format_", [Format.PNG, Format.WEBP, Format.AVIF])
def test_without_loss_every_visible_sample_comes_back(format_, alpha):
    drawn = picture(alpha=alpha)
    result = opened(encode(drawn, replace(OUTPUTS[format_], lossless=True)))
    visible = drawn[3] > 0 if alpha else True
    assert not (((result - drawn).abs() > 0) & visible).max()


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG])
def test_a_density_is_written_where_the_format_has_a_place_for_it(format_):
    result = opened(encode(picture(), replace(OUTPUTS[format_], density=144.0)))
    assert round(result.xres * 25.4) == 144


@pytest.mark.parametrize("format_", [Format.WEBP, Format.AVIF])
def test_a_density_is_written_as_exif_where_the_format_has_no_other_place(format_):
    result = opened(encode(picture(), replace(OUTPUTS[format_], density=144.0)))
    assert result.get("exif-ifd0-XResolution").startswith("144")


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG])
def test_the_density_of_the_source_does_not_leave(format_):
    drawn = picture().copy(xres=11.81, yres=11.81)
    assert encode(drawn, OUTPUTS[format_]) == encode(picture(), OUTPUTS[format_])


@pytest.mark.parametrize("density", [None, 300.0])
@pytest.mark.parametrize("format_", OUTPUTS)
@pytest.mark.parametrize("source", TALKATIVE)
def test_nothing_that_was_planted_beside_the_pixels_leaves(source, format_, density, tmp_path):
    data = TALKATIVE[source]()
    assert talkative.PLANTED in data
    result = through(data, tmp_path, replace(OUTPUTS[format_], density=density))
    assert [trace for trace in talkative.TRACES if trace in result] == []


@pytest.mark.parametrize(
    "polyglot", [pictures.jpeg_html_polyglot, pictures.gif_script_polyglot, pictures.png_php_polyglot]
)
@pytest.mark.parametrize("format_", OUTPUTS)
def test_the_other_half_of_a_polyglot_is_gone(polyglot, format_, tmp_path):
    assert pictures.PAYLOAD in polyglot()
    result = through(polyglot(), tmp_path, OUTPUTS[format_])
    assert (pictures.PAYLOAD in result, b"alert(" in result) == (False, False)


@pytest.mark.parametrize("format_", [Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF])
def test_a_kept_profile_is_in_the_result_and_its_samples_are_untouched(format_, tmp_path):
    profile = bytes(Image.profile_load("p3"))
    source = tmp_path / "original"
    source.write_bytes(pictures.png(icc_profile=profile))
    own = colour.in_own_space(open_image(str(source), Format.PNG))
    result = opened(encode(own, replace(OUTPUTS[format_], quality=95, keep_profile=True)))
    assert result.get("icc-profile-data") == profile
    assert abs(result.avg() - opened(pictures.png()).avg()) < 0.5


def test_outputs_of_the_table_name_no_wish():
    assert {output.digest()[4:] == [] for output in OUTPUTS.values()} == {True}


def test_the_same_pixels_give_the_same_bytes():
    output = Output(Format.JPEG, 80, 0, progressive=True, density=144.0)
    assert encode(picture(), output) == encode(picture(), output)


def test_what_is_laid_on_white_is_rounded_to_nearest():
    assert opaque(flat(200, 10, 33, 77))(0, 0) == [238, 181, 188]  # 238.4, 181.0, 187.96
