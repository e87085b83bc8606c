"""Colours arrive as they were meant: every profile honoured, and each check fails when it is ignored."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms

import pictures
from calotype.domain.formats import Format, sniff
from calotype.domain.transformations import OUTPUTS
from calotype.engine import colour
from calotype.engine.decoding import open_image
from calotype.engine.encoding import encode
from calotype.engine.vips import Image, pyvips
from engine_runs import difference, ingest, opened, render

# The published sRGB values of the 24 patches of a ColorChecker (X-Rite, 2005), row by row.
PATCHES = np.frombuffer(
    bytes.fromhex(
        "735244 c29682 627a9d 576c43 8580b1 67bdaa d67e2c 505ba6 c15a63 5e3c6c 9dbc40 e0a32e "
        "383d96 469449 af363c e7c71f bb5695 0885a1 f3f3f2 c8c8c8 a0a0a0 7a7a79 555555 343434"
    ),
    np.uint8,
).reshape(4, 6, 3)
# Linear sRGB to linear Display P3, both D65 (CSS Color 4, section 18).
TO_P3 = np.array([[0.82246, 0.17754, 0.0], [0.03319, 0.96681, 0.0], [0.01708, 0.07240, 0.91052]])
PATCH = 32
IMAGES = Path(__file__).parents[2].parent / "shared" / "images"


def chart():
    """Give the patches as sRGB samples, 6 across and 4 down, each 32 pixels square."""
    return PATCHES.repeat(PATCH, axis=0).repeat(PATCH, axis=1)


def expected():
    return Image.new_from_array(chart()).copy(interpretation="srgb")


def p3_samples():
    """Give the same colours as Display P3 samples: the curve is sRGB's, the primaries are wider."""
    encoded = chart() / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    wide = np.clip(linear @ TO_P3.T, 0, 1)
    curved = np.where(wide <= 0.0031308, wide * 12.92, 1.055 * wide ** (1 / 2.4) - 0.055)
    return (curved * 255).round().astype(np.uint8)


def p3_profile():
    return bytes(Image.profile_load("p3"))


def swapped_profile():
    """Give a profile that calls red green and green red: nobody can look right who ignores it."""
    return p3_profile().replace(b"rXYZ", b"\0tmp").replace(b"gXYZ", b"rXYZ").replace(b"\0tmp", b"gXYZ")


def tiff(samples, profile=None):
    out = io.BytesIO()
    Pillow.fromarray(samples).save(out, "TIFF", icc_profile=profile)
    return out.getvalue()


def looks_right(data, folder):
    p95, largest = difference(opened(render(data, folder, Format.PNG)), expected())
    return p95 <= 1 and largest <= 2


def test_display_p3_arrives_as_the_published_colours(tmp_path):
    assert looks_right(tiff(p3_samples(), p3_profile()), tmp_path)


def test_ignoring_the_display_p3_profile_would_be_noticed(tmp_path):
    assert not looks_right(tiff(p3_samples()), tmp_path)


def test_a_swapped_profile_is_honoured(tmp_path):
    assert looks_right(tiff(p3_samples()[..., [1, 0, 2]].copy(), swapped_profile()), tmp_path)


def test_ignoring_the_swapped_profile_would_be_noticed(tmp_path):
    assert not looks_right(tiff(p3_samples()[..., [1, 0, 2]].copy()), tmp_path)


def test_scaling_comes_before_the_profile_and_changes_no_colour(tmp_path):
    result = opened(render(tiff(p3_samples(), p3_profile()), tmp_path, Format.PNG, short_edge=64))
    middles = [result(x * 16 + 8, y * 16 + 8)[:3] for y in range(4) for x in range(6)]
    assert np.abs(np.array(middles) - PATCHES.reshape(24, 3)).max() <= 2


