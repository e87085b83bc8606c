"""Bombs and lies beside the pixels (D6, D8) and files that end early (D9), where variants are made from them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest

import pictures
import talkative
from calotype.domain.formats import Format, sniff
from calotype.domain.transformations import OUTPUTS
from calotype.engine import colour, gain_maps
from calotype.engine.decoding import open_image, upright
from calotype.engine.encoding import encode
from calotype.engine.stripping import stripped
from calotype.engine.vips import Error, Image
from calotype.errors import ImageRefused
from engine_runs import alone

WISHES = {"plain": {}, "all kept": {"keep_profile": True, "keep_metadata": True, "keep_gps": True}}
BROKEN_PROFILES = {
    "noise": b"\0\0\2\0none" + bytes(range(256)) * 2,
    "enormous": b"x" * (5 << 20),
    "of inks": bytes(Image.profile_load("cmyk")),
    "cut": bytes(Image.profile_load("p3"))[:200],
    "lying about its tags": bytes(Image.profile_load("p3"))[:128] + b"\xff" * 400,
}


def through(data, folder, **wishes):
    """Decode *data* and encode it as PNG, as a render without operations does."""
    source = folder / "original"
    source.write_bytes(data)
    picture = upright(open_image(str(source), sniff(data)))
    own = colour.in_own_space(picture) if wishes.get("keep_profile") else colour.to_srgb(picture)
    return Image.new_from_buffer(encode(own, replace(OUTPUTS[Format.PNG], **wishes)), "")


@pytest.mark.parametrize("wishes", WISHES.values(), ids=WISHES)
def test_a_text_bomb_costs_no_memory_when_it_is_rendered(wishes, tmp_path):
    """D6: three chunks of 64 MB each, of which none is inflated, or at most libpng's limit of one."""
    code = """
import resource, sys
from pathlib import Path
import pictures
sys.path.append(str(Path(pictures.__file__).parent / "unit"))
from test_engine_hostile_metadata import through
folder, wishes = Path(sys.argv[1]), eval(sys.argv[2])
def peak(data):
    through(data, folder, **wishes)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak(pictures.png(64, 48))
print(peak(pictures.png_zip_text_bomb()) - before)
"""
    assert int(alone(code, tmp_path, wishes)) < 40 * 1024


def test_a_text_bomb_costs_no_memory_when_it_is_stripped(tmp_path):
    """D6: the profile is inflated up to four megabytes, and the texts not at all."""
    code = """
import resource
import pictures
from calotype.domain.formats import Format
from calotype.engine.stripping import stripped
def peak(data):
    stripped(data, Format.PNG)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak(pictures.png(64, 48, icc_profile=pictures.srgb_profile()))
print(peak(pictures.png_zip_text_bomb()) - before)
"""
    assert int(alone(code, tmp_path)) < 24 * 1024


def test_a_stripped_text_bomb_is_one_pixel():
    assert len(stripped(pictures.png_zip_text_bomb(), Format.PNG)) < 100


@pytest.mark.parametrize("wishes", WISHES.values(), ids=WISHES)
@pytest.mark.parametrize("name", BROKEN_PROFILES)
def test_a_profile_that_cannot_be_used_counts_as_none(name, wishes, tmp_path):
    """D8: the picture comes out as if it had no profile, whatever is asked to be kept."""
    profile = BROKEN_PROFILES[name]
    result = through(pictures.png(64, 48, icc_profile=profile), tmp_path, **wishes)
    plain = through(pictures.png(64, 48), tmp_path)
    assert abs(result.extract_band(0, n=3) - plain).max() <= 1
    assert "icc-profile-data" not in result.get_fields()


def test_a_wrong_illuminant_in_a_profile_that_is_whole_changes_nothing(tmp_path):
    """D8: the field says what every profile must say; its colours follow from its tags."""
    profile = bytes(Image.profile_load("p3"))
    lying = profile[:68] + b"\xff" * 12 + profile[80:]
    results = [through(pictures.png(64, 48, icc_profile=each), tmp_path).numpy() for each in (profile, lying)]
    assert (results[0] == results[1]).all()


@pytest.mark.parametrize("name", BROKEN_PROFILES)
def test_a_profile_that_cannot_be_used_is_stripped(name):
    kept = stripped(pictures.png(64, 48, icc_profile=BROKEN_PROFILES[name]), Format.PNG)
    assert b"iCCP" not in kept


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp, pictures.gif, pictures.avif])
def test_a_file_that_ends_early_gives_no_half_picture(make, tmp_path):
    """D9: after ingest a file may still be cut by a failing disk; what comes is whole, or an error."""
    data = make()
    whole = through(data, tmp_path).numpy()
    for cut in list(pictures.truncated(data))[1:]:
        try:
            shown = through(cut, tmp_path).numpy()
        except (Error, ImageRefused):
            continue
        assert (shown == whole).all()


def test_a_cut_ultra_hdr_gives_no_map(tmp_path):
    name = b"urn:iso:std:iso:ts:21496:-1\0"
    for cut in pictures.truncated(
        pictures.with_segments(pictures.jpeg(), pictures.segment(0xE2, name + bytes(60)))
    ):
        source = tmp_path / "cut.jpg"
        source.write_bytes(cut)
        assert gain_maps.has_gain_map(str(source)) is False


@pytest.mark.parametrize("tag", [0x0201, 0x8769, 0x8825, 0x927C, 0x014A])
def test_exif_that_points_everywhere_is_no_reason_to_fail(tag, tmp_path):
    entries = b"".join(
        struct.pack("<HHII", tag, 4, 0x7FFFFFFF, pointer) for pointer in (8, 0, 0xFFFFFFF0, 20)
    )
    block = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 4) + entries + struct.pack("<I", 8)
    data = pictures.with_segments(pictures.jpeg(64, 48, exif=False), pictures.segment(0xE1, block))
    assert through(data, tmp_path, keep_metadata=True).width == 64


@pytest.mark.parametrize(
    "resources", [b"8BIM", b"8BIM\4\4\xff", b"8BIM\4\4\0\0\xff\xff\xff\xff" + talkative.PLANTED]
)
def test_photoshop_resources_that_lie_are_no_reason_to_fail(resources, tmp_path):
    data = pictures.with_segments(
        pictures.jpeg(64, 48, exif=False), pictures.segment(0xED, b"Photoshop 3.0\0" + resources)
    )
    assert through(data, tmp_path, keep_metadata=True).width == 64


def test_a_deflated_profile_that_never_ends_is_read_no_further_than_allowed():
    bomb = zlib.compress(bytes(64 << 20), 9)
    picture = pictures.png(64, 48)
    data = picture[:33] + pictures.chunk(b"iCCP", b"bomb\0\0" + bomb) + picture[33:]
    assert stripped(data, Format.PNG) == picture


def test_noise_in_exif_is_no_reason_to_fail(tmp_path):
    noise, plain = np.random.default_rng(3), pictures.jpeg(32, 24, exif=False)
    for _ in range(150):
        block = bytearray(talkative.exif())
        for at in noise.integers(6, len(block), 8):
            block[at] = noise.integers(256)
        data = pictures.with_segments(plain, pictures.segment(0xE1, bytes(block)))
        assert through(data, tmp_path, keep_metadata=True).width in {24, 32}