def test_the_mezzanine_of_a_display_p3_photograph_is_srgb(tmp_path):
    large = np.ascontiguousarray(p3_samples().repeat(12, axis=0).repeat(12, axis=1))
    kept = ingest(tiff(large, p3_profile()), tmp_path).mezzanine
    shown = opened(kept.read_bytes())
    wanted = expected().resize(shown.width / (6 * PATCH), vscale=shown.height / (4 * PATCH), kernel="nearest")
    assert "icc-profile-data" not in shown.get_fields()
    assert difference(shown, wanted)[0] <= 1


def test_facts_name_the_colour_space(tmp_path):
    facts = ingest(tiff(p3_samples(), p3_profile()), tmp_path).facts
    assert (facts.colour, facts.profile) == ("p3", True)


def test_a_plain_srgb_profile_counts_as_none(tmp_path):
    facts = ingest(tiff(chart(), pictures.srgb_profile()), tmp_path).facts
    assert (facts.colour, facts.profile) == ("srgb", False)


@pytest.mark.parametrize("profile", [b"\0\0\2\0none" * 60, b"x" * (5 << 20)], ids=["broken", "enormous"])
def test_a_profile_that_cannot_be_used_counts_as_none(profile, tmp_path):
    assert looks_right(tiff(chart(), profile), tmp_path)


@pytest.mark.parametrize("embedded", [True, False], ids=["with profile", "without profile"])
def test_cmyk_becomes_the_colours_of_a_standard_press(embedded, tmp_path):
    inks = np.zeros((32, 96, 4), np.uint8)
    inks[:, 32:64, 0] = 255  # cyan
    inks[:, 64:, 3] = 255  # black
    out = io.BytesIO()
    profile = bytes(Image.profile_load("cmyk")) if embedded else None
    Pillow.fromarray(inks, "CMYK").save(out, "TIFF", icc_profile=profile)
    result = opened(render(out.getvalue(), tmp_path, Format.PNG))
    paper, cyan, black = (result(x, 16) for x in (16, 48, 80))
    assert paper == [255, 255, 255]
    assert (cyan[0] < 40, 140 < cyan[1] < 180, 200 < cyan[2] < 245) == (True, True, True)
    assert max(black) < 60


def test_sixteen_bit_grey_with_alpha_keeps_its_levels_and_its_alpha(tmp_path):
    grey = Image.black(64, 48).linear(1, 0x8080).cast("ushort").copy(interpretation="grey16")
    half = Image.black(64, 48).linear(1, 0x4040).cast("ushort")
    data = bytes(grey.bandjoin(half).copy(interpretation="grey16").pngsave_buffer())
    result = opened(render(data, tmp_path, Format.WEBP))
    assert np.abs(np.array(result(32, 24)) - [0x80, 0x80, 0x80, 0x40]).max() <= 1


def test_grey_becomes_equal_red_green_and_blue(tmp_path):
    data = pictures._saved(Pillow.new("L", (64, 48), 77), "PNG")
    assert opened(render(data, tmp_path, Format.PNG, short_edge=24))(5, 5) == [77, 77, 77]


def test_lab_is_understood(tmp_path):
    lab = Image.black(64, 48, bands=3).linear([1, 1, 1], [53.24, 80.09, 67.20]).copy(interpretation="lab")
    data = bytes(lab.cast("float").tiffsave_buffer())
    assert np.abs(np.array(opened(render(data, tmp_path, Format.PNG))(5, 5)) - [255, 0, 0]).max() <= 1


# --- kept on request ------------------------------------------------------------------------------


def kept(samples, profile, folder, format_=Format.PNG):
    """Encode *samples* in their own space, and open the result."""
    source = folder / "original"
    source.write_bytes(tiff(samples, profile))
    own = colour.in_own_space(open_image(str(source), Format.TIFF))
    return opened(encode(own, replace(OUTPUTS[format_], keep_profile=True, quality=95, lossless=True)))


@pytest.mark.parametrize("format_", [Format.PNG, Format.WEBP, Format.AVIF, Format.JPEG])
def test_a_kept_display_p3_shows_the_published_colours(format_, tmp_path):
    result = kept(p3_samples(), p3_profile(), tmp_path, format_)
    assert bytes(result.get("icc-profile-data")) == p3_profile()
    p95, largest = difference(colour.to_srgb(result), expected())
    assert (p95 <= 1, largest <= 2) == (True, True)


def test_ignoring_a_kept_swapped_profile_would_be_noticed(tmp_path):
    result = kept(p3_samples()[..., [1, 0, 2]].copy(), swapped_profile(), tmp_path)
    assert difference(colour.to_srgb(result), expected())[1] <= 2
    assert difference(result, expected())[0] > 10


def test_a_kept_profile_leaves_the_samples_alone(tmp_path):
    assert np.array_equal(kept(p3_samples(), p3_profile(), tmp_path).numpy(), p3_samples())


def test_sixteen_bits_are_kept_in_eight_of_the_same_space(tmp_path):
    deep = Image.new_from_array(p3_samples().astype(np.uint16) * 257).copy(interpretation="rgb16")
    deep.set_type(pyvips.GValue.blob_type, "icc-profile-data", p3_profile())
    own = colour.in_own_space(deep)
    assert (own.format, colour.name(own)) == ("uchar", "p3")
    assert np.array_equal(own.numpy(), p3_samples())


@pytest.mark.parametrize("profile", [b"\0\0\2\0none" * 60, b"x" * (5 << 20)], ids=["broken", "enormous"])
def test_a_profile_that_cannot_be_used_is_not_kept(profile, tmp_path):
    result = kept(chart(), profile, tmp_path)
    assert "icc-profile-data" not in result.get_fields()
    assert difference(result, expected())[1] <= 2


def printed(image):
    """Give *image* (sRGB) in the inks of a standard press."""
    return image.icc_transform(
        "cmyk", input_profile="srgb", embedded=False, intent="relative", black_point_compensation=True
    )


@pytest.mark.parametrize("space", ["cmyk", "lab", "b-w"])
def test_what_is_not_rgb_is_srgb_without_a_profile_even_when_it_should_be_kept(space):
    own = colour.in_own_space(printed(expected()) if space == "cmyk" else expected().colourspace(space))
    assert (own.interpretation, own.bands, "icc-profile-data" in own.get_fields()) == ("srgb", 3, False)


# --- other spaces ---------------------------------------------------------------------------------


def test_the_profile_of_grey_samples_is_honoured(tmp_path):
    linear = np.full((48, 64), 77, np.uint8)
    # 77 of 255 as light is 149 on sRGB's curve (IEC 61966-2-1).
    assert opened(render(tiff(linear, pictures.grey_profile()), tmp_path, Format.PNG))(5, 5) == [
        149,
        149,
        149,
    ]
    assert opened(render(tiff(linear), tmp_path, Format.PNG))(5, 5) == [77, 77, 77]


def reference(name):
    """Convert a real picture by another program's reading of it: Pillow with LittleCMS."""
    with Pillow.open(IMAGES / name) as file:
        source = ImageCms.ImageCmsProfile(io.BytesIO(file.info["icc_profile"]))
        made = ImageCms.profileToProfile(
            file,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    return Image.new_from_array(np.asarray(made)).copy(interpretation="srgb")


@pytest.mark.skipif(not IMAGES.is_dir(), reason="the folder of real images is not here")
@pytest.mark.parametrize("name", ["cmyk.jpg", "display-p3.png"])
def test_a_real_picture_has_the_colours_that_another_program_gives_it(name):
    source = IMAGES / name
    shown = colour.to_srgb(open_image(str(source), sniff(source.read_bytes())).copy_memory())
    p95, largest = difference(shown, reference(name))
    assert (p95 <= 1, largest <= 2) == (True, True)


@pytest.mark.skipif(not IMAGES.is_dir(), reason="the folder of real images is not here")
def test_ignoring_the_profile_of_a_real_press_would_be_noticed(tmp_path):
    bare = Image.new_from_file(str(IMAGES / "cmyk.jpg")).copy()
    bare.remove("icc-profile-data")
    data = bytes(bare.tiffsave_buffer(compression="deflate"))
    assert difference(opened(render(data, tmp_path, Format.PNG)), reference("cmyk.jpg"))[0] > 2
